"""Words of others that manifests are made of: digital source types and C2PA actions.

Sources: the IPTC NewsCodes vocabulary "digitalsourcetype" and C2PA 2.2, section 18.15. What a
source type says about AI is our reading, given here once for writing and for reading.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

IPTC: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
C2PA: Final = "http://c2pa.org/digitalsourcetype/"

GENERATED: Final = IPTC + "trainedAlgorithmicMedia"
EDITED_BY_AI: Final = IPTC + "compositeWithTrainedAlgorithmicMedia"
HUMAN_EDITS: Final = IPTC + "humanEdits"
AI_DISCLOSURE: Final = "c2pa.ai-disclosure"
"""Label of the assertion that a model was used (C2PA 2.4)."""


class AiRole(StrEnum):
    """What a digital source type says about AI."""

    GENERATED = "generated"
    PARTLY = "partly"
    NONE = "none"
    """Names another origin. It never means that no AI was used elsewhere."""


SOURCE_TYPES: Final[dict[str, AiRole]] = {
    GENERATED: AiRole.GENERATED,
    C2PA + "trainedAlgorithmicData": AiRole.GENERATED,
    EDITED_BY_AI: AiRole.PARTLY,
    IPTC + "compositeSynthetic": AiRole.PARTLY,
    IPTC + "digitalCapture": AiRole.NONE,
    IPTC + "computationalCapture": AiRole.NONE,
    IPTC + "negativeFilm": AiRole.NONE,
    IPTC + "positiveFilm": AiRole.NONE,
    IPTC + "print": AiRole.NONE,
    IPTC + "screenCapture": AiRole.NONE,
    IPTC + "virtualRecording": AiRole.NONE,
    IPTC + "compositeCapture": AiRole.NONE,
    IPTC + "digitalCreation": AiRole.NONE,
    IPTC + "dataDrivenMedia": AiRole.NONE,
    # Made by rules rather than by a model trained on samples.
    IPTC + "algorithmicMedia": AiRole.NONE,
    IPTC + "algorithmicallyEnhanced": AiRole.NONE,
    HUMAN_EDITS: AiRole.NONE,
    C2PA + "empty": AiRole.NONE,
}
"""Source types in use. ``composite`` is missing here: what it is composed of, it does not say."""

RETIRED: Final[dict[str, AiRole]] = {
    IPTC + "minorHumanEdits": AiRole.NONE,
    IPTC + "digitalArt": AiRole.NONE,
    IPTC + "softwareImage": AiRole.NONE,
}
"""Read in old files, never written."""

WRITABLE: Final = frozenset(SOURCE_TYPES) | {IPTC + "composite"}

ACTIONS: Final = frozenset(
    {
        "c2pa.addedText",
        "c2pa.adjustedColor",
        "c2pa.changedSpeed",
        "c2pa.converted",
        "c2pa.created",
        "c2pa.cropped",
        "c2pa.deleted",
        "c2pa.drawing",
        "c2pa.dubbed",
        "c2pa.edited",
        "c2pa.edited.metadata",
        "c2pa.enhanced",
        "c2pa.filtered",
        "c2pa.opened",
        "c2pa.orientation",
        "c2pa.placed",
        "c2pa.published",
        "c2pa.redacted",
        "c2pa.removed",
        "c2pa.repackaged",
        "c2pa.resized",
        "c2pa.resized.proportional",
        "c2pa.transcoded",
        "c2pa.translated",
        "c2pa.trimmed",
        "c2pa.unknown",
        "c2pa.watermarked",
        "c2pa.watermarked.bound",
        "c2pa.watermarked.unbound",
    }
)
"""Actions of C2PA 2.2 that are not deprecated."""


def ai_role(source_type: str) -> AiRole | None:
    """Return what a source type says about AI; None where it says nothing that we know."""
    # Some writers use https or a trailing slash; the vocabulary's own form is http without one.
    plain = source_type.strip().replace("https://", "http://", 1).rstrip("/")
    return SOURCE_TYPES.get(plain) or RETIRED.get(plain)


_PLACES: Final = ("cv.iptc.org/newscodes/digitalsourcetype", "c2pa.org/digitalsourcetype")
_SCHEMA_ORG: Final = "DigitalSource"
"""Ending of the terms in schema.org's copy of the vocabulary."""
_BY_TERM: Final = {
    address.rpartition("/")[2].lower(): role for address, role in (SOURCE_TYPES | RETIRED).items()
}


def meant_role(stated: str) -> AiRole | None:
    """Return what a source type says about AI, also where it is written carelessly.

    Some writers give the term alone, with the vocabulary's short name (``digsrctype:``), in other
    letters, or by schema.org's name for it (``TrainedAlgorithmicMediaDigitalSource``). An address
    of somebody else's says nothing, whatever it ends in.
    """
    plain = stated.strip().rstrip("/#").removeprefix("https://").removeprefix("http://")
    place, _, term = plain.rpartition("/")
    if place.startswith("schema.org"):
        term = term.removesuffix(_SCHEMA_ORG)
    elif place and place.lower().removeprefix("www.") not in _PLACES:
        return None
    return _BY_TERM.get(term.rpartition(":")[2].lower())
