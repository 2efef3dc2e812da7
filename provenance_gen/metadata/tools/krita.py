"""Krita AI Diffusion: AUTOMATIC1111's form with settings of its own order and no model hash.

krita-ai-diffusion ``ai_diffusion/text.py``: the first seven settings stand always, in one order,
with ``Model hash: unknown``. Its XMP mark is read by ``iptc``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.metadata.tools import a1111

if TYPE_CHECKING:
    from provenance_gen.metadata.carriers import Carrier
    from provenance_gen.metadata.siblings import Siblings
    from provenance_gen.records.claim import FoundClaim

_ORDER: Final = ["Steps", "Sampler", "CFG scale", "Seed", "Size", "Model hash", "Model"]


def parse(carrier: Carrier, _siblings: Siblings) -> FoundClaim | None:
    """Read a claim by Krita AI Diffusion."""
    if carrier.key != "parameters":
        return None
    found = a1111.infotext(carrier.text)
    if found is None or found.settings.get("Model hash") != "unknown":
        return None
    if list(found.settings)[: len(_ORDER)] != _ORDER:
        return None
    return a1111.as_claim("Krita AI Diffusion", carrier, found)
