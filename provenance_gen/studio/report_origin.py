"""The origin maps of a report, measured from stored pixels within stated limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.errors import ImageError, MissingExtraError
from provenance_gen.reporting.origin import Measured
from provenance_gen.studio.measure import composed

if TYPE_CHECKING:
    from provenance_gen.images.store import ImageStore
    from provenance_gen.records import work as records

MAX_PIXELS: Final = 16_000_000
"""Pixels of the largest picture that is measured for a report; ``provgen measure`` takes any."""

MAX_WORK: Final = 160_000_000
"""Pixels times steps that are measured for one report, so that it never takes minutes more."""


class OriginMaps:
    """Measures the origin maps of one report; see ``reporting.origin.Maps``."""

    def __init__(
        self,
        work: records.Work,
        store: ImageStore,
        *,
        largest: int = MAX_PIXELS,
        most: int = MAX_WORK,
    ) -> None:
        """Take pictures of one work.

        Args:
            work: the work.
            store: where its pictures are kept.
            largest: pixels of the largest picture that is measured.
            most: pixels times steps that are measured in all.
        """
        self._work = work
        self._store = store
        self._largest = largest
        self._left = most

    def __call__(self, image: records.Image) -> Measured:
        """Return where the steps of an image show, or why that is not said."""
        if image.withdrawn or not self._store.has(image.ref.pixel_digest):
            return Measured(missing="gone")
        chain = self._work.lineage(image.name)
        pixels = [step.stored.width * step.stored.height for step in chain]
        if max(pixels) > self._largest or sum(pixels) > self._left:
            return Measured(missing="large")
        self._left -= sum(pixels)
        try:
            measured, composition = composed(self._work, self._store, image.name)
        except MissingExtraError:
            return Measured(missing="extra")
        except (ImageError, OSError):
            return Measured(missing="unfit")
        return Measured(measured, composition.labels)
