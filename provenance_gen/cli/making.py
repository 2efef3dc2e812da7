"""Commands that record: init, new, show, pick, reject."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from provenance_gen.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance_gen.records import work as records
    from provenance_gen.studio import Studio

WorkOption = Annotated[
    str | None,
    typer.Option("--work", "-w", help="Work by number, title or identifier; else the newest."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print facts as one line of JSON.")]
ReasonOption = Annotated[str | None, typer.Option("--reason", "-r", help="Why, in your words.")]


def open_studio() -> Studio:
    """Open the studio around the current folder, for a person or for an unknown caller."""
    from provenance_gen.records.event import ActorKind
    from provenance_gen.studio import Studio

    actor = ActorKind.PERSON if output.is_person() else ActorKind.UNKNOWN
    return Studio.open(actor=actor)


@contextlib.contextmanager
def recording(*, json: bool) -> Iterator[Studio]:
    """Open the studio to record what somebody did; say so where nobody is known to have done it."""
    with open_studio() as studio:
        yield studio
    if not json and not output.is_person():
        output.note("no terminal is attached: the actor is recorded as unknown, not as a person")


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to work in; made if missing.")] = Path(),
    author: Annotated[str | None, typer.Option(help="Your name; kept as a commitment.")] = None,
    json: JsonOption = False,
) -> None:
    r"""Make a studio: ledger, image store, signing key and development certificate.

    Keys are kept in your configuration folder, never in the studio.

    \b
    Example:
      provgen init art --author "A. Painter"
    """
    from provenance_gen.records.event import ActorKind
    from provenance_gen.studio import Studio

    actor = ActorKind.PERSON if output.is_person() else ActorKind.UNKNOWN
    with Studio.init(folder, author=author, actor=actor) as studio:
        facts = {
            "studio": studio.id,
            "folder": str(studio.folder.root),
            "ledger": studio.ledger.origin,
            "root_certificate": str(studio.secrets.root),
        }
    if json:
        output.put_json(facts)
        return
    output.say(
        f"Made a studio in {facts['folder']}",
        f"  ledger            {facts['ledger']}",
        f"  keys              {Path(facts['root_certificate']).parent}",
        f"  root certificate  {facts['root_certificate']}  (development: it proves no identity)",
        'Next: provgen new "Title" --intent "what it is meant to be"',
    )


def new(
    title: Annotated[str, typer.Argument(help="Title of the work.")],
    intent: Annotated[
        str | None, typer.Option("--intent", "-i", help="What it is meant to be.")
    ] = None,
    author: Annotated[str | None, typer.Option(help="Who makes it.")] = None,
    json: JsonOption = False,
) -> None:
    r"""Begin a work, with its title and what it is meant to be.

    \b
    Example:
      provgen new "Harbour at dusk" --intent "One small boat, warm sky against cold water"
    """
    with recording(json=json) as studio:
        work = studio.new_work(title, intent=intent, author=author).history()
    if json:
        output.put_json({"work": work.id, "number": work.number})
    else:
        output.say(f"Work {work.number}: {title}", 'Next: provgen generate "your prompt"')


def show(
    references: Annotated[
        list[str] | None, typer.Argument(help="Images such as 2.3 or e1; none: the whole work.")
    ] = None,
    contact_sheet: Annotated[
        Path | None,
        typer.Option(help="Write the images, with their names, into one PNG; - shows it here."),
    ] = None,
    work: WorkOption = None,
    json: JsonOption = False,
) -> None:
    r"""Show a work: its attempts, images, choices, edits and exports.

    \b
    Examples:
      provgen show
      provgen show 2.3 e1
      provgen show --contact-sheet sheet.png
      provgen show --contact-sheet -
    """
    from provenance_gen.cli import listing

    with open_studio() as studio:
        listing.show(studio.work(work), references or [], contact_sheet, json=json)


def pick(
    image: Annotated[str, typer.Argument(help="The image, such as 2.3.")],
    reason: ReasonOption = None,
    over: Annotated[
        list[str] | None, typer.Option(help="Picked over these; else over its siblings.")
    ] = None,
    work: WorkOption = None,
    json: JsonOption = False,
) -> None:
    r"""Pick an image, over the others of its attempt or over those you name.

    \b
    Example:
      provgen pick 2.3 --reason "the only one with a calm sea"
    """
    with recording(json=json) as studio:
        chosen = studio.work(work)
        before = chosen.history()
        chosen.select(image, over=over, reason=reason)
        selection = chosen.history().selections[-1]
        if json:
            output.put_json(selection.model_dump(mode="json"))
        else:
            rest = f" over {', '.join(selection.over)}" if selection.over else ""
            output.say(f"Picked {image}{rest}", *_changed(before, [image], "rejected"))


def reject(
    images: Annotated[list[str], typer.Argument(help="Images, such as 2.1 2.2.")],
    reason: ReasonOption = None,
    work: WorkOption = None,
    json: JsonOption = False,
) -> None:
    r"""Reject images. They stay in the record; nothing is deleted.

    \b
    Example:
      provgen reject 2.1 2.2 2.4 --reason "the boat is cut off"
    """
    with recording(json=json) as studio:
        chosen = studio.work(work)
        before = chosen.history()
        chosen.reject(images, reason=reason)
        selection = chosen.history().selections[-1]
        if json:
            output.put_json(selection.model_dump(mode="json"))
        else:
            changed = _changed(before, images, "selected")
            output.say(f"Rejected {', '.join(images)}", *changed)


def _changed(before: records.Work, images: Sequence[str], earlier: str) -> list[str]:
    """Say of images that they had been chosen otherwise; both choices stay on record."""
    names = [name for name in images if before.image(name).choice == earlier]
    word = "picked" if earlier == "selected" else earlier
    return [f"  {', '.join(names)} had been {word}; the newer choice counts"] if names else []
