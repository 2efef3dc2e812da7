"""Put the report of a large work into a folder: whole or not at all, and only over another report.

The files are written one after the other as they are made. They are not flushed to the disk one by
one as other files are: there may be tens of thousands, and all of them can be made again.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from provenance_gen import leftovers
from provenance_gen.digests import flush_folder, sha256_hex
from provenance_gen.errors import StorageError, UsageError
from provenance_gen.reporting.site import INDEX, PICTURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

SUMS: Final = "SHA256SUMS"
_OURS: Final = re.compile(r"index\.html|[a-z]+-(\d{3,}|[a-z_]+)\.html|SHA256SUMS|pictures")


def demand_free(target: Path, *, overwrite: bool) -> None:
    """Refuse a folder that is there, unless it may be replaced and holds a report and nothing else.

    Raises:
        UsageError: it may not be replaced, or holds other files.
    """
    if not target.exists():
        return
    if not overwrite:
        raise UsageError(f"{target} exists; choose another name or pass --overwrite")
    names = {path.name for path in target.iterdir()} if target.is_dir() else {""}
    if not {INDEX, SUMS} <= names or not all(map(_OURS.fullmatch, names)):
        raise UsageError(
            f"{target} is no report's folder, or holds other files; choose another name"
        )


def write(
    files: Iterable[tuple[str, bytes]], target: Path, check: Callable[[str], None]
) -> tuple[str, Path]:
    """Write the files and their digests; return the digest of those, and the first page.

    Args:
        files: names and contents, of which ``check`` is shown every page before it is written.
        target: the folder, which takes the place of one that is there.
        check: raises where a page must not be written; then nothing is.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    try:
        with (
            leftovers.new_folder(target.parent) as made,
            leftovers.new_folder(target.parent) as old,
        ):
            (made / PICTURES).mkdir()
            lines = []
            for name, content in files:
                if name.endswith(".html"):
                    check(content.decode())
                (made / name).write_bytes(content)
                lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
            sums = "".join(sorted(lines, key=lambda line: line[66:])).encode()
            (made / SUMS).write_bytes(sums)
            made.chmod(0o755)
            if target.exists():
                target.rename(old / "replaced")
            made.rename(target)
            flush_folder(target.parent)
    except OSError as error:
        raise StorageError(f"cannot write {target}: {error.strerror or error}") from error
    return sha256_hex(sums), target / INDEX
