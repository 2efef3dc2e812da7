"""Open a picture in another program, and notice what it saves.

The program works on a copy in a folder of its own, which is looked at several times a second: by
time and size, then by content. What is saved under another name in that folder counts too. Two
saves within one look are seen as one. What a save means, and its record, are left to the studio.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shlex
import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Final

from provenance_gen.digests import sha256_hex
from provenance_gen.environment import without_secrets
from provenance_gen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["DEFAULT", "INTERVAL", "LAYERED", "PICTURES", "Watcher", "arguments", "start"]

DEFAULT: Final = "default"
"""The command that means: whatever the system opens pictures with."""

INTERVAL: Final = 0.2
"""Seconds between two looks at the folder."""

PICTURES: Final = (
    ".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".avif", ".gif", ".bmp",
)  # fmt: skip
"""Endings of files that are saves."""

LAYERED: Final = (".kra", ".ora", ".psd", ".xcf")
"""Endings of files that keep an editor's layers."""

_MAX_BYTES: Final = 1 << 30
_PLACE: Final = "{}"

_Stamp = tuple[int, int, int]


def arguments(command: str, file: Path) -> list[str]:
    """Return the command with the file in the place of ``{}``, or at its end.

    Args:
        command: as typed, split as a shell would; no shell sees it. ``default`` is the program
            that the system opens pictures with.
        file: the working copy.

    Raises:
        UsageError: the command is empty, cannot be split, or no such program is found.
    """
    if command == DEFAULT:
        parts = {"darwin": ["open", "-W", "-n"], "win32": ["explorer"]}.get(
            sys.platform, ["xdg-open"]
        )
    else:
        try:
            parts = words(command, posix=os.name == "posix")
        except ValueError as error:
            raise UsageError(f"the editor's command cannot be read: {error}") from error
    if not parts or not shutil.which(parts[0]):
        name = parts[0] if parts else ""
        raise UsageError(f"no program {name!r} was found; give its name or its path to --with")
    if any(_PLACE in part for part in parts[1:]):
        return [parts[0], *(part.replace(_PLACE, str(file)) for part in parts[1:])]
    return [*parts, str(file)]


def words(command: str, *, posix: bool) -> list[str]:
    """Part a command into its words; elsewhere than on POSIX a backslash is a letter of a path.

    Raises:
        ValueError: a quotation mark has no other half.
    """
    if posix:
        return shlex.split(command)
    return [word.strip('"') for word in shlex.split(command, posix=False)]


def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start an editor in a session of its own, so that Ctrl-C here does not end it.

    Raises:
        UsageError: it cannot be started.
    """
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    try:
        return subprocess.Popen(  # noqa: S603 - the person's own command, split without a shell
            command,
            env=without_secrets(),
            stdout=subprocess.DEVNULL,  # it would stand among what is printed here
            start_new_session=os.name == "posix",
            creationflags=flags,
        )
    except OSError as error:
        name = os.path.basename(command[0])  # noqa: PTH119 - a command is no path of ours
        raise UsageError(f"{name!r} could not be started: {error.strerror}") from error


class Watcher:
    """Looks at a folder from a thread of its own, and keeps a copy of every save.

    What is told of is the copy, so that a slow reader misses no save, and reads none half written:
    a file is copied once it is as it was at the look before.
    """

    def __init__(self, folder: Path, copies: Path) -> None:
        """Take all files in the folder as they are now for known.

        Args:
            folder: where the program saves.
            copies: an empty folder for the copies, each in a folder of its own.
        """
        self._folder, self._copies = folder, copies
        self._told: dict[str, tuple[_Stamp, str]] = {}
        self._pending: dict[str, _Stamp] = {}
        self._number = 0
        self._found: queue.SimpleQueue[Path] = queue.SimpleQueue()
        self._over = threading.Event()
        for path, stamp in self._stamped():
            if (data := _content(path)) is not None:
                self._told[path.name] = (stamp, sha256_hex(data))
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def next(self, seconds: float) -> Path | None:
        """Return the copy of the next save, waiting for it so long; None where there is none."""
        try:
            return self._found.get(timeout=seconds)
        except queue.Empty:
            return None

    def stop(self) -> list[Path]:
        """End the watching; return the copies of all saves that were not told of yet."""
        self._over.set()
        self._thread.join()
        self._look(settled=True)
        rest = []
        while (path := self.next(0)) is not None:
            rest.append(path)
        return rest

    def _watch(self) -> None:
        while not self._over.wait(INTERVAL):
            self._look(settled=False)

    def _look(self, *, settled: bool) -> None:
        for path, stamp in self._stamped():
            name = path.name
            known, digest = self._told.get(name, (None, ""))
            if known == stamp:
                continue
            if not settled and self._pending.get(name) != stamp:
                self._pending[name] = stamp
                continue
            data = _content(path)
            if data is None:
                continue
            now = sha256_hex(data)
            if now != digest:
                self._number += 1
                copy = self._copies / str(self._number) / name
                copy.parent.mkdir(parents=True)
                copy.write_bytes(data)
                self._found.put(copy)
            self._told[name] = (stamp, now)

    def _stamped(self) -> list[tuple[Path, _Stamp]]:
        """Return the files that count, with time, size and number, in the order of their times."""
        found = []
        with contextlib.suppress(OSError):
            for path in sorted(self._folder.iterdir()):
                hidden = path.name.startswith(".")
                if hidden or path.suffix.lower() not in PICTURES + LAYERED or path.is_symlink():
                    continue
                with contextlib.suppress(OSError):  # gone since it was listed
                    about = path.stat()
                    if path.is_file() and 0 < about.st_size <= _MAX_BYTES:
                        stamp = (about.st_mtime_ns, about.st_size, about.st_ino)
                        found.append((path, stamp))
        # A layered file comes before the picture that was exported with it.
        return sorted(found, key=lambda item: (item[0].suffix.lower() in PICTURES, item[1]))


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:  # an editor that holds the file shut; it is looked at again
        return None
