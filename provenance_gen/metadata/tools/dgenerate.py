"""dgenerate: the command line that would repeat the run, in ``DgenerateConfig`` or EXIF.

dgenerate ``auto1111_metadata.py`` reads it back by running it; here it is only split into words.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from provenance_gen.metadata.values import claim

if TYPE_CHECKING:
    from provenance_gen.metadata.carriers import Carrier
    from provenance_gen.metadata.siblings import Siblings
    from provenance_gen.records.claim import FoundClaim

_MAX_TEXT: Final = 100_000
_MARKS: Final = ("#! dgenerate", "#! /usr/bin/env dgenerate")


def parse(carrier: Carrier, _siblings: Siblings) -> FoundClaim | None:
    """Read a claim by dgenerate; of several prompts, seeds and so on the first counts."""
    text = carrier.text.strip()[:_MAX_TEXT]
    if carrier.key != "DgenerateConfig" and not text.startswith(_MARKS):
        return None
    options = _options(text)
    prompt, separator, negative = options.get("--prompts", "").partition(";")
    return claim(
        "dgenerate",
        carrier,
        prompt=prompt.strip() if "--prompts" in options else None,
        negative_prompt=negative.strip() if separator else None,
        seed=options.get("--seeds"),
        steps=options.get("--inference-steps"),
        sampler=options.get("--scheduler", options.get("--schedulers")),
        guidance=options.get("--guidance-scales"),
        model=options.get(""),
        size=options.get("--output-size"),
    )


def _options(text: str) -> dict[str, str]:
    """Return each option's first value; the model, which comes first, has the name ''."""
    lines = [line for line in text.split("\n") if not line.lstrip().startswith("#")]
    try:
        words = shlex.split("\n".join(lines).replace("\\\n", " "))
    except ValueError:
        return {}  # a quotation mark that is not closed
    found: dict[str, str] = {}
    option = ""
    for word in words:
        if word.startswith("--"):
            option = word
        elif word != "\\":
            found.setdefault(option, word)
    return found
