"""The work behind ``provgen show``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from provenance_gen.cli import importing, output
from provenance_gen.errors import UsageError
from provenance_gen.names import demand_place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from provenance_gen.records import work as records
    from provenance_gen.records.event import Citation
    from provenance_gen.studio import Work

_TERMINAL = "-"
_CHOSEN = {
    "selected": "picked",
    "rejected": "rejected",
    "none": "neither picked nor rejected",
}
_VIEWS = 12
"""Of more views than these the last ones are listed; JSON has all."""
_MANY = 8
"""Of more images than these an attempt's row shows the first, the last and the picked ones."""


def show(work: Work, references: Sequence[str], sheet: Path | None, *, json: bool) -> None:
    """Show a work or some of its images; reading with ``--json`` is not a view."""
    history = work.history()
    images = [history.image(name) for name in references] or list(history.images)
    written = None if sheet is None else write_sheet(work, images, sheet, json=json)
    if json:
        shown: Any = [image.model_dump(mode="json") for image in images]
        output.put_json(shown if references else history.model_dump(mode="json"))
    elif references:
        for image in images:
            output.say(*_image_lines(work, history, image))
    else:
        _print_work(history)
    if written is not None and not json:
        output.say(f"Contact sheet: {written}")


def _print_work(work: records.Work) -> None:
    told = partial(_told, work)
    output.title(f"Work {work.number}: {told(work.title, work.citation, 'title')}")
    for intent in work.intents:
        output.say(f"  intent: {told(intent.text, intent.citation, 'intent', limit=200)}")
    if work.attempts:
        given = [_given(work, attempt) for attempt in work.attempts]
        rows = [_attempt_row(work, attempt) for attempt in work.attempts]
        columns = ["attempt", "outcome", "images", "revises", "prompt"]
        if any(given):
            columns.insert(-1, "from")
            rows = [
                (*row[:-1], ", ".join(from_) or "-", row[-1])
                for row, from_ in zip(rows, given, strict=True)
            ]
        output.table(columns, rows)
    if work.edits:
        edits = [
            (
                _edit_name(e.image),
                e.parent,
                _agent(e),
                ", ".join(o.name for o in e.operations) or "-",
            )
            for e in work.edits
        ]
        output.table(("edit", "of", "agent", "steps"), edits)
    for item in work.imports:
        own = ", said to be their own" if item.own else ""
        output.say(f"brought in {item.image.name}: {told(item.name, item.citation, 'name')}{own}")
    for view in work.views[-_VIEWS:]:
        guess = ", as the program guesses" if view.citation.basis == "inferred" else ""
        output.say(f"looked at {_some(view.images)} (event {view.citation.number}{guess})")
    for selection in work.selections:
        over = f" over {', '.join(selection.over)}" if selection.over else ""
        why = told(selection.reason, selection.citation, "reason", none="")
        reason = f": {why}" if why else ""
        done = "picked" if selection.choice == "selected" else selection.choice
        output.say(f"{done} {', '.join(selection.images)}{over}{reason}")
    for export in work.exports:
        state = "not finished"
        if export.signed:
            state = f"as {told(export.name, export.signed, 'name')}"
        output.say(f"exported {export.image} {state}, {export.disclosure}")


def _told(
    work: records.Work,
    text: str | None,
    cited: Citation,
    *field: str,
    limit: int = 70,
    none: str = "-",
) -> str:
    """Return a text on one line, or why it cannot be shown; ``none`` where none was given."""
    if text is not None:
        return output.shorten(text, limit)
    if any((one.event, one.field) == (cited.leaf, field) for one in work.redactions):
        return "(deleted)"
    return "(withheld)" if cited.withholds("/".join(field)) else none


def _agent(edit: records.Edit) -> str:
    return f"{edit.agent}, confirmed" if edit.theirs else edit.agent


def _some(names: Sequence[str]) -> str:
    shown = names if len(names) <= _MANY else [*names[:_MANY], f"… ({len(names)})"]
    return ", ".join(shown)


def _attempt_row(work: records.Work, attempt: records.Attempt) -> tuple[str, ...]:
    marks = {"selected": "✓", "rejected": "✗", "none": ""}
    named = [
        f"{image.name}{marks[image.choice]}{' (withdrawn)' if image.withdrawn else ''}"
        for image in attempt.images
    ]
    images = " ".join(named)
    if len(named) > _MANY:
        chosen = [name for name in named if name.endswith("✓")]
        images = " ".join([f"{named[0]} … {named[-1]} ({len(named)})", *chosen[:_MANY]])
    revises = str(attempt.revises) if attempt.revises is not None else "-"
    if attempt.viewed:
        revises += f" ({attempt.viewed})"
    return (
        str(attempt.number),
        attempt.outcome.value,
        images or "-",
        revises,
        _told(work, attempt.prompt, attempt.citation, "call", "prompts", "prompt", "0"),
    )


def _given(work: records.Work, attempt: records.Attempt) -> list[str]:
    """Name the pictures that an attempt was given: images of the work, or files."""
    names = {image.ref: image.name for image in work.images}
    roles = {"mask_image": "mask ", "control_image": "control ", "ip_adapter_image": "look "}
    return [
        f"{roles.get(given.argument, '')}{names[given.image]}"
        if given.image in names
        else f"{roles.get(given.argument, '')}({'a file' if given.file_digest else 'pixels'})"
        for given in attempt.call.inputs
    ]


def _edit_name(image: records.Image) -> str:
    return f"{image.name} (withdrawn)" if image.withdrawn else image.name


def _image_lines(work: Work, history: records.Work, image: records.Image) -> list[str]:
    stored = image.stored
    said = [
        f"{image.name}  {stored.width}x{stored.height}  {_CHOSEN[image.choice]}",
        f"  event  {image.citation.number}, {image.citation.timestamp}",
        f"  by     {image.citation.actor}, {image.citation.basis}",
        f"  pixels {stored.pixel_digest}",
        "  file   withdrawn: the pixels were deleted on request"
        if image.withdrawn
        else f"  file   {work.studio.store.path(stored.pixel_digest)}",
    ]
    chain = [item.name for item in history.lineage(image.name)]
    if len(chain) > 1:
        said.append(f"  from   {' → '.join(chain)}")
    made = (a for a in history.attempts if a.id == image.ref.origin)
    given = [name for attempt in made for name in _given(history, attempt)]
    said += [f"  given  {', '.join(given)}"] if given else []
    for brought in history.imports:
        if brought.image.ref == image.ref:
            said += importing.said_lines(work, brought)
    return said


def write_sheet(
    work: Work, images: Sequence[records.Image], path: Path, *, json: bool = False
) -> Path | None:
    """Write images with their names into one PNG, or show it in the terminal for ``-``.

    That a written sheet was looked at is a guess, and recorded as one.

    Returns:
        The file; None where the terminal showed the sheet itself.

    Raises:
        UsageError: there is nothing to show, or the file exists or is no PNG.
    """
    from provenance_gen.cli import pictures
    from provenance_gen.digests import write_atomic
    from provenance_gen.images.pixels import encode_png
    from provenance_gen.images.sheet import contact_sheet
    from provenance_gen.records.event import Basis

    here = [image for image in images if not image.withdrawn]
    if not here:
        raise UsageError("there are no images to show; make some with: provgen generate")
    way = pictures.way() if str(path) == _TERMINAL and not json else None
    if str(path) == _TERMINAL and way is None:
        output.note("this terminal shows no pictures, so the sheet is written to a file")
        path = _free("contact-sheet")
    if way is None and path.suffix.lower() != ".png":
        raise UsageError(f"{path.name}: the contact sheet is a PNG; end its name in .png")
    if way is None:
        demand_place(path)
        if path.exists():
            raise UsageError(f"{path} exists; choose another name")
    opened = [(i.name, work.studio.store.open(i.ref.pixel_digest)) for i in here]
    sheet = contact_sheet(opened)
    if way is None:
        write_atomic(path, encode_png(sheet))
    else:
        pictures.show(sheet, way)
    if not work.studio.foreign:
        # A sheet in a file is written to be looked at; that it was, is a guess.
        basis = Basis.INFERRED if way is None else Basis.CONTEMPORANEOUS
        work.view([image.ref for image in here], basis=basis)
    return path if way is None else None


def _free(stem: str) -> Path:
    """Return a name in the current folder that no file has yet."""
    from itertools import count
    from pathlib import Path

    names = (Path(f"{stem}{f'-{n}' if n > 1 else ''}.png") for n in count(1))
    return next(path for path in names if not path.exists())
