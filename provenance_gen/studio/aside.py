"""Have a module of ours read untrusted bytes in a process of its own, once.

For what is read seldom and one at a time; files by the thousand go to ``studio.pool``. The process
bounds its own memory and processor time first (``studio.serve``); the clock is watched here.
"""

from __future__ import annotations

import subprocess
import sys

from provenance_gen.studio.child import Limits, fault
from provenance_gen.studio.processes import environment


def ask(module: str, data: bytes, *arguments: str, limits: Limits) -> tuple[bytes, str | None]:
    """Run a module as a program; return what it answered, and in words why that is not all.

    Args:
        module: its full name.
        data: its standard input.
        arguments: what else it is told.
        limits: what it bounds itself to; the clock gives it twice the time.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module, no shell
            [sys.executable, "-P", "-m", module, *arguments],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
            timeout=limits.seconds * 2,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return error.stdout or b"", fault(None, limits)
    return done.stdout, fault(done.returncode, limits) if done.returncode else None
