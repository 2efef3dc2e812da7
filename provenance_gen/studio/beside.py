"""Second copies of a ledger that a cloud drive leaves beside it when two computers have written."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provenance_gen.studio.folder import StudioFile, StudioFolder

_COPY: Final = re.compile(r"ledger.+\.db(-wal|-shm|-journal)?", re.IGNORECASE)
"""How cloud drives name a second ledger: ``ledger (conflicted copy).db``, ``ledger-PC.db``,
``ledger 2.db``, ``ledger.sync-conflict-20260102-030405-ABCDEFG.db``."""
_SECOND_NOTE: Final = re.compile(r"(\d{12,19}[^.\d]|.*conflict).*\.note", re.IGNORECASE)


def conflicting(folder: StudioFolder, described: StudioFile) -> Iterator[str]:
    """Name the second copies of the ledger or of a checkpoint that a cloud drive has left."""
    log = folder.log(described.origin)
    yield from filter(_COPY.fullmatch, _names(log))
    notes = filter(_SECOND_NOTE.match, _names(log / "checkpoints"))
    yield from (f"checkpoints/{name}" for name in notes)


def _names(folder: Path) -> list[str]:
    """Return the names in a folder, in order; there may be thousands of checkpoints."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - paths cost ten times as much
    except OSError:
        return []
