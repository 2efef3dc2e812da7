"""Back a studio up while it is used: one folder or one zip file, audited, whole or not at all.

A backup holds the studio's public parts: its logs with their checkpoints and time-stamps, its
description, and, unless left out, its images and originals. It never holds keys: those lie in the
user's configuration. Unpacked, it is a studio that can be read at once; to go on in it is
``studio.resume``'s business.
"""

from __future__ import annotations

import contextlib
import hashlib
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from provenance_gen import leftovers
from provenance_gen.config import timestamp_authorities
from provenance_gen.digests import flush, flush_folder, write_atomic
from provenance_gen.errors import LedgerBrokenError, StorageError, UsageError
from provenance_gen.images.stored import StoredFiles
from provenance_gen.ledger.audit import audit
from provenance_gen.ledger.audit_files import withdrawn
from provenance_gen.ledger.backup import copy_file, copy_log, files_under
from provenance_gen.ledger.store import Ledger
from provenance_gen.names import demand_place
from provenance_gen.studio.earlier import known_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from io import BufferedIOBase
    from pathlib import Path

    from provenance_gen.ledger.audit import Audit
    from provenance_gen.studio.studio import Studio

_IMAGES: Final = ("images", "thumbnails", "files", "blobs")
_PLAIN: Final = frozenset({".db", ".yaml", ".txt"})
"""What grows smaller when it is packed."""
_README: Final = """\
This is a backup of a provenance-gen studio: its ledger with the signed checkpoints{images}.
No key is in it.

Check it:      cd into this folder, then   provgen ledger audit
Restore it:    copy the folder .provgen to where the studio was, or to a new place, then there
               provgen ledger resume
               which says whether the old ledger goes on or a new one is begun that cites it.

A backup keeps every text that was in the studio when it was made. A text that you delete later
(provgen ledger redact) stays in older backups: delete those too.
"""


@dataclass(frozen=True)
class BackedUp:
    """A finished backup."""

    path: Path
    origin: str
    """The present log."""
    size: int
    """Number of its events in the backup."""
    root: str
    """Merkle root over them, in hexadecimal."""
    logs: int
    """Number of logs, the present one included."""
    events: int
    """Number of events in all logs."""
    images: int | None
    """Images that events speak of and whose files were checked; None where images were left out."""


def back_up(
    studio: Studio,
    destination: Path,
    *,
    images: bool,
    copied: Callable[[int, int], None],
    checked: Callable[[int, int], None],
) -> BackedUp:
    """Write a backup; see ``Studio.back_up``."""
    _demand_place(studio, destination)
    if studio.standing.writable:
        # A checkpoint over what is backed up: what a restored backup can be held against.
        studio.ledger.checkpoint()
    with _working_folder(destination) as working, contextlib.ExitStack() as opened:
        tree = working / "tree"
        # The events come first: an image is stored before its event, so none can be missing.
        bar = _Bar(studio, copied, images=images)
        logs = _copy_logs(studio, tree, bar)
        _write_readme(tree, images=images)
        place: _Tree | _Zip = _Tree(tree)
        if destination.suffix.lower() == ".zip":
            place = _Zip(tree, working / "backup.zip")
            opened.callback(place.close)
        if images:
            for file in _pictures(studio):
                place.add(file, file.relative_to(studio.folder.root).as_posix())
                bar.moved(file.stat().st_size)
        place.finish()
        done = _audited(studio, logs, place if images else None, checked)
        opened.close()  # Windows renames no file that is open
        _put(place.path, destination)
    return BackedUp(
        path=destination,
        origin=studio.ledger.origin,
        size=done[-1].size,
        root=done[-1].root,
        logs=len(done),
        events=sum(found.size for found in done),
        images=sum(found.images for found in done) if images else None,
    )


class _Tree:
    """A backup as a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, source: Path, name: str) -> None:
        copy_file(source, self.path / name)

    def finish(self) -> None:
        """Make every file durable before the folder gets its name."""
        for file in files_under(self.path):
            flush(file)

    def open(self, name: str) -> BufferedIOBase | None:
        path = self.path / name
        return path.open("rb") if path.is_file() else None


class _Zip:
    """A backup as one zip file; pictures are stored as they are, since they are packed already."""

    def __init__(self, tree: Path, path: Path) -> None:
        self.path = path
        self._tree = tree
        self._file = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED)

    def add(self, source: Path, name: str) -> None:
        packing = zipfile.ZIP_DEFLATED if source.suffix in _PLAIN else zipfile.ZIP_STORED
        self._file.write(source, name, compress_type=packing)

    def finish(self) -> None:
        """Add the small files, close the zip, and read them back."""
        names = {file.relative_to(self._tree).as_posix(): file for file in files_under(self._tree)}
        for name, file in names.items():
            self.add(file, name)
        self._file.close()
        flush(self.path)
        self._file = zipfile.ZipFile(self.path)
        for name, file in names.items():
            with self._file.open(name) as packed, file.open("rb") as plain:
                if hashlib.file_digest(packed, "sha256").digest() != (  # type: ignore[arg-type]
                    hashlib.file_digest(plain, "sha256").digest()
                ):
                    raise LedgerBrokenError(f"the backup's {name} is not what was copied")

    def close(self) -> None:
        self._file.close()

    def open(self, name: str) -> BufferedIOBase | None:
        try:
            return cast("BufferedIOBase", self._file.open(name))
        except KeyError:
            return None


class _Bar:
    """How many bytes are done, of all that are to be copied."""

    def __init__(self, studio: Studio, show: Callable[[int, int], None], *, images: bool) -> None:
        self._show, self._done = show, 0
        databases = [log.notes.parent / "ledger.db" for log in _logs(studio)]
        files = [*databases, *(_pictures(studio) if images else ())]
        self._of = sum(file.stat().st_size for file in files)

    def moved(self, size: int) -> None:
        self._done += size
        self._show(min(self._done, self._of), self._of)

    def within(self, database: Path) -> Callable[[int, int], None]:
        """Return what moves the bar while one database is copied."""
        before, size = self._done, database.stat().st_size

        def move(done: int, of: int) -> None:
            self._done = before + size * done // max(of, 1)
            self._show(self._done, self._of)

        return move


def _demand_place(studio: Studio, destination: Path) -> None:
    demand_place(destination)
    if destination.exists():
        raise UsageError(f"{destination} exists; give the backup a new name")
    if destination.resolve().is_relative_to(studio.folder.data.resolve()):
        raise UsageError("a backup inside the studio's own .provgen would be lost with it")


@contextlib.contextmanager
def _working_folder(destination: Path) -> Iterator[Path]:
    """Give a folder beside the destination; what is left in it is removed.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    leftovers.sweep(destination.parent)
    try:
        with leftovers.new_folder(destination.parent, "backup-") as folder:
            yield folder
    except OSError as error:
        raise StorageError(f"the backup cannot be written: {error.strerror}") from error


def _logs(studio: Studio) -> tuple[Ledger, ...]:
    """Return every log of a studio, oldest first, the present one last."""
    return (*(log.ledger for log in studio.earlier), studio.ledger)


def _copy_logs(studio: Studio, tree: Path, bar: _Bar) -> list[Path]:
    """Copy every log; return their folders in the backup, the present one last."""
    made = []
    for log in _logs(studio):
        source = log.notes.parent
        place = tree / source.relative_to(studio.folder.root)
        place.mkdir(parents=True)
        copy_log(source, place, progress=bar.within(source / "ledger.db"))
        made.append(place)
    copy_file(studio.folder.file, tree / studio.folder.file.relative_to(studio.folder.root))
    return made


def _write_readme(tree: Path, *, images: bool) -> None:
    text = _README.format(images=" and the images" if images else ", without the images")
    write_atomic(tree / "README.txt", text.encode())


def _pictures(studio: Studio) -> Iterator[Path]:
    for name in _IMAGES:
        yield from files_under(studio.folder.data / name)


def _audited(
    studio: Studio,
    logs: Sequence[Path],
    place: _Tree | _Zip | None,
    progress: Callable[[int, int], None],
) -> tuple[Audit, ...]:
    """Audit the backup itself, every log and picture of it.

    Raises:
        LedgerBrokenError: it does not hold; the first problem is named.
    """
    data = studio.folder.data.relative_to(studio.folder.root).as_posix()
    files = StoredFiles(lambda name: place.open(f"{data}/{name}")) if place else None
    keys, done = known_keys(studio), []
    with contextlib.ExitStack() as opened:
        ledgers = [Ledger(folder, read_only=True) for folder in logs]
        for ledger in ledgers:
            opened.callback(ledger.close)
        gone = withdrawn(ledgers) if len(ledgers) > 1 else None
        for ledger in ledgers:
            present = ledger is ledgers[-1]
            found = audit(
                ledger,
                files=files,
                verifier_key=keys.get(ledger.origin),
                authorities=timestamp_authorities(),
                deletions_here=present,
                withdrawn=None if present else gone,
                progress=progress,
            )
            for problem in found.problems[:1]:
                raise LedgerBrokenError(f"no backup was made: {problem.what}", problem.sequence)
            done.append(found)
    return tuple(done)


def _put(made: Path, destination: Path) -> None:
    """Give the finished backup its name, in one step."""
    if made.is_dir():
        made.chmod(0o755)
    made.rename(destination)
    flush_folder(destination.parent)
