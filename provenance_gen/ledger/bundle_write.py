"""Write the files of a bundle one after the other, into a folder or a zip: whole or not at all.

Files are taken in pieces, and only their digests and sizes are kept, so that a bundle of gigabytes
takes little memory. The files of a folder are not flushed to the disk one by one: there may be tens
of thousands, and all of them can be made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import stat
import zipfile
from abc import ABC, abstractmethod
from typing import IO, TYPE_CHECKING, Final

from provenance_gen import leftovers
from provenance_gen.digests import atomic_file, flush_folder
from provenance_gen.errors import StorageError, UsageError
from provenance_gen.ledger.bundle_zip import MAX_RATIO, MAX_UNZIPPED, MAX_ZIP, MAX_ZIPPED_FILES
from provenance_gen.names import demand_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

_DATE: Final = (1980, 1, 1, 0, 0, 0)
_TOO_LARGE: Final = (
    "it is too large for a zip (2 GiB, 65,535 files); give it a name without .zip, so that it is"
    " written as a folder, or put in smaller pictures"
)
_TOO_MUCH_ALIKE: Final = (
    "{name} holds so much of the same that readers of zips would take it for a bomb; give the"
    " bundle a name without .zip, so that it is written as a folder"
)
_DIRECTORY: Final = 16 << 20
"""Bytes that are left for the directory of a zip, and for what was not yet written."""


class Writer(ABC):
    """Takes the files of a bundle."""

    def __init__(self) -> None:
        """Hold none yet."""
        self.digests: dict[str, str] = {}
        """SHA-256 of every file so far, in hexadecimal, by name."""
        self.sizes: dict[str, int] = {}
        """Their bytes."""
        self.whole = 0
        """Bytes of all of them."""

    def put(self, name: str, content: bytes | Iterable[bytes], *, packed: bool = False) -> None:
        """Add a file.

        Args:
            name: its name in the bundle.
            content: its bytes, whole or in pieces.
            packed: whether they are compressed already, as pictures are.

        Raises:
            UsageError: a zip cannot hold it.
        """
        digest, size = hashlib.sha256(), 0
        with self._file(name, packed=packed) as file:
            for piece in (content,) if isinstance(content, bytes) else content:
                digest.update(piece)
                size += len(piece)
                self._demand_room(size)
                file.write(piece)
        self.digests[name], self.sizes[name] = digest.hexdigest(), size
        self.whole += size

    @abstractmethod
    def _file(self, name: str, *, packed: bool) -> AbstractContextManager[IO[bytes]]: ...

    @abstractmethod
    def _demand_room(self, size: int) -> None:
        """Refuse a file that has come to this many bytes, where it is too much."""


class _Folder(Writer):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def _file(self, name: str, *, packed: bool) -> AbstractContextManager[IO[bytes]]:  # noqa: ARG002
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")

    def _demand_room(self, size: int) -> None:
        """A folder takes everything."""


class _Zip(Writer):
    """No date and no owner: the same files give the same zip."""

    def __init__(self, archive: zipfile.ZipFile, *, compress: bool) -> None:
        super().__init__()
        self._archive = archive
        self._compress = compress

    @contextlib.contextmanager
    def _file(self, name: str, *, packed: bool) -> Iterator[IO[bytes]]:
        if len(self.sizes) == MAX_ZIPPED_FILES:
            raise UsageError(_TOO_LARGE)
        entry = zipfile.ZipInfo(name, _DATE)
        squeezed = self._compress and not packed
        entry.compress_type = zipfile.ZIP_DEFLATED if squeezed else zipfile.ZIP_STORED
        entry.create_system = 3
        entry.external_attr = (stat.S_IFREG | 0o644) << 16
        with self._archive.open(entry, "w") as file:
            yield file
        if entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise UsageError(_TOO_MUCH_ALIKE.format(name=name))

    def _demand_room(self, size: int) -> None:
        whole = self.whole + size
        written = self._archive.fp.tell() if self._archive.fp else 0
        if whole > MAX_UNZIPPED or max(size, written) + _DIRECTORY > MAX_ZIP:
            raise UsageError(_TOO_LARGE)


@contextlib.contextmanager
def writing(destination: Path, *, compress: bool = True) -> Iterator[Writer]:
    """Take the files of a bundle for a zip, where the name ends so, or else for a folder.

    It is there when the block has ended well, and not before.

    Raises:
        UsageError: there is something of that name, no folder to write it into, or it is too large
            for a zip.
        StorageError: the disk is full or the folder cannot be written.
    """
    demand_place(destination)
    if destination.exists() or destination.is_symlink():
        raise UsageError(f"{destination} exists; choose another name")
    leftovers.sweep(destination.parent)
    if destination.suffix.lower() == ".zip":
        with atomic_file(destination) as temporary, zipfile.ZipFile(temporary, "w") as archive:
            yield _Zip(archive, compress=compress)
        return
    try:
        with leftovers.new_folder(destination.parent) as made:
            yield _Folder(made)
            made.chmod(0o755)
            made.rename(destination)
            flush_folder(destination.parent)
    except OSError as error:
        raise StorageError(f"cannot write {destination}: {error.strerror}") from error


def write(files: Mapping[str, bytes], destination: Path, *, compress: bool = True) -> None:
    """Write a bundle whose files are at hand; see ``writing``."""
    with writing(destination, compress=compress) as out:
        for name, data in files.items():
            out.put(name, data)
