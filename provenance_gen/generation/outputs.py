"""What a pipeline gave back: images, and everything else as arrays.

Nothing is changed and nothing is encoded for the caller; what is stored is a copy of the pixels
as they are in memory, before any file is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from provenance_gen.errors import ImageError
from provenance_gen.generation import arrays, components
from provenance_gen.generation.arguments import flat_images
from provenance_gen.records.generation import GeneratedArray
from provenance_gen.records.payloads import GeneratedImage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from provenance_gen.images.store import ImageStore

_SCALARS: Final = (bool, int, float, str, type(None))
_FLAGS: Final = "nsfw_content_detected"


@dataclass(frozen=True)
class Taken:
    """An output taken apart."""

    pictures: list[tuple[Image.Image, bool]]
    """Each with whether the safety checker replaced it."""
    arrays: list[tuple[str, int, Any]]
    """Field, place in it, and array; None where it is none."""

    def copied(self) -> Taken:
        """Return a copy of the pictures, which their owner may draw on from now on."""
        return Taken([(picture.copy(), flag) for picture, flag in self.pictures], self.arrays)


@dataclass
class Kept:
    """What was kept of an output."""

    images: list[GeneratedImage] = field(default_factory=list)
    arrays: list[GeneratedArray] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def take(output: Any) -> Taken:
    """Take an output apart.

    A list of pictures is images; a list of such lists (a video's frames) is one array of
    frames x height x width x channels for each inner list; tensors and arrays stay arrays.
    """
    flags = _flags(output)
    flagged = [bool(flag) for flag in flags] + [False] * len(found := pictures(output))
    return Taken(list(zip(found, flagged, strict=False)), list(arrays_of(output)))


def keep(store: ImageStore, taken: Taken) -> Kept:
    """Store everything that a pipeline gave back.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    kept = Kept()
    for picture, flagged in taken.pictures:
        _image(store, kept, picture, flagged=flagged)
    for name, index, array in taken.arrays:
        if array is None:
            kept.missing.append(f"output.{name}")
        else:
            _array(store, kept, name, index, array)
    kept.missing = list(dict.fromkeys(kept.missing))
    return kept


def pictures(output: Any) -> list[Image.Image]:
    """Return the pictures of an output, in the order in which they are kept."""
    return [
        picture
        for name, value in _named(output)
        if name != _FLAGS
        for picture in flat_images(value)
    ]


def arrays_of(output: Any) -> Iterator[tuple[str, int, Any]]:
    """Yield what is no picture: field, place in it from 1, and array (None where it is none)."""
    for name, value in _named(output):
        if name == _FLAGS or isinstance(value, _SCALARS) or flat_images(value):
            continue
        for index, array in enumerate(_arrays(value), 1):
            yield name, index, array


def _image(store: ImageStore, kept: Kept, picture: Image.Image, *, flagged: bool) -> None:
    try:
        stored = store.put(picture)
    except ImageError:
        # Floating-point pixels have no canonical form; as an array they are whole.
        _array(store, kept, "images", len(kept.images) + 1, np.asarray(picture))
        return
    kept.images.append(GeneratedImage(image=stored, flagged=flagged, blank=_is_blank(picture)))


def _array(store: ImageStore, kept: Kept, name: str, index: int, value: Any) -> None:
    try:
        stored = arrays.keep(store, value, limit=arrays.MAX_OUTPUT)
    except ImageError:
        kept.missing.append(f"output.{name}")
        return
    if not stored.stored:
        kept.missing.append(f"output.{name}.too_large")
    finite, blank = _soundness(value)
    kept.arrays.append(
        GeneratedArray(field=name, index=index, array=stored, finite=finite, blank=blank)
    )


def _named(output: Any) -> Iterator[tuple[str, Any]]:
    """Yield the fields of an output, whether a dataclass, a mapping, a tuple or plain pictures."""
    values = getattr(output, "values", None)
    if not isinstance(output, Mapping) and isinstance(values, dict):
        # A modular pipeline gives back its whole state; what counts are the results.
        yield from ((n, values[n]) for n in ("images", "videos", "audios") if n in values)
    elif isinstance(output, Mapping):
        yield from ((components.token(name), value) for name, value in output.items())
    elif is_dataclass(output) and not isinstance(output, type):
        yield from ((item.name, getattr(output, item.name)) for item in fields(output))
    elif isinstance(output, tuple):
        yield from (("images" if not n else f"output_{n}", v) for n, v in enumerate(output))
    else:
        yield "images", output


def _flags(output: Any) -> list[Any]:
    found = getattr(output, _FLAGS, None)
    if found is None and isinstance(output, tuple) and len(output) > 1:
        found = output[1]
    return list(found) if isinstance(found, list | tuple) else []


def _arrays(value: Any) -> Iterator[Any]:
    """Yield the arrays in a value; None for what is neither array nor pictures."""
    if arrays.is_array(value):
        yield value
    elif frames := flat_images(value):
        same = len({(frame.size, frame.mode) for frame in frames}) == 1
        yield np.stack([np.asarray(frame) for frame in frames]) if same else None
    elif isinstance(value, list | tuple):
        if value and all(isinstance(item, _SCALARS) for item in value):
            return
        for item in value:
            yield from _arrays(item)
    else:
        yield None


def _soundness(value: Any) -> tuple[bool, bool]:
    """Tell whether an array is finite, and whether all of it is one value."""
    array, _ = arrays.to_numpy(value)
    if not array.size:
        return True, True
    if not isinstance(value, np.ndarray) and hasattr(value, "isfinite"):
        return bool(value.isfinite().all()), bool((value == value.flatten()[0]).all())
    finite = bool(np.isfinite(array).all()) if array.dtype.kind in "fc" else True
    return finite, bool((array == array.flat[0]).all())


def _is_blank(image: Image.Image) -> bool:
    extrema = image.convert("RGB").getextrema()
    return all(isinstance(band, tuple) and band[0] == band[1] for band in extrema)
