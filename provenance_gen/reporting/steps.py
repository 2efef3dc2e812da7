"""The steps of the making, as a report shows them: attempts, revisions, choices, edits, files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from provenance_gen.records.base import event_order
from provenance_gen.records.citations import cited_events
from provenance_gen.records.finding import INPUT_DIGITS
from provenance_gen.records.policy import Demand
from provenance_gen.records.report import (
    AttemptView,
    ChoiceView,
    EditView,
    ExportView,
    ImageView,
    ImportView,
    IntentView,
    Moved,
    RevisionView,
    Said,
)
from provenance_gen.reporting.pictures import figure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from provenance_gen.records.finding import Contribution, ValueChange
    from provenance_gen.records.report import Backing
    from provenance_gen.records.work import Attempt, Edit, Image, Work
    from provenance_gen.reporting.backing import Grounds
    from provenance_gen.reporting.pictures import Pictures


def intents(work: Work, backing: Grounds) -> tuple[IntentView, ...]:
    """Every statement of intent, in the order they were made."""
    return tuple(
        IntentView(text=intent.text, backing=backing(intent.citation)) for intent in work.intents
    )


def attempts(
    work: Work, pictures: Pictures, final: str | None, backing: Grounds
) -> tuple[AttemptView, ...]:
    """Every attempt with all its images, rejected ones included."""
    known = {(image.ref.origin, image.ref.index): image.name for image in work.images}
    return tuple(_attempt(attempt, pictures, final, backing, known) for attempt in work.attempts)


def _attempt(
    attempt: Attempt,
    pictures: Pictures,
    final: str | None,
    backing: Grounds,
    known: Mapping[tuple[str, int], str],
) -> AttemptView:
    images = tuple(
        ImageView(
            figure=figure(image, pictures),
            choice=image.choice,
            final=image.name == final,
            flagged=image.flagged,
            blank=image.blank,
            withdrawn=image.withdrawn,
        )
        for image in attempt.images
    )
    return AttemptView(
        number=attempt.number,
        outcome=attempt.outcome,
        prompts=_said(attempt, backing.deleted(attempt.citation)),
        parameters=_parameters(attempt),
        model=attempt.model.name,
        model_kind=attempt.model.kind,
        model_digest=attempt.model.digest,
        licence=attempt.model.licence,
        pipeline=attempt.call.pipeline,
        images=images,
        given=tuple(
            known[item.image.origin, item.image.index]
            for item in attempt.call.inputs
            if item.image and (item.image.origin, item.image.index) in known
        ),
        revises=attempt.revises,
        milliseconds=attempt.milliseconds,
        failure=attempt.failure_code,
        incomplete=attempt.call.completeness,
        backing=backing(attempt.citation, attempt.ended),
    )


def _said(attempt: Attempt, deleted: Collection[str]) -> tuple[Said, ...]:
    prompts = [
        Said(
            name=name if len(given) == 1 else f"{name} {place + 1}",
            text=text,
            deleted=f"call/prompts/{name}/{place}" in deleted,
        )
        for name, given in attempt.call.prompts.items()
        for place, text in enumerate(given)
    ]
    words = (
        Said(name=name, text=text, deleted=f"call/words/{name}" in deleted)
        for name, text in attempt.call.words.items()
    )
    return (*prompts, *words)


def _parameters(attempt: Attempt) -> tuple[tuple[str, str], ...]:
    """Executed values by name, in a fixed order; what was not given is left out."""
    call = attempt.call
    size = f"{call.width} x {call.height}" if call.width and call.height else None
    known = {
        "task": call.task.value,
        "seed": ", ".join(g.seed for g in call.generators if g.seed is not None) or None,
        "steps": call.steps,
        "guidance": call.guidance,
        "size": size,
        "count": call.count,
        "strength": call.strength,
        "scheduler": call.scheduler,
        "inputs": ", ".join(item.argument for item in call.inputs) or None,
        "use": attempt.use,
    }
    given = {name: str(value) for name, value in known.items() if value is not None}
    return tuple((given | {k: str(v) for k, v in sorted(call.arguments.items())}).items())


def revisions(
    work: Work, contribution: Contribution, pictures: Pictures, backing: Grounds
) -> tuple[RevisionView, ...]:
    """What changed from attempt to attempt, beside the image that was looked at."""
    named = {image.name: image for image in work.images}
    known = {
        image.stored.pixel_digest[:INPUT_DIGITS]: image.name for image in reversed(work.images)
    }
    return tuple(
        RevisionView(
            change=change.model_copy(
                update={"values": tuple(_named(value, known) for value in change.values)}
            ),
            viewed=figure(named[change.viewed], pictures) if change.viewed else None,
            backing=backing(change.citation),
        )
        for change in contribution.changes
    )


def _named(value: ValueChange, known: Mapping[str, str]) -> ValueChange:
    """Call input images that are on record by their names, not by the head of a digest."""
    if value.name != "inputs":
        return value

    def names(given: str | None) -> str | None:
        if given is None:
            return None
        return ", ".join(known.get(part, part) for part in given.split(", "))

    return value.model_copy(update={"before": names(value.before), "after": names(value.after)})


def choices(work: Work, pictures: Pictures, backing: Grounds) -> tuple[ChoiceView, ...]:
    """Picks and rejections in the order they happened."""
    named = {image.name: image for image in work.images}
    return tuple(
        ChoiceView(
            choice=selection.choice,
            images=tuple(figure(named[name], pictures) for name in selection.images),
            over=selection.over,
            reason=selection.reason,
            withheld=selection.citation.withholds("reason"),
            backing=backing(selection.citation),
        )
        for selection in work.selections
    )


def edits(work: Work, pictures: Pictures, backing: Grounds) -> tuple[EditView, ...]:
    """Edits with what was before, what came after, and where pixels changed."""
    named = {image.name: image for image in work.images}
    return tuple(_edit(named[edit.parent], edit, pictures, backing) for edit in work.edits)


def _edit(parent: Image, edit: Edit, pictures: Pictures, backing: Grounds) -> EditView:
    whole = (0, 0, parent.stored.width, parent.stored.height)
    return EditView(
        number=edit.number,
        before=figure(parent, pictures),
        after=figure(edit.image, pictures),
        compared=None if edit.image.withdrawn else partial(pictures.difference, edit),
        agent=edit.agent,
        confirmed=backing(edit.confirmed) if edit.theirs else None,
        confirmation=edit.confirmation if edit.theirs else None,
        operations=edit.operations,
        tool=edit.tool,
        note=edit.note,
        changed=edit.difference.changed,
        area=edit.difference.area,
        uniform=edit.difference.uniform,
        tone=edit.difference.tone,
        cropped=edit.difference.frame != whole,
        bounds=edit.difference.bounds,
        regions=edit.difference.regions,
        backing=backing(edit.citation, edit.confirmed),
    )


def imports(work: Work, pictures: Pictures, backing: Grounds) -> tuple[ImportView, ...]:
    """Images brought in from files."""
    return tuple(
        ImportView(
            figure=figure(item.image, pictures),
            own=item.own,
            name=item.name,
            note=item.note,
            statement=item.statement,
            source_digest=item.source_digest,
            backing=backing(item.citation),
        )
        for item in work.imports
    )


def exports(work: Work, backing: Grounds) -> tuple[ExportView, ...]:
    """Signed files, and those that were prepared and never signed."""
    return tuple(
        ExportView(
            number=export.number,
            image=export.image,
            signed=export.signed is not None,
            name=export.name,
            file_format=export.file_format,
            disclosure=export.disclosure,
            file_digest=export.file_digest,
            manifest_digest=export.manifest_digest,
            backing=backing(export.prepared, export.signed),
        )
        for export in work.exports
    )


def timeline(work: Work, backing: Grounds) -> tuple[Moved, ...]:
    """Everything that happened, in the ledger's order; an attempt is one line with its end."""
    lines = [_line("work.created", backing(work.citation), work.citation.timestamp)]
    for intent in work.intents:
        cited = intent.citation
        lines.append(_line("intent.stated", backing(cited), cited.timestamp, text=intent.text))
    for attempt in work.attempts:
        kind, held = f"attempt.{attempt.outcome.value}", backing(attempt.citation, attempt.ended)
        count, subject = len(attempt.images), str(attempt.number)
        lines.append(_line(kind, held, attempt.citation.timestamp, subject, count=count))
    for view in work.views:
        cited = view.citation
        lines.append(_line("image.viewed", backing(cited), cited.timestamp, *view.images))
    for chosen in work.selections:
        cited, kind = chosen.citation, f"image.{chosen.choice.value}"
        said = chosen.reason
        lines.append(_line(kind, backing(cited), cited.timestamp, *chosen.images, text=said))
    for item in work.imports:
        cited, kind = item.citation, "image.imported.own" if item.own else "image.imported"
        lines.append(_line(kind, backing(cited), cited.timestamp, item.image.name, text=item.name))
    for edit in work.edits:
        cited, names = edit.citation, (edit.parent, edit.image.name)
        kind = f"edit.{edit.agent.value}"
        lines.append(_line(kind, backing(cited), cited.timestamp, *names, text=edit.note))
        if edit.confirmed:
            cited, said = edit.confirmed, edit.confirmation
            held = backing(cited)
            lines.append(_line("fact.confirmed", held, cited.timestamp, names[1], text=said))
    for export in work.exports:
        cited = export.prepared
        kind = "export.signed" if export.signed else "export.prepared"
        held = backing(cited, export.signed)
        lines.append(_line(kind, held, cited.timestamp, export.image, text=export.name))
    lines += _gates(work, backing)
    numbers = {one.leaf: f"#{one.number}" for _, one in cited_events(work)}
    for one in work.redactions:
        cited, said = one.citation, one.reason
        which = numbers.get(one.event, one.event)
        lines.append(_line("text.redacted", backing(cited), cited.timestamp, which, text=said))
    return tuple(sorted(lines, key=lambda line: event_order(line.backing.events[0])))


def _gates(work: Work, backing: Grounds) -> Iterator[Moved]:
    """Say which gates fired, by policy and factor, and where a person went on."""
    for gate in work.gates:
        cited, subject = gate.citation, f"{gate.policy} ({gate.factor})"
        kind = f"gate.fired.{gate.demand}" if gate.demand in list(Demand) else "gate.fired"
        yield _line(kind, backing(cited), cited.timestamp, subject)
        if gate.overridden:
            cited = gate.overridden
            said = gate.reason
            yield _line("gate.overridden", backing(cited), cited.timestamp, subject, text=said)


def _line(kind: str, held: Backing, moment: str, *subjects: str, **more: Any) -> Moved:
    return Moved(kind=kind, moment=moment, subjects=subjects, backing=held, **more)
