"""Operations that put other pictures in: pasting one, and what a model painted into a mask.

Mixing follows the W3C's Compositing and Blending Level 1, sections 5.1 and 10, on sRGB values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from PIL import Image, ImageChops

from provenance_gen.editing.areas import Area, grey, pixels_of, scaled, touched
from provenance_gen.editing.geometry import MAX_SIDE
from provenance_gen.editing.values import number, operation, shortened, whole, workable
from provenance_gen.errors import UsageError
from provenance_gen.images.decoding import cut
from provenance_gen.images.pixels import MAX_PIXELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance_gen.editing.values import Keep, Named
    from provenance_gen.records.edit import Operation
    from provenance_gen.records.image import ImageRef

__all__ = ["BLENDS", "MAX_SCALE", "Inpainter", "inpaint", "paste", "pasted_mask"]

BLENDS: Final[dict[str, Callable[[Image.Image, Image.Image], Image.Image]]] = {
    "normal": lambda _below, above: above,
    "multiply": ImageChops.multiply,
    "screen": ImageChops.screen,
    "overlay": ImageChops.overlay,
    "darken": ImageChops.darker,
    "lighten": ImageChops.lighter,
}
"""How pasted colours mix with those below, both RGB."""

MAX_SCALE: Final = 64.0
"""Largest scale of a pasted picture."""

Size = tuple[int, int]


def paste(
    image: Image.Image,
    *,
    picture: Named,
    source: ImageRef | None,
    left: int = 0,
    top: int = 0,
    scale: float = 1.0,
    mask: Named | None = None,
    blend: str = "normal",
    opacity: float = 1.0,
    keep: Keep,
) -> tuple[Image.Image, Operation]:
    """Paste another picture onto the image (``c2pa.placed``).

    The size that the pasted picture took is recorded, as whole pixels.

    Args:
        image: the image.
        picture: the pixels to put in; their own transparency counts.
        source: which recorded image they are.
        left: column of the pasted picture's first pixel; may be outside the image.
        top: row of it.
        scale: of the pasted picture, with Pillow's Lanczos filter.
        mask: white where the pasted picture is to be seen; of its size before scaling.
        blend: one of ``BLENDS``.
        opacity: 0 to 1, and above 0.
        keep: stores the mask.

    Raises:
        UsageError: a value that is not allowed, or nothing of the picture would be seen.
        ImageError: a 16-bit image or picture.
    """
    below = workable(image, "pasting").copy()
    given, chosen = pixels_of(picture), None if mask is None else pixels_of(mask)
    above = workable(given, "pasting")
    if blend not in BLENDS:
        raise UsageError(f"a blend is one of {', '.join(BLENDS)}, not {shortened(blend)}")
    whole("left", left, -MAX_SIDE, image.width - 1)
    whole("top", top, -MAX_SIDE, image.height - 1)
    scale = number("scale", scale, 1 / MAX_SCALE**2, MAX_SCALE)
    opacity = number("opacity", opacity, 0, 1)
    size = _placed_size(above.size, scale)
    alpha = pasted_mask(above, size, chosen, opacity)
    box = _overlap(image.size, (left, top), size)
    inner = (box[0] - left, box[1] - top, box[2] - left, box[3] - top)
    seen = cut(alpha, inner)
    x, y, width, height = touched(seen, "the pasted picture")
    part = cut(_scaled(above, size), inner)
    below.paste(_mixed(cut(below, box), part.convert("RGB"), seen, blend), box[:2])
    numbers = {
        "left": left, "top": top, "width": size[0], "height": size[1], "opacity": opacity,
    }  # fmt: skip
    done = operation(
        "paste",
        "c2pa.placed",
        below,
        numbers,
        region=(box[0] + x, box[1] + y, width, height),
        source=source,
        mask=keep(grey(chosen)) if chosen is not None else None,
        blend=blend,
    )
    return below, done


def pasted_mask(
    picture: Image.Image, size: Size, mask: Image.Image | None, opacity: float
) -> Image.Image:
    """Return how much each pixel of a pasted picture covers, as grey, at the size it took.

    Raises:
        UsageError: the mask has not the picture's size.
    """
    alpha = _scaled(picture, size).convert("RGBA").getchannel("A")
    if mask is not None:
        # Drawn as an area of the picture, which refuses another size and a mask of nothing.
        drawn = Area(mask=mask).drawn(picture.size)
        alpha = ImageChops.multiply(alpha, _scaled(drawn, size))
    return scaled(alpha, opacity)


class Inpainter(Protocol):
    """Paints a masked part of a picture anew; handed in by the studio, which records it."""

    def __call__(self, image: Image.Image, mask: Image.Image, /) -> tuple[Image.Image, ImageRef]:
        """Return the whole picture as the model made it, and which recorded image that is."""
        ...


def inpaint(
    image: Image.Image, *, area: Area, painter: Inpainter, keep: Keep
) -> tuple[Image.Image, Operation]:
    """Have a model paint an area of the image anew (``c2pa.edited``).

    What the model made is scaled to the image's size by Lanczos where it has another. Outside the
    area every pixel stays as it was, whatever the model did there.

    Args:
        image: the image.
        area: where the model's pixels are taken.
        painter: calls the model.
        keep: stores the mask.

    Raises:
        UsageError: an area that does not fit, or of nothing; the model is not called.
        ImageError: a 16-bit image.
    """
    below = workable(image, "inpainting")
    drawn = area.drawn(image.size)
    region = touched(drawn, "the mask")
    picture, source = painter(image, drawn)
    above = _scaled(workable(picture, "inpainting"), image.size).convert(below.mode)
    result = Image.composite(above, below, drawn)
    done = operation(
        "inpaint", "c2pa.edited", result, {}, region=region, source=source, mask=keep(drawn)
    )
    return result, done


def _mixed(below: Image.Image, above: Image.Image, alpha: Image.Image, blend: str) -> Image.Image:
    """Lay a picture (RGB) with its alpha over another (RGB or RGBA) of the same size."""
    colours = BLENDS[blend](below.convert("RGB"), above)
    if below.mode != "RGBA":
        return Image.composite(colours, below, alpha)
    # Where there is nothing below there is nothing to mix with (section 5.8.1 of the source).
    laid = Image.composite(colours, above, below.getchannel("A"))
    laid.putalpha(alpha)
    return Image.alpha_composite(below, laid)


def _placed_size(size: Size, scale: float) -> Size:
    width, height = (max(1, round(side * scale)) for side in size)
    whole("the pasted picture's longer side", max(width, height), 1, MAX_SIDE)
    if width * height > MAX_PIXELS:
        raise UsageError(f"{width} x {height} is too large: at most {MAX_PIXELS:,} pixels")
    return width, height


def _scaled(image: Image.Image, size: Size) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def _overlap(size: Size, corner: tuple[int, int], placed: Size) -> tuple[int, int, int, int]:
    left, top = max(0, corner[0]), max(0, corner[1])
    right = min(size[0], corner[0] + placed[0])
    bottom = min(size[1], corner[1] + placed[1])
    if left >= right or top >= bottom:
        raise UsageError("the pasted picture would lie outside; choose another place")
    return left, top, right, bottom
