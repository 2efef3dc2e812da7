"""The origin map: for every pixel of a picture, which steps wrote it, each with its share.

A picture begins with one writer (an attempt of a model, or an imported file) that owns every
pixel. Each later mark covers what is below it: where its coverage is ``a``, what lay there keeps
``1 - a`` of its share. So the shares of a pixel sum to 1, and a stroke of 10 % opacity does not
own its pixel. Geometry carries shares along (``images.warp``); tone changes move none.

Computed from the last step to the first. What a mark wrote is what no later mark covered, carried
to the final picture once (twice where the picture was made smaller and larger again, since what
was lost in between stays lost). So work and memory grow with the sum of what the steps wrote,
not with the square of their number. What a person, a model or another program did is said by the
records of the steps; nothing here adds shares up to a figure for the whole picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from provenance_gen.errors import ImageError
from provenance_gen.images.layers import FULL, Mark, Writer
from provenance_gen.images.warp import Matrix, Patch, Plane, carry, is_identity, scale_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["MIXED", "OWNS", "Composition", "Key", "Share", "Step", "compose"]

OWNS: Final = 128
"""Share in steps of 1/255 from which a pixel is labelled with its writer: more than half of its
value, so that no pixel can have two."""

MIXED: Final = 0
"""Label of a pixel that no single writer supplied half of."""

_BOTTLENECK: Final = 0.75
"""A frame with fewer pixels than this share of the coarser of first and last lost detail."""

Size = tuple[int, int]
Labels = NDArray[np.uint16]


class Key(NamedTuple):
    """What shares are added up by: a step, the means, and what was put in."""

    step: str
    """Name of the image that the step made, such as ``1.2`` or ``e4``."""
    writer: Writer
    source: str | None = None
    """Pixel digest of the image that was put in."""


class Step(NamedTuple):
    """An edit: the image it made, and what it wrote in order."""

    name: str
    marks: Sequence[Mark]


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """The share that one writer has of each final pixel, in steps of 1/255, where it has any."""

    key: Key
    corner: tuple[int, int]
    values: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Composition:
    """An origin map.

    ``labels`` is height by width of the final picture: ``MIXED``, or one more than the place in
    ``shares`` of the writer that the pixel has more than half of its value from.
    """

    size: Size
    shares: tuple[Share, ...]
    """The beginning first, then in the order of the steps; only writers that are still seen."""
    labels: Labels


class _View(NamedTuple):
    """How a frame is seen in the final picture."""

    frame: Size
    matrix: Matrix
    """From pixels of the final picture to pixels of the frame."""


def compose(root: Key, size: Size, steps: Sequence[Step]) -> Composition:
    """Compose the origin map of the picture that the last step made.

    Args:
        root: the writer that the picture began with.
        size: width and height that it began with.
        steps: the edits from the beginning to the final picture.

    Raises:
        ImageError: a step whose coverage is not of its size, or a map that is not affine.
    """
    return _Composer(root, size, steps).run()


class _Composer:
    """The pass from the last mark to the first."""

    def __init__(self, root: Key, size: Size, steps: Sequence[Step]) -> None:
        self._root = root
        self._steps = steps
        marks = [mark for step in steps for mark in step.marks]
        self._final = marks[-1].size if marks else size
        self._first = size
        self._view = _View(self._final, np.eye(3))
        self._narrow = self._view
        # Shares left over for what lies below, in the final picture and in the present frame.
        self._rest = np.ones(self._final[::-1], dtype=np.float32)
        self._open: Plane | None = None
        self._done: list[Share] = []

    def run(self) -> Composition:
        for place in range(len(self._steps) - 1, -1, -1):
            step = self._steps[place]
            found: dict[Key, list[Patch]] = {}
            for number in range(len(step.marks) - 1, -1, -1):
                mark = step.marks[number]
                if (patch := self._take(mark)) is not None and mark.writer is not None:
                    found.setdefault(Key(step.name, mark.writer, mark.source), []).append(patch)
                self._leave(mark, self._size_before(place, number))
            self._done.extend(_merged(key, patches) for key, patches in found.items())
        self._fold()
        whole = Patch(0, 0, np.ones(self._view.frame[::-1], dtype=np.float32))
        if (seen := self._project(whole)) is not None:
            self._done.append(_merged(self._root, [self._weighed(seen)]))
        shares = tuple(share for share in reversed(self._done) if share.values.size)
        return Composition(self._final, shares, _labelled(self._final, shares))

    def _size_before(self, place: int, number: int) -> Size:
        if number:
            return self._steps[place].marks[number - 1].size
        earlier = [step.marks for step in self._steps[:place] if step.marks]
        return earlier[-1][-1].size if earlier else self._first

    def _take(self, mark: Mark) -> Patch | None:
        """Return a mark's share of the final pixels, and let it cover what is below."""
        if mark.size != self._view.frame:
            raise ImageError("the sizes of a chain of edits do not fit together")
        if mark.coverage is None:
            return None
        (left, top), (height, width) = mark.corner, mark.coverage.shape
        if left + width > mark.size[0] or top + height > mark.size[1]:
            raise ImageError("a coverage lies beyond its picture")
        if self._open is None:
            self._open = np.ones(mark.size[::-1], dtype=np.float32)
        below = self._open[top : top + height, left : left + width]
        share = mark.coverage.astype(np.float32)
        share /= FULL
        share *= below
        below -= share
        seen = self._project(Patch(left, top, share))
        return None if seen is None else self._weighed(seen)

    def _leave(self, mark: Mark, before: Size) -> None:
        """Go to the frame before a mark."""
        if is_identity(mark.to_parent) and before == mark.size:
            return
        self._fold()
        self._view = _View(before, mark.to_parent @ self._view.matrix)
        if scale_of(self._view.matrix) < scale_of(self._narrow.matrix):
            self._narrow = self._view

    def _fold(self) -> None:
        """Take what the marks of the present frame cover off what is left in the final picture."""
        if self._open is None:
            return
        rows = np.flatnonzero((self._open < 1).any(axis=1))
        if rows.size:
            covered = 1 - self._open[rows[0] : rows[-1] + 1]
            seen = self._project(Patch(0, int(rows[0]), covered))
            if seen is not None:
                part = _part(self._rest, seen)
                part *= 1 - seen.values
        self._open = None

    def _project(self, patch: Patch) -> Patch | None:
        """Carry a patch of the present frame into the final picture."""
        view, narrow = self._view, self._narrow
        least = _BOTTLENECK * min(1.0, scale_of(view.matrix))
        if scale_of(narrow.matrix) >= least:
            return carry(patch, view.frame, view.matrix, self._final)
        between = carry(patch, view.frame, view.matrix @ np.linalg.inv(narrow.matrix), narrow.frame)
        if between is None:
            return None
        return carry(between, narrow.frame, narrow.matrix, self._final)

    def _weighed(self, seen: Patch) -> Patch:
        values = seen.values * _part(self._rest, seen)
        return Patch(seen.left, seen.top, values)


def _part(plane: Plane, patch: Patch) -> Plane:
    left, top, width, height = patch.box
    return plane[top : top + height, left : left + width]


def _merged(key: Key, patches: Iterable[Patch]) -> Share:
    """Add patches up and cut the sum to where there is any."""
    boxes = [patch.box for patch in patches]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    width = max(box[0] + box[2] for box in boxes) - left
    height = max(box[1] + box[3] for box in boxes) - top
    total = np.zeros((height, width), dtype=np.float32)
    for patch in patches:
        part = _part(total, Patch(patch.left - left, patch.top - top, patch.values))
        part += patch.values
    values = np.rint(np.clip(total, 0, 1) * FULL).astype(np.uint8)
    rows, columns = np.flatnonzero(values.any(axis=1)), np.flatnonzero(values.any(axis=0))
    if not rows.size:
        return Share(key, (left, top), np.zeros((0, 0), dtype=np.uint8))
    cut = values[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Share(key, (left + int(columns[0]), top + int(rows[0])), np.ascontiguousarray(cut))


def _labelled(size: Size, shares: Sequence[Share]) -> Labels:
    labels = np.full(size[::-1], MIXED, dtype=np.uint16)
    for number, share in enumerate(shares, 1):
        (left, top), (height, width) = share.corner, share.values.shape
        part = labels[top : top + height, left : left + width]
        part[share.values >= OWNS] = number
    return labels
