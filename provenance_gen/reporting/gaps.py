"""What is missing from a work's record and would help its reader.

Facts about the record only. Which of them matters to a source of law is a policy's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import Basis
from provenance_gen.records.report import Gap, Standing
from provenance_gen.records.work import Choice, Outcome, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from provenance_gen.records.report import EventView

CODES: Final = (
    "no_anchor",
    "not_anchored",
    "no_intent",
    "prompts_withheld",
    "revisions_inferred",
    "picks_without_reason",
    "external_unconfirmed",
    "model_unknown",
    "incomplete",
    "no_end",
    "no_export",
)
"""Every code, each with a sentence in the strings of every language."""


def gaps(work: Work, events: Sequence[EventView]) -> tuple[Gap, ...]:
    """Return what is missing, the most important first.

    Args:
        work: the work.
        events: every event that it was read from, with how each stands.
    """
    found = {code: tuple(_FINDERS[code](work)) for code in CODES if code in _FINDERS}
    asserted = [event for event in events if event.standing is Standing.ASSERTED]
    if 0 < len(asserted) < len(events):
        found["not_anchored"] = (str(len(asserted)),)
    whole = {
        "no_anchor": len(asserted) == len(events),
        "no_intent": not any(
            intent.text or intent.citation.withholds("intent") for intent in work.intents
        ),
        "no_export": not any(export.signed for export in work.exports),
    }
    return tuple(
        Gap(code=code, subjects=found.get(code, ()))
        for code in CODES
        if found.get(code) or whole.get(code, False)
    )


def _withheld(work: Work) -> Iterator[str]:
    # Words that were deleted cannot be asked for any more.
    gone = {(one.event, one.field) for one in work.redactions}
    for attempt in work.attempts:
        leaf = attempt.citation.leaf
        if any(
            text is None and (leaf, ("call", "prompts", name, str(place))) not in gone
            for name, given in attempt.call.prompts.items()
            for place, text in enumerate(given)
        ):
            yield str(attempt.number)


def _guessed(work: Work) -> Iterator[str]:
    # An area painted anew revises no attempt, whatever it was linked to.
    guessed = (a for a in work.attempts if a.revises and a.revision_basis is Basis.INFERRED)
    return (str(attempt.number) for attempt in guessed)


def _unreasoned(work: Work) -> Iterator[str]:
    # An image may be picked more than once, and one reason for it is enough.
    told: dict[str, bool] = {}
    for selection in work.selections:
        given = (selection.reason or "").strip() or selection.citation.withholds("reason")
        if selection.choice is Choice.SELECTED:
            for name in selection.images:
                told[name] = told.get(name, False) or bool(given)
    return (name for name, given in told.items() if not given)


def _unconfirmed(work: Work) -> Iterator[str]:
    for edit in work.edits:
        if edit.agent is EditAgent.EXTERNAL and not edit.theirs:
            yield edit.image.name


def _models(work: Work) -> Iterator[str]:
    return (str(attempt.number) for attempt in work.attempts if attempt.model.digest is None)


def _incomplete(work: Work) -> Iterator[str]:
    return (str(attempt.number) for attempt in work.attempts if attempt.call.completeness)


def _open(work: Work) -> Iterator[str]:
    return (str(attempt.number) for attempt in work.attempts if attempt.outcome is Outcome.OPEN)


_FINDERS: Final[dict[str, Callable[[Work], Iterator[str]]]] = {
    "prompts_withheld": _withheld,
    "revisions_inferred": _guessed,
    "picks_without_reason": _unreasoned,
    "external_unconfirmed": _unconfirmed,
    "model_unknown": _models,
    "incomplete": _incomplete,
    "no_end": _open,
}
