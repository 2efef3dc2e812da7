"""One argument after another: from what a call was given to what its record can hold.

Scalars are kept as they are, texts as commitments, images by their pixels, tensors as blobs. A
list or mapping of these becomes JSON, in which images and arrays stand as numbers of those kept
beside it::

    {"list": […]}  {"tuple": […]}  {"dict": {…}}  {"float": "nan"}  {"image": 0}  {"array": 0}

Scalars stand for themselves. Whatever else is given is named by its type and listed as not
captured; reading back is ``restoring``'s.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image

from provenance_gen.errors import ImageError
from provenance_gen.generation import arrays
from provenance_gen.images.pixels import pixel_digest
from provenance_gen.records.base import MAX_TEXT, Text, decimal
from provenance_gen.records.generation import ArgumentArray, InputImage

if TYPE_CHECKING:
    from provenance_gen.images.store import ImageStore
    from provenance_gen.records.image import FileStatement, ImageRef

NAMED: Final = {
    "num_inference_steps": "steps",
    "guidance_scale": "guidance",
    "width": "width",
    "height": "height",
    "strength": "strength",
    "num_images_per_prompt": "count",
}
"""Arguments with a field of their own."""

FRACTIONS: Final = frozenset({"guidance", "strength"})
"""Those of the fields that are kept as decimal text."""

PLUMBING: Final = frozenset(
    {
        "generator",
        "callback",
        "callback_steps",
        "callback_on_step_end",
        "callback_on_step_end_tensor_inputs",
    }
)
"""Arguments that say where numbers come from or go to; the recorder sees to them itself."""

VOCABULARY: Final = frozenset({"output_type"})
"""String arguments whose values come from a known vocabulary, not from a person."""

MAX_INTEGER: Final = 2**53 - 1
_TOKEN: Final = re.compile(r"[A-Za-z0-9_.:+-]{1,64}")
_DEEPEST: Final = 20


@dataclass(frozen=True)
class Source:
    """Where an input picture comes from, as far as it is known."""

    image: ImageRef | None = None
    """The recorded image that it is, or was made from."""
    file: str | None = None
    """SHA-256 of the file that it was read from."""
    statement: FileStatement | None = None
    """What that file says of itself, where no import says so."""


Known = Callable[[Image.Image, str], Source]
"""Tells where a picture with a pixel digest comes from; handed in by the studio."""


class _NotHeldError(Exception):
    """A value that no record can hold."""


class ArgumentReader:
    """Sorts arguments by what they are; the public attributes are the record's parts."""

    def __init__(self, store: ImageStore, known: Known) -> None:
        """Keep input images and arrays in ``store``; ``known`` tells where images come from."""
        self._store = store
        self._known = known
        self.named: dict[str, Any] = {}
        self.prompts: dict[str, tuple[Text | None, ...]] = {}
        self.arguments: dict[str, str | int | bool] = {}
        self.words: dict[str, Text | None] = {}
        self.structures: dict[str, Text | None] = {}
        self.lists: list[str] = []
        self.inputs: list[InputImage] = []
        self.arrays: list[ArgumentArray] = []
        self.missing: list[str] = []

    def read(self, name: str, value: Any) -> None:
        """Take in one argument; what cannot be held is listed in ``missing``."""
        if value is None or name in PLUMBING:
            return
        if not _TOKEN.fullmatch(name):
            self.missing.append("argument")
            return
        try:
            self._read(name, value)
        except (_NotHeldError, ImageError, ValueError):
            self._miss(name, value)

    def _read(self, name: str, value: Any) -> None:
        if name in NAMED and _is_number(value):
            self._number(NAMED[name], value)
        elif images := flat_images(value):
            self.inputs += [self._input(name, image) for image in images]
            self._note_list(name, value)
        elif "prompt" in name and (texts := _texts(value)):
            self.prompts[name] = texts
            self._note_list(name, value)
        elif isinstance(value, str) and not (name in VOCABULARY and _TOKEN.fullmatch(value)):
            self.words[name] = Text(_sound(value))
        elif isinstance(value, str):
            self.arguments[name] = value
        elif isinstance(value, bool) or _is_number(value):
            self.arguments[name] = _scalar(value)
        elif arrays.is_array(value):
            self.arrays.append(self._array(name, value))
            self.arguments[name] = type(value).__name__
        else:
            self._structure(name, value)

    def _number(self, field: str, value: Any) -> None:
        self.named[field] = decimal(value) if field in FRACTIONS else int(value)

    def _structure(self, name: str, value: Any) -> None:
        before = len(self.inputs), len(self.arrays)
        try:
            self.structures[name] = Text(_sound(json.dumps(self._tree(name, value, 0))))
        except (_NotHeldError, ImageError, ValueError):
            del self.inputs[before[0] :], self.arrays[before[1] :]
            raise
        self.arguments[name] = _type_name(value)

    def _tree(self, name: str, value: Any, depth: int) -> Any:
        if depth > _DEEPEST:
            raise _NotHeldError
        if isinstance(value, list | tuple):
            kind = "tuple" if isinstance(value, tuple) else "list"
            return {kind: [self._tree(name, item, depth + 1) for item in value]}
        if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
            return {"dict": {k: self._tree(name, v, depth + 1) for k, v in value.items()}}
        if isinstance(value, Image.Image):
            self.inputs.append(self._input(name, value))
            return {"image": len(self.inputs) - 1}
        if arrays.is_array(value):
            self.arrays.append(self._array(name, value))
            return {"array": len(self.arrays) - 1}
        return _leaf(value)

    def _array(self, name: str, value: Any) -> ArgumentArray:
        kept = arrays.keep(self._store, value, limit=arrays.MAX_ARGUMENT)
        if not kept.stored:
            self.missing.append(f"argument.{name}.too_large")
        return ArgumentArray(argument=name, array=kept, torch=arrays.is_tensor(value))

    def _input(self, name: str, image: Image.Image) -> InputImage:
        digest = pixel_digest(image)
        self._store.put(image)
        source = self._known(image, digest)
        return InputImage(
            argument=name,
            image=source.image,
            pixel_digest=digest,
            width=image.width,
            height=image.height,
            mode=image.mode.replace(";", "_"),
            file_digest=source.file,
            statement=source.statement,
        )

    def _note_list(self, name: str, value: Any) -> None:
        if isinstance(value, list | tuple):
            self.lists.append(name)

    def _miss(self, name: str, value: Any) -> None:
        self.arguments[name] = _type_name(value)
        self.missing.append(f"argument.{name}")


def flat_images(value: Any) -> tuple[Image.Image, ...]:
    """Return the pictures of an argument that is one picture or a plain list of them."""
    if isinstance(value, Image.Image):
        return (value,)
    if isinstance(value, list | tuple) and value and all(isinstance(v, Image.Image) for v in value):
        return tuple(value)
    return ()


def _texts(value: Any) -> tuple[Text | None, ...]:
    if isinstance(value, str):
        return (Text(_sound(value)),)
    if isinstance(value, list | tuple) and value and all(isinstance(v, str) for v in value):
        return tuple(Text(_sound(v)) for v in value)
    return ()


def _sound(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise _NotHeldError
    text.encode()  # a lone surrogate raises a ValueError: no record can hold it
    return text


def _leaf(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _sound(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": decimal(value)}
    raise _NotHeldError


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _scalar(value: Any) -> str | int | bool:
    if isinstance(value, np.integer):
        value = int(value)
    if isinstance(value, bool) or (isinstance(value, int) and 0 <= value <= MAX_INTEGER):
        return value
    return str(value) if isinstance(value, int) else decimal(float(value))


def _type_name(value: Any) -> str:
    return re.sub(r"[^A-Za-z0-9_.]", "_", type(value).__name__)[:64]
