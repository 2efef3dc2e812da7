"""Small pictures, and the one form in which a picture is stored."""

from __future__ import annotations

from typing import Final

from PIL import Image

from provenance_gen.images.pixels import DEEP, canonical, depth, is_opaque

THUMBNAIL_SIDE: Final = 256
"""Longest side of a thumbnail in pixels."""


def make_thumbnail(image: Image.Image, side: int = THUMBNAIL_SIDE) -> Image.Image:
    """Return an 8-bit RGB or RGBA copy of at most ``side`` pixels a side.

    A smaller image is not enlarged.

    Raises:
        ImageError: pixels without a canonical form.
    """
    if depth(image) == DEEP:
        grey = canonical(image)[..., 0] >> 8
        small = Image.fromarray(grey.astype("uint8")).convert("RGB")
    else:
        small = normal(image)
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return small


def normal(image: Image.Image) -> Image.Image:
    """Return a copy as RGB, as RGBA where a pixel is transparent, or as 16-bit grey."""
    if depth(image) == DEEP:
        return image
    if image.mode == "RGB" and "transparency" not in image.info:
        return image.copy()
    full = Image.fromarray(canonical(image))
    return full.convert("RGB") if is_opaque(full) else full
