"""From events to works: a pure fold over the ledger, in order.

Event types that this version does not know are passed over; they stay in the ledger and in every
audit. A reference to something unknown is passed over too: the fold reads what is there, and
judging the ledger is the audit's business. Of several events that give one identifier the first
counts, so that nothing on record can be put out of sight by recording it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from provenance_gen.records import payloads as p
from provenance_gen.records.base import Text
from provenance_gen.records.draft import WorkDraft
from provenance_gen.records.event import Citation, Event
from provenance_gen.records.reading import READERS
from provenance_gen.records.work import EarlierLog, History, Work


def fold(events: Iterable[Event], *, logs: Sequence[str] = ()) -> History:
    """Compute every work from the events of a studio, given in order.

    Args:
        events: of one log, or of all logs, one after the other.
        logs: origins in order, where there are several; citations then say which log.
    """
    builder = _Builder(logs)
    for event in events:
        builder.read(event)
    return builder.history()


def citation(event: Event, logs: Sequence[str] = ()) -> Citation:
    """Return how an event is cited, by its log too where there are several."""
    return Citation(
        log=logs.index(event.log) + 1 if event.log in logs else None,
        sequence=event.sequence,
        leaf=event.leaf,
        timestamp=event.timestamp,
        actor=event.actor.kind,
        basis=event.basis,
        withheld=event.withheld,
    )


class _Builder:
    def __init__(self, logs: Sequence[str]) -> None:
        self._logs = logs
        self._works: dict[str, WorkDraft] = {}
        self._studio = "unknown"
        self._author: Text | None = None
        """Who made the studio: the author of its works where they name no other."""
        self._log = ""
        self._size = 0
        self._earlier: list[EarlierLog] = []

    def history(self) -> History:
        works = tuple(draft.finished() for draft in self._works.values())
        return History(
            studio=self._studio,
            log=self._log,
            size=self._size,
            earlier=tuple(self._earlier),
            works=works,
        )

    def read(self, event: Event) -> None:
        self._log = event.log
        self._size = event.sequence + 1
        payload_type = p.PAYLOADS.get(event.type)
        if payload_type is None:
            return
        payload = payload_type.model_validate(event.payload)
        if isinstance(payload, p.StudioCreated):
            self._studio, self._author = payload.studio, payload.author
        elif isinstance(payload, p.LogResumed):
            self._studio = payload.studio or self._studio
            self._earlier.append(EarlierLog(origin=payload.log, size=payload.size))
        elif isinstance(payload, p.WorkCreated):
            self._create(payload, citation(event, self._logs))
        elif isinstance(payload, p.FactConfirmed):
            self._confirm(payload, citation(event, self._logs))
        elif isinstance(payload, p.ImageWithdrawn):
            self._withdraw(payload.image.pixel_digest)
        elif reader := READERS.get(event.type):
            draft = self._works.get(getattr(payload, "work", ""))
            if draft is not None:
                reader(draft, payload, citation(event, self._logs))

    def _create(self, payload: p.WorkCreated, cited: Citation) -> None:
        if payload.work in self._works:
            # The first event counts: another must not empty what was recorded since.
            return
        self._works[payload.work] = WorkDraft(
            Work(
                number=len(self._works) + 1,
                id=payload.work,
                citation=cited,
                title=payload.title,
                author=payload.author or self._author,
            )
        )

    def _confirm(self, payload: p.FactConfirmed, cited: Citation) -> None:
        draft = self._works.get(payload.work)
        for edit in draft.edits.values() if draft else ():
            if draft and edit.citation.leaf == payload.event:
                what = "linked" if payload.link_only else "confirmed"
                known = edit.linked if payload.link_only else edit.confirmed
                if known and known.by_person:
                    return  # the first by a person counts, and no script's undoes it
                said = {} if payload.link_only else {"confirmation": payload.note}
                draft.edits[edit.id] = edit.model_copy(update={what: cited, **said})
                return

    def _withdraw(self, digest: str) -> None:
        """Mark every image recorded so far that has these pixels: they share one file."""
        for draft in self._works.values():
            draft.withdrawn |= {i.name for i in draft.images() if i.ref.pixel_digest == digest}
