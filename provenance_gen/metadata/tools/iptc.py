"""XMP with IPTC's digital source type, its fields on AI (2025.1), or its creator (``dc:creator``).

Whoever wrote it, a generator, an editor or a camera, it is a label: what it says about AI is
decided where its source type is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.metadata.values import claim

if TYPE_CHECKING:
    from provenance_gen.metadata.carriers import Carrier
    from provenance_gen.metadata.siblings import Siblings
    from provenance_gen.records.claim import FoundClaim

TOOL: Final = "XMP/IPTC"


def parse(carrier: Carrier, _siblings: Siblings) -> FoundClaim | None:
    """Read a label in an XMP packet."""
    # As with names that stand twice in JSON, the last one counts.
    values = {name: found[-1] for name, found in carrier.properties.items()}
    system = values.get("AISystemUsed")
    prompt = values.get("AIPromptInformation")
    source_type = values.get("DigitalSourceType")
    mining = values.get("DataMining")
    authors = carrier.properties.get("creator", ())
    if not authors and all(one is None for one in (source_type, system, prompt, mining)):
        return None
    version = values.get("AISystemVersionUsed")
    return claim(
        TOOL,
        carrier,
        # The fields on AI say that a system was used, whatever the source type says.
        generator=system is not None or prompt is not None,
        prompt=prompt,
        model=" ".join(part for part in (system, version) if part) if system else None,
        digital_source_type=source_type,
        data_mining=mining,
        authors=authors,
    )
