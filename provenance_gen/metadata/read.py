"""The unsigned claims in a file: every carrier is shown to every parser until one knows it.

Four tools share one key, so parsers look at the content; the order here decides where two would
know the same text. Everything found is claimed, and nothing of it is believed.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from provenance_gen.metadata import carriers, stealth
from provenance_gen.metadata.siblings import Siblings
from provenance_gen.metadata.tools import (
    a1111,
    aigc_label,
    comfyui,
    dgenerate,
    draw_things,
    easy_diffusion,
    fooocus,
    invokeai,
    iptc,
    krita,
    mflux,
    midjourney,
    novelai,
    swarmui,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PIL.Image import Image as Picture

    from provenance_gen.metadata.carriers import Carrier
    from provenance_gen.records.claim import FoundClaim

    Parser = Callable[[Carrier, Siblings], FoundClaim | None]

PARSERS: Final[tuple[Parser, ...]] = (
    draw_things.parse,
    iptc.parse,
    swarmui.parse,
    novelai.parse,
    invokeai.parse,
    comfyui.parse,
    mflux.parse,
    fooocus.parse,
    easy_diffusion.parse,
    dgenerate.parse,
    midjourney.parse,
    # These three know only lines of text; Krita's are a special case of AUTOMATIC1111's.
    krita.parse,
    a1111.parse,
)

LABELS: Final[tuple[Parser, ...]] = (aigc_label.parse,)
"""Parsers of labels that stand beside what a tool wrote, in the same text."""

MAX_CLAIMS: Final = 32


def claims(
    data: bytes, media_type: str | None, pixels: Picture | None = None
) -> tuple[FoundClaim, ...]:
    """Return the unsigned claims in a file, in the order in which they stand.

    Args:
        data: the file's bytes, which may be hostile.
        media_type: its kind by content.
        pixels: the decoded picture, for what is hidden in it; None where it is not at hand.
    """
    found = carriers.find(data, media_type)
    if pixels is not None:
        found += stealth.find(pixels)
    return parsed(found)


def parsed(found: Sequence[Carrier]) -> tuple[FoundClaim, ...]:
    """Return the claims in carriers that were found together in one file."""
    siblings = Siblings(found)
    known: list[FoundClaim] = []
    for carrier in found:
        for parsers in (PARSERS, LABELS):
            claim = _parse(carrier, siblings, parsers)
            if claim is not None and claim not in known and len(known) < MAX_CLAIMS:
                known.append(claim)
    return tuple(known)


def _parse(carrier: Carrier, siblings: Siblings, parsers: Sequence[Parser]) -> FoundClaim | None:
    for parser in parsers:
        claim = None
        # Parsers raise nothing; a mistake in one shall cost its claim and not the verdict.
        with contextlib.suppress(Exception):
            claim = parser(carrier, siblings)
        if claim is not None:
            return claim
    return None
