"""Fill, erase, blur, sharpen, text and paste: what they do to pixels, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from provenance_gen.digests import sha256_hex
from provenance_gen.editing.areas import Area
from provenance_gen.editing.lettering import text
from provenance_gen.editing.measure import measure
from provenance_gen.editing.operations import blur, erase, fill, paste, sharpen
from provenance_gen.editing.pasting import BLENDS
from provenance_gen.errors import FileError, ImageError, UsageError
from provenance_gen.images.pixels import canonical, encode_png, pixel_digest
from provenance_gen.records.image import ImageRef, StoredImage

BLUE = Image.new("RGB", (40, 24), (20, 40, 200))
NOTO = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
Act = Callable[[], object]
SOURCE = ImageRef(origin="i_1", pixel_digest="0" * 64)


def keep(mask: Image.Image) -> StoredImage:
    """Say how a store would name a mask."""
    return StoredImage(
        pixel_digest=pixel_digest(mask),
        file_digest=sha256_hex(encode_png(mask)),
        width=mask.width,
        height=mask.height,
    )


def checkered() -> Image.Image:
    """Return black and white squares."""
    rows, columns = np.indices((24, 40))
    return Image.fromarray((((rows // 4 + columns // 4) % 2) * 255).astype(np.uint8))


def test_a_fill_changes_its_area_and_nothing_else() -> None:
    """Colour, opacity and box are recorded; the measured change is the box."""
    result, done = fill(BLUE, area=Area(box=(4, 5, 10, 6)), colour="#ff0000", keep=keep)
    assert (done.name, done.action, done.region) == ("fill", "c2pa.drawing", (4, 5, 10, 6))
    assert done.numbers == {
        "opacity": "1", "red": "255", "green": "0", "blue": "0",
        "left": "4", "top": "5", "width": "10", "height": "6",
    }  # fmt: skip
    found = measure(BLUE, result, [done])
    assert (found.bounds, found.changed) == ((4, 5, 10, 6), 60)


def test_a_polygon_has_its_own_area() -> None:
    """A right-angled triangle covers half of its box, edges anti-aliased."""
    black = Image.new("RGB", (40, 24))
    corners = ((4.0, 4.0), (24.0, 4.0), (4.0, 20.0))
    result, done = fill(black, area=Area(polygon=corners), colour="#ffffff", keep=keep)
    assert canonical(result)[..., 0].sum() / 255 == pytest.approx(160, rel=0.02)
    assert done.points == (("4", "4"), ("24", "4"), ("4", "20"))


def test_a_large_polygon_has_no_seams_between_bands() -> None:
    """It is drawn in bands of rows; a slanting edge runs through them without a step."""
    area = Area(polygon=((0.0, 0.0), (60.0, 0.0), (60.0, 700.0)))
    mask = np.asarray(area.drawn((60, 700)), dtype=np.int64).sum(axis=1) / 255
    assert np.abs(np.diff(mask)).max() < 0.5


def test_what_is_erased_is_gone() -> None:
    """Wholly erased pixels keep no colour; partly erased ones lose alpha alone."""
    half = Image.new("L", BLUE.size, 128)
    result, done = erase(BLUE, area=Area(box=(0, 0, 8, 24)), keep=keep)
    assert done.action == "c2pa.drawing"
    assert not canonical(result)[:, :8].any()
    assert canonical(result)[0, 8].tolist() == [20, 40, 200, 255]
    result, _ = erase(BLUE, area=Area(mask=half), keep=keep)
    assert canonical(result)[3, 3].tolist() == [20, 40, 200, 127]


def test_blur_and_sharpen_over_an_area_leave_the_rest() -> None:
    """Contrast falls or rises inside the box, and no pixel outside changes."""
    picture = checkered().convert("RGB").point(lambda value: 64 + value // 2)
    area = Area(box=(8, 8, 16, 8))
    inside = np.s_[8:16, 8:24, 0]
    for operation, factor in ((blur, 0.7), (sharpen, 1.1)):
        strength: dict[str, Any] = {"radius": 2.0}
        result, done = operation(picture, area=area, keep=keep, **strength)
        before, after = canonical(picture).astype(int), canonical(result).astype(int)
        assert (after[inside].std() < before[inside].std() * factor) == (operation is blur)
        found = measure(picture, result, [done])
        assert found.bounds is not None
        assert found.bounds[0] >= 8
        assert found.bounds[1] >= 8
        assert not found.tone


@pytest.mark.parametrize("operation", [blur, sharpen])
def test_a_filter_over_all_is_told_apart_from_local_changes(operation: Any) -> None:
    """Repeated on the parent, it leaves no changed pixel; it is a change of tone."""
    picture = checkered().convert("RGB").point(lambda value: 64 + value // 2)
    result, done = operation(picture, radius=1.5, keep=keep)
    assert canonical(result).tolist() != canonical(picture).tolist()
    found = measure(picture, result, [done])
    assert (found.changed, found.tone) == (0, True)


def test_blur_lets_no_hidden_colour_shine_out() -> None:
    """Colour under full transparency does not bleed into the edge."""
    pixels = np.zeros((24, 40, 4), dtype=np.uint8)
    pixels[:, :20] = (255, 255, 255, 255)
    pixels[:, 20:] = (255, 0, 0, 0)
    result, _ = blur(Image.fromarray(pixels), radius=2, keep=keep)
    seen = canonical(result)
    assert seen[seen[..., 3] > 16][:, 1].min() > 240


def test_text_stands_where_it_was_put() -> None:
    """Its words are free text in the record, and its region is what changed."""
    result, done = text(BLUE, words="Ag", left=6, top=2, size=16, colour="#ffffff", keep=keep)
    assert (done.name, done.action, done.font) == ("text", "c2pa.addedText", None)
    assert done.words == {"text": "Ag"}
    assert done.mask is not None
    found = measure(BLUE, result, [done])
    assert found.bounds == done.region
    assert found.bounds is not None
    assert found.bounds[0] >= 6


def test_japanese_needs_a_font_that_has_it() -> None:
    """The built-in font has no such letters, and the error says what to give."""
    with pytest.raises(UsageError, match=r"no letters for .*--font FILE"):
        text(BLUE, words="港 sea", left=0, top=0, keep=keep)


@pytest.mark.skipif(not NOTO.is_file(), reason="Noto Sans CJK is not installed")
def test_japanese_with_a_font() -> None:
    """With a font that has the letters they are written; the font's digest is recorded."""
    font = NOTO.read_bytes()
    result, done = text(BLUE, words="港", left=2, top=-4, font=font, colour="#ffffff", keep=keep)
    assert done.font == sha256_hex(font)
    assert np.count_nonzero(canonical(result)[..., 0] > 128) > 40


@pytest.mark.parametrize("blend", BLENDS)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_blends_are_those_of_the_formula(blend: str, mode: str) -> None:
    """Each value is the W3C's blend of the two, mixed by opacity, to one step of rounding."""
    below, above = (60, 130, 220), (200, 100, 30)
    ground, top = Image.new(mode, (8, 8), below), Image.new("RGB", (8, 8), above)
    result, done = paste(
        ground, picture=top, source=SOURCE, blend=blend, opacity=0.5, keep=keep
    )  # fmt: skip
    assert (done.blend, done.source, done.action) == (blend, SOURCE, "c2pa.placed")
    for place in range(3):
        b, s = below[place] / 255, above[place] / 255
        mixed = {
            "normal": s,
            "multiply": b * s,
            "screen": b + s - b * s,
            "overlay": 2 * b * s if b <= 0.5 else 1 - 2 * (1 - b) * (1 - s),
            "darken": min(b, s),
            "lighten": max(b, s),
        }[blend]
        expected = 255 * (b * 0.5 + mixed * 0.5)
        assert canonical(result)[3, 3, place] == pytest.approx(expected, abs=2.5)


def test_a_paste_onto_nothing_is_the_picture_itself() -> None:
    """Over transparency there is nothing to multiply with."""
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    red = Image.new("RGB", (8, 8), (200, 10, 10))
    result, _ = paste(clear, picture=red, source=SOURCE, blend="multiply", keep=keep)
    assert canonical(result)[0, 0].tolist() == [200, 10, 10, 255]


@pytest.mark.parametrize(
    ("area", "said"),
    [
        (Area(mask=Image.new("L", (40, 24))), "holds nothing"),
        (Area(mask=Image.new("RGBA", (40, 24), (255, 255, 255, 0))), "holds nothing"),
        (Area(mask=Image.new("L", (4, 4), 255)), "the mask is 4x4, the picture 40x24"),
        (Area(box=(30, 0, 20, 5)), "width must be"),
        (Area(polygon=((0, 0), (5, 5))), "3 to"),
        (Area(polygon=((0, 0), (5, 0), (10, 0))), "holds nothing"),
        (Area(brush=((50, 0),), width=3), "x of a point"),
        (Area(box=(0, 0, 1, 1), polygon=((0, 0), (1, 1), (2, 0))), "one area"),
    ],
)
def test_areas_that_make_no_sense_are_refused(area: Area, said: str) -> None:
    """Each with a message that says why; the image given stays as it is."""
    before = BLUE.tobytes()
    acts: tuple[Act, ...] = (
        lambda: fill(BLUE, area=area, colour="#ffffff", keep=keep),
        lambda: erase(BLUE, area=area, keep=keep),
        lambda: blur(BLUE, radius=1, area=area, keep=keep),
    )
    for act in acts:
        with pytest.raises(UsageError, match=said):
            act()
    assert BLUE.tobytes() == before


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"left": 100}, "left must be"),
        ({"left": -60, "top": -60}, "outside"),
        ({"blend": "burn"}, "normal, multiply"),
        ({"scale": 0}, "scale must be"),
        ({"mask": Image.new("L", (3, 3), 255)}, "the mask is 3x3"),
        ({"mask": Image.new("L", (16, 16))}, "holds nothing"),
        ({"opacity": 0}, "touches no pixel"),
        ({"opacity": float("nan")}, "opacity must be"),
    ],
)
def test_pastes_that_make_no_sense_are_refused(more: dict[str, Any], said: str) -> None:
    """Nothing is pasted outside the picture, unseen, or with an unknown blend."""
    with pytest.raises(UsageError, match=said):
        paste(BLUE, picture=Image.new("RGB", (16, 16)), source=SOURCE, keep=keep, **more)


@pytest.mark.parametrize("words", ["", "  \n", "x" * 2001])
def test_texts_of_nothing_and_endless_ones_are_refused(words: str) -> None:
    """A text has letters, and not too many."""
    with pytest.raises(UsageError, match="1 to 2000"):
        text(BLUE, words=words, left=0, top=0, keep=keep)
    with pytest.raises(FileError, match="cannot be read"):
        text(BLUE, words="a", left=0, top=0, font=b"no font", keep=keep)


def test_sixteen_bits_are_refused_in_words() -> None:
    """A 16-bit picture is not quietly made an 8-bit one."""
    deep = Image.fromarray(np.full((24, 40), 40_000, dtype=np.uint16))
    acts: tuple[Act, ...] = (
        lambda: fill(deep, area=Area(box=(0, 0, 4, 4)), colour="#ffffff", keep=keep),
        lambda: blur(deep, radius=2, keep=keep),
        lambda: paste(BLUE, picture=deep, source=SOURCE, keep=keep),
        lambda: text(deep, words="a", left=0, top=0, keep=keep),
    )
    for act in acts:
        with pytest.raises(ImageError, match="8 bits"):
            act()
