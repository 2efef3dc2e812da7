"""The files of a studio: where they are, how they are made and found."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from provenance_gen import leftovers
from provenance_gen.digests import write_atomic
from provenance_gen.errors import (
    SettingsError,
    StorageError,
    StudioExistsError,
    StudioNotFoundError,
)
from provenance_gen.records.base import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NAME: Final = ".provgen"
FORMAT: Final = 1
"""Version of the folder's layout."""
RESUMED: Final = 2
"""Version of a folder with more than one log, which a program that knows one only must not open."""

_ORIGIN: Final = re.compile(r"provgen-[0-9a-f]{32}")
_ID: Final = re.compile(r"[a-z]{1,8}[0-9a-f]{16}")
_MAX_YAML: Final = 1 << 16


class StudioFile(Record):
    """What ``studio.yaml`` says. It is public and proves nothing: keys are never in the folder."""

    format: int
    studio: str
    origin: str
    """Name of the ledger."""
    ledger_key: str
    """C2SP verifier key of the ledger; believed only for a studio that this user made."""


@dataclass(frozen=True)
class StudioFolder:
    """Paths of a studio."""

    root: Path
    """The folder that a person works in; it holds ``.provgen``."""

    @property
    def data(self) -> Path:
        """Everything of the studio but the keys."""
        return self.root / NAME

    @property
    def locks(self) -> Path:
        """Locks of running attempts."""
        return self.data / "locks"

    @property
    def file(self) -> Path:
        """The studio's description."""
        return self.data / "studio.yaml"

    def log(self, origin: str) -> Path:
        """Folder of the log with this origin: its database and the files beside it.

        The first log lies in ``.provgen`` itself, later ones in ``.provgen/logs/<origin>``. The
        origin may come from anybody, so it names a folder only where it has our form.
        """
        later = self.data / "logs" / origin
        if _ORIGIN.fullmatch(origin) and (later / "ledger.db").is_file():
            return later
        return self.data


def find(start: Path | None = None) -> StudioFolder:
    """Find the studio in a folder or in the nearest one above it.

    Raises:
        StudioNotFoundError: there is none.
    """
    begin = (start or Path.cwd()).absolute()
    for folder in (begin, *begin.parents):
        if (folder / NAME / "studio.yaml").is_file():
            return StudioFolder(folder)
    raise StudioNotFoundError(begin)


def read(folder: StudioFolder) -> StudioFile:
    """Read a studio's description; the file may come from anybody.

    Raises:
        SettingsError: it cannot be understood, or is of a newer version.
    """
    try:
        with folder.file.open("rb") as file:
            text = file.read(_MAX_YAML)
        if b"&" in text or b"*" in text:
            # Aliases can stand for more than any memory holds; ours has none.
            raise SettingsError(f"{folder.file}: not a studio's description (aliases)")
        value: Any = yaml.safe_load(text)
        described = StudioFile.model_validate(value)
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SettingsError(f"{folder.file}: not a studio's description ({first})") from error
    if described.format not in (FORMAT, RESUMED):
        raise SettingsError(f"{folder.file}: made by a newer provenance-gen; upgrade to open it")
    if not _ID.fullmatch(described.studio):
        # The identifier names a folder in the user's configuration: nothing else may pass.
        raise SettingsError(f"{folder.file}: the studio's identifier is malformed")
    return described


def write(file: Path, described: StudioFile) -> None:
    """Write a studio's description; the old one or the new one is there, never a part.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    text = yaml.safe_dump(described.model_dump(), sort_keys=False)
    write_atomic(file, text.encode())


@contextlib.contextmanager
def beginning(root: Path) -> Iterator[Path]:
    """Give the folder in which a new studio is put together, out of sight.

    Where it comes to nothing, the folders that were made for it are taken away again.

    Raises:
        StudioExistsError: there is a studio already.
        StorageError: the folder cannot be written.
    """
    if (root / NAME).exists():
        raise StudioExistsError(root)
    missing = [folder for folder in (root, *root.parents) if not folder.exists()]
    with contextlib.ExitStack() as made:
        made.callback(_take_away, missing)
        try:
            root.mkdir(parents=True, exist_ok=True)
            leftovers.sweep(root)
            folder = made.enter_context(leftovers.new_folder(root, "new-"))
        except OSError as error:
            raise StorageError(f"cannot make a studio in {root}: {error.strerror}") from error
        yield folder


def _take_away(folders: Sequence[Path]) -> None:
    """Remove folders, the innermost first, as far as they are empty."""
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()


def finish(root: Path, made: Path, described: StudioFile) -> StudioFolder:
    """Put a new studio in its place in one step, so that a killed ``init`` leaves none.

    Raises:
        StudioExistsError: another process was quicker.
        StorageError: the disk is full.
    """
    write(made / "studio.yaml", described)
    folder = StudioFolder(root.absolute())
    try:
        made.chmod(0o755)
        made.rename(folder.data)
    except OSError as error:
        raise StudioExistsError(root) from error
    return folder
