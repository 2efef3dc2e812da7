"""Run ``provgen`` in a process of its own where a person sits at a terminal and answers."""

from __future__ import annotations

import os
import subprocess
import sys


def at_terminal(answer: bytes, *arguments: str) -> tuple[int, str]:
    """Return the exit code of a command and what it said, given what is typed."""
    import pty  # noqa: PLC0415 - there is none on Windows

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "provenance_gen.cli", *arguments]
    with subprocess.Popen(
        command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        os.close(theirs)
        try:
            os.write(ours, answer)
            said, _ = process.communicate(timeout=60)
        finally:
            process.kill()  # where it still waits for an answer
            os.close(ours)
    return process.returncode, said.decode()
