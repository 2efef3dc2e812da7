"""Fooocus: a JSON object of settings, by key or, from older forks, by label.

Fooocus ``modules/meta_parser.py``. Its other scheme, AUTOMATIC1111's form, is read by ``a1111``.
The resolution is written as a Python tuple; its two numbers are searched, nothing is evaluated.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.metadata.values import claim, first, words

if TYPE_CHECKING:
    from provenance_gen.metadata.carriers import Carrier
    from provenance_gen.metadata.siblings import Siblings
    from provenance_gen.records.claim import FoundClaim

_KEYS: Final = ("parameters", "UserComment", "Comment", "comment")
_RESOLUTION: Final = re.compile(r"\(?\s*(\d{1,6})\s*[,x]\s*(\d{1,6})\s*\)?")


def parse(carrier: Carrier, siblings: Siblings) -> FoundClaim | None:
    """Read a claim by Fooocus."""
    values = carrier.json
    if carrier.key not in _KEYS or not _is_fooocus(values, siblings):
        return None
    resolution = _RESOLUTION.fullmatch(
        (words(first(values, "resolution", "Resolution")) or "")[:40]
    )
    return claim(
        "Fooocus",
        carrier,
        prompt=first(values, "prompt", "Prompt"),
        negative_prompt=first(values, "negative_prompt", "Negative Prompt"),
        seed=first(values, "seed", "Seed"),
        steps=first(values, "steps", "Steps"),
        sampler=first(values, "sampler", "Sampler"),
        guidance=first(values, "guidance_scale", "Guidance Scale"),
        model=first(values, "base_model", "Base Model"),
        model_hash=values.get("base_model_hash"),
        size=f"{resolution[1]}x{resolution[2]}" if resolution else None,
    )


def _is_fooocus(values: dict[str, Any], siblings: Siblings) -> bool:
    if not values:
        return False
    if siblings.text("fooocus_scheme", "MakerNote") == "fooocus":
        return True
    version = words(first(values, "version", "Version")) or ""
    if version.startswith("Fooocus"):
        return True
    return "base_model" in values and "performance" in values
