"""Draw Things: JSON in the XMP property ``exif:UserComment``, with names of a letter or two.

Follows stable-diffusion-prompt-reader ``format/drawthings.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance_gen.metadata.values import claim, load_json, mapping

if TYPE_CHECKING:
    from provenance_gen.metadata.carriers import Carrier
    from provenance_gen.metadata.siblings import Siblings
    from provenance_gen.records.claim import FoundClaim


def parse(carrier: Carrier, _siblings: Siblings) -> FoundClaim | None:
    """Read a claim by Draw Things."""
    for text in carrier.properties.get("UserComment", ()):
        values = mapping(load_json(text)[0])
        if "c" in values and ("uc" in values or "model" in values):
            return _claim(carrier, values)
    return None


def _claim(carrier: Carrier, values: dict[str, Any]) -> FoundClaim:
    return claim(
        "Draw Things",
        carrier,
        prompt=values.get("c"),
        negative_prompt=values.get("uc"),
        seed=values.get("seed"),
        steps=values.get("steps"),
        sampler=values.get("sampler"),
        guidance=values.get("scale"),
        model=values.get("model"),
        size=values.get("size"),
        digital_source_type=next(iter(carrier.properties.get("DigitalSourceType", ())), None),
    )
