"""Findings follow from conditions alone."""

from __future__ import annotations

import pytest

from provenance_gen.contribution.measures import measure
from provenance_gen.errors import PolicyError
from provenance_gen.policy.evaluate import evaluate
from provenance_gen.policy.loader import load
from provenance_gen.records.finding import Contribution, Evidence, Measure
from provenance_gen.records.policy import Condition, Policy, Weight
from tests.histories import Making


def policy(**fields: object) -> Policy:
    """Return a policy whose one factor has the given fields."""
    base = load("jp-bunka-2024")
    plain = {"contradicting": (), "applies": (), "looks_at": ()}
    factor = base.factors[0].model_copy(update=plain | fields)
    return base.model_copy(update={"factors": (factor,)})


def found(asked: Policy, **values: int) -> Evidence:
    """Return what a policy finds in made-up measures."""
    measures = {name: Measure(value=number) for name, number in values.items()}
    return evaluate(asked, Contribution(measures=measures))[0].evidence


@pytest.mark.parametrize(
    ("operator", "holds"),
    [
        (">", [False, False, True]),
        (">=", [False, True, True]),
        ("==", [False, True, False]),
        ("<=", [True, True, False]),
        ("<", [True, False, False]),
    ],
)
def test_conditions_compare(operator: str, holds: list[bool]) -> None:
    """Each operator, below, at and above its number."""
    condition = Condition.model_validate({"measure": "views", "operator": operator, "value": 1})
    asked = policy(present=(condition,))
    results = [found(asked, views=number) is Evidence.PRESENT for number in range(3)]
    assert results == holds


def test_any_of_several_kinds_of_material_is_enough() -> None:
    """Beside all that must hold; a value that is looked at is told either way."""
    views, exports = Condition(measure="views"), Condition(measure="exports")
    either = policy(present=(), present_any=(views, exports))
    assert found(either, views=0, exports=1) is Evidence.PRESENT
    assert found(either, views=0, exports=0) is Evidence.ABSENT
    both = policy(present=(Condition(measure="attempts"),), present_any=(views, exports))
    assert found(both, attempts=1, views=1, exports=0) is Evidence.PRESENT
    assert found(both, attempts=0, views=1, exports=1) is Evidence.ABSENT
    assert found(both, attempts=1, views=0, exports=0) is Evidence.ABSENT


def test_what_speaks_against_comes_first() -> None:
    """A record that does both is not read in its maker's favour."""
    asked = policy(
        present=(Condition(measure="views"),),
        contradicting=(Condition(measure="exports"),),
        applies=(Condition(measure="attempts"),),
    )
    assert found(asked, attempts=1, views=1, exports=0) is Evidence.PRESENT
    assert found(asked, attempts=1, views=1, exports=1) is Evidence.CONTRADICTING
    assert found(asked, attempts=1, views=0, exports=0) is Evidence.ABSENT
    assert found(asked, attempts=0, views=1, exports=1) is Evidence.NOT_APPLICABLE


def test_a_missing_measure_is_an_error() -> None:
    """Never zero in silence."""
    with pytest.raises(PolicyError, match="no measure named 'views'"):
        found(policy(present=(Condition(measure="views"),)), exports=1)


def test_one_record_may_weigh_differently_in_two_policies() -> None:
    """Revising prompts may count in one place and be without effect in another."""
    made = Making()
    made.attempt("a boat")
    made.attempt("a red boat", revises=1, viewed="1.1")
    condition = (Condition(measure="revisions_after_viewing"),)
    readings = [
        evaluate(policy(present=condition, our_reading=weight), measure(made.work()))[0]
        for weight in (Weight.SUPPORTING, Weight.NEUTRAL)
    ]
    assert {finding.evidence for finding in readings} == {Evidence.PRESENT}
    assert [finding.factor.our_reading for finding in readings] == ["supporting", "neutral"]


def test_a_finding_cites_the_events_it_rests_on() -> None:
    """In order, each once, with the values that were looked at."""
    made = Making()
    made.intent("one small boat")
    made.attempt()
    findings = {f.factor.id: f for f in evaluate(load("jp-bunka-2024"), measure(made.work()))}
    assert [cited.sequence for cited in findings["jp.intent"].citations] == [2]
    assert findings["jp.intent"].measures == {"intents": 1, "intent_before_first_attempt": 1}
    assert [cited.sequence for cited in findings["jp.attempts_alone"].citations] == [3, 4]
