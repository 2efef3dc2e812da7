"""The command that deletes from the record: ledger redact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from provenance_gen.cli import output
from provenance_gen.cli.making import JsonOption, ReasonOption, WorkOption, open_studio
from provenance_gen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from provenance_gen.studio import Studio
    from provenance_gen.studio.left import Left
    from provenance_gen.studio.redact import Losing, Redacted, Withdrawn

SHOWN = 200
"""Characters shown of a text that is about to be deleted."""

PENDING = (
    "purge pending: another program is reading the ledger, so its write-ahead log may still hold"
    " the words. Close it, then run: provgen ledger redact --purge"
)


def redact(
    reference: Annotated[
        str | None,
        typer.Argument(
            metavar="REF", help="Attempt 2, image 2.3, edit e4, work, or event '#12' (in quotes)."
        ),
    ] = None,
    field: Annotated[
        str | None, typer.Option(help="The text: prompt, intent, title, author, reason, note, …")
    ] = None,
    image: Annotated[
        bool, typer.Option("--image", help="Delete the pixels of the image instead.")
    ] = False,
    reason: ReasonOption = None,
    purge: Annotated[
        bool, typer.Option("--purge", help="Complete what an earlier redaction left pending.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is deleted.")] = False,
    work: WorkOption = None,
    json: JsonOption = False,
) -> None:
    r"""Delete a text, or the pixels of an image, for good; every proof stays valid.

    That it was there, and that it was deleted, when, by whom and why, stays in the record. Files
    that have left the studio with it are listed; they cannot be called back, nor can backups. At a
    terminal it shows what is lost and asks first, unless --yes is given.

    \b
    Examples:
      provgen ledger redact 2 --field prompt --reason "names a person"
      provgen ledger redact 2.3 --image --reason "asked by the sitter"
      provgen ledger redact --purge
    """
    from provenance_gen.studio import redact as verbs

    if purge is (reference is not None) or (not purge and image is (field is not None)):
        raise UsageError("give a REF with --field NAME or with --image, or give --purge alone")
    with open_studio() as studio:
        if reference is None:
            _show_purge(verbs.purge(studio), json=json)
        elif field is None:
            done = verbs.withdraw(
                studio, reference, reason=reason or "", work=work, agree=_asker(yes=yes)
            )
            _show_withdrawn(done, json=json)
        else:
            cleared = verbs.redact(
                studio, reference, field, reason=reason or "", work=work, agree=_asker(yes=yes)
            )
            _show_redacted(cleared, json=json)


def is_pending(studio: Studio) -> bool:
    """Tell whether words of a redacted text may still stand in the ledger's files."""
    from provenance_gen.ledger import redaction

    return redaction.is_pending(studio.ledger)


def _asker(*, yes: bool) -> Callable[[Losing], bool]:
    """Return what shows a person at a terminal what they lose, and asks them."""
    from provenance_gen.ledger.disclosure import short_name

    def agree(losing: Losing) -> bool:
        if yes or not output.is_person():
            return True
        for item in losing.texts:
            name = short_name(item.field)
            output.note(f"The text {name!r} of event {item.event} will be deleted:", style="bold")
        for words in losing.words:
            rest = f" … ({len(words)} characters)" if len(words) > SHOWN else ""
            output.note(f"  {words[:SHOWN]}{rest}", style="none")
        if losing.images:
            names = ", ".join(losing.images)
            output.note(f"The pixels of {names} will be deleted, and the thumbnail.", style="bold")
        if losing.elsewhere:
            output.note(f"Other works lose the same picture: {losing.elsewhere} of it.")
        for file in losing.left:
            output.note(f"Not called back: {_left(file)}")
        output.note("No backup of the studio is changed, and nothing brings it back.")
        return typer.confirm("Delete it for good?", default=False, err=True)

    return agree


def _show_redacted(done: Redacted, *, json: bool) -> None:
    if json:
        facts = {
            "deleted": [vars(item) for item in done.texts],
            "purged": done.purged,
            "left": [vars(item) for item in done.left],
            "same_words": list(done.same_words),
        }
        output.put_json(facts)
        return
    from provenance_gen.ledger.disclosure import short_name

    for item in done.texts:
        output.say(f"Deleted the text {short_name(item.field)!r} of event {item.event}")
    _show_left(done.left)
    if done.same_words:
        events = ", ".join(f"#{number}" for number in done.same_words)
        output.say(f"The same words still stand in the texts of: {events}")
    if done.purged:
        output.note("No trace of it is left in the ledger's files; every proof stays valid.")
    else:
        output.note(PENDING, style="bold yellow")


def _show_withdrawn(done: Withdrawn, *, json: bool) -> None:
    if json:
        output.put_json({**vars(done), "left": [vars(item) for item in done.left]})
        return
    output.say(f"Withdrew {', '.join(done.images)}: the pixels and the thumbnail are deleted")
    if done.elsewhere:
        output.say(f"The same picture stood in other works: {done.elsewhere}; it is gone there too")
    if done.derived:
        output.say(f"Made from it, and still there: {', '.join(done.derived)}")
    _show_left(done.left)


def _show_left(left: Sequence[Left]) -> None:
    for item in left:
        output.say(f"It has left with {_left(item)}")
    if not left:
        output.say("No export, report or bundle of this studio has told it.")


def _left(item: Left) -> str:
    named = f" {item.name}" if item.name else ""
    kind = "evidence bundle" if item.kind == "evidence" else item.kind
    return f"{kind}{named} (event {item.event}, {item.when})"


def _show_purge(done: bool, *, json: bool) -> None:
    if json:
        output.put_json({"purged": done})
    elif done:
        output.say(
            "Nothing is pending: no redacted text is left in the ledger's files, and no withdrawn"
            " picture in the store."
        )
    else:
        output.note(PENDING, style="bold yellow")
