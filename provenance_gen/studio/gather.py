"""Which files are meant: by names, folders, patterns and lists, taken one after the other.

Nothing is held: a folder of any size is walked as its files are needed. In folders and behind
patterns only names that end as image files do are taken; a file that is named is taken whatever it
is. What bundles and proofs of a ledger look like is told here too, by their first bytes.
"""

from __future__ import annotations

import fnmatch
import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provenance_gen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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
_ANY: Final = "**"
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
        return any(os.path.isfile(path / name) for name in _BUNDLE)  # noqa: PTH113 - never raises
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
    """Yield a folder's images and those below; hidden folders and links to folders are left out.

    A folder that cannot be looked into and a link that leads nowhere are yielded themselves: they
    cannot be read, which is said of them as of any file, and the walk goes on.
    """
    waiting: list[os.DirEntry[str] | Path] = [folder]  # no recursion: folders may lie very deep
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, Path):
            try:
                with os.scandir(entry) as found:
                    waiting += sorted(found, key=lambda one: one.name, reverse=True)
            except OSError:
                yield entry
        elif _is_folder(entry):
            if not entry.name.startswith("."):
                waiting.append(Path(entry.path))
        elif _is_image(entry.name) and _may_be_file(entry.path):
            yield Path(entry.path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False  # a system that must ask, in a folder where nobody may


def _may_be_file(name: str) -> bool:
    """Tell whether a name is a file's, or of something of which nobody can see what it is."""
    return os.path.isfile(name) or not os.path.exists(name)  # noqa: PTH110, PTH113 - never raise


def _matching(pattern: str) -> Iterator[Path]:
    found = False
    for path in _found(pattern):
        found = True
        yield path
    if not found:
        raise UsageError(f"{pattern}: no image file has such a name")


def _found(pattern: str) -> Iterator[Path]:
    """Yield the image files of a pattern; ``**`` stands for folders as ``_walk`` takes them.

    The library's own ``**`` goes through links to folders, and would walk in circles for years.
    """
    parts = Path(pattern).parts
    if _ANY not in parts:
        names = sorted(glob.iglob(pattern))  # noqa: PTH207 - a whole pattern
        yield from (Path(name) for name in names if _is_image(name) and _may_be_file(name))
        return
    at = parts.index(_ANY)
    for name in glob.iglob(str(Path(*parts[:at]))) if at else (".",):  # noqa: PTH207 - a pattern
        if os.path.isdir(name):  # noqa: PTH112 - never raises
            start = Path(name)
            for path in _walk(start):
                # What does not end as an image is a folder that cannot be looked into.
                if _fits(path.relative_to(start).parts, parts[at:]) or not _is_image(path.name):
                    yield path


def _fits(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    """Tell whether a path fits a pattern, part by part; hidden names must be asked for by a dot."""
    if not wanted:
        return not parts
    if wanted[0] == _ANY and _fits(parts, wanted[1:]):
        return True
    if not parts or (parts[0].startswith(".") and not wanted[0].startswith(".")):
        return False
    rest = wanted if wanted[0] == _ANY else wanted[1:]
    return fnmatch.fnmatch(parts[0], wanted[0]) and _fits(parts[1:], rest)


def _is_image(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)
