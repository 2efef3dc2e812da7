"""Which files are meant: by names, folders, patterns and lists, taken one after the other.

Nothing is held: a folder of any size is walked as its files are needed. In folders and behind
patterns only names that end as image files do are taken; a file that is named is taken whatever it
is. What bundles and proofs of a ledger look like is told here too, by their first bytes.
"""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provenance_gen.errors import FileError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SUFFIXES: Final = (
    *(".png", ".apng", ".jpg", ".jpeg", ".jfif", ".webp", ".avif", ".heic", ".heif", ".hif"),
    *(".tif", ".tiff", ".dng", ".gif", ".bmp", ".jxl", ".svg"),
)
"""Ends of names that are taken in folders, in any case of letters."""

STANDARD_INPUT: Final = "-"
"""The name that stands for a list of names on standard input."""

_ZIP: Final = b"PK"
PROOF: Final = b"c2sp.org/tlog-proof@"
"""First bytes of a proof of one event (C2SP tlog-proof)."""
_BUNDLE: Final = ("bundle.json", "events.jsonl", "leaves.txt", "evidence.json")
_PIECE: Final = 1 << 16
_LONGEST: Final = 1 << 16


def files(names: Iterable[str], *, listed: Iterable[bytes] = ()) -> Iterator[Path]:
    """Yield the files that names stand for, in their order; in a folder by name.

    Args:
        names: files, folders, patterns such as ``*.png`` or ``**/*.jpg``, or ``-``.
        listed: names of files, one an item, for ``-``.

    Raises:
        UsageError: a pattern stands for nothing.
    """
    for name in names:
        if name == STANDARD_INPUT:
            yield from (Path(os.fsdecode(one)) for one in listed)
        elif os.path.isdir(name):  # noqa: PTH112 - a name may be none that Path can ask about
            yield from _walk(Path(name))
        elif glob.has_magic(name) and not os.path.lexists(name):
            yield from _matching(name)
        else:
            yield Path(name)


def lines(descriptor: int) -> Iterator[bytes]:
    """Yield the lines of an open file as they come; ended by line feeds, or by zeros if it has any.

    A zero in the first piece tells that names are ended by zeros, as ``find -print0`` writes them.

    Raises:
        UsageError: a line is longer than a name of a file can be.
    """
    # Read below Python's own buffers, whose lock would hold up the end of the program.
    rest, end = b"", b""
    while piece := os.read(descriptor, _PIECE):
        end = end or (b"\x00" if b"\x00" in piece else b"\n")
        *whole, rest = (rest + piece).split(end)
        if len(rest) > _LONGEST:
            raise UsageError("standard input holds no list of names: a line is too long")
        yield from (_line(one) for one in whole if _line(one))
    if last := _line(rest):
        yield last


def is_bundle(path: Path) -> bool:
    """Tell whether a path is a bundle or a proof of a ledger rather than an image file."""
    if os.path.isdir(path):  # noqa: PTH112 - a name may be none that Path can ask about
        return any((path / name).is_file() for name in _BUNDLE)
    return beginning(path).startswith((_ZIP, PROOF))


def beginning(path: Path) -> bytes:
    """Return a file's first bytes; none where it cannot be read."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(len(PROOF))
    except (OSError, ValueError):
        return b""


def _line(line: bytes) -> bytes:
    return line.removesuffix(b"\r")


def _walk(folder: Path) -> Iterator[Path]:
    """Yield a folder's images and those below; hidden folders and links to folders are left out."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise FileError(f"{folder}: {error.strerror}") from error
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith("."):
                yield from _walk(Path(entry.path))
        elif _is_image(entry.name) and entry.is_file():
            yield Path(entry.path)


def _matching(pattern: str) -> Iterator[Path]:
    found = False
    for name in glob.iglob(pattern, recursive=True):  # noqa: PTH207 - a whole pattern
        if _is_image(name) and os.path.isfile(name):  # noqa: PTH113 - glob gives names
            found = True
            yield Path(name)
    if not found:
        raise UsageError(f"{pattern}: no image file has such a name")


def _is_image(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)
