"""Names of files: which of them every system takes, and whether one can be written here.

A name that is made from words of a person is one that Linux, macOS and Windows all take, since
bundles, keys and lists travel. A path that a person gives is theirs: it is refused only where this
system cannot have it, and before anything is recorded for it. Sources: Microsoft, "Naming Files,
Paths, and Namespaces"; APFS and ext4 take 255 bytes of UTF-8 in a name.
"""

from __future__ import annotations

import errno
import re
import sys
from typing import TYPE_CHECKING, Final

from provenance_gen.errors import StorageError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

_DEVICE: Final = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\..*)?", re.IGNORECASE
)
"""Names of devices, whatever comes behind a dot: Windows opens those and makes no file."""
_FORBIDDEN: Final = re.compile(r'[\x00-\x1f<>:"/\\|?*]')
_LONGEST: Final = 255
_SHOWN: Final = 40


def unfit(name: str) -> str | None:
    """Say why not every system takes a name of a file; None where all do.

    Args:
        name: the name, without folders.

    Returns:
        What follows "this name" in a sentence.
    """
    if name.strip(" .") == "":
        return "has nothing but dots and spaces"
    if found := _FORBIDDEN.search(name):
        return f"holds {found[0]!r}, which Windows allows in no name"
    if _DEVICE.fullmatch(name):
        return "is that of a device on Windows"
    if name.endswith((" ", ".")):
        return "ends in a space or a dot, which Windows leaves out"
    if len(name.encode("utf-8", "surrogatepass")) > _LONGEST:
        return f"is longer than {_LONGEST} bytes"
    return None


def demand_text(name: str) -> None:
    """Refuse a name that no text can hold: bytes that the system's encoding does not know.

    A file may have it on Linux, but neither a record nor a signed file can repeat it.

    Args:
        name: the name, without folders.

    Raises:
        UsageError: it holds such bytes.
    """
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            f"{name}: this name holds bytes that are no text here, and what is made is to tell it;"
            " choose another name, or use UTF-8, for example with: export LC_ALL=C.UTF-8"
        ) from error


def demand_place(path: Path, *, windows: bool = sys.platform == "win32") -> None:
    """Refuse a path at which nothing can be written, whether or not something is there.

    Args:
        path: where a file or folder is to be made.
        windows: whether Windows is to take the name.

    Raises:
        UsageError: the system takes no such name, or the folder is missing.
        StorageError: the folder may not be looked into.
    """
    why = unfit(path.name) if windows else None
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        if error.errno not in (errno.ENAMETOOLONG, errno.EINVAL):
            raise StorageError(f"cannot write {path}: {error.strerror}") from error
        why = why or "is too long, or no name at all here"
    if why:
        shown = path.name if len(path.name) <= _SHOWN else f"{path.name[:_SHOWN]}…"
        raise UsageError(f"{shown}: this name {why}; choose another name")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}")
