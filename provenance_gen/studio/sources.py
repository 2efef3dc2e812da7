"""Where processes that read untrusted files come from on this system.

On Linux one process loads the parsers and forks all that read; elsewhere each loads its own.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Final

from provenance_gen.studio.processes import ENTRY, Spawning

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance_gen.studio.processes import Source

_AHEAD: Final[list[Source]] = []


@contextlib.contextmanager
def ahead() -> Iterator[None]:
    """Start a process before it is known what is to be read: it loads while the caller does.

    The first pool made in the ``with`` block takes it; if none does, it is ended.
    """
    early = _usual()
    _AHEAD.append(early)
    try:
        yield
    finally:
        if early in _AHEAD:
            _AHEAD.remove(early)
            early.close()


def source(command: Sequence[str] = ENTRY, *, forking: bool | None = None) -> Source:
    """Return a source of processes: the one that was started ahead, where it is the usual one.

    Args:
        command: arguments for the Python interpreter; tests put other programs here.
        forking: whether one process loads and forks the others; on Linux alone, and by default
            there.
    """
    if forking is None and command == ENTRY:
        return _AHEAD.pop() if _AHEAD else _usual()
    return _forking(command) if forking else Spawning(command)


def _usual() -> Source:
    # Elsewhere a library that was loaded may not survive a fork.
    return _forking(ENTRY) if sys.platform == "linux" else Spawning()


def _forking(command: Sequence[str]) -> Source:
    from provenance_gen.studio.forked import Forking  # noqa: PLC0415 - there is none elsewhere

    return Forking(command)
