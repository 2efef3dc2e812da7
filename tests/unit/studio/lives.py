"""What happens to a studio as a folder: it is put back from a backup, and gone on with."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from provenance_gen import Studio

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.studio.standing import Place


def put_back(backup: Path, root: Path) -> None:
    """Restore a backup as the documents say: the old folder away, the backup's in its place."""
    shutil.rmtree(root / ".provgen")
    shutil.copytree(backup / ".provgen", root / ".provgen")


def record(root: Path, title: str = "Later") -> None:
    """Record something and sign it."""
    with Studio.open(root) as studio:
        studio.new_work(title)
        studio.ledger.checkpoint()


def standing(root: Path) -> Place:
    """Return where a studio is found to be."""
    with Studio.open(root) as studio:
        assert studio.history().works
        return studio.standing.place
