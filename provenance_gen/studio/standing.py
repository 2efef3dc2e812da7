"""Whether a studio is where it was made, by its place and files alone.

What the user's own configuration says of a place is believed; what lies in the folder is not. No
ledger is opened here, and no database loaded: ``studio.life`` judges on with the ledger.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from provenance_gen import settings
from provenance_gen.errors import ForeignStudioError, FrozenStudioError, SettingsError
from provenance_gen.studio import folder as folders
from provenance_gen.studio.beside import conflicting

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.settings import Registration
    from provenance_gen.studio.folder import StudioFile, StudioFolder

_RESUME: Final = "provgen ledger resume"


class Place(StrEnum):
    """Where a studio is, as seen by this user."""

    HOME = "home"
    """Where it was made, as it was left."""
    FOREIGN = "foreign"
    """Not made by this user, or not on this computer."""
    MOVED = "moved"
    """This user's; the place it was made in is empty, and nothing that was vouched for is lost."""
    COPIED = "copied"
    """This user's; it is still where it was made."""
    STALE = "stale"
    """This user's; the place it was made in is empty, and this is not its newest state."""
    BEHIND = "behind"
    """In its place, and older than what was vouched for: restored or rolled back."""
    SPLIT = "split"
    """In its place, and a second copy of its ledger lies beside it."""
    READ_ONLY = "read-only"
    """In its place, and the folder cannot be written."""


@dataclass(frozen=True)
class Standing:
    """Where a studio is, and what follows for reading and writing."""

    place: Place
    reason: str = ""
    """Why it is not written, and what to do, in one sentence or two; empty at home."""

    @property
    def foreign(self) -> bool:
        """Whether it supplies no keys, roots or words to a verdict."""
        return self.place in (Place.FOREIGN, Place.MOVED, Place.COPIED, Place.STALE)

    @property
    def writable(self) -> bool:
        """Whether events may be recorded in it."""
        return self.place is Place.HOME

    def demand_writable(self) -> None:
        """Refuse to write into a studio that is only read.

        Raises:
            ForeignStudioError: it was not made here by this user.
            FrozenStudioError: it was, and is not as it was left.
        """
        if self.foreign:
            raise ForeignStudioError(self.reason)
        if not self.writable:
            raise FrozenStudioError(self.reason)


def before_opening(folder: StudioFolder, described: StudioFile) -> Standing:
    """Judge by place and files, before the ledger is opened."""
    root = folder.root
    made = settings.registration(described.studio)
    if made is None:
        return Standing(Place.FOREIGN, foreign_reason(root, "downloaded, or from another computer"))
    if not is_place_of(made, folder):
        return _elsewhere(folder, made, described)
    if _given_up(made, folder):
        what = "it was put back to a state before its present log was begun"
        return Standing(Place.BEHIND, behind_reason(root, what))
    if copies := tuple(conflicting(folder, described)):
        return Standing(Place.SPLIT, _split(root, copies))
    if not os.access(folder.log(described.origin), os.W_OK):
        return Standing(Place.READ_ONLY, read_only(root))
    return Standing(Place.HOME)


def is_place_of(made: Registration, folder: StudioFolder) -> bool:
    """Tell whether a studio lies where it was made, by whatever way the folder was reached."""
    if made.path == folder.root.resolve():
        return True
    with contextlib.suppress(OSError):
        return folder.data.samefile(made.path / folders.NAME)
    return False


def _given_up(made: Registration, folder: StudioFolder) -> bool:
    """Tell whether another log has taken the place of this one.

    It may have, where a process was killed in the middle: the new log lies in the folder before it
    is in force. So where the folder does not hold it, this is a state from before.
    """
    if made.resumed_as:
        return True
    return made.resuming is not None and folder.log(made.resuming) == folder.data


def _elsewhere(folder: StudioFolder, made: Registration, described: StudioFile) -> Standing:
    root = folder.root
    if _holds(made.path, described.studio):
        return Standing(Place.COPIED, foreign_reason(root, f"it is a copy of yours in {made.path}"))
    if _given_up(made, folder):
        what = "it is an older copy of yours, which goes on in another log"
        return Standing(Place.STALE, foreign_reason(root, what))
    reason = (
        f"{root} holds a studio that was not made here by you: you made it in {made.path}, where"
        f" it is no longer, so it seems to have been moved. Go on here with: {_RESUME}."
        " It can be read meanwhile. Make another with: provgen init FOLDER"
    )
    return Standing(Place.MOVED, reason)


def _holds(root: Path, studio: str) -> bool:
    """Tell whether a folder may still hold a studio; what cannot be read may."""
    place = folders.StudioFolder(root)
    try:
        if not place.file.is_file():
            return False
        return folders.read(place).studio == studio
    except (OSError, SettingsError):
        return True


def foreign_reason(root: Path, what: str) -> str:
    """Say why a studio is only read that was not made here by this user."""
    return (
        f"{root} holds a studio that was not made here by you: {what}. It can be read and"
        " verified, not written. If it is yours and you want to go on in it here, begin a new log"
        f" that cites the old one with: {_RESUME}."
        " Make another studio with: provgen init FOLDER"
    )


def behind_reason(root: Path, what: str) -> str:
    """Say why a studio is only read whose ledger is older than what was vouched for."""
    return (
        f"the ledger in {root} is not as it was left: {what}, so it was restored from a backup or"
        " rolled back. It can be read and verified, not written. Put the newer state back, or, if"
        f" that is lost, begin a new log that cites this one with: {_RESUME}"
    )


def _split(root: Path, copies: tuple[str, ...]) -> str:
    names = ", ".join(repr(name) for name in copies)
    return (
        f"beside the ledger in {root} lies a second copy ({names}), as a cloud drive leaves it when"
        " two computers have written at once. It can be read and verified, not written. If the copy"
        " holds nothing that you need, move it out of the folder; otherwise begin a new log that"
        f" cites this one, the copy staying where it is, with: {_RESUME}"
    )


def read_only(root: Path) -> str:
    """Say that a folder cannot be written, and what to do."""
    return (
        f"{root} cannot be written: the folder or its medium is read-only. It can be read and"
        " verified. To go on, make it writable, or copy it to a folder that you can write and run"
        f" there: {_RESUME}"
    )
