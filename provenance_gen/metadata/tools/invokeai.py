"""InvokeAI in its three generations: ``invokeai_metadata``, ``sd-metadata`` and ``Dream``.

InvokeAI ``invokeai/app/invocations/metadata.py`` (3 and later); ``backend/image_util/pngwriter.py``
(2 and 1), where what is not wanted stands in the prompt in square brackets.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.metadata.values import claim, first, mapping, size, words

if TYPE_CHECKING:
    from provenance_gen.metadata.carriers import Carrier
    from provenance_gen.metadata.siblings import Siblings
    from provenance_gen.records.claim import FoundClaim

_TOOL: Final = "InvokeAI"
_MAX_DREAM: Final = 100_000
_OPTION: Final = re.compile(r"(?:^|\s)-([A-Za-z])\s*([^\s-][^\s]*|-\d[^\s]*)")


def parse(carrier: Carrier, _siblings: Siblings) -> FoundClaim | None:
    """Read a claim by InvokeAI."""
    if carrier.key == "invokeai_metadata" and carrier.json:
        return _current(carrier, carrier.json)
    if carrier.key == "sd-metadata" and carrier.json:
        return _second(carrier, carrier.json)
    if carrier.key == "Dream":
        return _first(carrier)
    return None


def _current(carrier: Carrier, values: dict[str, Any]) -> FoundClaim:
    model = mapping(values.get("model"))
    return claim(
        _TOOL,
        carrier,
        # Pictures put into the gallery by hand carry the name of the program alone.
        generator="positive_prompt" in values or "seed" in values,
        prompt=values.get("positive_prompt"),
        negative_prompt=values.get("negative_prompt"),
        seed=values.get("seed"),
        steps=values.get("steps"),
        sampler=values.get("scheduler"),
        guidance=first(values, "cfg_scale", "guidance"),
        model=first(model, "name", "model_name"),
        model_hash=model.get("hash"),
        size=size(values.get("width"), values.get("height")),
    )


def _second(carrier: Carrier, values: dict[str, Any]) -> FoundClaim:
    image = mapping(values.get("image"))
    prompt, negative = _split(_prompts(image.get("prompt")))
    return claim(
        _TOOL,
        carrier,
        generator=bool(image),
        prompt=prompt,
        negative_prompt=negative,
        seed=image.get("seed"),
        steps=image.get("steps"),
        sampler=image.get("sampler"),
        guidance=image.get("cfg_scale"),
        model=values.get("model_weights"),
        model_hash=values.get("model_hash"),
        size=size(image.get("width"), image.get("height")),
    )


def _first(carrier: Carrier) -> FoundClaim | None:
    text = carrier.text.strip()[:_MAX_DREAM]
    close = text.rfind('"')
    if not text.startswith('"') or close == 0:
        return None
    options = dict(_OPTION.findall(text[close + 1 :]))
    prompt, negative = _split(text[1:close])
    return claim(
        _TOOL,
        carrier,
        prompt=prompt,
        negative_prompt=negative,
        seed=options.get("S"),
        steps=options.get("s"),
        sampler=options.get("A", options.get("m")),
        guidance=options.get("C"),
        size=size(options.get("W"), options.get("H")),
    )


def _prompts(value: Any) -> str | None:
    """Return a prompt, or the texts of a list of weighted ones."""
    if isinstance(value, list):
        return words([mapping(item).get("prompt") for item in value])
    return words(value)


def _split(text: str | None) -> tuple[str | None, str | None]:
    """Take out what stands in square brackets, going once through the text."""
    if text is None:
        return None, None
    kept: list[str] = []
    unwanted: list[str] = []
    place = 0
    while True:
        start = text.find("[", place)
        end = text.find("]", start) if start >= 0 else -1
        if end < 0:
            break
        kept.append(text[place:start])
        unwanted.append(text[start + 1 : end])
        place = end + 1
    kept.append(text[place:])
    return "".join(kept).strip(), ", ".join(unwanted) if unwanted else None
