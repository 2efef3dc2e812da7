"""Write the maps of prompt information: pictures for people, and their values.

A map lies as colour over the grey picture: red where the words help the model, blue where they
mislead it, none where they tell nothing. Cells of the latent are squares of one colour; nothing
is smoothed. All maps of an image share one scale, whose full colour is their strongest value.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image

from provenance_gen.digests import sha256_hex, write_atomic
from provenance_gen.errors import StorageError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records.base import Digest

__all__ = ["InformationFiles", "demand_free", "heat_map", "write_files"]

_WHOLE: Final = "information.png"
_VALUES: Final = "information.npy"
_HELPS: Final = (220, 20, 30)
_MISLEADS: Final = (20, 80, 230)
_PALE: Final = 0.5
"""How much of the grey picture's contrast is left below the colours."""
_MOST: Final = 0.85
"""How much the full colour covers."""


@dataclass(frozen=True)
class InformationFiles:
    """Digests of the files that were written."""

    whole: Digest
    words: tuple[Digest, ...]
    values: Digest


def write_files(folder: Path, picture: Image.Image, maps: Any) -> InformationFiles:
    """Write ``information.png``, ``word-01.png``… and ``information.npy`` into a folder.

    Args:
        folder: made if missing.
        picture: the image.
        maps: nats per pixel, float64: the prompt's map, then each word's, by cell.

    Raises:
        UsageError: the folder holds such files already, or is a file.
        StorageError: it cannot be written.
    """
    demand_free(folder)
    buffer = io.BytesIO()
    np.save(buffer, maps)
    strongest = float(np.abs(maps).max())
    pictures = [_png(heat_map(picture, one, strongest)) for one in maps]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(pictures[1:], 1):
            write_atomic(folder / f"word-{number:02d}.png", data)
        write_atomic(folder / _VALUES, buffer.getvalue())
        # Last: its presence says that all are there.
        write_atomic(folder / _WHOLE, pictures[0])
    except OSError as error:
        raise StorageError(f"{folder} cannot be written: {error.strerror}") from error
    whole, *words = (sha256_hex(data) for data in pictures)
    return InformationFiles(whole, tuple(words), sha256_hex(buffer.getvalue()))


def demand_free(folder: Path) -> None:
    """Refuse a folder that holds prompt information, or is a file.

    Raises:
        UsageError: it is so.
    """
    if folder.is_file():
        raise UsageError(f"{folder} is a file; choose a folder")
    if (folder / _WHOLE).exists():
        raise UsageError(f"{folder} holds prompt information already; choose another folder")


def heat_map(picture: Image.Image, values: Any, strongest: float) -> Image.Image:
    """Lay the values of cells (height x width) as colours over a picture, in grey."""
    strength = values / max(strongest, np.finfo(np.float64).tiny)
    rows, columns = (picture.height // values.shape[0], picture.width // values.shape[1])
    strength = strength.repeat(rows, axis=0).repeat(columns, axis=1)[..., None]
    grey = np.asarray(picture.convert("L"), dtype=np.float64)[..., None]
    below = 255 - (255 - grey) * _PALE
    colour = np.where(strength > 0, _HELPS, _MISLEADS)
    cover = _MOST * np.abs(strength)
    return Image.fromarray((below * (1 - cover) + colour * cover).round().astype(np.uint8))


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
