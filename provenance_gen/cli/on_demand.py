"""Groups of commands whose modules are loaded when a command is asked for, and not before.

The program has many commands and each run uses one. A list of them needs their names and one line
for each, which stand in a table (``cli.app``); all else about a command is in its own module.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any, Final, NamedTuple

import typer
import typer.main
from typer.core import TyperGroup


class Entry(NamedTuple):
    """One command, as a list of commands shows it."""

    name: str
    function: str
    """Where it is: a module of this room, and the function in it."""
    summary: str

    def load(self) -> Any:
        """Import its module, and return the command with its options and its whole help."""
        module, _, name = self.function.partition(".")
        function = getattr(importlib.import_module(f"{__package__}.{module}"), name)
        alone = typer.Typer(
            add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
        )
        alone.command(self.name, help=_help(function), short_help=self.summary)(function)
        return typer.main.get_command(alone)


def group(*entries: Entry) -> type[TyperGroup]:
    """Return a kind of group, for ``typer.Typer(cls=…)``, that has these commands."""

    class OnDemand(_Group):
        known = {entry.name: entry for entry in entries}  # noqa: RUF012 - nobody writes to it

    return OnDemand


class _Group(TyperGroup):
    known: Mapping[str, Entry]

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        # Completion, suggestions and whoever walks the commands ask this mapping.
        self.commands = _Commands(self.known, dict(self.commands))

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - click's
        """List the commands without loading them."""
        width = formatter.width - 6 - max(map(len, self.commands))
        rows = [
            (name, entry.summary)
            if (entry := self.known.get(name))
            else (name, self.commands[name].get_short_help_str(width))
            for name in self.commands
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class _Commands(MutableMapping[str, Any]):
    """Commands by name: those on demand first, then those that are there already."""

    def __init__(self, known: Mapping[str, Entry], there: dict[str, Any]) -> None:
        self._known: Final = known
        self._there: Final = there

    def __getitem__(self, name: str) -> Any:
        if name not in self._there and name in self._known:
            self._there[name] = self._known[name].load()
        return self._there[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._there[name] = command

    def __delitem__(self, name: str) -> None:
        del self._there[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._known
        yield from (name for name in self._there if name not in self._known)

    def __len__(self) -> int:
        return len(self._known.keys() | self._there.keys())


def _help(command: Callable[..., None]) -> str:
    """Return a command's docstring, with its mark for lines that are not to be wrapped."""
    return inspect.cleandoc(command.__doc__ or "").replace("\\b", "\b")
