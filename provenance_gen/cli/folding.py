"""Options that belong together, written once as a dataclass and used by several commands."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints


def folded(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take dataclasses of options; each field becomes an option of its own.

    Where a parameter's type is a dataclass, its fields stand in the parameter's place, in their
    order, with their defaults, and their annotations are read as typer reads them. The command is
    called with the dataclass made from what was given.
    """
    hints = get_type_hints(command, include_extras=True)
    groups = {name: kind for name, kind in hints.items() if dataclasses.is_dataclass(kind)}

    @functools.wraps(command)
    def call(**given: Any) -> None:
        for name, kind in groups.items():
            values = {field.name: given.pop(field.name) for field in dataclasses.fields(kind)}
            given[name] = kind(**values)  # type: ignore[operator]
        command(**given)

    flat = list(_flat(command, hints, groups))
    call.__signature__ = inspect.Signature(flat)  # type: ignore[attr-defined]
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in flat}
    del call.__wrapped__  # else typer reads the types of the command itself
    return call


def _flat(
    command: Callable[..., None], hints: dict[str, Any], groups: dict[str, Any]
) -> Iterator[inspect.Parameter]:
    for name, parameter in inspect.signature(command).parameters.items():
        if name not in groups:
            yield parameter.replace(kind=parameter.KEYWORD_ONLY, annotation=hints[name])
            continue
        types = get_type_hints(groups[name], include_extras=True)
        for field in dataclasses.fields(groups[name]):
            yield inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=field.default,
                annotation=types[field.name],
            )
