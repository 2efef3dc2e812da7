"""Operations on an area: fill it with a colour, erase it, blur or sharpen it.

Each returns the new image and its record, and needs 8 bits a channel. Lines of colour lie in
``drawing``, text in ``lettering``, other pictures in ``pasting``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageFilter

from provenance_gen.editing.areas import WHOLE, Area, scaled, touched
from provenance_gen.editing.drawing import lay
from provenance_gen.editing.values import colour_values, number, operation, workable

if TYPE_CHECKING:
    from provenance_gen.editing.values import Keep
    from provenance_gen.records.edit import Operation

__all__ = ["MAX_AMOUNT", "MAX_RADIUS", "blur", "erase", "fill", "sharp", "sharpen", "soft"]

MAX_RADIUS: Final = 1000.0
"""Largest radius of a blur, in pixels."""

MAX_AMOUNT: Final = 10.0
"""Largest amount of sharpening; 1 adds the difference to the blurred picture once."""


def fill(
    image: Image.Image, *, area: Area, colour: str, opacity: float = 1.0, keep: Keep
) -> tuple[Image.Image, Operation]:
    """Fill an area with a colour (``c2pa.drawing``), laid over sRGB values.

    Args:
        image: the image.
        area: where.
        colour: such as ``#ffcc33``.
        opacity: 0 to 1, and above 0.
        keep: stores the area's mask, where it is one.

    Raises:
        UsageError: a value that is not allowed, or an area of nothing.
        ImageError: a 16-bit image.
    """
    result = workable(image, "filling").copy()
    red, green, blue = colour_values(colour)
    opacity = number("opacity", opacity, 0, 1)
    mask = scaled(area.drawn(image.size), opacity)
    region = touched(mask, "the fill")
    lay(result, (red, green, blue), mask, (0, 0))
    numbers = {"opacity": opacity, "red": red, "green": green, "blue": blue}
    done = operation("fill", "c2pa.drawing", result, numbers, region=region)
    return result, _placed(done, area, keep)


def erase(
    image: Image.Image, *, area: Area, opacity: float = 1.0, keep: Keep
) -> tuple[Image.Image, Operation]:
    """Make an area transparent (``c2pa.drawing``, which names the eraser).

    Alpha is multiplied by what is left; where nothing is left the colour becomes black, so that
    what was erased is gone from the file.

    Args:
        image: the image.
        area: where.
        opacity: share that is taken away, 0 to 1, and above 0.
        keep: stores the area's mask, where it is one.

    Raises:
        UsageError: a value that is not allowed, or an area of nothing.
        ImageError: a 16-bit image.
    """
    source = workable(image, "erasing").convert("RGBA")
    opacity = number("opacity", opacity, 0, 1)
    mask = scaled(area.drawn(image.size), opacity)
    region = touched(mask, "the eraser")
    alpha = ImageChops.multiply(source.getchannel("A"), ImageChops.invert(mask))
    source.putalpha(alpha)
    gone = alpha.point([255] + [0] * 255)
    source.paste((0, 0, 0, 0), (0, 0), gone)
    numbers = {"opacity": opacity}
    done = operation("erase", "c2pa.drawing", source, numbers, region=region)
    return source, _placed(done, area, keep)


def blur(
    image: Image.Image, *, radius: float, area: Area = WHOLE, keep: Keep
) -> tuple[Image.Image, Operation]:
    """Blur the image, or an area of it, with Pillow's Gaussian (``c2pa.filtered``).

    Args:
        image: the image.
        radius: standard deviation in pixels, above 0.
        area: where; what shines into it from outside counts.
        keep: stores the area's mask, where it is one.

    Raises:
        UsageError: a value that is not allowed, or an area of nothing.
        ImageError: a 16-bit image.
    """
    radius = number("radius", radius, 0.1, MAX_RADIUS)
    source = workable(image, "blurring")
    blurred = soft(source, radius)
    done = operation("blur", "c2pa.filtered", blurred, {"radius": radius})
    return _within(area, source, blurred, done, keep)


def sharpen(
    image: Image.Image,
    *,
    amount: float = 1.0,
    radius: float = 1.5,
    area: Area = WHOLE,
    keep: Keep,
) -> tuple[Image.Image, Operation]:
    """Sharpen the image, or an area of it, by Pillow's unsharp mask (``c2pa.enhanced``).

    Args:
        image: the image.
        amount: how many times the difference to the blurred image is added.
        radius: of that blur, in pixels.
        area: where.
        keep: stores the area's mask, where it is one.

    Raises:
        UsageError: a value that is not allowed, or an area of nothing.
        ImageError: a 16-bit image.
    """
    amount = number("amount", amount, 0.01, MAX_AMOUNT)
    radius = number("radius", radius, 0.1, MAX_RADIUS)
    source = workable(image, "sharpening")
    crisp = sharp(source, amount, radius)
    numbers = {"amount": amount, "radius": radius}
    done = operation("sharpen", "c2pa.enhanced", crisp, numbers)
    return _within(area, source, crisp, done, keep)


def soft(image: Image.Image, radius: float) -> Image.Image:
    """Return the whole image blurred; see ``blur``."""
    return _filtered(image, ImageFilter.GaussianBlur(radius))


def sharp(image: Image.Image, amount: float, radius: float) -> Image.Image:
    """Return the whole image sharpened; see ``sharpen``."""
    return _filtered(image, ImageFilter.UnsharpMask(radius, round(amount * 100), 0))


def _filtered(image: Image.Image, rule: ImageFilter.Filter) -> Image.Image:
    if image.mode != "RGBA":
        return image.filter(rule)
    # Premultiplied, so that colour under transparency does not bleed into what is seen.
    return image.convert("RGBa").filter(rule).convert("RGBA")


def _within(
    area: Area, source: Image.Image, changed: Image.Image, done: Operation, keep: Keep
) -> tuple[Image.Image, Operation]:
    """Take the changed picture where the area says so."""
    if area.is_whole:
        return changed, done
    mask = area.drawn(source.size)
    result = Image.composite(changed, source, mask)
    region = touched(mask, f"the {done.name}")
    return result, _placed(done.model_copy(update={"region": region}), area, keep)


def _placed(done: Operation, area: Area, keep: Keep) -> Operation:
    """Return the record with where the operation acted."""
    where = area.recorded(keep)
    numbers = {**done.numbers, **where.pop("numbers", {})}
    return done.model_copy(update={**where, "numbers": numbers})
