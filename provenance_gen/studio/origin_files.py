"""Write an origin map as image files: a label image and one coverage image for each layer.

All are PNG without any metadata, so that the same map gives the same bytes (with the same version
of Pillow). The label image is indexed, with a palette of well-told-apart colours; above 255
layers it is 16-bit grey. A coverage image is 8-bit grey: 255 where a pixel is wholly the layer's.
"""

from __future__ import annotations

import colorsys
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from provenance_gen.digests import sha256_hex, write_atomic
from provenance_gen.errors import StorageError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.contribution.origin import Composition, Key, Share
    from provenance_gen.records.base import Digest

__all__ = ["OriginFiles", "label_image", "write_files"]

_INDEXED: Final = 255
_GOLDEN: Final = 0.618034
"""Turns of the colour circle from one label to the next: neighbours come out far apart."""


@dataclass(frozen=True)
class OriginFiles:
    """Digests of the files that were written."""

    labels: Digest
    shares: dict[Key, Digest]


def write_files(folder: Path, composition: Composition) -> OriginFiles:
    """Write ``labels.png`` and ``coverage-01-1.2-model.png``… into a folder, made if missing.

    Raises:
        UsageError: the folder holds an origin map already, or is a file.
        StorageError: it cannot be written.
    """
    if folder.is_file() or (folder / "labels.png").exists():
        raise UsageError(f"{folder} holds an origin map already; choose another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shares = {}
        for number, share in enumerate(composition.shares, 1):
            data = _png(_coverage_image(share, composition.size))
            name = f"coverage-{number:02d}-{share.key.step}-{share.key.writer.value}.png"
            write_atomic(folder / name, data)
            shares[share.key] = sha256_hex(data)
        data = _png(label_image(composition))
        # Last: its presence says that the map is whole.
        write_atomic(folder / "labels.png", data)
    except OSError as error:
        raise StorageError(f"{folder} cannot be written: {error.strerror}") from error
    return OriginFiles(sha256_hex(data), shares)


def label_image(composition: Composition) -> Image.Image:
    """Return the labels as an indexed image, label 0 in black."""
    if len(composition.shares) > _INDEXED:
        return Image.fromarray(composition.labels)
    image = Image.fromarray(composition.labels.astype(np.uint8))
    image.putpalette(
        [value for number in range(len(composition.shares) + 1) for value in _colour(number)]
    )
    return image


def _colour(number: int) -> tuple[int, int, int]:
    if number == 0:
        return 0, 0, 0
    if number == 1:  # where it all began: pale, so that what came later stands out
        return 222, 222, 222
    red, green, blue = colorsys.hsv_to_rgb(number * _GOLDEN % 1, 0.85, 0.9 - 0.25 * (number % 2))
    return round(red * 255), round(green * 255), round(blue * 255)


def _coverage_image(share: Share, size: tuple[int, int]) -> Image.Image:
    image = Image.new("L", size)
    image.paste(Image.fromarray(share.values), share.corner)
    return image


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
