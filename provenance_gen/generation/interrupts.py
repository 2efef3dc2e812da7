"""Ctrl-C, held back where native code cannot be broken off.

While torch is imported its C++ code calls Python; an interrupt there ends the whole process with
an abort and a core dump, whatever was about to be said.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Hold the first Ctrl-C back until the block is done; a second one acts at once.

    Only the main thread receives signals; in others nothing is held.

    Raises:
        KeyboardInterrupt: after the block, where it came meanwhile.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        if came:
            before(number, frame)
        came.append(number)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        before(came[0], None)
