"""Which model a name stands for, and where its weights lie.

A name is ``builtin``, a folder in diffusers format, a single ``.safetensors`` file, or a hub id
(``owner/name``, with ``@revision``). Loading is left to ``pipelines``, hashing to ``weights``;
nothing heavy is imported here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provenance_gen.errors import MissingModelError, ModelError
from provenance_gen.generation import weights
from provenance_gen.generation.builtin import MODEL_ID, model_path
from provenance_gen.records.base import Text
from provenance_gen.records.generation import ModelIdentity

if TYPE_CHECKING:
    from collections.abc import Sequence

_HUB_ID: Final = re.compile(r"([\w.-]+/[\w.-]+)(?:@([\w./-]+))?")
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_LICENCE: Final = re.compile(r"^license:\s*[\"']?([A-Za-z0-9.+-]{1,64})[\"']?\s*$", re.MULTILINE)
_LICENCE_NAME: Final = re.compile(
    r"^license_name:\s*[\"']?([A-Za-z0-9.+-]{1,64})[\"']?\s*$", re.MULTILINE
)
_CARD_BYTES: Final = 1 << 16
_INDEX: Final = "model_index.json"
_CONFIG: Final = "config.json"


@dataclass(frozen=True)
class ModelSource:
    """Where a model is loaded from."""

    kind: str
    """``builtin``, ``folder``, ``file`` or ``hub``."""
    location: str
    """Folder, file, or hub id."""
    revision: str | None = None


@dataclass(frozen=True)
class Unsafe:
    """What is allowed though it can run code of strangers; nothing by default."""

    pickle: bool = False
    """Weights as pickle files."""
    remote_code: bool = False
    """Python files that lie beside the model."""

    @property
    def names(self) -> tuple[str, ...]:
        """What is allowed, by name."""
        return tuple(name for name in ("pickle", "remote_code") if getattr(self, name))


def find(name: str) -> ModelSource:
    """Tell what a model's name stands for.

    Raises:
        ModelError: it is none of what a name can be.
    """
    if name == MODEL_ID:
        return ModelSource("builtin", str(model_path()))
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / _INDEX).is_file():
            raise ModelError(f"{path.name} holds no {_INDEX}; give a folder in diffusers format")
        return ModelSource("folder", str(path.resolve()))
    if path.is_file():
        return _file(path)
    if name.startswith((".", "/", "~")) or "\\" in name or _DRIVE.match(name):
        raise MissingModelError(
            f"no model {name!r}: there is no such folder or file; give one, or builtin"
        )
    if (match := _HUB_ID.fullmatch(name)) and path.suffix not in weights.SUFFIXES:
        _demand_no_slip(name, match)
        return ModelSource("hub", match[1], match[2])
    raise ModelError(
        f"no model {name!r}: give builtin, a folder in diffusers format, a .safetensors file,"
        " or a hub id (owner/name)"
    )


def find_part(name: str, kind: str) -> ModelSource:
    """Tell what the name of one part of a model stands for, such as a ControlNet's.

    Raises:
        ModelError: it is neither a folder with that part nor a hub id.
    """
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / _CONFIG).is_file():
            raise ModelError(f"{path.name} holds no {_CONFIG}; give the folder of one {kind}")
        return ModelSource("folder", str(path.resolve()))
    if not path.exists() and (match := _HUB_ID.fullmatch(name)):
        _demand_no_slip(name, match)
        return ModelSource("hub", match[1], match[2])
    raise ModelError(
        f"no {kind} {name!r}: give a folder in diffusers format, or a hub id (owner/name)"
    )


def _demand_no_slip(name: str, hub_id: re.Match[str]) -> None:
    """Refuse ``models/sd15`` where there is a folder ``models`` and no ``sd15`` in it.

    It may be a slip of the keyboard, and whoever meant the hub can say so with a revision.

    Raises:
        MissingModelError: it may be either.
    """
    parent = Path(name).parent
    if hub_id[2] is None and parent.is_dir():
        raise MissingModelError(
            f"no model {name!r}: the folder {parent} here holds no {Path(name).name}; give the path"
            f" of a folder or file that is there, or {name}@main for the one on the hub"
        )


def refuse_unsafe(source: ModelSource, unsafe: Unsafe) -> None:
    """Refuse a model on this disk that would run a stranger's code when it is loaded.

    Raises:
        ModelError: it would, and that was not asked for.
    """
    if source.kind != "folder":
        return
    folder = Path(source.location)
    if not unsafe.remote_code and (code := _own_code(folder)):
        raise ModelError(
            f"the model brings Python code of its own ({code}), which would run with your rights;"
            " read it, then allow it with --unsafe-remote-code"
        )
    if unsafe.pickle:
        return
    for component in sorted({place.component for place in weights.in_folder(folder)}):
        suffixes = {
            place.path.suffix for place in weights.in_folder(folder) if place.component == component
        }
        if suffixes and suffixes <= weights.PICKLES:
            raise ModelError(
                f"the weights of {component} are a pickle file, which can run code when it is"
                " loaded; convert it to .safetensors, or allow it with --unsafe-pickle"
            )


def identify(
    source: ModelSource,
    folder: Path,
    name: str,
    unsafe: Unsafe = Unsafe(),
    more: Sequence[weights.Place] = (),
) -> weights.Hashing:
    """Name a model that we load, by the digests of its weights; nothing is hashed yet.

    Args:
        source: where it is loaded from.
        folder: where its files lie on this disk, or the single file.
        name: what the user called it.
        unsafe: what was allowed.
        more: weights that were loaded beside the model's own, such as a ControlNet's.
    """
    revision = folder.name if source.kind == "hub" else None
    identity = ModelIdentity(
        kind=source.kind,
        name=Text(name),
        revision=revision,
        basis="loaded_by_us",
        licence=licence(folder / "README.md") if folder.is_dir() else None,
        unsafe=unsafe.names if source.kind != "builtin" else (),
    )
    if folder.is_file():
        return weights.Hashing(identity, [weights.Place("checkpoint", folder), *more])
    return weights.Hashing(identity, [*weights.in_folder(folder), *more])


def licence(card: Path) -> str | None:
    """Read the licence from a model card's front matter, as the hub defines it.

    Where that is ``other``, the card may name the licence (``license_name``).
    """
    try:
        with card.open("rb") as file:
            text = file.read(_CARD_BYTES).decode(errors="replace")
    except OSError:
        return None
    front = text.split("\n---", 1)[0]
    match = _LICENCE.search(front)
    if match and match[1] == "other":
        match = _LICENCE_NAME.search(front) or match
    return match[1] if match else None


def _file(path: Path) -> ModelSource:
    if path.suffix == ".safetensors":
        return ModelSource("file", str(path.resolve()))
    if path.suffix in weights.PICKLES:
        raise ModelError(
            f"{path.name} is a pickle file, which can run code when it is loaded;"
            " convert it to .safetensors first"
        )
    raise ModelError(f"{path.name} is no model; a single file must be a .safetensors file")


def _own_code(folder: Path) -> str | None:
    """Name the first Python file that the model's index asks to be run."""
    try:
        index = json.loads((folder / _INDEX).read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(index, dict):
        return None
    named = [index.get("_class_name"), *index.values()]
    for value in named:
        if isinstance(value, list) and value and isinstance(value[0], str):
            for candidate in (folder / f"{value[0]}.py", *folder.glob(f"*/{value[0]}.py")):
                if candidate.is_file():
                    return candidate.name
    return None
