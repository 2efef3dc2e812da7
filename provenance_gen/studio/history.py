"""Read the works of a studio: from its earlier logs and then its present one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.records.history import fold
from provenance_gen.records.work import Attempt, History, Outcome
from provenance_gen.studio import locks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance_gen.records.event import Event
    from provenance_gen.studio.studio import Studio


def read(studio: Studio, until: int | None) -> History:
    """Read all works; see ``Studio.history``."""
    dead: set[str] = set()
    while True:
        history = fold(_events(studio, until), logs=_origins(studio))
        open_ = [a.id for w in history.works for a in w.attempts if a.outcome is Outcome.OPEN]
        free = {a for a in open_ if not locks.is_held(studio.folder.locks, a)}
        if free <= dead:
            return _with_outcomes(history, dead)
        # An attempt writes its end before it frees its lock. So those that are free now are
        # dead only if the events, read once more, hold no end of theirs.
        dead = free


def _events(studio: Studio, until: int | None) -> Iterator[Event]:
    for log in studio.earlier:
        yield from log.ledger.events(until=log.cited.size)
    yield from studio.ledger.events(until=until)


def _origins(studio: Studio) -> tuple[str, ...]:
    """Return the logs in order where there are several."""
    origins = tuple(log.cited.log for log in studio.earlier)
    return (*origins, studio.ledger.origin) if origins else ()


def _with_outcomes(history: History, dead: set[str]) -> History:
    def settled(attempt: Attempt) -> Attempt:
        if attempt.outcome is not Outcome.OPEN:
            return attempt
        outcome = Outcome.INTERRUPTED if attempt.id in dead else Outcome.RUNNING
        return attempt.model_copy(update={"outcome": outcome})

    works = tuple(
        work.model_copy(update={"attempts": tuple(map(settled, work.attempts))})
        for work in history.works
    )
    return history.model_copy(update={"works": works})
