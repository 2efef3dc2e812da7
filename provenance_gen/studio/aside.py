"""Have a module of ours read untrusted bytes in a process of its own, once.

For what is read seldom and one at a time; files by the thousand go to ``studio.pool``. The process
bounds its own memory and processor time first (``studio.serve``); the clock is watched here, and
memory too where the platform does not bound it.
"""

from __future__ import annotations

import subprocess
import time
from typing import Final

from provenance_gen.studio import watch
from provenance_gen.studio.child import Limits, fault
from provenance_gen.studio.processes import kill, popen

_LOOK: Final = 0.1
"""Seconds between two looks at the memory of a process."""


def ask(module: str, data: bytes, *arguments: str, limits: Limits) -> tuple[bytes, str | None]:
    """Run a module as a program; return what it answered, and in words why that is not all.

    Args:
        module: its full name.
        data: its standard input.
        arguments: what else it is told.
        limits: what it bounds itself to; the clock gives it twice the time.
    """
    deadline = time.monotonic() + limits.seconds * 2
    command = ("-m", module, *arguments)
    with popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            given: bytes | None = data
            while True:
                left = max(0.0, deadline - time.monotonic())
                try:
                    told, _ = process.communicate(
                        given, min(left, _LOOK) if limits.watched else left
                    )
                except subprocess.TimeoutExpired:
                    given = None  # what was begun goes on
                    why = _too_much(process, deadline, limits)
                else:
                    return told, fault(process.returncode, limits) if process.returncode else None
                if why is not None:
                    kill(process)
                    return process.communicate()[0], why
        finally:
            # In a session of its own, it is not told of a Ctrl-C.
            kill(process)


def _too_much(process: subprocess.Popen[bytes], deadline: float, limits: Limits) -> str | None:
    if time.monotonic() >= deadline:
        return fault(None, limits)
    return watch.beyond(process.pid, limits) if limits.watched else None
