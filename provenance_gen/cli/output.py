"""How things are printed: markup off, hidden characters shown, JSON on demand.

Facts go to standard output; errors and progress go to standard error: a bar on a terminal, now and
then a line elsewhere.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any, cast

from provenance_gen.cli import streams
from provenance_gen.records.show import visible

if TYPE_CHECKING:
    from rich.console import Console

    from provenance_gen.cli.progress import Bar, Lines


def console(*, error: bool = False) -> Console:
    """Make a console that prints text as it is."""
    from rich.console import Console

    file = streams.Remarks(sys.stderr) if error else streams.Facts(sys.stdout)
    return Console(file=cast("IO[str]", file), markup=False, emoji=False, highlight=False)


def say(*lines: str, style: str | None = None) -> None:
    """Print lines."""
    out = console()
    for line in lines:
        out.print(visible(line), style=style, soft_wrap=True)


def complain(error: Exception) -> None:
    """Print an error to standard error."""
    note(f"error: {error}", style="bold red")


def note(text: str, *, style: str = "dim") -> None:
    """Print a remark to standard error."""
    console(error=True).print(visible(text), style=style, soft_wrap=True)


def title(text: str) -> None:
    """Print a heading."""
    console().print(visible(text), style="bold")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; the last column takes the room that is left.

    Where the others would leave it none, all columns are folded.
    """
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    drawn = Table(show_edge=False, pad_edge=False, header_style="bold")
    out = console()
    taken = sum(
        max(cell_len(visible(cell)) for cell in cells) + _BETWEEN
        for cells in list(zip(columns, *rows, strict=True))[:-1]
    )
    roomy = taken + _LEAST <= out.width
    for place, column in enumerate(columns):
        last = place == len(columns) - 1
        drawn.add_column(column, overflow="fold", no_wrap=roomy and not last)
    for row in rows:
        drawn.add_row(*(Text(visible(cell), style=_STYLES.get(cell, "")) for cell in row))
    out.print(drawn)


_BETWEEN = 3
"""Columns of letters between two columns of a table."""
_LEAST = 20
"""Letters that the last column is to have in a line."""

_STYLES = {
    "passed": "green",
    "failed": "bold red",
    "skipped": "dim",
    "selected": "bold green",
    "rejected": "dim",
    "completed": "green",
    "interrupted": "yellow",
    "running": "cyan",
}


def put_json(value: Any) -> None:
    """Print one JSON value on one line, in ASCII, since a terminal may be what reads it."""
    put_line(as_json(value))


def as_json(value: Any) -> str:
    """Return a JSON value on one line, in ASCII."""
    return json.dumps(value, ensure_ascii=True, default=str)


def put_line(line: str) -> None:
    """Print one line as it is, at once."""
    out = streams.Facts(sys.stdout)
    out.write(f"{line}\n")
    out.flush()


def shorten(text: str | None, limit: int = 70) -> str:
    """Return a text on one line, cut to a number of characters."""
    if text is None:
        return "(withheld)"
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


@contextlib.contextmanager
def progress(label: str, *, then: str | None = None, jobs: int = 1) -> Iterator[Bar | Lines]:
    """Show on standard error how far the block has come; give what moves it.

    Args:
        label: what goes on.
        then: what goes on from the first step on.
        jobs: how many jobs there are; each is told to be ``finished``.
    """
    from provenance_gen.cli.progress import Bar, Lines

    bars = console(error=True)
    if not bars.is_terminal:
        yield Lines(label, note, then=then, jobs=jobs)
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    # Else what is printed meanwhile would go where the bar is, even from a file or a pipe.
    with Progress(*columns, console=bars, transient=True, redirect_stdout=False) as shown:
        yield Bar(shown, label, then=then, jobs=jobs)


def ask(question: str) -> str | None:
    """Ask a person at the terminal for words; None where nobody answers."""
    import typer

    try:
        words: str = typer.prompt(visible(question), default="", show_default=False, err=True)
    except typer.Abort:
        return None
    return words.strip() or None


def ask_secret(label: str) -> str | None:
    """Ask a person at the terminal for a passphrase, unseen; None where nobody is there."""
    if not is_person():
        return None
    import getpass

    return getpass.getpass(f"Passphrase for {label}: ") or None


def new_secret(label: str) -> str:
    """Return a new passphrase: from the environment, else asked for twice.

    Raises:
        UsageError: nobody can be asked, or the two differ.
    """
    import os

    from provenance_gen.credentials.passphrase import VARIABLE
    from provenance_gen.errors import UsageError

    if given := os.environ.get(VARIABLE):
        return given
    first = ask_secret(label)
    if first is None:
        raise UsageError(f"{label} needs a passphrase: set {VARIABLE}, or run this at a terminal")
    if ask_secret(f"{label}, once more") != first:
        raise UsageError("the two passphrases differ; nothing was made")
    return first


def is_person() -> bool:
    """Tell whether a person can be at the keyboard: standard input is a terminal."""
    return bool(sys.stdin and sys.stdin.isatty())
