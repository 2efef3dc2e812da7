"""Read untrusted files in other processes, one answer for each: what the rest of the studio calls.

How the processes are kept is ``pool``'s, what one of them is ``child``'s, what it does ``serve``'s.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from provenance_gen.studio.child import Limits
from provenance_gen.studio.driver import Job
from provenance_gen.studio.pool import Pool, Task
from provenance_gen.studio.processes import ENTRY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.credentials.report import Inspection
    from provenance_gen.credentials.trust import Anchors

__all__ = ["ENTRY", "Limits", "inspect"]


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
    if not paths:
        return ()
    with Pool(limits, command=command) as pool:
        jobs = (Job(Path(path)) for path in paths)
        return tuple(found for _, found in pool.each(jobs, Task(anchors), ordered=True))
