"""From a policy and a work's measures to findings: pure, declarative, no judgement.

``present`` means that material exists to be read. What it is worth is left to a person.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Final

from provenance_gen.errors import PolicyError
from provenance_gen.records.finding import Evidence, Finding, Measure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from provenance_gen.records.finding import Contribution
    from provenance_gen.records.policy import Condition, Factor, Policy

_COMPARE: Final[dict[str, Callable[[int, int], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "<=": operator.le,
    "<": operator.lt,
}


def evaluate(
    policy: Policy, contribution: Contribution, led: Contribution | None = None
) -> tuple[Finding, ...]:
    """Return one finding for each factor, in the policy's order.

    Args:
        policy: the policy.
        contribution: the measures of a whole work.
        led: the measures of what is known to have led to one picture of it. Each finding then also
            says what it would be of that alone, and which of its events are not among it.

    Raises:
        PolicyError: a condition names a measure that is not there.
    """
    found = (finding(policy, factor, contribution.measures) for factor in policy.factors)
    if led is None:
        return tuple(found)
    there = {item.order for one in led.measures.values() for item in one.citations}
    return tuple(_beside(one, led.measures, there) for one in found)


def _beside(found: Finding, measures: dict[str, Measure], there: set[tuple[int, int]]) -> Finding:
    return found.model_copy(
        update={
            "of_picture": _evidence(found.factor, measures),
            "elsewhere": tuple(one for one in found.citations if one.order not in there),
        }
    )


def finding(policy: Policy, factor: Factor, measures: dict[str, Measure]) -> Finding:
    """Return the finding of one factor.

    Raises:
        PolicyError: a condition names a measure that is not there.
    """
    names = dict.fromkeys([*(c.measure for c in factor.conditions), *factor.looks_at])
    missing = [name for name in names if name not in measures]
    if missing:
        raise PolicyError(policy.id, f"factor {factor.id}: no measure named {missing[0]!r}")
    evidence = _evidence(factor, measures)
    looked = [] if evidence is Evidence.NOT_APPLICABLE else [measures[name] for name in names]
    cited = {item.order: item for one in looked for item in one.citations}
    return Finding(
        factor=factor,
        evidence=evidence,
        citations=tuple(cited[place] for place in sorted(cited)),
        measures={name: measures[name].value for name in names},
    )


def _evidence(factor: Factor, measures: dict[str, Measure]) -> Evidence:
    # What speaks against a factor comes before what speaks for it: a record that does both must
    # not be read in its maker's favour.
    if not hold(factor.applies, measures):
        return Evidence.NOT_APPLICABLE
    if factor.contradicting and hold(factor.contradicting, measures):
        return Evidence.CONTRADICTING
    any_holds = any(hold([condition], measures) for condition in factor.present_any)
    present = hold(factor.present, measures) and (any_holds or not factor.present_any)
    return Evidence.PRESENT if present else Evidence.ABSENT


def hold(conditions: Iterable[Condition], measures: dict[str, Measure]) -> bool:
    """Tell whether all conditions hold; none given hold."""
    return all(_COMPARE[c.operator](measures[c.measure].value, c.value) for c in conditions)
