"""Commands that sign and anchor the ledger: ledger status, ledger checkpoint, ledger anchor."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import typer

from provenance_gen.cli import UNABLE, output, redacting
from provenance_gen.cli.making import JsonOption, open_studio

if TYPE_CHECKING:
    from provenance_gen.studio.anchors import Signed, StampLine, Status

_SHOWN = 10
"""Time-stamps that are listed; the newest count most."""
_MINUTE = 60
_HOUR = 3600
_DAY = 86400


def status(json: JsonOption = False) -> None:
    r"""Show how far the ledger is signed, time-stamped and bounded, and what is pending.

    An event is sealed when it existed by a trusted time, and bounded when it lies between two.
    Trusted are the authorities in your config.yaml; events after the last time-stamp are exposed.

    \b
    Example:
      provgen ledger status
    """
    from provenance_gen.studio import anchors

    with open_studio() as studio:
        found = anchors.status(studio)
    if json:
        output.put_json(dataclasses.asdict(found))
    else:
        _show_status(found)


def checkpoint(json: JsonOption = False) -> None:
    r"""Sign the head of the ledger, and have it time-stamped where authorities are configured.

    The signed note is printed: kept by somebody else, it shows later that nothing before it was
    rewritten.

    \b
    Example:
      provgen ledger checkpoint > checkpoint.note
    """
    from provenance_gen.studio import anchors

    with open_studio() as studio:
        signed = anchors.checkpoint(studio)
    if json:
        output.put_json(_facts(signed))
        return
    # As it is, to the byte, whatever the encoding and the line ends here: a signature covers it.
    typer.echo(signed.note.encode(), nl=False)
    output.note(f"Signed the first {signed.size} events.")
    for line in _asked(signed):
        output.note(line)


def anchor(json: JsonOption = False) -> None:
    r"""Have the authorities of your config.yaml time-stamp the ledger's head.

    Only the SHA-256 of a signed tree head leaves this computer. An authority that gives no
    time-stamp is pending and is asked again the next time. Exit code 0: all have stamped;
    3: some have not.

    \b
    Example:
      provgen ledger anchor
    """
    from provenance_gen.studio import anchors

    with open_studio() as studio, output.progress("asking time-stamp authorities"):
        signed = anchors.anchor(studio)
    if json:
        output.put_json(_facts(signed))
    else:
        output.say(f"Signed the first {signed.size} events.", *_asked(signed))
    if signed.pending:
        raise typer.Exit(UNABLE)


def _facts(signed: Signed) -> dict[str, object]:
    asked = [dataclasses.asdict(each) for each in signed.asked]
    return {"size": signed.size, "note": signed.note, "asked": asked}


def _asked(signed: Signed) -> list[str]:
    lines = []
    for each in signed.asked:
        if each.moment is None:
            lines.append(f"  {each.kind}: pending ({each.problem})")
        else:
            before = ", from before" if each.known else ""
            lines.append(f"  {each.kind}: {_when(each.moment)}{before}")
    return lines


def _show_status(found: Status) -> None:
    output.title(f"Ledger {found.origin}")
    signed = "none" if found.checkpoint is None else f"over the first {found.checkpoint} events"
    rows = [
        ("events", str(found.events)),
        ("newest checkpoint", signed),
        ("authorities", ", ".join(found.authorities) or "none configured"),
        ("pending", ", ".join(found.pending) or "nothing"),
        ("sealed", _share(found.sealed, found.events)),
        ("bounded on both sides", _share(found.bounded, found.events)),
        ("median width", _width(found.median_seconds)),
        ("after the last time-stamp", f"{found.exposed} events"),
    ]
    output.table(("ledger", "state"), rows)
    if found.stamps:
        output.title("Time-stamps")
        lines = [_line(each) for each in found.stamps[-_SHOWN:]]
        output.table(("time", "over", "kept as", "issued by"), lines)
        if len(found.stamps) > _SHOWN:
            output.note(f"and {len(found.stamps) - _SHOWN} earlier ones; --json lists all")
    if found.contradictory:
        output.say(
            f"✗ Time-stamps contradict each other about {found.contradictory} events:"
            " the clock of an authority is wrong.",
            style="bold red",
        )
    if found.purge_pending:
        output.note(redacting.PENDING, style="bold yellow")
    if not found.authorities:
        output.note("No time-stamp authority is configured: everything is asserted only.")


def _line(each: StampLine) -> tuple[str, str, str, str]:
    issued = each.authority or "none of your authorities"
    if each.problem:
        issued = f"not believed: {each.problem}"
    return _when(each.moment), f"{each.size} events", each.kind, issued


def _when(moment: str) -> str:
    return f"{moment[:10]} {moment[11:19]} UTC"


def _share(count: int, of: int) -> str:
    return f"{count} of {of} events ({count / of:.0%})" if of else "no events"


def _width(seconds: float | None) -> str:
    if seconds is None:
        return "no event is bounded"
    for size, name in ((_DAY, "days"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.0f} s"
