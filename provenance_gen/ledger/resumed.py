"""How the first event of a log cites the log before it; pure, for readers with and without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.errors import LedgerBrokenError
from provenance_gen.records.payloads import LogResumed

if TYPE_CHECKING:
    from provenance_gen.records.event import Event


def cited_by(event: Event) -> LogResumed | None:
    """Return how an event cites the log before its own; None where it is no such event.

    Raises:
        LedgerBrokenError: it does not say which log.
    """
    if event.sequence or event.type != LogResumed.event_type:
        return None
    try:
        return LogResumed.model_validate(event.payload)
    except ValueError as error:
        raise LedgerBrokenError("it does not say which log it goes on from", 0) from error
