"""Have an image edited in another program, and record every save while it is open.

Each save is an edit by agent ``external``, made from the save before it: who or what acted in the
program is not known until a person confirms it. The working copy lies in a folder of its own in
the studio's folder; the folder stays where something in it could not be recorded, or where the
program is still open.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provenance_gen.editing import capture
from provenance_gen.errors import ImageError, MissingExtraError, StorageError
from provenance_gen.images.pixels import encode_png, pixel_digest
from provenance_gen.records.event import Basis
from provenance_gen.studio.bring_in import open_file
from provenance_gen.studio.edit import Outside, record_outside
from provenance_gen.studio.layered import keep_source
from provenance_gen.studio.select import find_shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image

    from provenance_gen.records import work as records
    from provenance_gen.records.edit import LayeredSource
    from provenance_gen.studio.work import ImageLike, Work

__all__ = ["Ended", "Sitting", "edit_with"]


_COPIES: Final = ".saves"


class Ended(StrEnum):
    """How a sitting in another program ended."""

    CLOSED = "closed"
    CRASHED = "crashed"
    STOPPED = "stopped"
    """A person stopped the watching; the program may still be open."""


@dataclass(frozen=True)
class Sitting:
    """What came of an image while it was open in another program."""

    edits: tuple[records.Edit, ...]
    """One for each save that changed pixels or came with a new layered file, in order."""
    ended: Ended
    code: int | None
    """Exit code of the program; None while it is open."""
    unread: tuple[str, ...] = ()
    """Why files in the folder could not be recorded, each with its name."""
    folder: Path | None = None
    """The working folder, where it was left."""


@dataclass
class _Table:
    """The working copy and what was recorded of it so far."""

    work: Work
    image: records.Image
    tool: str
    note: str | None
    on_save: Callable[[records.Edit], None]
    edits: list[records.Edit] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    sources: list[LayeredSource] = field(default_factory=list)
    """Layered files that were saved since the last edit."""

    def record(self, copy: Path) -> None:
        """Record one save, if it changed pixels; a layered file waits for the next picture."""
        try:
            if copy.suffix.lower() in capture.LAYERED:
                self.sources.append(keep_source(self.work.studio, copy))
                return
            picture = open_file(self.work.studio, copy).picture
            if self.sources or pixel_digest(picture) != self.image.ref.pixel_digest:
                self._append(picture)
            self.unread.pop(copy.name, None)
        except (ImageError, MissingExtraError) as error:
            # Perhaps half written: a later save of that name may be whole.
            self.unread[copy.name] = str(error)

    def finish(self, copies: list[Path]) -> None:
        """Record what is left; a layered file that was saved last goes to the last picture."""
        for copy in copies:
            self.record(copy)
        if self.sources and self.edits:
            self._append(self.work.studio.store.open(self.image.ref.pixel_digest))
        elif self.sources:
            names = ", ".join(str(kept.name) for kept in self.sources)
            self.unread[names] = "export a picture beside it, which can be compared"

    def _append(self, picture: Image) -> None:
        made = Outside(
            basis=Basis.CONTEMPORANEOUS,
            tool=self.tool,
            note=self.note,
            save=len(self.edits) + 1,
            sources=tuple(self.sources),
        )
        done = record_outside(self.work, self.image, picture, made)
        self.edits.append(done)
        self.sources.clear()
        self.image = done.image
        self.on_save(done)


def edit_with(
    work: Work,
    image: ImageLike,
    command: str,
    *,
    tool: str | None,
    note: str | None,
    stay: bool,
    on_open: Callable[[], None],
    on_save: Callable[[records.Edit], None],
) -> Sitting:
    """Open an image in another program; see ``Work.edit_with``."""
    work.studio.demand_own()
    chosen = find_shown(work.history(), image)
    folder, copy = _laid_out(work, chosen)
    done = False
    try:
        parts = capture.arguments(command, copy)
        name = tool or (Path(parts[0]).name if command != capture.DEFAULT else "the default editor")
        table = _Table(work, chosen, name, note, on_save)
        stay = stay or command == capture.DEFAULT
        ended, code = _watch(table, parts, folder, stay=stay, on_open=on_open)
        done = ended is not Ended.STOPPED and not table.unread
    except BaseException:
        # Nothing was saved before the program ran; afterwards it is not ours to delete.
        done = _untouched(folder, copy, work, chosen)
        raise
    finally:
        if done:
            shutil.rmtree(folder, ignore_errors=True)
    return Sitting(
        edits=tuple(table.edits),
        ended=ended,
        code=code,
        unread=tuple(f"{name}: {why}" for name, why in table.unread.items()),
        folder=None if done else folder,
    )


def _watch(
    table: _Table, command: list[str], folder: Path, *, stay: bool, on_open: Callable[[], None]
) -> tuple[Ended, int | None]:
    """Record saves until the program ends, or a person stops it with Ctrl-C."""
    watcher = capture.Watcher(folder, folder / _COPIES)
    stopped, process = False, None
    try:
        process = capture.start(command)
        on_open()
        while (code := process.poll()) is None or (stay and code == 0):
            if (copy := watcher.next(capture.INTERVAL)) is not None:
                table.record(copy)
    except KeyboardInterrupt:
        stopped = True
    finally:
        rest = watcher.stop()
    table.finish(rest)
    if not table.unread:
        shutil.rmtree(folder / _COPIES, ignore_errors=True)
    if stopped:
        return Ended.STOPPED, process.poll() if process else None
    return (Ended.CRASHED if code else Ended.CLOSED), code


def _laid_out(work: Work, image: records.Image) -> tuple[Path, Path]:
    """Make the working folder with the copy in it."""
    data = encode_png(work.studio.store.open(image.ref.pixel_digest))
    try:
        # Not inside .provgen: programs in a sandbox may not open hidden folders.
        root = work.studio.folder.root
        folder = Path(tempfile.mkdtemp(prefix=f"editing-{image.name}-", dir=root))
        copy = folder / f"{image.name}.png"
        copy.write_bytes(data)
    except OSError as error:
        raise StorageError(f"the working copy could not be written: {error.strerror}") from error
    return folder, copy


def _untouched(folder: Path, copy: Path, work: Work, image: records.Image) -> bool:
    """Tell whether a folder holds nothing but the copy as it was laid out."""
    try:
        data = encode_png(work.studio.store.open(image.ref.pixel_digest))
        rest = [path for path in folder.iterdir() if path.name != _COPIES]
        return rest == [copy] and copy.read_bytes() == data
    except OSError:
        return False
