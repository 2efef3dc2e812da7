"""What a process uses, seen from outside: for platforms that do not bound it themselves.

Linux bounds the memory of a process; macOS and Windows do not, so there a process that outgrew its
limit is found by looking, some tens of milliseconds late, and ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provenance_gen.studio.child import Limits


def beyond(pid: int | None, limits: Limits) -> str | None:
    """Return in words what a process and its children use too much of; None where all is well.

    What is no child of ours (``studio.forked``) bounds itself.
    """
    if pid is None:
        return None
    # Not installed and not needed on Linux.
    import psutil  # noqa: PLC0415

    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        used = sum(member.memory_info().rss for member in family)
    except psutil.Error:  # it ended meanwhile
        return None
    if used > limits.memory:
        return f"reading it took more than {limits.memory >> 20} MiB of memory and was stopped"
    return None
