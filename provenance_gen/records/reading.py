"""What each type of event adds to a work while it is read.

One function for each type of event; the order of events, and which work one belongs to, is
``history``'s business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from provenance_gen.records import payloads as p
from provenance_gen.records.draft import WorkDraft
from provenance_gen.records.event import Citation
from provenance_gen.records.generation import Task
from provenance_gen.records.image import ImageRef
from provenance_gen.records.redaction import Redaction
from provenance_gen.records.work import (
    Attempt,
    Choice,
    Edit,
    Export,
    Gate,
    Image,
    Import,
    Intent,
    Outcome,
    Selection,
    View,
)


def _intent(draft: WorkDraft, payload: p.IntentStated, cited: Citation) -> None:
    draft.intents.append(Intent(citation=cited, text=payload.intent))


def _started(draft: WorkDraft, payload: p.AttemptStarted, cited: Citation) -> None:
    if draft.knows(payload.attempt):
        return
    revision = payload.revision
    earlier = _revised(draft, payload)
    model, environment = payload.model, payload.environment
    if before := next(reversed(draft.attempts.values()), None):
        # Thousands of attempts on one machine share what is the same for all of them.
        model = before.model if before.model == model else model
        environment = before.environment if before.environment == environment else environment
    draft.attempts[payload.attempt] = Attempt(
        number=len(draft.attempts) + 1,
        id=payload.attempt,
        citation=cited,
        outcome=Outcome.OPEN,
        call=payload.call,
        model=model,
        environment=environment,
        revises=earlier.number if earlier else None,
        viewed=draft.name(revision.viewed) if revision and revision.viewed else None,
        revision_basis=revision.basis if revision else None,
        use=payload.use,
    )


def _revised(draft: WorkDraft, payload: p.AttemptStarted) -> Attempt | None:
    """Return the attempt that one revises; None for one that paints an area of its picture anew.

    What is asked for an area is not what was asked for the picture, put otherwise: it is an
    attempt, and the edit that takes its pixels is an edit by a model. Of another such attempt it
    can be a revision.
    """
    earlier = draft.attempts.get(payload.revision.attempt) if payload.revision else None
    if earlier and payload.call.task is Task.INPAINT and earlier.call.task is not Task.INPAINT:
        return None
    return earlier


def _completed(draft: WorkDraft, payload: p.AttemptCompleted, cited: Citation) -> None:
    attempt = draft.attempts.get(payload.attempt)
    if attempt is None:
        return
    _end(
        draft,
        attempt,
        cited,
        Outcome.COMPLETED,
        payload,
        images=_images(attempt, payload.images, cited),
        arrays=payload.arrays,
    )


def _images(
    attempt: Attempt, made: Iterable[p.GeneratedImage], cited: Citation
) -> tuple[Image, ...]:
    return tuple(
        Image(
            name=f"{attempt.number}.{index}",
            ref=ImageRef(origin=attempt.id, index=index, pixel_digest=one.image.pixel_digest),
            stored=one.image,
            citation=cited,
            flagged=one.flagged,
            blank=one.blank,
        )
        for index, one in enumerate(made, 1)
    )


def _failed(draft: WorkDraft, payload: p.AttemptFailed, cited: Citation) -> None:
    if attempt := draft.attempts.get(payload.attempt):
        more = {"failure": payload.message, "failure_code": payload.code}
        _end(draft, attempt, cited, Outcome.FAILED, payload, **more)


def _interrupted(draft: WorkDraft, payload: p.AttemptInterrupted, cited: Citation) -> None:
    if attempt := draft.attempts.get(payload.attempt):
        images = _images(attempt, payload.images, cited)
        _end(draft, attempt, cited, Outcome.INTERRUPTED, payload, images=images)


def _end(
    draft: WorkDraft,
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


def _hashed(draft: WorkDraft, payload: p.ModelHashed, _cited: Citation) -> None:
    if attempt := draft.attempts.get(payload.attempt):
        hashed = {"digest": payload.digest, "files": payload.files, "basis": payload.basis}
        model = attempt.model.model_copy(update=hashed)
        draft.attempts[attempt.id] = attempt.model_copy(update={"model": model})


def _viewed(draft: WorkDraft, payload: p.ImageViewed, cited: Citation) -> None:
    draft.views.append(View(citation=cited, images=draft.names(payload.images)))


def _selected(draft: WorkDraft, payload: p.ImageSelected, cited: Citation) -> None:
    selection = Selection(
        citation=cited,
        choice=Choice.SELECTED,
        images=draft.names([payload.image]),
        over=draft.names(payload.over),
        reason=payload.reason,
    )
    draft.selections.append(selection)


def _rejected(draft: WorkDraft, payload: p.ImageRejected, cited: Citation) -> None:
    selection = Selection(
        citation=cited,
        choice=Choice.REJECTED,
        images=draft.names(payload.images),
        reason=payload.reason,
    )
    draft.selections.append(selection)


def _imported(draft: WorkDraft, payload: p.ImageImported, cited: Citation) -> None:
    if draft.knows(payload.import_id):
        return
    number = len(draft.imports) + 1
    ref = ImageRef(origin=payload.import_id, pixel_digest=payload.image.pixel_digest)
    draft.imports[payload.import_id] = Import(
        number=number,
        id=payload.import_id,
        citation=cited,
        image=Image(name=f"i{number}", ref=ref, stored=payload.image, citation=cited),
        source_digest=payload.source_digest,
        own=payload.own,
        statement=payload.statement,
        name=payload.name,
        note=payload.note,
    )


def _edited(draft: WorkDraft, payload: p.EditRecorded, cited: Citation) -> None:
    parent = draft.name(payload.parent)
    if parent is None or draft.knows(payload.edit):
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
        save=payload.save,
        sources=payload.sources,
    )


def _prepared(draft: WorkDraft, payload: p.ExportPrepared, cited: Citation) -> None:
    if (name := draft.name(payload.image)) is None or payload.export in draft.exports:
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


def _signed(draft: WorkDraft, payload: p.ExportSigned, cited: Citation) -> None:
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


def _fired(draft: WorkDraft, payload: p.GateFired, cited: Citation) -> None:
    draft.gates[cited.leaf] = Gate(
        citation=cited,
        policy=payload.policy,
        factor=payload.factor,
        demand=payload.demand,
        attempt=payload.attempt,
    )


def _overridden(draft: WorkDraft, payload: p.GateOverridden, cited: Citation) -> None:
    gate = draft.gates.get(payload.event)
    if gate is not None and gate.overridden is None:
        more = {"overridden": cited, "reason": payload.reason}
        draft.gates[payload.event] = gate.model_copy(update=more)


def _redacted(draft: WorkDraft, payload: p.TextRedacted, cited: Citation) -> None:
    draft.redactions.append(
        Redaction(
            citation=cited,
            event=payload.event,
            field=payload.field,
            reason=payload.reason,
        )
    )


READERS: Final[dict[str, Callable[[WorkDraft, Any, Citation], None]]] = {
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
    "gate.fired": _fired,
    "gate.overridden": _overridden,
    "text.redacted": _redacted,
}
