"""Whether a studio is where it was made, and may be written as it is.

A folder can be moved, copied, downloaded, put back from a backup, kept by a cloud drive that two
computers write through, or lie on a medium that cannot be written. Reading works in all of these.
Writing goes on only where it cannot contradict what was vouched for before: an honest user never
signs a fork. What the user's own configuration holds (place, newest head) is believed; what lies
in the folder is not. Going on after all is ``studio.resume``'s business.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from provenance_gen import settings
from provenance_gen.errors import FrozenStudioError, SettingsError
from provenance_gen.ledger import checkpoint
from provenance_gen.ledger.continuity import newest_note
from provenance_gen.ledger.noted import HeadNote, NotedLedger, contradiction
from provenance_gen.studio import folder as folders
from provenance_gen.studio.keys import read_key
from provenance_gen.studio.standing import (
    Place,
    Standing,
    before_opening,
    behind_reason,
    foreign_reason,
)

if TYPE_CHECKING:
    import os

    from provenance_gen.ledger.store import Ledger
    from provenance_gen.studio.folder import StudioFile, StudioFolder


def open_log(folder: StudioFolder, described: StudioFile) -> tuple[Standing, NotedLedger]:
    """Judge where a studio is, and open its present log for what that allows.

    Raises:
        SettingsError: what the user's configuration holds of it is damaged.
        LedgerError: its ledger, or the noted head, cannot be read.
    """
    secrets = settings.studio_secrets(described.studio)
    place, note = folder.log(described.origin), HeadNote(secrets.newest_head)
    standing = before_opening(folder, described)
    if standing.place is Place.HOME:
        # Whoever was killed while beginning this log may not have noted that the old one is ended.
        settings.retire_followed(described.studio)
    key = None if standing.foreign else read_key(secrets.ledger_key)
    if standing.writable:
        current = functools.partial(_demand_current, folder, folder.file.stat(), described)
        ledger = NotedLedger(place, key=key, note=note, demand_current=current)
    else:
        ledger = NotedLedger(place, read_only=True)
    try:
        signer = checkpoint.verifier_key(ledger.origin, key.public_key()) if key else None
        judged = _with_ledger(standing, folder, ledger, note=note, verifier_key=signer)
        if standing.writable and not judged.writable:
            ledger.close()
            ledger = NotedLedger(place, read_only=True)
    except BaseException:
        ledger.close()
        raise
    return judged, ledger


def _demand_current(folder: StudioFolder, then: os.stat_result, described: StudioFile) -> None:
    """Refuse to go on in a log that another process has given up since it was opened."""
    try:
        now = folder.file.stat()
        if (now.st_ino, now.st_mtime_ns, now.st_size) == (
            then.st_ino,
            then.st_mtime_ns,
            then.st_size,
        ):
            return
        # Another program, such as a cloud drive, may have put the same words there again.
        same = folders.read(folder).origin == described.origin
    except (OSError, SettingsError):
        same = False
    if not same:
        raise FrozenStudioError(
            f"the studio in {folder.root} goes on in another log since this program opened it,"
            " or was taken away; open it again"
        )


def _with_ledger(
    standing: Standing,
    folder: StudioFolder,
    ledger: Ledger,
    *,
    note: HeadNote,
    verifier_key: str | None,
) -> Standing:
    """Judge on with the ledger open: does it hold what was vouched for?"""
    if standing.place in (Place.HOME, Place.READ_ONLY):
        what = contradiction(ledger, note.read()) or _beyond(ledger, verifier_key)
        return Standing(Place.BEHIND, behind_reason(folder.root, what)) if what else standing
    if standing.place is Place.MOVED:
        noted = note.read()
        what = contradiction(ledger, noted)
        if noted is None:
            what = "what it held when it was last used is not known"
        if what:
            return Standing(Place.STALE, foreign_reason(folder.root, f"moved or copied; {what}"))
    return standing


def _beyond(ledger: Ledger, verifier_key: str | None) -> str | None:
    newest = newest_note(ledger.notes, verifier_key) if verifier_key else None
    size = ledger.head().size
    if newest is None:
        return None
    if newest.size > size:
        return f"it holds {size} events, and a checkpoint beside it has seen {newest.size}"
    same = ledger.root(newest.size) == newest.root
    return None if same else "a checkpoint beside it was signed over other events"
