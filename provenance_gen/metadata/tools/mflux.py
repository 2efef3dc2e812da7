"""mflux: JSON with ``mflux_version`` in EXIF (mflux ``utils/generated_image.py``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.metadata.values import claim, size

if TYPE_CHECKING:
    from provenance_gen.metadata.carriers import Carrier
    from provenance_gen.metadata.siblings import Siblings
    from provenance_gen.records.claim import FoundClaim


def parse(carrier: Carrier, _siblings: Siblings) -> FoundClaim | None:
    """Read a claim by mflux; ``original_…`` values, of the picture it began with, are not taken."""
    values = carrier.json
    if "mflux_version" not in values:
        return None
    return claim(
        "mflux",
        carrier,
        prompt=values.get("prompt"),
        negative_prompt=values.get("negative_prompt"),
        seed=values.get("seed"),
        steps=values.get("steps"),
        guidance=values.get("guidance"),
        model=values.get("model"),
        size=size(values.get("width"), values.get("height")),
    )
