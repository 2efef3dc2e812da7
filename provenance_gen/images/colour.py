"""Colour difference as the eye sees it: sRGB to CIE Lab, and CIEDE2000.

Values are taken as sRGB under D65, whatever profile a file had. ``ciede2000`` follows Sharma, Wu
and Dalal 2005, "The CIEDE2000 color-difference formula: implementation notes, supplementary test
data, and mathematical observations", whose test pairs are in the tests. A difference of about 1
is just noticeable side by side; the formula is not meant for far-apart colours, where it only
says "far".
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["ciede2000", "lab"]

Colours = NDArray[np.float64]

_TO_XYZ: Final = np.array(  # IEC 61966-2-1
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE: Final = np.array([0.95047, 1.0, 1.08883])
_FAR: Final = 25.0**7


def lab(colours: NDArray[np.number]) -> Colours:
    """Return CIE L*, a*, b* of sRGB colours; the last axis is red, green, blue from 0 to 255."""
    values = np.asarray(colours, dtype=np.float64) / 255
    dark = values <= 0.04045  # noqa: PLR2004 - IEC 61966-2-1
    linear = np.where(dark, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T / _WHITE
    root = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def ciede2000(first: Colours, second: Colours) -> Colours:
    """Return the CIEDE2000 difference of Lab colours, with kL = kC = kH = 1."""
    light_one, light_two = first[..., 0], second[..., 0]
    chroma = (np.hypot(first[..., 1], first[..., 2]) + np.hypot(second[..., 1], second[..., 2])) / 2
    stretch = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + _FAR))
    a_one, a_two = stretch * first[..., 1], stretch * second[..., 1]
    chroma_one, chroma_two = np.hypot(a_one, first[..., 2]), np.hypot(a_two, second[..., 2])
    hue_one = np.degrees(np.arctan2(first[..., 2], a_one)) % 360
    hue_two = np.degrees(np.arctan2(second[..., 2], a_two)) % 360
    coloured = chroma_one * chroma_two > 0
    turn = np.where(coloured, (hue_two - hue_one + 180) % 360 - 180, 0.0)
    hue_gap = 2 * np.sqrt(chroma_one * chroma_two) * np.sin(np.radians(turn) / 2)
    light, chroma = (light_one + light_two) / 2, (chroma_one + chroma_two) / 2
    hue = np.where(coloured, (hue_one + _across(hue_one, hue_two) / 2) % 360, hue_one + hue_two)
    weight = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    bend = (light - 50) ** 2
    light_term = (light_two - light_one) / (1 + 0.015 * bend / np.sqrt(20 + bend))
    chroma_term = (chroma_two - chroma_one) / (1 + 0.045 * chroma)
    hue_term = hue_gap / (1 + 0.015 * chroma * weight)
    turning = 2 * np.sqrt(chroma**7 / (chroma**7 + _FAR))
    turning *= -np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    squares = light_term**2 + chroma_term**2 + hue_term**2 + turning * chroma_term * hue_term
    result: Colours = np.sqrt(np.maximum(squares, 0.0))
    return result


def _across(first: Colours, second: Colours) -> Colours:
    """Return the turn from one hue to the other the shorter way, up to 180 degrees."""
    turn: Colours = (second - first) % 360
    return np.where(turn > 180, turn - 360, turn)  # noqa: PLR2004 - half a circle
