"""Draw an origin map: a colour and a pattern for who wrote a pixel, a line where steps meet.

Colours are those of Okabe and Ito (2008), told apart by people who see few colours; each has a
pattern of its own besides, so that a grey print can be read. Which step an area belongs to is
written over the map by the page. The same labels give the same bytes (with one version of Pillow).
"""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from provenance_gen.images.pixels import encode_png
from provenance_gen.images.thumbnails import make_thumbnail
from provenance_gen.records.report import Hand

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Pattern = Callable[[NDArray[np.int32], NDArray[np.int32]], NDArray[np.bool_]]

Labels = NDArray[np.uint16]

SIDE: Final = 640
"""Longer side of a drawn map, in pixels, at most."""

MIXED: Final = "mixed"
"""Name of what no single step supplied half of."""

_WHITE: Final = (255, 255, 255)
_LINE: Final = (20, 20, 20)
_LOOKS: Final[Mapping[str, tuple[tuple[int, int, int], tuple[int, int, int], Pattern]]] = {
    MIXED: ((90, 90, 90), _WHITE, lambda x, y: (x // 3 + y // 3) % 2 == 0),
    Hand.MODEL: ((222, 222, 218), _WHITE, lambda x, y: (x < 0) & (y < 0)),
    Hand.PERSON: ((0, 114, 178), _WHITE, lambda x, y: (x + y) % 12 < 2),  # noqa: PLR2004
    Hand.CONFIRMED: ((230, 159, 0), _LINE, lambda x, y: (x - y) % 12 < 2),  # noqa: PLR2004
    Hand.UNCONFIRMED: (
        (213, 94, 0),
        _WHITE,
        lambda x, y: (x % 10 < 4) & (y % 10 < 4),  # noqa: PLR2004
    ),
    Hand.OWN: ((0, 158, 115), _WHITE, lambda x, y: (y % 10 < 2) & (x > -1)),  # noqa: PLR2004
    Hand.FILE: ((204, 121, 167), _LINE, lambda x, y: (x % 10 < 2) & (y > -1)),  # noqa: PLR2004
    Hand.UNATTRIBUTED: (
        (86, 180, 233),
        _LINE,
        lambda x, y: (x % 12 < 2) | (y % 12 < 2),  # noqa: PLR2004
    ),
    Hand.SEVERAL: (
        (240, 228, 66),
        _LINE,
        lambda x, y: (x % 12 < 2) & (y % 12 < 6),  # noqa: PLR2004
    ),
    Hand.PROGRAM: ((150, 150, 150), _LINE, lambda x, y: (y % 6 < 1) & (x > -1)),
}
"""Ground, pattern's colour and pattern by who wrote a pixel."""

_PLACES: Final = {name: 2 * place for place, name in enumerate(_LOOKS)}
"""Index of each ground in the palette; the pattern's colour comes next."""
_OUTLINE: Final = 2 * len(_LOOKS)
_PALETTE: Final = [
    value
    for colour in (*(c for ground, lines, _ in _LOOKS.values() for c in (ground, lines)), _LINE)
    for value in colour
]
_SWATCH: Final = (48, 28)


def fitted(labels: Labels) -> Labels:
    """Return the labels at the size they are drawn in: every k-th pixel, or each k times.

    Args:
        labels: height by width.
    """
    longer = max(labels.shape)
    if longer > SIDE:
        step = -(-longer // SIDE)
        # A picture may be thinner than half a step.
        down, right = (min(step // 2, side - 1) for side in labels.shape)
        return np.ascontiguousarray(labels[down::step, right::step])
    times = SIDE // longer
    return labels.repeat(times, axis=0).repeat(times, axis=1)


def draw(labels: Labels, hands: Sequence[Hand]) -> bytes:
    """Draw a map as an indexed PNG.

    Args:
        labels: height by width, from ``fitted``: 0, or one more than a place in ``hands``.
        hands: who wrote the pixels of each label.
    """
    names = np.array([_PLACES[name] for name in (MIXED, *hands)], dtype=np.uint8)
    drawn = names[labels]
    place = np.indices(labels.shape, dtype=np.int32)
    for name, (_, _, pattern) in _LOOKS.items():
        drawn[(drawn == _PLACES[name]) & pattern(place[1], place[0])] += 1
    drawn[:, 1:][labels[:, 1:] != labels[:, :-1]] = _OUTLINE
    drawn[1:][labels[1:] != labels[:-1]] = _OUTLINE
    return _png(drawn)


def reduced(png: bytes) -> bytes:
    """Return a picture no larger than a map of it, to be shown beside that."""
    image = Image.open(io.BytesIO(png))
    return png if max(image.size) <= SIDE else encode_png(make_thumbnail(image, SIDE))


@cache
def swatch(name: str) -> bytes:
    """Return a sample of a colour and its pattern, as in the map, for the legend.

    Args:
        name: that of a ``Hand``, or ``MIXED``.
    """
    width, height = _SWATCH
    drawn = np.full((height, width), _PLACES[name], dtype=np.uint8)
    place = np.indices(drawn.shape, dtype=np.int32)
    drawn[_LOOKS[name][2](place[1], place[0])] += 1
    drawn[[0, -1]] = _OUTLINE
    drawn[:, [0, -1]] = _OUTLINE
    return _png(drawn)


def _png(drawn: NDArray[np.uint8]) -> bytes:
    image = Image.fromarray(drawn)
    image.putpalette(_PALETTE)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=9, bits=8)
    return buffer.getvalue()
