"""An origin map as a record: areas, regions and the events that each layer rests on.

Pure: from a composition and what is known of its steps. Areas are in px² of the final picture:
``area`` counts the pixels that have more than half of their value from a writer, ``covered`` adds
its shares up. They say where a step shows, not what it is worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from provenance_gen.contribution.origin import MIXED, OWNS, Composition, Key, Share
from provenance_gen.images.layers import FULL
from provenance_gen.images.regions import areas
from provenance_gen.records.base import decimal
from provenance_gen.records.origin import OriginLayer, OriginRegion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provenance_gen.records.base import Decimal, Digest
    from provenance_gen.records.event import Citation

__all__ = ["MAX_REGIONS", "Maker", "figure", "layers", "mixed", "owns"]

MAX_REGIONS: Final = 64
"""Most regions that are listed of a layer, the largest; its area counts all."""


@dataclass(frozen=True)
class Maker:
    """What the record says of a step."""

    agent: str
    citations: tuple[Citation, ...]
    extent: str = "recorded"
    confirmed: bool | None = None


def owns() -> Decimal:
    """Return the share above which a pixel is labelled with its writer, as recorded."""
    return figure((OWNS - 0.5) / FULL)


def figure(value: float) -> Decimal:
    """Write a measured figure with six digits."""
    return decimal(float(f"{value:.6g}"))


def mixed(composition: Composition) -> int:
    """Return how many pixels no single writer supplied more than half of."""
    return int(np.count_nonzero(composition.labels == MIXED))


def layers(
    composition: Composition,
    makers: Mapping[str, Maker],
    *,
    names: Mapping[Digest, str],
    files: Mapping[Key, Digest] | None = None,
) -> tuple[OriginLayer, ...]:
    """Describe the layers of an origin map, in the order of their labels.

    Args:
        composition: the origin map.
        makers: by the name of the image that each step made.
        names: of the work's images, by pixel digest.
        files: digests of the files that hold the shares, where they were written.
    """
    return tuple(
        _layer(
            number,
            share,
            composition,
            maker=makers[share.key.step],
            names=names,
            coverage=files.get(share.key) if files else None,
        )
        for number, share in enumerate(composition.shares, 1)
    )


def _layer(
    number: int,
    share: Share,
    composition: Composition,
    *,
    maker: Maker,
    names: Mapping[Digest, str],
    coverage: Digest | None,
) -> OriginLayer:
    (left, top), (height, width) = share.corner, share.values.shape
    owned = composition.labels[top : top + height, left : left + width] == number
    found = areas(owned, MAX_REGIONS)
    regions = tuple(
        OriginRegion(box=(left + x, top + y, wide, high), area=size)
        for (x, y, wide, high), size in found
    )
    source = share.key.source
    return OriginLayer(
        label=number,
        image=share.key.step,
        writer=share.key.writer.value,
        agent=maker.agent,
        confirmed=maker.confirmed,
        source=source,
        source_image=names.get(source) if source else None,
        citations=maker.citations,
        extent=maker.extent,
        area=int(np.count_nonzero(owned)),
        covered=figure(float(share.values.sum(dtype=np.int64)) / FULL),
        regions=regions,
        coverage=coverage,
    )
