"""The files of a bundle, from a folder or a zip, read with suspicion.

A bundle comes from anybody. It is never extracted; links, odd names and anything beyond the limits
are refused before any file is read. What the files say is left to ``bundle_check``, what is odd
about a zip to ``bundle_zip``, and writing to ``bundle_write``.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import bundle_zip
from provenance_gen.ledger.bundle_parts import FOLDERS, MAX_FILES, PIECE, Parts, demand_names

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FOLDER: Final = 64 << 30
"""Bytes of all files of a folder together."""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Parts]:
    """Open a bundle, a folder or a zip; its files are read when they are asked for.

    Raises:
        LedgerError: it cannot be read, or is not what a bundle may be.
    """
    try:
        if path.is_dir():
            yield _Folder(path)
            return
        file = path.open("rb")
    except OSError as error:
        raise LedgerError(f"{path.name}: cannot be read ({error.strerror})") from error
    with file, bundle_zip.opened(file) as parts:
        yield parts


def read(path: Path) -> dict[str, bytes]:
    """Read a bundle's files by name, from a folder or a zip; all of them into memory.

    Raises:
        LedgerError: it cannot be read, or is not what a bundle may be.
    """
    with opened(path) as parts:
        return dict(parts)


class _Folder(Parts):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._files: dict[str, tuple[Path, int]] = {}
        room = MAX_FOLDER
        try:
            for name, path, size in _walk(folder):
                if len(self._files) == MAX_FILES:
                    raise LedgerError(f"it holds more than {MAX_FILES} files")
                if (room := room - size) < 0:
                    raise LedgerError(f"its files are larger than {MAX_FOLDER >> 30} GiB together")
                self._files[name] = (path, size)
        except OSError as error:
            raise LedgerError(f"{folder.name}: cannot be read ({error.strerror})") from error
        demand_names(list(self._files))

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, name: object) -> bool:
        return name in self._files

    def size(self, name: str) -> int:
        return self._files[name][1]

    def pieces(self, name: str) -> Iterator[bytes]:
        path, left = self._files[name]
        try:
            with contextlib.closing(_open(path)) as file:
                # One that grows meanwhile is read no further than to see that it does.
                while left >= 0 and (piece := file.read(PIECE)):
                    left -= len(piece)
                    yield piece
        except OSError as error:
            raise LedgerError(f"{path.name}: cannot be read ({error.strerror})") from error
        if left:
            raise LedgerError(f"{path.name} changed while it was read")


def _walk(folder: Path, prefix: str = "") -> Iterator[tuple[str, Path, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if entry.is_symlink():
                raise LedgerError(f"{entry.name} is a link")
            if not entry.is_dir(follow_symlinks=False):
                if not entry.is_file(follow_symlinks=False):
                    raise LedgerError(f"{entry.name} is no file")
                yield name, Path(entry.path), entry.stat(follow_symlinks=False).st_size
            elif name in FOLDERS:
                yield from _walk(Path(entry.path), f"{name}/")
            else:
                raise LedgerError(f"a folder that no bundle holds: {entry.name[:100]!r}")


def _open(path: Path) -> IO[bytes]:
    # The file may be exchanged between listing and opening: so no link is followed, and no pipe
    # waited for.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    file = os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise LedgerError(f"{path.name} is no file")
    return file
