"""AUTOMATIC1111's form, which SD.Next, Forge, reForge and others write too.

``prompt``, a line ``Negative prompt: …`` and a line of settings ``Steps: 20, Sampler: …`` whose
values are JSON strings where they hold commas, colons or line feeds
(stable-diffusion-webui ``modules/infotext_utils.py``, SD.Next ``modules/processing_info.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provenance_gen.metadata.values import claim, load_json

if TYPE_CHECKING:
    from provenance_gen.metadata.carriers import Carrier
    from provenance_gen.metadata.siblings import Siblings
    from provenance_gen.records.claim import FoundClaim

_MIN_SETTINGS: Final = 3
_OWN: Final = (
    "Steps",
    "Sampler",
    "Seed",
    "CFG scale",
    "Guidance scale",
    "Distilled CFG Scale",
    "Schedule type",
    "Model hash",
)
"""Settings that nobody but a generator has. A caption may have "Model" and "Size" as well."""

_MIN_OWN: Final = 2
_MAX_SETTINGS: Final = 500
_MAX_NAME: Final = 60
_NAME: Final = re.compile(r"\w[\w \-/]*")
_QUOTED: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_KEYS: Final = ("parameters", "UserComment", "comment", "Comment", "alpha", "rgb")
_UPSCALED: Final = ("postprocessing", "extras")
_UPSCALING: Final = re.compile(r"upscal|postprocess|visibility|gfpgan|codeformer", re.IGNORECASE)
_NEGATIVE: Final = "Negative prompt:"
_TEMPLATES: Final = ("Template:", "Negative template:")
_VERSIONS: Final = (
    (re.compile(r"f\d|neo|forge", re.IGNORECASE), "Forge"),
    (re.compile(r"Fooocus", re.IGNORECASE), "Fooocus"),
    (re.compile(r"ComfyUI", re.IGNORECASE), "ComfyUI"),
    (re.compile(r"v?\d"), "AUTOMATIC1111"),
)
COMPATIBLE: Final = "A1111-compatible"
"""Name of the tool where the text does not say which one wrote it."""


@dataclass(frozen=True)
class Infotext:
    """The three parts of a text in this form."""

    prompt: str | None
    negative: str | None
    settings: dict[str, str]
    """In their order."""


def parse(carrier: Carrier, _siblings: Siblings) -> FoundClaim | None:
    """Read a claim in AUTOMATIC1111's form."""
    if carrier.key in _UPSCALED and _UPSCALING.search(carrier.text):
        return claim(COMPATIBLE, carrier, generator=False)
    if carrier.key not in _KEYS:
        return None
    found = infotext(carrier.text)
    return None if found is None else as_claim(_tool(found.settings), carrier, found)


def as_claim(tool: str, carrier: Carrier, found: Infotext) -> FoundClaim:
    """Make a claim of the parts."""
    settings = found.settings
    model_hash = settings.get("Model hash")
    return claim(
        tool,
        carrier,
        prompt=found.prompt,
        negative_prompt=found.negative,
        seed=settings.get("Seed"),
        steps=settings.get("Steps"),
        sampler=settings.get("Sampler"),
        guidance=settings.get("CFG scale", settings.get("Guidance scale")),
        model=settings.get("Model"),
        model_hash=None if model_hash == "unknown" else model_hash,
        size=settings.get("Size"),
    )


def infotext(text: str) -> Infotext | None:
    """Take a text apart; None where it has no line of settings."""
    lines = text.strip().split("\n")
    # The settings are the last line but for what sites append; prompts may hold line feeds.
    place = next(
        (n for n in range(len(lines) - 1, -1, -1) if lines[n].lstrip().startswith("Steps:")),
        len(lines) - 1,
    )
    settings = _settings(lines[place])
    if len(settings) < _MIN_SETTINGS or sum(name in settings for name in _OWN) < _MIN_OWN:
        return None
    prompt: list[str] = []
    negative: list[str] | None = None
    part = prompt
    for line in lines[:place]:
        if line.startswith(_NEGATIVE):
            negative = [] if negative is None else negative
            part = negative
            part.append(line[len(_NEGATIVE) :].strip())
        elif line.startswith(_TEMPLATES):
            part = []
        else:
            part.append(line)
    return Infotext(
        prompt="\n".join(prompt).strip() if place else None,
        negative=None if negative is None else "\n".join(negative).strip(),
        settings=settings,
    )


def _settings(line: str) -> dict[str, str]:
    """Read ``Name: value, Name: value``, going once through the line."""
    found: dict[str, str] = {}
    place = 0
    for _ in range(_MAX_SETTINGS):
        colon = line.find(":", place)
        if colon < 0:
            break
        # What stands before the last comma belongs to no name.
        name = line[max(place, colon - _MAX_NAME) : colon].rpartition(",")[2].strip()
        start = colon + 1
        while start < len(line) and line[start] == " ":
            start += 1
        quoted = _QUOTED.match(line, start) if line[start : start + 1] == '"' else None
        end = line.find(",", quoted.end() if quoted else start)
        end = len(line) if end < 0 else end
        value = line[start:end].strip()
        if quoted:
            decoded = load_json(quoted[0])[0]
            value = decoded if isinstance(decoded, str) else value
        if _NAME.fullmatch(name):
            found.setdefault(name, value)
        place = end + 1
    return found


def _tool(settings: dict[str, str]) -> str:
    if settings.get("App") == "SD.Next":
        return "SD.Next"
    version = settings.get("Version", "")
    return next((tool for pattern, tool in _VERSIONS if pattern.match(version)), COMPATIBLE)
