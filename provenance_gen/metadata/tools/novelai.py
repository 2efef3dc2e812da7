"""NovelAI: ``Software: NovelAI`` with JSON in ``Comment``, or all of it in the pixels.

Follows sd-parsers ``_novelai.py``; in stealth data and in EXIF one JSON object holds the same
names, with ``Comment`` as a JSON string in it. Its fourth generation keeps the prompts once more,
by person, which is not read: the whole prompt stands where it always stood.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.metadata.values import claim, first, load_json, mapping, size, words

if TYPE_CHECKING:
    from provenance_gen.metadata.carriers import Carrier
    from provenance_gen.metadata.siblings import Siblings
    from provenance_gen.records.claim import FoundClaim

_SOFTWARE: Final = "NovelAI"
_HASH: Final = re.compile(r"[0-9A-F]{6,64}")


def parse(carrier: Carrier, siblings: Siblings) -> FoundClaim | None:
    """Read a claim by NovelAI."""
    whole = carrier.json
    if whole.get("Software") == _SOFTWARE:
        comment = whole.get("Comment")
        values = mapping(load_json(comment)[0]) if isinstance(comment, str) else mapping(comment)
        return _claim(carrier, values, whole.get("Description"), whole.get("Source"))
    if siblings.text("Software") != _SOFTWARE:
        return None
    description, source = siblings.text("Description"), siblings.text("Source")
    comment = siblings.get("Comment")
    if carrier.key == "Comment" and whole:
        return _claim(carrier, whole, description, source)
    if carrier.key == "Software" and (comment is None or not comment.json):
        return _claim(carrier, {}, description, source)  # the settings were taken out
    return None


def _claim(carrier: Carrier, values: dict[str, Any], description: Any, source: Any) -> FoundClaim:
    # The source ends in the model's hash: "Stable Diffusion XL C1E1CE71".
    model = (words(source) or "").strip()
    name, _, digest = model.rpartition(" ")
    hashed = bool(name) and _HASH.fullmatch(digest) is not None
    return claim(
        "NovelAI",
        carrier,
        prompt=first(values, "prompt") or description,
        negative_prompt=values.get("uc"),
        seed=values.get("seed"),
        steps=values.get("steps"),
        sampler=values.get("sampler"),
        guidance=values.get("scale"),
        model=name if hashed else model,
        model_hash=digest if hashed else None,
        size=size(values.get("width"), values.get("height")),
    )
