"""The bytes of a model's weights: which files they are, and their SHA-256.

Hashing some gigabytes takes seconds, so it runs in a thread beside the first run, and what it
found is remembered in the user's configuration folder: by device, inode, size and both times of
the file, never by its name. Whoever can set all of these back can also change this file; what the
digest is good for is telling one model from another, not keeping out the owner of the machine.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provenance_gen import settings
from provenance_gen.digests import write_atomic
from provenance_gen.errors import StorageError
from provenance_gen.generation import components
from provenance_gen.records.generation import ModelIdentity, WeightsFile

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

SUFFIXES: Final = frozenset({".safetensors", ".bin", ".ckpt", ".pt", ".pth", ".gguf", ".msgpack"})
PICKLES: Final = frozenset({".bin", ".ckpt", ".pt", ".pth"})
"""Files that can run code when they are loaded."""

_CACHE: Final = "weights.json"
_ENTRIES: Final = 4096
_CHUNK: Final = 1 << 22
_SETTLED: Final = 2.0
"""Seconds after which a file's time tells one state from the next on every file system."""


@dataclass(frozen=True)
class Place:
    """A file that holds weights of a component."""

    component: str
    path: Path


class Cancelled(Exception):  # noqa: N818 - no error: somebody stopped waiting
    """The hashing was given up."""


def in_folder(folder: Path, component: str | None = None) -> tuple[Place, ...]:
    """Return the weights in a folder; without a component, its subfolders name them."""
    return tuple(
        Place(component or components.token(path.relative_to(folder).parts[0]), path)
        for path in sorted(folder.rglob("*"))
        if path.suffix in SUFFIXES and path.is_file()
    )


def of_pipeline(pipe: Any) -> tuple[tuple[Place, ...], tuple[str, ...]]:
    """Find the weights of a pipeline that somebody else loaded.

    Returns:
        The files that its components say they came from, as those are now, and the names of
        components that have weights and do not say where they came from.
    """
    root = Path(str(getattr(pipe, "name_or_path", "") or "."))
    places: list[Place] = []
    missing: list[str] = []
    for name, part in components.parts(pipe).items():
        if not components.modules(part):
            continue
        config = getattr(part, "config", None)
        said = getattr(config, "_name_or_path", None) or getattr(part, "name_or_path", None)
        # What modular pipelines load notes its repository, subfolder, variant and revision.
        said = said or str(getattr(part, "_diffusers_load_id", "")).partition("|")[0]
        folder = Path(str(said)) if said else root / name
        if (folder / "model_index.json").is_file():
            folder /= name
        found = in_folder(folder, components.token(name)) if _is_own(folder, root) else ()
        places += found
        if not found:
            missing.append(components.token(name))
    return tuple(places), tuple(missing)


def digest(files: Iterable[WeightsFile]) -> str:
    """Return one digest for all the weights.

    SHA-256 over the lines ``component SP digest LF``, sorted; so it names the weights whatever
    their files are called.
    """
    lines = sorted(f"{file.component} {file.digest}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


class Hashing:
    """Hashes a model's weights, in a thread of its own."""

    def __init__(self, identity: ModelIdentity, places: Sequence[Place]) -> None:
        """Complete ``identity`` by the digests of the files in ``places``."""
        self._identity = identity
        self._places = places
        self._done: ModelIdentity | None = None if places else identity
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._failed = False

    def identity(self) -> ModelIdentity:
        """Return what is known by now, without waiting."""
        if self._done is None:
            remembered = _Cache()
            files = [_hashed(p, remembered.get(p.path)) for p in self._places]
            if None not in files:
                self._finish([file for file in files if file is not None])
        return self._done or self._identity

    @property
    def needed(self) -> bool:
        """Whether there is something left to hash."""
        return self._done is None and not self._failed

    def start(self) -> None:
        """Begin to hash, if that has not begun yet."""
        if self.needed and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="weights", daemon=True)
            self._thread.start()

    def result(self) -> ModelIdentity | None:
        """Wait for the hashing to end; None where a file could not be read."""
        self.start()
        if self._thread is not None:
            self._thread.join()
        return self._done

    def cancel(self) -> None:
        """Give up soon; a later ``start`` begins anew."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._thread, self._stop = None, threading.Event()

    def _run(self) -> None:
        cache = _Cache()
        try:
            files = [_hashed(p, cache.digest(p.path, self._stop)) for p in self._places]
        except OSError:
            self._failed = True
        except Cancelled:
            return
        else:
            self._finish([file for file in files if file is not None])
        cache.save()

    def _finish(self, files: Sequence[WeightsFile]) -> None:
        more = {"files": tuple(files), "digest": digest(files)}
        self._done = self._identity.model_copy(update=more)


class _Cache:
    """Digests by the state of a file."""

    def __init__(self) -> None:
        self._path = settings.config_folder() / _CACHE
        self._fresh: dict[str, str] = {}
        try:
            known = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            known = {}
        self._known: dict[str, str] = known if isinstance(known, dict) else {}

    def get(self, path: Path) -> tuple[str, int] | None:
        try:
            status = path.stat()
        except OSError:
            return None
        known = self._fresh.get(_key(status)) or self._known.get(_key(status))
        return (known, status.st_size) if isinstance(known, str) else None

    def digest(self, path: Path, stop: threading.Event) -> tuple[str, int]:
        if known := self.get(path):
            return known
        before = path.stat()
        hashed = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                hashed.update(chunk)
                if stop.is_set():
                    raise Cancelled
        after = path.stat()
        quiet = time.time() - after.st_mtime > _SETTLED
        if _key(before) == _key(after) and quiet:
            self._fresh[_key(after)] = hashed.hexdigest()
        return hashed.hexdigest(), after.st_size

    def save(self) -> None:
        if not self._fresh:
            return
        entries = dict(list((self._known | self._fresh).items())[-_ENTRIES:])
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self._path, json.dumps(entries, indent=0).encode(), mode=0o600)
        except (OSError, StorageError):
            return  # only a memory: the next run hashes again


def _key(status: os.stat_result) -> str:
    parts = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return ":".join(map(str, parts))


def _hashed(place: Place, found: tuple[str, int] | None) -> WeightsFile | None:
    if found is None:
        return None
    return WeightsFile(component=place.component, digest=found[0], size=found[1])


def _is_own(folder: Path, root: Path) -> bool:
    """Tell whether a folder is one that can hold a component's weights alone."""
    try:
        return folder.is_dir() and folder.resolve() != root.resolve()
    except OSError:
        return False
