"""Commands for the life of a studio: ledger backup, ledger resume."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provenance_gen.cli import output
from provenance_gen.cli.making import JsonOption, ReasonOption, open_studio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.ledger.audit import Audit
    from provenance_gen.studio.resume import Resumed


def backup(
    to: Annotated[Path, typer.Argument(help="New folder, or new file ending in .zip.")],
    images: Annotated[bool, typer.Option(help="Whether the images go with it.")] = True,
    json: JsonOption = False,
) -> None:
    r"""Write a backup of this studio, while it may be in use; the backup is then audited.

    It holds the ledger, its checkpoints and, unless you say --no-images, the images. It never
    holds keys. It is there whole or not at all. To restore it, copy its .provgen folder back and
    run there: provgen ledger resume

    \b
    Examples:
      provgen ledger backup ../art-backup.zip
      provgen ledger backup /media/disk/art --no-images
    """
    with open_studio() as studio, output.progress("copying, then checking the copy") as moved:
        made = studio.back_up(to, images=images, copied=moved, checked=moved)
    if json:
        output.put_json({**vars(made), "path": str(made.path)})
        return
    logs = "" if made.logs == 1 else f" in {made.logs} logs, {made.size} of them in the present one"
    pictures = "without images" if made.images is None else f"with {made.images} images"
    output.say(
        f"Wrote {made.path}: {made.events} events{logs}, {pictures}. It was audited, and holds."
    )
    output.note("Keys are not in it: they lie in your configuration folder.")


def resume(
    reason: ReasonOption = None,
    new_log: Annotated[
        bool, typer.Option("--new-log", help="Begin a new log even where the old one could go on.")
    ] = False,
    json: JsonOption = False,
) -> None:
    r"""Go on in a studio that was moved, copied, restored or split by a cloud drive.

    A studio of yours that was only moved goes on with the same log: its old place must be empty,
    and it must hold the newest head that was noted in your configuration. Anything else begins a
    new log, with a new key, whose first event cites the old one. Works, images and numbers go on.

    \b
    Example:
      provgen ledger resume --reason "the old disk died; this is the backup of May"
    """
    with open_studio() as studio, output.progress("reading the old log") as moved:
        done = studio.resume(reason=reason, new_log=new_log, progress=moved)
    if json:
        output.put_json(_facts(done))
    elif not done.new_log:
        output.say(
            "Its old place is empty, and it holds everything that you vouched for:"
            " it was moved, and the same log goes on here.",
            f"  log  {done.origin}",
        )
    else:
        output.say(
            "Began a new log. Works, images and numbers go on; the old log stays as it is.",
            f"  new log  {done.origin}",
            f"  cites    {done.earlier}, {done.size} events",
        )
        if done.lost:
            output.say(
                f"  lost     {done.lost} events of the old log that were vouched for are not here",
                style="yellow",
            )
        if done.contradicts:
            output.say(
                f"  differs  other events were vouched for, up to event {done.contradicts - 1}",
                style="yellow",
            )


def show_earlier(audits: Sequence[Audit]) -> None:
    """Print what an audit found of the logs that the present one goes on from."""
    for number, found in enumerate(audits, 1):
        output.say(f"Earlier log {number}: {found.origin}, {found.size} events, {found.root}")
        for problem in found.problems:
            where = "log" if problem.sequence is None else f"event {number}:{problem.sequence}"
            output.say(f"✗ {where}: {problem.what}", style="bold red")
    if audits and all(found.passed for found in audits):
        output.say("Nothing is wrong inside the earlier logs, and each ends as the next cites it.")


def _facts(done: Resumed) -> dict[str, Any]:
    return {**vars(done), "found": done.found.value}
