"""Words for a fault of this program over a file: what failed and where, and nothing of the file.

A process that reads untrusted files has nobody to print a traceback to, and what an error says may
hold paths, or words that the file chose. What travels is the error's kind and the names of modules
with their lines. That a limit was reached is no fault, and is said otherwise (``too_much``).
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import FrameType

CODE: Final = "provgen.internal"
"""Code of the first check where this program failed."""
_MOST: Final = 8
"""Places that are named, the innermost first."""


class FaultError(RuntimeError):
    """This program failed in another process over a file; it says what ``where`` said there.

    No error of the tree: nobody who takes one for a word on the file shall catch it.
    """


def where(error: BaseException) -> str:
    """Return an error's kind and where it came up, such as ``KeyError in some.module:12``."""
    if isinstance(error, FaultError):
        return str(error)
    frames = [*traceback.walk_tb(error.__traceback__)][::-1][:_MOST]
    places = [f"{_module(frame)}:{line}" for frame, line in frames]
    return f"{type(error).__name__} in {', '.join(places) or 'no known place'}"


def _module(frame: FrameType) -> str:
    """Return a module's name, also where it was started as a program."""
    spec = frame.f_globals.get("__spec__")
    return str(spec.name if spec else frame.f_globals.get("__name__"))


def words(error: BaseException) -> str:
    """Say that this program failed over a file, which need not be bad, and where."""
    return (
        f"this program itself failed (internal error: {where(error)}), which says nothing about"
        " the file; please report it"
    )


def too_much(error: Exception, memory: int) -> str | None:
    """Say which limit an error stands for; None where it stands for none.

    Args:
        error: what came up.
        memory: bytes that the process may use.
    """
    if isinstance(error, MemoryError):
        return f"reading it took more than {memory >> 20} MiB of memory and was stopped"
    if isinstance(error, RecursionError):
        return "something in it is nested deeper than anything is"
    return None
