"""Which factors of a gate policy fire for what a generator is asked for: pure, declarative.

A factor fires where it is *present*, by the same comparisons as in every other policy; where it is
contradicting, or does not apply, it lets pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.policy import terms
from provenance_gen.policy.evaluate import finding
from provenance_gen.records.finding import Evidence, Measure
from provenance_gen.records.gates import GENERATIVE_TRAINING, INFERENCE, LICENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provenance_gen.records.gates import Asked
    from provenance_gen.records.policy import Factor, Policy

_NOT_ALLOWED = "notAllowed"
_CONSTRAINED = "constrained"


def fired(policy: Policy, asked: Asked) -> Iterator[Factor]:
    """Yield the factors that fire, in the policy's order.

    Factors that need the model's card are passed over while it cannot be read (``card_read``).

    Args:
        policy: of kind ``gate``.
        asked: what the generator is asked for.
    """
    for factor in policy.factors:
        if not asked.card_read and _needs_card(factor):
            continue
        known = {name: Measure(value=n) for name, n in values(policy, factor, asked).items()}
        if finding(policy, factor, known).evidence is Evidence.PRESENT:
            yield factor


def values(policy: Policy, factor: Factor, asked: Asked) -> Mapping[str, int]:
    """Return the value of every name of ``records.gates.GATES`` for one factor."""

    def pictures(entry: str, use: str) -> int:
        return sum(picture.training.get(entry) == use for picture in asked.pictures)

    licence = (asked.licence or "").casefold()
    listed = [rule for rule in policy.licences if licence and rule.id.casefold() == licence]
    return {
        "terms_found": len(terms.found(factor.terms, asked.prompts)),
        "inputs": len(asked.pictures),
        "inputs_rights_unrecorded": sum(not p.rights_recorded for p in asked.pictures),
        "inputs_inference_not_allowed": pictures(INFERENCE, _NOT_ALLOWED),
        "inputs_training_not_allowed": pictures(GENERATIVE_TRAINING, _NOT_ALLOWED),
        "inputs_constrained": sum(
            _CONSTRAINED in (p.training.get(INFERENCE), p.training.get(GENERATIVE_TRAINING))
            for p in asked.pictures
        ),
        "licence_recorded": int(bool(licence)),
        "licence_listed": int(bool(listed)),
        "licence_forbids_use": int(any(asked.use in rule.forbids for rule in listed)),
        "use_declared": int(asked.use is not None),
    }


def _needs_card(factor: Factor) -> bool:
    return any(condition.measure in LICENCE for condition in factor.conditions)
