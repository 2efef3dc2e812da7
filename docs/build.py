"""Write the documents that are made from the program: ``python docs/build.py``.

``docs/commands.md`` holds the help text of every command. A test compares it with the program.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer.main

from provenance_gen.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = Path(__file__).with_name("commands.md")


def command_reference() -> str:
    """Return the command reference: the help of every command."""
    parts = ["# Commands\n", "Written by `make docs` from the program's own help texts.\n"]
    helps = _walk(typer.main.get_command(app), ("provgen",))
    parts += [f"## {name}\n\n```text\n{text.strip()}\n```\n" for name, text in helps]
    return "\n".join(parts)


def _walk(command: object, words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.suppress(SystemExit):
        app([*words[1:], "--help"], prog_name="provgen")
    yield " ".join(words), shown.getvalue()
    for name, inner in getattr(command, "commands", {}).items():
        yield from _walk(inner, (*words, name))


if __name__ == "__main__":
    os.environ["COLUMNS"] = "80"
    COMMANDS.write_text(command_reference(), encoding="utf-8")
    sys.stdout.write(f"wrote {COMMANDS.name}\n")
