"""Which model a name stands for, and which bytes its weights are.

A name is ``builtin``, a folder in diffusers format, or a hub id (``owner/name``, with
``@revision``). Loading is left to ``pipelines``; nothing heavy is imported here.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provenance_gen.digests import file_digest
from provenance_gen.errors import ModelError
from provenance_gen.generation.builtin import MODEL_ID, model_path
from provenance_gen.records.base import Text
from provenance_gen.records.generation import ModelIdentity, WeightsFile

if TYPE_CHECKING:
    from collections.abc import Iterable

_WEIGHTS: Final = frozenset({".safetensors", ".bin", ".ckpt", ".pt", ".pth", ".gguf"})
_HUB_ID: Final = re.compile(r"([\w.-]+/[\w.-]+)(?:@([\w.-]+))?")
_LICENCE: Final = re.compile(r"^license:\s*[\"']?([A-Za-z0-9.+-]{1,64})[\"']?\s*$", re.MULTILINE)
_CARD_BYTES: Final = 1 << 16


@dataclass(frozen=True)
class ModelSource:
    """Where a model is loaded from."""

    kind: str
    """``builtin``, ``folder`` or ``hub``."""
    location: str
    """Folder, or hub id."""
    revision: str | None = None


def find(name: str) -> ModelSource:
    """Tell what a model's name stands for.

    Raises:
        ModelError: it is neither ``builtin``, a folder with a model, nor a hub id.
    """
    if name == MODEL_ID:
        return ModelSource("builtin", str(model_path()))
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "model_index.json").is_file():
            raise ModelError(
                f"{folder.name} holds no model_index.json; give a folder in diffusers format"
            )
        return ModelSource("folder", str(folder.resolve()))
    if (match := _HUB_ID.fullmatch(name)) and not folder.exists():
        return ModelSource("hub", match[1], match[2])
    raise ModelError(
        f"no model {name!r}: give builtin, a folder in diffusers format, or a hub id (owner/name)"
    )


def identify(folder: Path, *, kind: str, name: str | None, basis: str) -> ModelIdentity:
    """Name a model by the digests of its weights.

    Args:
        folder: a model in diffusers format; each component is a folder in it.
        kind: see ``ModelIdentity.kind``.
        name: what the user called it.
        basis: how we know that these files were loaded; see ``ModelIdentity.basis``.

    Raises:
        ModelError: a weights file cannot be read.
    """
    files = []
    try:
        for path in sorted(folder.rglob("*")):
            if path.suffix in _WEIGHTS and path.is_file():
                status = path.stat()
                digest = _cached_digest(
                    path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
                )
                component = _token(path.relative_to(folder).parts[0])
                files.append(WeightsFile(component=component, digest=digest, size=status.st_size))
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise ModelError(f"the weights of the model cannot be read ({reason})") from error
    return ModelIdentity(
        kind=kind,
        name=Text(name) if name else None,
        digest=combined_digest(files) if files else None,
        files=tuple(files),
        basis=basis,
        licence=_licence(folder / "README.md"),
    )


def combined_digest(files: Iterable[WeightsFile]) -> str:
    """Return one digest for all the weights.

    SHA-256 over the lines ``component SP digest LF``, sorted; so it names the weights whatever
    their files are called.
    """
    lines = sorted(f"{file.component} {file.digest}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@functools.lru_cache(maxsize=512)
def _cached_digest(path: Path, _device: int, _inode: int, _size: int, _changed: int) -> str:
    # Whatever tells one state of a file from another is part of the key.
    return file_digest(path)


def _licence(card: Path) -> str | None:
    """Read the licence from a model card's front matter, as the hub defines it."""
    try:
        with card.open("rb") as file:
            text = file.read(_CARD_BYTES).decode(errors="replace")
    except OSError:
        return None
    match = _LICENCE.search(text.split("\n---", 1)[0])
    return match[1] if match else None


def _token(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.+-]", "_", name)[:128]
