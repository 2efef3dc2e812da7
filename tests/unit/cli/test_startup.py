"""Starting up stays light: no torch before a model is asked for, no database before a studio."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from provenance_gen.cli import app

if TYPE_CHECKING:
    from provenance_gen.cli.on_demand import Entry
    from tests.unit.cli.conftest import Run

HEAVY = (
    "torch",
    "diffusers",
    "transformers",
    "numpy",
    "sqlmodel",
    "sqlalchemy",
    "c2pa",
    "pydantic",
)


ROOM = "provenance_gen.cli."
ITSELF = {"app", "on_demand", "output", "streams"}
"""Modules of the command line that every command needs."""


def modules(code: str) -> set[str]:
    """Return the modules that are loaded after some code has run."""
    script = f"{code}\nimport sys\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def loaded(code: str) -> set[str]:
    """Return the top-level modules that are loaded after some code has run."""
    return {name.partition(".")[0] for name in modules(code)}


def asked(*arguments: str) -> set[str]:
    """Return the modules that are loaded once a command has answered."""
    return modules(
        "import contextlib, sys, provenance_gen.cli as cli\n"
        f"sys.argv = ['provgen', *{arguments!r}]\n"
        "with contextlib.suppress(SystemExit):\n"
        "    cli.main()"
    )


def commands(found: set[str]) -> set[str]:
    """Return which modules of commands are among those loaded."""
    return {name.removeprefix(ROOM) for name in found if name.startswith(ROOM)} - ITSELF


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import provenance_gen.cli", ()),
        ("import provenance_gen.cli.app", ()),
        ("import provenance_gen", ()),
        ("from provenance_gen import verify", ("pydantic",)),
        ("import provenance_gen.studio.verify", ("pydantic",)),
        ("import provenance_gen.studio.verify_bundle", ("pydantic",)),
        ("from provenance_gen import Studio", ("pydantic", "numpy", "sqlmodel", "sqlalchemy")),
        ("import provenance_gen.studio.report", ("pydantic", "numpy")),
    ],
)
def test_only_what_is_needed(code: str, allowed: tuple[str, ...]) -> None:
    """Importing loads nothing heavy that it does not need."""
    assert loaded(code) & set(HEAVY) <= set(allowed)


def test_help_lists_commands_without_loading_one() -> None:
    """Their names and summaries stand in a table; nothing is drawn, and no studio is near."""
    for words in (("--help",), ("ledger", "--help")):
        found = asked(*words)
        assert commands(found) == set()
        assert not {"rich", "sqlite3", "provenance_gen.studio"} & found


def test_a_command_loads_its_own_module() -> None:
    """And what it shares with others; no worker is started to say what it would do."""
    found = asked("verify", "--help")
    assert commands(found) == {"verifying", "making"}
    assert not {name.partition(".")[0] for name in found} & (set(HEAVY) - {"pydantic"})
    assert "provenance_gen.studio" not in found


@pytest.mark.parametrize("entries", [app.COMMANDS, *(entries for *_, entries in app.GROUPS)])
def test_every_command_is_where_the_table_says(entries: tuple[Entry, ...]) -> None:
    """A name in the table that leads nowhere would be seen by its user only."""
    for entry in entries:
        command = entry.load()
        assert command.name == entry.name
        assert command.help
        assert command.get_short_help_str() == entry.summary
    assert len({entry.name for entry in entries}) == len(entries)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("verfy",), "Did you mean 'verify'?"),
        (("ledger", "audt"), "Did you mean 'audit'?"),
        (("-h",), "\n  trust     Keep lists"),
        (("ledger",), "\n  resume      Go on"),
        (("policy", "show", "-h"), "Usage: provgen policy show"),
    ],
)
def test_groups_answer_as_ever(run: Run, words: tuple[str, ...], said: str) -> None:
    """Suggestions, short options and empty groups work although nothing is loaded."""
    answer = run(*words)
    assert said in answer.out + answer.err
