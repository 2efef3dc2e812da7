"""The other shipped policies: records that make each factor present, absent, contradicting.

``jp-bunka-2024`` has a file of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provenance_gen.contribution.measures import measure
from provenance_gen.policy.evaluate import evaluate
from provenance_gen.policy.loader import load, shipped
from provenance_gen.records.edit import EditAgent, Operation
from provenance_gen.records.event import ActorKind, Basis
from provenance_gen.records.finding import Contribution, Evidence, Measure
from provenance_gen.records.generation import Task
from provenance_gen.records.policy import PolicyKind, Weight
from tests.histories import Making
from tests.parts import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable

POLICIES = {name: load(name) for name in shipped()}
HIDE = ["/call/prompts/prompt/0"]


def nothing() -> Making:
    """Nothing was made."""
    return Making()


def stated() -> Making:
    """An intent and nothing else."""
    made = Making()
    made.intent("one small boat")
    return made


def prompted() -> Making:
    """A prompt, once."""
    made = Making()
    made.attempt("a red boat")
    return made


def withheld() -> Making:
    """A prompt whose words are withheld."""
    made = Making()
    made.attempt("a red boat", withhold=HIDE)
    return made


def bare() -> Making:
    """Only the button."""
    made = Making()
    made.attempt(None)
    return made


def later() -> Making:
    """An attempt entered afterwards, with a model that names no licence."""
    made = Making()
    made.attempt(
        "a red boat", basis=Basis.BACKFILLED, model=MODEL.model_copy(update={"licence": None})
    )
    return made


def revised() -> Making:
    """The person looked and changed the prompt."""
    made = prompted()
    made.attempt("a red boat at sunset", revises=1, viewed="1.1")
    return made


def repeated() -> Making:
    """The same prompt again."""
    made = prompted()
    made.attempt("a red boat")
    return made


def guessed() -> Making:
    """A revision that only the program linked."""
    made = prompted()
    made.attempt("a red boat at sunset", revises=1, viewed="1.1", linked=Basis.INFERRED)
    return made


def picked() -> Making:
    """One of four, with a reason."""
    made = prompted()
    made.pick("1.1", over=["1.2"], reason="low horizon")
    return made


def taken() -> Making:
    """One of four, without a word."""
    made = prompted()
    made.pick("1.1", over=["1.2"])
    return made


def edited() -> Making:
    """A person painted on the output."""
    made = prompted()
    made.edit("1.1")
    return made


def toned() -> Making:
    """A person changed nothing but the tone."""
    made = prompted()
    made.edit("1.1", changed=0, bounds=None)
    return made


def outside() -> Making:
    """Another program changed it; nobody confirmed."""
    made = prompted()
    made.edit("1.1", agent=EditAgent.EXTERNAL)
    return made


def confirmed() -> Making:
    """Another program changed it; the person said that it was them."""
    made = outside()
    made.confirm("e1")
    return made


def scripted() -> Making:
    """A program painted on the output."""
    made = prompted()
    made.edit("1.1", actor=ActorKind.PROGRAM)
    return made


def repainted() -> Making:
    """A person had a model repaint a region."""
    made = prompted()
    region = Operation(
        name="inpaint", action="c2pa.edited", region=(4, 4, 20, 20), width=64, height=64
    )
    made.edit("1.1", agent=EditAgent.MODEL, operations=[region])
    return made


def painted_again() -> Making:
    """A person had a model repaint a region, in the words that the picture was made with."""
    made = repainted()
    made.attempt("a red boat", revises=1, viewed="1.1", images=1, call={"task": Task.INPAINT})
    return made


def masked() -> Making:
    """A region was painted anew in the same words, and nothing was made of it."""
    made = prompted()
    made.attempt("a red boat", revises=1, viewed="1.1", images=1, call={"task": Task.INPAINT})
    return made


def ordered() -> Making:
    """A program had a model repaint a region."""
    made = prompted()
    region = Operation(
        name="inpaint", action="c2pa.edited", region=(4, 4, 20, 20), width=64, height=64
    )
    made.edit("1.1", agent=EditAgent.MODEL, operations=[region], actor=ActorKind.PROGRAM)
    return made


def placed() -> Making:
    """A person put another image into the output."""
    made = prompted()
    paste = Operation(
        name="paste", action="c2pa.placed", region=(4, 4, 20, 20), width=64, height=64
    )
    made.edit("1.1", operations=[paste])
    return made


def sketched() -> Making:
    """A sketch of the person's own was given to the generator."""
    made = Making()
    made.attempt("a red boat", inputs=[made.bring_in(own=True)])
    return made


P, A, C, N = Evidence.PRESENT, Evidence.ABSENT, Evidence.CONTRADICTING, Evidence.NOT_APPLICABLE

EDITS = [
    (edited, P),
    (confirmed, P),
    (prompted, A),
    (outside, A),
    (scripted, A),
    (repainted, C),
]
EXPECTED: dict[str, dict[str, list[tuple[Callable[[], Making], Evidence]]]] = {
    "us-usco-2025": {
        "us.prompt_only": [
            (prompted, P),
            (revised, P),
            (scripted, P),
            (edited, A),
            (sketched, A),
            (repainted, A),
            (bare, A),
            (nothing, N),
        ],
        "us.prompt_revision": [(revised, P), (repeated, A), (guessed, A), (nothing, N)],
        "us.internal_rewrite": [(prompted, A), (nothing, N)],
        "us.expressive_input": [(sketched, P), (prompted, A)],
        "us.arrange": [(placed, P), (repainted, P), (picked, A), (edited, A), (ordered, A)],
        "us.modify": EDITS,
        "us.minor": [(toned, P), (edited, A), (prompted, N), (scripted, N)],
        "us.deminimis": [(prompted, P), (stated, A)],
    },
    "eu-originality": {
        "eu.free_choices": [
            (edited, P),
            (confirmed, P),
            (sketched, P),
            (repainted, P),
            (picked, A),
            (outside, A),
            (scripted, A),
        ],
        "eu.expressed": [(edited, P), (toned, A), (stated, A), (scripted, A)],
        "de.dominance": [(sketched, P), (edited, P), (revised, A), (outside, A), (nothing, N)],
        "de.prompt_iter": [(revised, P), (guessed, A), (nothing, N)],
        "cz.proof": [(prompted, P), (withheld, A), (later, A), (nothing, N)],
        "it.lavoro": [
            (edited, P),
            (revised, P),
            (stated, A),
            (prompted, A),
            (guessed, A),
            (outside, A),
        ],
    },
    "cn-courts": {
        "cn.idea": [(stated, P), (prompted, A)],
        "cn.input": [(prompted, P), (withheld, A), (sketched, P), (bare, C), (nothing, N)],
        "cn.iterate": [
            (revised, P),
            (prompted, A),
            (guessed, A),
            (painted_again, A),
            (masked, A),
            (repeated, C),
            (nothing, N),
        ],
        "cn.select_edit": [*EDITS, (picked, P), (taken, A)],
        "cn.records": [(prompted, P), (later, A), (nothing, N)],
        "cn.terms": [(prompted, P), (later, A), (nothing, N)],
    },
    "kr-kcc-2025": {
        "kr.own_input": [(sketched, P), (prompted, A)],
        "kr.extra_work": [(edited, P), (toned, A), (outside, A), (scripted, A), (prompted, A)],
        "kr.arrange": [(placed, P), (picked, A)],
        "kr.prompt_only": [(prompted, P), (revised, P), (edited, A), (sketched, A), (nothing, N)],
        "kr.control": [(repainted, P), (revised, A), (nothing, N)],
        "kr.form": [(prompted, P), (stated, A)],
    },
    "uk-cdpa-9-3": {"uk.arrangements": [(prompted, P), (later, A), (nothing, N)]},
}


@pytest.mark.parametrize(
    ("policy", "factor", "making", "expected"),
    [
        pytest.param(policy, factor, making, expected, id=f"{factor}-{making.__name__}")
        for policy, factors in EXPECTED.items()
        for factor, cases in factors.items()
        for making, expected in cases
    ],
)
def test_a_record_makes_a_factor(
    policy: str, factor: str, making: Callable[[], Making], expected: Evidence
) -> None:
    """Each factor, by records that hold its material and records that do not."""
    findings = {f.factor.id: f for f in evaluate(POLICIES[policy], measure(making().work()))}
    found = findings[factor]
    assert found.evidence is expected
    assert bool(found.citations) or expected in (A, N)


def test_every_factor_of_every_contribution_policy_is_tested() -> None:
    """Present and something else; all shipped policies of this kind are known here."""
    contribution = {n: p for n, p in POLICIES.items() if p.kind is PolicyKind.CONTRIBUTION}
    ours = {n: p for n, p in contribution.items() if n != "jp-bunka-2024"}
    assert set(ours) == set(EXPECTED)
    for name, policy in ours.items():
        assert {factor.id for factor in policy.factors} == set(EXPECTED[name])
        for identifier, cases in EXPECTED[name].items():
            reached = {expected for _, expected in cases}
            assert len(reached) > 1, identifier
            assert P in reached or identifier == "us.internal_rewrite"
        for factor in policy.factors:
            if factor.contradicting:
                assert C in {expected for _, expected in EXPECTED[name][factor.id]}


def test_rewording_is_found_on_the_day_it_is_recorded() -> None:
    """Version 1 records none; the condition stands."""
    measures = measure(prompted().work()).measures | {"prompts_rewritten": Measure(value=1)}
    findings = evaluate(POLICIES["us-usco-2025"], Contribution(measures=measures))
    assert [f.evidence for f in findings if f.factor.id == "us.internal_rewrite"] == [P]


def test_the_same_evidence_weighs_differently_in_different_places() -> None:
    """Revising prompts: material everywhere, and worth what each source says it is worth."""
    contribution = measure(revised().work())
    factors = {
        "jp-bunka-2024": "jp.attempts_revised",
        "us-usco-2025": "us.prompt_revision",
        "eu-originality": "de.prompt_iter",
        "cn-courts": "cn.iterate",
    }
    found = {
        name: next(f for f in evaluate(POLICIES[name], contribution) if f.factor.id == factor)
        for name, factor in factors.items()
    }
    assert {f.evidence for f in found.values()} == {P}
    assert {name: f.factor.our_reading for name, f in found.items()} == {
        "jp-bunka-2024": Weight.SUPPORTING,
        "us-usco-2025": Weight.NEUTRAL,
        "eu-originality": Weight.NEUTRAL,
        "cn-courts": Weight.STRONG,
    }


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_is_whole(name: str) -> None:
    """Official addresses, a word on how each source was read, and no score anywhere."""
    policy = POLICIES[name]
    assert policy.id == name
    for source in policy.sources:
        assert source.note or source.confidence == "A", source.id
        assert not any(w in (source.address or "") for w in ("blog", "5ch", "reddit", "wikisource"))
    for factor in policy.factors:
        assert factor.note, factor.id
        # A mark stands in a file or does not; what a person's acts are worth, a person says.
        if policy.kind is PolicyKind.CONTRIBUTION:
            assert factor.qualitative or factor.our_reading in (Weight.NEUTRAL, Weight.NEGATIVE)


@pytest.mark.parametrize(
    ("name", "factor"),
    [("us-usco-2025", "us.prompt_only"), ("kr-kcc-2025", "kr.prompt_only")],
)
def test_a_question_is_asked_the_same_way_round(name: str, factor: str) -> None:
    """*Material recorded* answers it with yes; asked the other way round it would say the opposite.

    Both ask whether there is nothing but prompts, and Japanese must not ask what there is besides.
    """
    policy = POLICIES[name]
    question = next(one.question for one in policy.factors if one.id == factor)
    assert question is not None
    assert "nothing" in question.en
    assert "だけですか" in question.ja
    assert "以外" not in question.ja
