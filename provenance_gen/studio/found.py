"""What policies find in a work, and in what is known to have led to the picture asked about.

Here the leaves meet: which picture a report is of (``reporting``), what led to it and its measures
(``contribution``), and the findings (``policy``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from provenance_gen.contribution.measures import measure
from provenance_gen.contribution.path import surely_to
from provenance_gen.policy.drafts import fill
from provenance_gen.policy.evaluate import evaluate
from provenance_gen.reporting.context import final_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.records.finding import Contribution, FilledDraft, Finding
    from provenance_gen.records.policy import Policy
    from provenance_gen.records.work import Work


class Found(NamedTuple):
    """What a report is built from, beside the work; the fields are named as it asks for them."""

    contribution: Contribution
    """The measures of the whole work."""
    led: Contribution | None
    """Those of what is known to have led to the picture; None where the work has none."""
    policies: tuple[tuple[Policy, tuple[Finding, ...], tuple[FilledDraft, ...]], ...]


def found(work: Work, policies: Sequence[Policy], image: str | None = None) -> Found:
    """Measure a work and what led to one picture, and evaluate policies over both.

    Drafts are filled for the picture where there is one: what did not lead to it, or only by a
    guess, is no part of what its author would state.

    Args:
        work: the work.
        policies: of kind ``contribution``.
        image: name of the picture; by default that which a report is of.

    Raises:
        UnknownReferenceError: the work has no such image.
        PolicyError: a condition names a measure that is not there.
    """
    contribution = measure(work)
    final, _ = final_of(work, image)
    led = measure(surely_to(work, final.name), contribution.changes) if final else None
    return Found(
        contribution,
        led,
        tuple(
            (policy, evaluate(policy, contribution, led), fill(policy, led or contribution))
            for policy in policies
        ),
    )
