"""Find the change of tone that a whole picture went through, beside what was painted on it.

The model is a curve for each channel, a mixing of the channels, and again a curve: exposure,
contrast, levels, curves, white balance and saturation are such changes, one after another, and so
is what most programs offer for the whole picture. The fit is robust: it looks at colours, not at
areas, so that a large painted region of few colours does not count as a change of tone. Two
things are left to chance by any such fit: a recolouring of every pixel of one colour and nothing
else is no change of tone here, and a change that depends on the place (a vignette) is local.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Tone", "fitted_tone"]

Pixels = NDArray[np.float32]
Table = NDArray[np.float32]
Values = NDArray[np.floating[Any]]
Weights = NDArray[np.float64]

_CLOSE: Final = 4.0
"""A colour is explained if it comes within so many 8-bit values."""
_UNTOUCHED: Final = 0.6
"""With this share of the colours as they were, the tone is as it was."""
_GAIN: Final = 0.25
"""A change of tone must explain this much more of the colours than none does."""
_NEEDED: Final = 0.4
_BETTER: Final = 0.02
_CELL: Final = 16
_BIN: Final = 4.0
_BINS: Final = 96  # from -64 to 319
_FEWEST: Final = 4
_TRUSTED: Final = 0.2
_BENDS: Final = 3
"""Rounds of a fit without mixing."""
_END: Final = 6
"""Bins at an end of a curve by which it goes on beyond."""
_ROUNDS: Final = 6
_FINE: Final = 1024
_LEVELS: Final = 256
_CUT: Final = 3
"""Values so near black or white may have been cut off."""


@dataclass(frozen=True, slots=True, eq=False)
class Tone:
    """A change of tone: ``after(mix @ before(colour) + offset)``, all values 0 to 255."""

    before: Table
    """3 by 256: what each value of each channel becomes first."""
    mix: NDArray[np.float32]
    """3 by 4: the mixing of the channels, and an offset."""
    after: Table
    """3 by 1024: curves over the mixed values, -64 to 319."""

    def apply(self, colours: NDArray[np.uint8]) -> Pixels:
        """Return colours, the last axis red, green and blue, after the change of tone."""
        mixed = np.empty(colours.shape, dtype=np.float32)
        for channel in range(3):
            mixed[..., channel] = self.before[channel][colours[..., channel]]
        mixed = mixed @ self.mix[:, :3].T + self.mix[:, 3]
        places = np.clip((mixed + 64) * ((_FINE - 1) / 383), 0, _FINE - 1)
        index = np.rint(places).astype(np.int16)
        for channel in range(3):
            mixed[..., channel] = self.after[channel][index[..., channel]]
        return mixed


_GRID: Final = np.linspace(-64, 319, _FINE)


def fitted_tone(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Tone | None:
    """Return the change of tone between samples of two pictures, or None where there is none.

    Args:
        before: pixels of the picture before, n by 3; averaged over noise, away from edges.
        after: the pixels at the same places in the picture after.
    """
    one, two = before.astype(np.float32), after.astype(np.float32)
    if not len(one):
        return None
    weights = _by_colour(one)
    untouched = _explained(one, two, weights)
    if untouched >= _UNTOUCHED:
        return None
    best: Tone | None = None
    reached = untouched
    for mixing, bending in ((False, False), (True, False), (True, True)):
        tone = _fit(one, two, weights, mixing=mixing, bending=bending)
        explained = _explained(tone.apply(before), two, weights)
        if best is None or explained > reached + _BETTER:
            best, reached = tone, explained
    return best if reached >= max(_NEEDED, untouched + _GAIN) else None


def _by_colour(colours: Pixels) -> Weights:
    """Weigh pixels so that each colour counts by the root of its area."""
    cells = (colours // _CELL).astype(np.int64) @ np.array([1, 16, 256])
    counts = np.bincount(cells)
    weights = 1 / np.sqrt(counts[cells])
    result: Weights = weights / weights.sum()
    return result


def _explained(reached: Pixels, wanted: Pixels, weights: Weights) -> float:
    return float(weights[np.abs(reached - wanted).max(axis=1) <= _CLOSE].sum())


def _fit(one: Pixels, two: Pixels, weights: Weights, *, mixing: bool, bending: bool) -> Tone:
    """Fit the parts in turn, each to what the others leave.

    Args:
        one: colours before.
        two: colours after.
        weights: of the colours.
        mixing: whether channels are mixed; otherwise there is one curve for each.
        bending: whether there is a curve before the mixing.
    """
    levels = np.arange(_LEVELS, dtype=np.float32)
    before = np.stack([levels] * 3)
    mix = np.eye(3, 4, dtype=np.float32)
    after = np.stack([np.clip(_GRID, 0, 255).astype(np.float32)] * 3)
    trust = np.ones(len(one))
    inner = ((two > _CUT) & (two < 255 - _CUT)).all(axis=1)
    for _ in range(_ROUNDS if mixing else _BENDS):
        bent = np.stack([before[c][one[:, c].astype(np.uint8)] for c in range(3)], axis=1)
        if mixing:
            mix = _mixed(bent, two, weights, trust)
        if bending and mixing and np.count_nonzero(inner) > _LEVELS:
            wanted = (two[inner] - mix[:, 3]) @ np.linalg.pinv(mix[:, :3]).T
            before = np.stack(
                [
                    _curve(one[inner, c], wanted[:, c], weights[inner], levels, trust[inner])
                    for c in range(3)
                ]
            )
            bent = np.stack([before[c][one[:, c].astype(np.uint8)] for c in range(3)], axis=1)
        mixed = bent @ mix[:, :3].T + mix[:, 3]
        after = np.stack([_curve(mixed[:, c], two[:, c], weights, _GRID, trust) for c in range(3)])
        reached = np.stack([np.interp(mixed[:, c], _GRID, after[c]) for c in range(3)], axis=1)
        away = np.abs(reached - two).max(axis=1)
        scale = max(2.0, 1.5 * float(np.quantile(away, 0.4)))
        trust = np.maximum(np.clip(1 - (away / (4 * scale)) ** 2, 0, None) ** 2, 1e-6)
    return Tone(before.astype(np.float32), mix.astype(np.float32), after.astype(np.float32))


def _mixed(bent: Pixels, two: Pixels, weights: Weights, trust: Weights) -> Pixels:
    """Fit the mixing by least squares, with less trust in what it does not explain."""
    terms = np.column_stack([bent, np.ones(len(bent))])
    mix = np.eye(3, 4)
    for channel in range(3):
        inner = (two[:, channel] > _CUT) & (two[:, channel] < 255 - _CUT)
        if np.count_nonzero(inner) < _LEVELS:
            continue
        wanted, known = two[inner, channel], terms[inner]
        sure = weights[inner] * np.maximum(trust[inner], 1e-6)
        row = mix[channel]
        for _ in range(8):
            root = np.sqrt(sure)
            row = np.linalg.lstsq(known * root[:, None], wanted * root, rcond=None)[0]
            away = np.abs(known @ row - wanted)
            scale = max(1.5, 1.5 * float(np.quantile(away, 0.4)))
            sure = weights[inner] / (1 + (away / (2 * scale)) ** 2) ** 2
        mix[channel] = row
    return mix.astype(np.float32)


def _curve(
    values: Values, wanted: Values, weights: Weights, places: Values, trust: Weights
) -> Table:
    """Return a rising curve: at places, the values plus the weighted median change near them.

    Bins of values that are hardly trusted, since all of their pixels were painted over, are left
    to their neighbours.
    """
    which = np.clip((values + 64) / _BIN, 0, _BINS - 1).astype(np.int64)
    change = wanted - values
    order = np.lexsort((change, which))
    starts = np.searchsorted(which[order], np.arange(_BINS + 1))
    centres, medians, masses = [], [], []
    for start, end in pairwise(starts):
        chosen = order[start:end]
        if len(chosen) >= _FEWEST and trust[chosen].mean() > _TRUSTED:
            sums = np.cumsum(weights[chosen] * trust[chosen])
            medians.append(float(change[chosen[np.searchsorted(sums, sums[-1] / 2)]]))
            centres.append(float(np.median(values[chosen])))
            masses.append(float(sums[-1]))
    if not centres:
        return np.clip(places, 0, 255).astype(np.float32)
    middles = np.array(centres)
    heights = _rising(middles + np.array(medians), np.array(masses))
    curve = places + _interpolated(middles, heights - middles, places)
    rising = np.maximum.accumulate(np.clip(curve, 0, 255))
    return rising.astype(np.float32)


def _rising(heights: Weights, masses: Weights) -> Weights:
    """Return the nearest rising heights: pool adjacent violators (Ayer et al. 1955)."""
    pools: list[list[float]] = []
    for height, mass in zip(heights, masses, strict=True):
        pools.append([height, mass, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            above, weight, count = pools.pop()
            below = pools[-1]
            below[0] = (below[0] * below[1] + above * weight) / (below[1] + weight)
            below[1] += weight
            below[2] += count
    return np.repeat([pool[0] for pool in pools], [int(pool[2]) for pool in pools])


def _interpolated(centres: Weights, heights: Weights, places: Values) -> Values:
    """Draw lines between the medians; beyond the ends go on as the ends do."""
    result = np.interp(places, centres, heights)
    reach = min(_END, len(centres) - 1)
    if reach:
        for end, beyond in (
            (slice(0, reach + 1), places < centres[0]),
            (slice(-reach - 1, None), places > centres[-1]),
        ):
            slope, start = np.polyfit(centres[end], heights[end], 1)
            result[beyond] = start + slope * places[beyond]
    return result
