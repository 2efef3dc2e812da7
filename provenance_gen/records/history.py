"""From events to works: a pure fold over the ledger, in order.

Event types that this version does not know are passed over; they stay in the ledger and in every
audit. A reference to something unknown is passed over too: the fold reads what is there, and
judging the ledger is the audit's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from provenance_gen.records import payloads as p
from provenance_gen.records.event import Event
from provenance_gen.records.image import ImageRef
from provenance_gen.records.work import (
    Attempt,
    Choice,
    Citation,
    Edit,
    Export,
    History,
    Image,
    Import,
    Intent,
    Outcome,
    Selection,
    View,
    Work,
)


def fold(events: Iterable[Event]) -> History:
    """Compute every work from the events of one log, given in order."""
    builder = _Builder()
    for event in events:
        builder.read(event)
    return builder.history()


def citation(event: Event) -> Citation:
    """Return how an event is cited."""
    return Citation(
        sequence=event.sequence,
        leaf=event.leaf,
        timestamp=event.timestamp,
        actor=event.actor.kind,
        basis=event.basis,
    )


@dataclass
class _Draft:
    """A work while it is read; identifiers lead to places in the lists."""

    work: Work
    intents: list[Intent] = field(default_factory=list)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    edits: dict[str, Edit] = field(default_factory=dict)
    imports: dict[str, Import] = field(default_factory=dict)
    selections: list[Selection] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    exports: dict[str, Export] = field(default_factory=dict)

    def name(self, ref: ImageRef) -> str | None:
        """Return what people call an image, or None for one that is not of this work."""
        if attempt := self.attempts.get(ref.origin):
            return f"{attempt.number}.{ref.index}"
        if edit := self.edits.get(ref.origin):
            return f"e{edit.number}"
        if item := self.imports.get(ref.origin):
            return f"i{item.number}"
        return None

    def names(self, refs: Iterable[ImageRef]) -> tuple[str, ...]:
        return tuple(name for ref in refs if (name := self.name(ref)) is not None)

    def finished(self) -> Work:
        """Return the work with every image's last choice in its place."""
        chosen: dict[str, Choice] = {}
        for selection in self.selections:
            chosen |= dict.fromkeys(selection.images, selection.choice)

        def marked(image: Image) -> Image:
            choice = chosen.get(image.name)
            return image if choice is None else image.model_copy(update={"choice": choice})

        return self.work.model_copy(
            update={
                "intents": tuple(self.intents),
                "attempts": tuple(
                    a.model_copy(update={"images": tuple(map(marked, a.images))})
                    for a in self.attempts.values()
                ),
                "edits": tuple(
                    e.model_copy(update={"image": marked(e.image)}) for e in self.edits.values()
                ),
                "imports": tuple(
                    i.model_copy(update={"image": marked(i.image)}) for i in self.imports.values()
                ),
                "selections": tuple(self.selections),
                "views": tuple(self.views),
                "exports": tuple(self.exports.values()),
            }
        )


class _Builder:
    def __init__(self) -> None:
        self._works: dict[str, _Draft] = {}
        self._studio = "unknown"
        self._log = ""
        self._size = 0

    def history(self) -> History:
        works = tuple(draft.finished() for draft in self._works.values())
        return History(studio=self._studio, log=self._log, size=self._size, works=works)

    def read(self, event: Event) -> None:
        self._log = event.log
        self._size = event.sequence + 1
        payload_type = p.PAYLOADS.get(event.type)
        if payload_type is None:
            return
        payload = payload_type.model_validate(event.payload)
        if isinstance(payload, p.StudioCreated):
            self._studio = payload.studio
        elif isinstance(payload, p.WorkCreated):
            self._works[payload.work] = _Draft(
                Work(
                    number=len(self._works) + 1,
                    id=payload.work,
                    citation=citation(event),
                    title=payload.title,
                    author=payload.author,
                )
            )
        elif isinstance(payload, p.FactConfirmed):
            self._confirm(payload, citation(event))
        elif reader := _READERS.get(event.type):
            draft = self._works.get(getattr(payload, "work", ""))
            if draft is not None:
                reader(draft, payload, citation(event))

    def _confirm(self, payload: p.FactConfirmed, cited: Citation) -> None:
        draft = self._works.get(payload.work)
        for edit in draft.edits.values() if draft else ():
            if draft and edit.citation.leaf == payload.event:
                draft.edits[edit.id] = edit.model_copy(update={"confirmed": cited})
                return


def _intent(draft: _Draft, payload: p.IntentStated, cited: Citation) -> None:
    draft.intents.append(Intent(citation=cited, text=payload.intent))


def _started(draft: _Draft, payload: p.AttemptStarted, cited: Citation) -> None:
    revision = payload.revision
    earlier = draft.attempts.get(revision.attempt) if revision else None
    draft.attempts[payload.attempt] = Attempt(
        number=len(draft.attempts) + 1,
        id=payload.attempt,
        citation=cited,
        outcome=Outcome.OPEN,
        call=payload.call,
        model=payload.model,
        environment=payload.environment,
        revises=earlier.number if earlier else None,
        viewed=draft.name(revision.viewed) if revision and revision.viewed else None,
        revision_basis=revision.basis if revision else None,
    )


def _completed(draft: _Draft, payload: p.AttemptCompleted, cited: Citation) -> None:
    attempt = draft.attempts.get(payload.attempt)
    if attempt is None:
        return
    images = tuple(
        Image(
            name=f"{attempt.number}.{index}",
            ref=ImageRef(origin=attempt.id, index=index, pixel_digest=made.image.pixel_digest),
            stored=made.image,
            citation=cited,
            flagged=made.flagged,
            blank=made.blank,
        )
        for index, made in enumerate(payload.images, 1)
    )
    _end(draft, attempt, cited, Outcome.COMPLETED, payload, images=images)


def _failed(draft: _Draft, payload: p.AttemptFailed, cited: Citation) -> None:
    if attempt := draft.attempts.get(payload.attempt):
        _end(draft, attempt, cited, Outcome.FAILED, payload, failure=payload.message)


def _interrupted(draft: _Draft, payload: p.AttemptInterrupted, cited: Citation) -> None:
    if attempt := draft.attempts.get(payload.attempt):
        _end(draft, attempt, cited, Outcome.INTERRUPTED, payload)


def _end(
    draft: _Draft,
    attempt: Attempt,
    cited: Citation,
    outcome: Outcome,
    payload: p.AttemptCompleted | p.AttemptFailed | p.AttemptInterrupted,
    **more: Any,
) -> None:
    if attempt.ended is not None:
        # The first end counts; a second one is a fault of the writer that must not undo it.
        return
    draft.attempts[attempt.id] = attempt.model_copy(
        update={
            "ended": cited,
            "outcome": outcome,
            "milliseconds": payload.milliseconds,
            "steps_run": getattr(payload, "steps_run", None),
            **more,
        }
    )


def _hashed(draft: _Draft, payload: p.ModelHashed, _cited: Citation) -> None:
    if attempt := draft.attempts.get(payload.attempt):
        hashed = {"digest": payload.digest, "files": payload.files, "basis": payload.basis}
        model = attempt.model.model_copy(update=hashed)
        draft.attempts[attempt.id] = attempt.model_copy(update={"model": model})


def _viewed(draft: _Draft, payload: p.ImageViewed, cited: Citation) -> None:
    draft.views.append(View(citation=cited, images=draft.names(payload.images)))


def _selected(draft: _Draft, payload: p.ImageSelected, cited: Citation) -> None:
    selection = Selection(
        citation=cited,
        choice=Choice.SELECTED,
        images=draft.names([payload.image]),
        over=draft.names(payload.over),
        reason=payload.reason,
    )
    draft.selections.append(selection)


def _rejected(draft: _Draft, payload: p.ImageRejected, cited: Citation) -> None:
    selection = Selection(
        citation=cited,
        choice=Choice.REJECTED,
        images=draft.names(payload.images),
        reason=payload.reason,
    )
    draft.selections.append(selection)


def _imported(draft: _Draft, payload: p.ImageImported, cited: Citation) -> None:
    number = len(draft.imports) + 1
    ref = ImageRef(origin=payload.import_id, pixel_digest=payload.image.pixel_digest)
    draft.imports[payload.import_id] = Import(
        number=number,
        id=payload.import_id,
        citation=cited,
        image=Image(name=f"i{number}", ref=ref, stored=payload.image, citation=cited),
        source_digest=payload.source_digest,
        own=payload.own,
        name=payload.name,
        note=payload.note,
    )


def _edited(draft: _Draft, payload: p.EditRecorded, cited: Citation) -> None:
    parent = draft.name(payload.parent)
    if parent is None:
        return
    number = len(draft.edits) + 1
    ref = ImageRef(origin=payload.edit, pixel_digest=payload.result.pixel_digest)
    image = Image(name=f"e{number}", ref=ref, stored=payload.result, citation=cited, parent=parent)
    draft.edits[payload.edit] = Edit(
        number=number,
        id=payload.edit,
        citation=cited,
        image=image,
        parent=parent,
        agent=payload.agent,
        operations=payload.operations,
        difference=payload.difference,
        tool=payload.tool,
        note=payload.note,
    )


def _prepared(draft: _Draft, payload: p.ExportPrepared, cited: Citation) -> None:
    if (name := draft.name(payload.image)) is None:
        return
    draft.exports[payload.export] = Export(
        number=len(draft.exports) + 1,
        id=payload.export,
        prepared=cited,
        image=name,
        file_format=payload.file_format,
        disclosure=payload.disclosure,
        pixel_digest=payload.pixel_digest,
    )


def _signed(draft: _Draft, payload: p.ExportSigned, cited: Citation) -> None:
    if export := draft.exports.get(payload.export):
        draft.exports[export.id] = export.model_copy(
            update={
                "signed": cited,
                "file_digest": payload.file_digest,
                "pixel_digest": payload.pixel_digest,
                "manifest_digest": payload.manifest_digest,
                "name": payload.name,
            }
        )


_READERS: Final[dict[str, Callable[[_Draft, Any, Citation], None]]] = {
    "intent.stated": _intent,
    "attempt.started": _started,
    "attempt.completed": _completed,
    "attempt.failed": _failed,
    "attempt.interrupted": _interrupted,
    "model.hashed": _hashed,
    "image.viewed": _viewed,
    "image.selected": _selected,
    "image.rejected": _rejected,
    "image.imported": _imported,
    "edit.recorded": _edited,
    "export.prepared": _prepared,
    "export.signed": _signed,
}
