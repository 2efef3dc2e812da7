"""Run the parsing of untrusted files in a child process, and survive whatever becomes of it.

A native parser can abort on hostile input, or take minutes or gigabytes over it. A child that
dies, hangs or prints something else costs the file it was at its answer, with the reason, and
nothing more: the files after it go to a new child.

On Linux the child bounds its own memory and processor time; what macOS and Windows cannot bound
is still ended by the clock here. Pools of workers are left to later.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from pydantic import TypeAdapter, ValidationError

from provenance_gen.credentials.report import Inspection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.credentials.trust import Anchors

ENTRY: Final = ("-m", "provenance_gen.studio.inspect")
_MAX_ANSWER: Final = 64 << 20
_FILES_PER_CHILD: Final = 200
_TICK: Final = 0.05
_ONE_THREAD: Final = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "TOKIO_WORKER_THREADS",
    "MALLOC_ARENA_MAX",
)


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one child may use."""

    seconds: float = 60.0
    """Wall clock for each file."""
    memory: int = 4 << 30
    """Bytes of address space, where the platform can bound it."""


def inspect(
    paths: Sequence[Path],
    anchors: Anchors,
    *,
    limits: Limits | None = None,
    command: Sequence[str] = ENTRY,
) -> tuple[Inspection, ...]:
    """Inspect files in child processes; one answer for each, in order. It never raises for a file.

    Args:
        paths: the files.
        anchors: lists of trusted certificates.
        limits: what one child may use.
        command: arguments for the Python interpreter; tests put other programs here.
    """
    limits = limits or Limits()
    answers: list[Inspection] = []
    while len(answers) < len(paths):
        rest = paths[len(answers) : len(answers) + _FILES_PER_CHILD]
        found, fault = _run(rest, anchors, limits, command)
        answers.extend(found)
        if len(found) < len(rest):
            answers.append(Inspection(readable=False, reason=fault))
    return tuple(answers)


def _run(
    paths: Sequence[Path], anchors: Anchors, limits: Limits, command: Sequence[str]
) -> tuple[list[Inspection], str]:
    """Run one child over files; return the answers it gave, and what ended it before the last."""
    request = {
        "files": [os.fspath(path.absolute()) for path in paths],
        "anchors": [dataclasses.asdict(anchor) for anchor in anchors],
        "memory": limits.memory,
        "seconds": int(limits.seconds * len(paths)) + 1,
    }
    # The answer goes to a file, so that neither a full pipe nor an endless answer can hold us.
    with tempfile.TemporaryFile() as answer:
        code = _child(json.dumps(request).encode(), answer, limits, command, len(paths))
        answer.seek(0)
        lines = answer.read(_MAX_ANSWER).split(b"\n")
    found: list[Inspection] = []
    for line in lines[:-1][: len(paths)]:
        try:
            found.append(_adapter().validate_json(line))
        except ValidationError:
            return found, "the worker that read the file gave an answer that makes no sense"
    return found, _fault(code, limits)


def _child(
    request: bytes, answer: BinaryIO, limits: Limits, command: Sequence[str], files: int
) -> int | None:
    """Return the child's exit status, or None where the clock ended it."""
    # -P keeps the current folder, which may be a stranger's, off the path of imports.
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
        [sys.executable, "-P", *command],
        stdin=subprocess.PIPE,
        stdout=answer,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    ) as process:
        watch = _Watch(process, answer, limits.seconds, files)
        try:
            process.communicate(request)
        except BaseException:
            process.kill()
            raise
        finally:
            watch.end()
        return None if watch.fired else process.returncode


class _Watch:
    """Kills a child that takes too long over one file; each answer starts the clock again."""

    def __init__(
        self, process: subprocess.Popen[bytes], answer: BinaryIO, seconds: float, files: int
    ) -> None:
        self.fired = False
        self._process, self._seconds, self._files = process, seconds, files
        self._answer = answer.fileno()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        answers, size = 0, 0
        deadline = time.monotonic() + self._seconds
        while not self._over.wait(min(_TICK, self._seconds)):
            # The size alone is asked, as the child shares the position in the file.
            grown = os.fstat(self._answer).st_size
            if grown != size and answers < self._files:
                answers, size = answers + 1, grown
                deadline = time.monotonic() + self._seconds
            if time.monotonic() > deadline or grown > _MAX_ANSWER:
                self.fired = True
                self._process.kill()
                return


def _fault(code: int | None, limits: Limits) -> str:
    if code is None:
        return f"reading it took longer than {limits.seconds:g} s and was stopped"
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return (
            f"the worker that read the file died ({name}); a native parser can abort on hostile "
            "input, and this file is judged no further"
        )
    if code:
        return f"the worker that read the file failed (exit status {code})"
    return "the worker that read the file gave no answer"


def _environment() -> dict[str, str]:
    """Return the child's environment: ours, with the package importable and few threads."""
    environment = dict(os.environ)
    # Each thread reserves address space, of which the child has little on a machine of many cores.
    environment |= dict.fromkeys(_ONE_THREAD, "1")
    root = Path(__file__).resolve().parents[2]
    if root.name not in ("site-packages", "dist-packages"):
        # A checkout; installed packages are found by the interpreter itself.
        paths = [str(root), environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    return environment


@functools.cache
def _adapter() -> TypeAdapter[Inspection]:
    return TypeAdapter(Inspection)
