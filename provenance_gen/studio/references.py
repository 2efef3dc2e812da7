"""What a reference stands for: the events behind ``2``, ``2.3``, ``e4``, ``work`` and ``#12``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from provenance_gen.errors import UnknownReferenceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance_gen.ledger.store import Ledger
    from provenance_gen.records.base import EventNumber
    from provenance_gen.records.event import Citation
    from provenance_gen.records.work import Work
    from provenance_gen.studio.studio import Studio

_EVENT: Final = re.compile(r"#(?:(\d{1,4}):)?(\d{1,15})")


def events_of(
    studio: Studio, reference: str, work: str | None = None
) -> tuple[Work | None, tuple[str, ...]]:
    """Find the events that a reference stands for.

    Returns:
        The work, or None for an event asked for by its number; and the leaves of the events, the
        one that brought the thing into the record first.

    Raises:
        UnknownReferenceError: there is nothing of that name.
    """
    if asked := _EVENT.fullmatch(reference):
        return _numbered(studio, reference, asked)
    found = studio.history().work(work)
    if reference == "work":
        cited = [found.citation, *(intent.citation for intent in found.intents)]
    elif reference.isascii() and reference.isdigit():
        cited = list(_of_attempt(found, int(reference)))
    else:
        cited = list(_of_image(found, reference))
    return found, tuple(citation.leaf for citation in cited)


def _numbered(
    studio: Studio, reference: str, asked: re.Match[str]
) -> tuple[Work | None, tuple[str, ...]]:
    logs = logs_of(studio)
    log = int(asked[1]) if asked[1] else max(logs)
    number, size = int(asked[2]), logs[log].head().size if log in logs else 0
    if number >= size:
        newest = number_of(max(logs), studio.ledger.head().size - 1, logs)
        raise UnknownReferenceError("event", reference, [f"#{newest}"])
    event = next(e for e in logs[log].events(until=number + 1) if e.sequence == number)
    works = {w.id: w for w in studio.history().works}
    return works.get(str(event.payload.get("work"))), (event.leaf,)


def _of_attempt(work: Work, number: int) -> Iterator[Citation]:
    attempt = next((a for a in work.attempts if a.number == number), None)
    if attempt is None:
        known = [str(a.number) for a in work.attempts]
        raise UnknownReferenceError("attempt", str(number), known[-4:])
    yield attempt.citation
    if attempt.ended:
        yield attempt.ended


def _of_image(work: Work, name: str) -> Iterator[Citation]:
    """Give the events of an image: its own, its attempt's, choices of it, its exports."""
    image = work.image(name)
    yield image.citation
    yield from (a.citation for a in work.attempts if a.id == image.ref.origin)
    yield from (s.citation for s in work.selections if name in s.images)
    yield from (e.signed or e.prepared for e in work.exports if e.image == name)


def earlier(studio: Studio) -> tuple[Ledger, ...]:
    """Return the logs that the present one goes on from, oldest first; mostly there are none."""
    return tuple(log.ledger for log in studio.earlier)


def logs_of(studio: Studio) -> dict[int, Ledger]:
    """Return the logs of a studio by number, from 1; mostly there is one."""
    return dict(enumerate((*earlier(studio), studio.ledger), 1))


def number_of(log: int, sequence: int, logs: dict[int, Ledger]) -> EventNumber:
    """Return what people call an event, as ``Citation.number`` does."""
    return sequence if len(logs) == 1 else f"{log}:{sequence}"
