"""The files of a bundle, as a folder or a zip: read with suspicion, written whole or not at all.

A bundle comes from anybody. It is read into memory and never extracted; links, odd names, hidden
bytes, encrypted or overlapping entries and anything beyond the limits are refused. What the files
say is left to ``bundle_check``.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provenance_gen import leftovers
from provenance_gen.digests import write_atomic
from provenance_gen.errors import LedgerError, StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_FILES: Final = 100_000
MAX_BYTES: Final = 1 << 30
"""Bytes of all files together, and of the zip itself."""
MAX_RATIO: Final = 100
"""How many times smaller than its content a compressed file may be."""

_FOLDERS: Final = (
    "checkpoints",
    "ledger",
    "ledger/checkpoints",
    "report",
    "images",
    "files",
    "policies",
)
"""Folders of a bundle of the ledger, and of an evidence bundle, which holds one."""
_NAME: Final = re.compile(rf"(?:(?:{'|'.join(_FOLDERS)})/)?[A-Za-z0-9][A-Za-z0-9._-]{{0,99}}")
_DEVICE: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_END: Final = struct.Struct("<4s4H2LH")
_UTF8: Final = 0x800
_DEFLATE_HINTS: Final = 0x6
_DATE: Final = (1980, 1, 1, 0, 0, 0)
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


def read(path: Path) -> dict[str, bytes]:
    """Read a bundle's files by name, from a folder or a zip.

    Raises:
        LedgerError: it cannot be read, or is not what a bundle may be.
    """
    try:
        if path.is_dir():
            return _read_folder(path)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise LedgerError(f"{path.name}: cannot be read ({error.strerror})") from error
    return unzip(data)


def unzip(data: bytes) -> dict[str, bytes]:
    """Read the files in the bytes of a zip.

    Raises:
        LedgerError: it is no zip, or not one that a bundle may be.
    """
    if len(data) > MAX_BYTES:
        raise LedgerError("the zip is larger than 1 GiB")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _demand_names([entry.orig_filename for entry in entries])
            _demand_limits(entries)
            _demand_layout(data, entries)
            return {entry.filename: archive.read(entry) for entry in entries}
    except _ZIP_ERRORS as error:
        raise LedgerError("not a zip that can be read") from error


def write(files: Mapping[str, bytes], destination: Path, *, compress: bool = True) -> None:
    """Write a bundle as a zip, where the name ends so, or else as a folder.

    The same files give the same zip. A bundle is there whole or not at all.

    Raises:
        UsageError: there is something of that name, or no folder to write it into.
        StorageError: the disk is full or the folder cannot be written.
    """
    if destination.exists() or destination.is_symlink():
        raise UsageError(f"{destination} exists; choose another name")
    if not destination.parent.is_dir():
        raise UsageError(f"there is no folder {destination.parent}")
    leftovers.sweep(destination.parent)
    if destination.suffix.lower() == ".zip":
        write_atomic(destination, zipped(files, compress=compress))
        return
    try:
        with leftovers.new_folder(destination.parent) as made:
            for name, data in files.items():
                (made / name).parent.mkdir(parents=True, exist_ok=True)
                write_atomic(made / name, data)
            made.chmod(0o755)
            made.rename(destination)
    except OSError as error:
        raise StorageError(f"cannot write {destination}: {error.strerror}") from error


def zipped(files: Mapping[str, bytes], *, compress: bool = True) -> bytes:
    """Return the bytes of a zip that holds the files in order, with no date and no owner."""
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = method
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def _demand_names(names: Sequence[str]) -> None:
    if len(names) > MAX_FILES:
        raise LedgerError(f"it holds more than {MAX_FILES} files")
    for name in names:
        last = name.rpartition("/")[2]
        if not _NAME.fullmatch(name) or _DEVICE.fullmatch(last) or last.endswith("."):
            raise LedgerError(f"a name that no bundle holds: {name[:100]!r}")
    if len({name.lower() for name in names}) != len(names):
        raise LedgerError("two files have the same name")


def _demand_limits(entries: Sequence[zipfile.ZipInfo]) -> None:
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise LedgerError("its files are larger than 1 GiB together")
    for entry in entries:
        mode = entry.external_attr >> 16
        if mode and not stat.S_ISREG(mode):
            raise LedgerError(f"{entry.filename} is a link or no file")
        if entry.flag_bits & ~(_UTF8 | _DEFLATE_HINTS):
            raise LedgerError(f"{entry.filename} is encrypted or stored in an odd way")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise LedgerError(f"{entry.filename} is compressed in an odd way")
        if entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise LedgerError(f"{entry.filename} is compressed beyond belief")


def _demand_layout(data: bytes, entries: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse bytes that belong to no entry, and local headers that contradict the directory.

    Readers of zips differ in which of the two they believe, so that one file could be two bundles.
    """
    place = 0
    for entry in sorted(entries, key=lambda item: item.header_offset):
        head = _LOCAL.unpack_from(data, entry.header_offset)
        name = entry.orig_filename.encode("ascii")
        start = entry.header_offset + _LOCAL.size
        told = (entry.flag_bits, entry.compress_type)
        sizes = (entry.CRC, entry.compress_size, entry.file_size)
        if (
            entry.header_offset != place
            or (head[2:4], head[6:9]) != (told, sizes)
            or (head[9], head[10], entry.extra, entry.comment) != (len(name), 0, b"", b"")
            or data[start : start + len(name)] != name
        ):
            raise LedgerError("the zip's parts contradict each other")
        place = start + len(name) + entry.compress_size
    end = _END.unpack_from(data, len(data) - _END.size)
    if end[0] != b"PK\5\6" or end[5] + end[6] + _END.size != len(data) or end[6] != place:
        raise LedgerError("the zip holds bytes that belong to no file")
    if end[7] or not end[3] == end[4] == len(entries):
        raise LedgerError("the zip's parts contradict each other")


def _read_folder(folder: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    room = MAX_BYTES
    for name, path in _walk(folder):
        if len(files) == MAX_FILES:
            raise LedgerError(f"it holds more than {MAX_FILES} files")
        files[name] = _read_file(path, room)
        room -= len(files[name])
    _demand_names(list(files))
    return files


def _walk(folder: Path, prefix: str = "") -> Iterator[tuple[str, Path]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if entry.is_symlink():
                raise LedgerError(f"{entry.name} is a link")
            if not entry.is_dir(follow_symlinks=False):
                yield name, Path(entry.path)
            elif name in _FOLDERS:
                yield from _walk(Path(entry.path), f"{name}/")
            else:
                raise LedgerError(f"a folder that no bundle holds: {entry.name[:100]!r}")


def _read_file(path: Path, room: int) -> bytes:
    # The file may be exchanged between listing and opening: so no link is followed, and no pipe
    # waited for.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    with contextlib.closing(os.fdopen(handle, "rb")) as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise LedgerError(f"{path.name} is no file")
        data = file.read(room + 1)
    if len(data) > room:
        raise LedgerError("its files are larger than 1 GiB together")
    return data
