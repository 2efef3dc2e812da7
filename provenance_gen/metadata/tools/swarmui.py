"""SwarmUI: JSON with ``sui_image_params`` (SwarmUI ``docs/Image Metadata Format.md``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.metadata.values import claim, mapping, size

if TYPE_CHECKING:
    from typing import Any

    from provenance_gen.metadata.carriers import Carrier
    from provenance_gen.metadata.siblings import Siblings
    from provenance_gen.records.claim import FoundClaim


def parse(carrier: Carrier, _siblings: Siblings) -> FoundClaim | None:
    """Read a claim by SwarmUI."""
    values = mapping(carrier.json.get("sui_image_params"))
    if not values:
        return None
    return claim(
        "SwarmUI",
        carrier,
        prompt=values.get("prompt"),
        negative_prompt=values.get("negativeprompt"),
        seed=values.get("seed"),
        steps=values.get("steps"),
        sampler=values.get("sampler"),
        guidance=values.get("cfgscale"),
        model=values.get("model"),
        model_hash=_hash(carrier.json.get("sui_models")),
        size=size(values.get("width"), values.get("height")),
    )


def _hash(models: Any) -> str | None:
    """Return the hash of the base model: that of the tensors, as SwarmUI counts them."""
    listed = models if isinstance(models, list) else []
    for model in listed:
        if mapping(model).get("param") == "model":
            found = model.get("hash")
            return found if isinstance(found, str) else None
    return None
