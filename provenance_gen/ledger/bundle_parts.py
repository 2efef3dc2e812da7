"""The files of a bundle, read one at a time from where they lie.

A bundle of a large work holds gigabytes of pictures, and only their digests are asked for. So a
file is read when it is wanted, and its digest taken piece by piece. A file that is another when it
is read again is refused, so that all that is said of it is said of the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from provenance_gen.digests import sha256_hex
from provenance_gen.errors import LedgerBrokenError, LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_WHOLE: Final = 256 << 20
"""Bytes of a file that is read whole; of larger ones there is a digest and nothing else."""
PIECE: Final = 1 << 20
MAX_FILES: Final = 100_000

FOLDERS: Final = (
    "checkpoints",
    "ledger",
    "ledger/checkpoints",
    "report",
    "report/pictures",
    "images",
    "files",
    "policies",
)
"""Folders of a bundle of the ledger, and of an evidence bundle, which holds one."""
_NAME: Final = re.compile(rf"(?:(?:{'|'.join(FOLDERS)})/)?[A-Za-z0-9][A-Za-z0-9._-]{{0,99}}")
_DEVICE: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


class AbsentPartError(KeyError):
    """A bundle lacks a file; no other mapping's key is meant."""


class Parts(Mapping[str, bytes], ABC):
    """Files by name."""

    def __init__(self) -> None:
        """Know no digest yet."""
        self._digests: dict[str, str] = {}

    @abstractmethod
    def pieces(self, name: str) -> Iterator[bytes]:
        """Give a file's bytes, piece by piece.

        Raises:
            LedgerError: it cannot be read.
        """

    @abstractmethod
    def size(self, name: str) -> int:
        """Return a file's size in bytes."""

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file, in hexadecimal.

        Raises:
            LedgerError: it cannot be read.
        """
        if name not in self._digests:
            digest = hashlib.sha256()
            for piece in self.pieces(name):
                digest.update(piece)
            self._digests[name] = digest.hexdigest()
        return self._digests[name]

    @abstractmethod
    def __contains__(self, name: object) -> bool:
        """Tell whether there is such a file, without reading it."""

    def __getitem__(self, name: str) -> bytes:
        """Return a whole file.

        Raises:
            AbsentPartError: there is none of that name.
            LedgerError: it is larger than ``MAX_WHOLE``, or not what it was before.
        """
        if name not in self:
            raise AbsentPartError(name)
        if self.size(name) > MAX_WHOLE:
            raise LedgerError(f"{name} is larger than {MAX_WHOLE >> 20} MiB")
        data = b"".join(self.pieces(name))
        if self._digests.setdefault(name, found := sha256_hex(data)) != found:
            raise LedgerBrokenError(f"{name} changed while it was read")
        return data


class Held(Parts):
    """Files in memory."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Take the files, which are not to be changed meanwhile."""
        super().__init__()
        self._files = files

    def __iter__(self) -> Iterator[str]:
        """Give the names."""
        return iter(self._files)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._files)

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such a file."""
        return name in self._files

    def pieces(self, name: str) -> Iterator[bytes]:
        """Give a file as one piece."""
        yield self._files[name]

    def size(self, name: str) -> int:
        """Return a file's size."""
        return len(self._files[name])


class Under(Parts):
    """Those files whose names begin alike, by what follows; such as a bundle within a bundle."""

    def __init__(self, files: Parts, prefix: str) -> None:
        """Look at a part of the files."""
        super().__init__()
        self._files = files
        self._prefix = prefix
        names = [name for name in files if name.startswith(prefix)]
        self._names = {name[len(prefix) :]: name for name in names}

    def __iter__(self) -> Iterator[str]:
        """Give the names without their beginning."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such a file."""
        return name in self._names

    def __getitem__(self, name: str) -> bytes:
        """Return a whole file."""
        return self._files[self._names[name]]

    def pieces(self, name: str) -> Iterator[bytes]:
        """Give a file's bytes."""
        return self._files.pieces(self._names[name])

    def size(self, name: str) -> int:
        """Return a file's size."""
        return self._files.size(self._names[name])

    def digest(self, name: str) -> str:
        """Return a file's digest."""
        return self._files.digest(self._names[name])


def of(files: Mapping[str, bytes]) -> Parts:
    """Return files as ``Parts``, whether they lie in memory or elsewhere."""
    return files if isinstance(files, Parts) else Held(files)


def demand_names(names: Sequence[str]) -> None:
    """Refuse names that lead elsewhere, that a system takes for something else, and doubles.

    Raises:
        LedgerError: there is one, or there are too many.
    """
    if len(names) > MAX_FILES:
        raise LedgerError(f"it holds more than {MAX_FILES} files")
    for name in names:
        last = name.rpartition("/")[2]
        if not _NAME.fullmatch(name) or _DEVICE.fullmatch(last) or last.endswith("."):
            raise LedgerError(f"a name that no bundle holds: {name[:100]!r}")
    if len({name.lower() for name in names}) != len(names):
        raise LedgerError("two files have the same name")
