"""A bundle as a zip, read with suspicion: refused before any file in it is, if at all odd.

It is never extracted. Links, odd names, hidden bytes, encrypted or overlapping entries and anything
beyond the limits are refused. A zip holds fewer than 65,536 files in less than 2 GiB: what lies
beyond needs the fields of ZIP64, by which one file could be two bundles.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import struct
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, Final

from provenance_gen.errors import LedgerError
from provenance_gen.ledger.bundle_parts import FOLDERS, PIECE, Parts, demand_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_ZIPPED_FILES: Final = (1 << 16) - 1
MAX_ZIP: Final = (1 << 31) - 1
"""Bytes of a zip, and of what a file in it may be."""
MAX_UNZIPPED: Final = 4 << 30
"""Bytes of all files of a zip together."""
MAX_RATIO: Final = 100
"""How many times smaller than its content a compressed file may be."""

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_END: Final = struct.Struct("<4s4H2LH")
_LOCATOR: Final = 20
_DIRECTORY: Final = MAX_ZIPPED_FILES * (46 + 120)
"""Bytes of the largest directory of a zip: its reader takes all of it into memory."""
_UTF8: Final = 0x800
_DEFLATE_HINTS: Final = 0x6
_SIZES_BEHIND: Final = 0x8
"""The sizes of an entry stand behind its bytes, as in a zip that was written to a pipe."""
_ZIP_ERRORS: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    RuntimeError,
    OverflowError,
)
"""What the zip library raises at bytes that are no zip."""
_NO_ZIP: Final = "not a zip that can be read"
_ANEW: Final = (
    "another program packed this zip anew, in a way that leaves room for doubt: unpack it, and"
    " verify the folder"
)
_AROUND: Final = re.compile(r"\w[\w .()-]{0,99}")
"""A folder that a program puts around what it packs."""
_OF_MACOS: Final = "__MACOSX/"


@contextlib.contextmanager
def opened(file: IO[bytes]) -> Iterator[Parts]:
    """Open a zip whose names, limits and layout are those of a bundle.

    Raises:
        LedgerError: it is another.
    """
    try:
        end, size = _end(file)
        archive = zipfile.ZipFile(file)
    except _ZIP_ERRORS as error:
        raise LedgerError(_NO_ZIP) from error
    with archive:
        try:
            entries = archive.infolist()
            _demand_names([entry.orig_filename for entry in entries])
            _demand_limits(entries)
            _demand_layout(file, entries, end, size)
        except _ZIP_ERRORS as error:
            raise LedgerError(_NO_ZIP) from error
        yield _Zip(archive)


def _end(file: IO[bytes]) -> tuple[tuple[int, ...], int]:
    """Return what a zip ends with, and its size, before a reader believes either."""
    size = file.seek(0, os.SEEK_END)
    if size > MAX_ZIP:
        raise LedgerError("the zip is larger than 2 GiB")
    file.seek(max(0, size - _END.size - _LOCATOR))
    last = file.read()
    end = _END.unpack(last[-_END.size :])
    if end[0] != b"PK\5\6" or end[5] + end[6] + _END.size != size:
        raise LedgerError("the zip holds bytes that belong to no file")
    # With a locator of ZIP64 before it, another directory would count.
    if end[7] or end[1] or end[2] or end[3] != end[4] or last.startswith(b"PK\6\7"):
        raise LedgerError("the zip's parts contradict each other")
    if end[5] > _DIRECTORY:
        raise LedgerError("the zip's directory is larger than any is")
    return end, size


class _Zip(Parts):
    def __init__(self, archive: zipfile.ZipFile) -> None:
        super().__init__()
        self._archive = archive
        self._entries = {entry.filename: entry for entry in archive.infolist()}

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def size(self, name: str) -> int:
        return self._entries[name].file_size

    def pieces(self, name: str) -> Iterator[bytes]:
        left = self.size(name)
        try:
            with self._archive.open(self._entries[name]) as file:
                while piece := file.read(PIECE):
                    left -= len(piece)
                    yield piece
        except _ZIP_ERRORS as error:
            raise LedgerError(_NO_ZIP) from error
        if left:
            raise LedgerError(_NO_ZIP)


def _demand_names(names: Sequence[str]) -> None:
    try:
        demand_names(names)
    except LedgerError as error:
        if _packed_anew(names):
            raise LedgerError(_ANEW) from error
        raise


def _packed_anew(names: Sequence[str]) -> bool:
    """Tell whether names are a bundle's but for folders, one around them, and what macOS adds."""
    own = [name for name in names if not name.startswith(_OF_MACOS)]
    first = {name.partition("/")[0] for name in own if "/" in name}
    around = ""
    if len(first) == 1 and all("/" in name for name in own):
        around = f"{first.pop()}/"
        if not _AROUND.fullmatch(around[:-1]):
            return False
    rest = [name.removeprefix(around) for name in own]
    try:
        demand_names([name for name in rest if name and not name.endswith("/")])
    except LedgerError:
        return False
    return all(name[:-1] in ("", *FOLDERS) for name in rest if not name or name.endswith("/"))


def _demand_limits(entries: Sequence[zipfile.ZipInfo]) -> None:
    if sum(entry.file_size for entry in entries) > MAX_UNZIPPED:
        raise LedgerError(f"its files are larger than {MAX_UNZIPPED >> 30} GiB together")
    for entry in entries:
        # Some programs name permissions and no kind, and mean a file.
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
            raise LedgerError(f"{entry.filename} is a link or no file")
        if entry.flag_bits & ~(_UTF8 | _DEFLATE_HINTS | _SIZES_BEHIND):
            raise LedgerError(f"{entry.filename} is encrypted or stored in an odd way")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise LedgerError(f"{entry.filename} is compressed in an odd way")
        if entry.flag_bits & _SIZES_BEHIND or entry.extra or entry.comment:
            raise LedgerError(_ANEW)
        if entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise LedgerError(f"{entry.filename} is compressed beyond belief")


def _demand_layout(
    file: IO[bytes], entries: Sequence[zipfile.ZipInfo], end: Sequence[int], size: int
) -> None:
    """Refuse bytes that belong to no entry, and local headers that contradict the directory.

    Readers of zips differ in which of the two they believe, so that one file could be two bundles.
    """
    place = 0
    for entry in sorted(entries, key=lambda item: item.header_offset):
        name = entry.orig_filename.encode("ascii")
        file.seek(entry.header_offset)
        data = file.read(_LOCAL.size + len(name))
        head = _LOCAL.unpack_from(data)
        told = (entry.flag_bits, entry.compress_type)
        sizes = (entry.CRC, entry.compress_size, entry.file_size)
        if (
            entry.header_offset != place
            or (head[2:4], head[6:9]) != (told, sizes)
            or (head[9], head[10]) != (len(name), 0)
            or data[_LOCAL.size :] != name
        ):
            raise LedgerError("the zip's parts contradict each other")
        place += len(data) + entry.compress_size
    if end[6] != place or place + end[5] + _END.size != size:
        raise LedgerError("the zip holds bytes that belong to no file")
    if end[3] != len(entries):
        raise LedgerError("the zip's parts contradict each other")
