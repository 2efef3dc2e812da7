"""The unsigned twin of a manifest: an XMP packet that says the same to readers that know no C2PA.

It is made from the manifest's definition, which is made from the record, so that the two cannot
differ and the packet tells no more than the profile lets the manifest tell: ``minimal`` the
digital source type, ``standard`` also the system, ``full`` also the prompts. What the person says
of training and mining stands in it under every profile, as in the manifest. It is spliced in
before signing, so the signature covers it; pixels are not encoded again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from provenance_gen.credentials.assertions import AUTHOR_LABEL, TRAINING_LABEL
from provenance_gen.credentials.ingredients import (
    MODEL_TYPE,
    PROMPT_TYPE,
    SHA256,
    UNNAMED_MODEL,
)
from provenance_gen.credentials.training import PLUS
from provenance_gen.credentials.vocabulary import AiRole, ai_role
from provenance_gen.metadata import xmp
from provenance_gen.records.export import Disclosure, Training

_MINING: Final = {
    Training.ALLOWED.value: f"{PLUS}DMI-ALLOWED",
    Training.NOT_ALLOWED.value: f"{PLUS}DMI-PROHIBITED",
    Training.CONSTRAINED.value: f"{PLUS}DMI-PROHIBITED-SEECONSTRAINT",
}
"""Terms of the PLUS vocabulary for data mining (IPTC Photo Metadata 2023.1). Ours speak of all four
uses at once, mining and training of any kind, so the terms are the general ones."""

_TOO_LONG: Final = "(too long for this file; see its Content Credentials)"


def says_ai(definition: dict[str, Any]) -> bool:
    """Tell whether a manifest says that AI made the picture or a part of it."""
    return _source_type(definition) is not None


@dataclass(frozen=True)
class Twin:
    """A packet, and what it says."""

    packet: bytes
    says: dict[str, str]
    """By the property's name in XMP."""
    items: tuple[tuple[str, str], ...]
    """The same, with a property's name for each of several prompts."""


def twin(
    definition: dict[str, Any],
    disclosure: Disclosure,
    media_type: str,
    *,
    aigc: str | None = None,
) -> Twin | None:
    """Return the packet that belongs to a manifest; None where there is nothing to say in it.

    Of an imported file without AI edits nobody here knows where it comes from.

    Args:
        definition: from ``credentials.assertions.manifest_definition``.
        disclosure: the profile that the definition was made with.
        media_type: of the file; a JPEG holds no more than 64 KiB, and longer words are left out.
        aigc: an AIGC block that goes in beside it, whatever the profile.
    """
    source_type, creator = _source_type(definition), _creator(definition)
    mining, constraints = _training(definition)
    if not (source_type or creator or mining or aigc):
        return None
    told: dict[str, str | None] = {"mining": mining, "constraints": constraints, "aigc": aigc}
    told["creator"] = creator
    if source_type is not None and disclosure is not Disclosure.MINIMAL:
        told["system"], told["system_version"] = _system(definition)
        told["prompt"] = _prompt(definition) if disclosure is Disclosure.FULL else None
    found = xmp.packet(source_type, **told)
    if media_type == "image/jpeg":
        # The longest words first; the manifest has them all.
        for name in sorted(_WORDS, key=lambda one: -len(told.get(one) or "")):
            if len(found) > xmp.MAX_JPEG_PACKET and told.get(name):
                told[name] = _TOO_LONG
                found = xmp.packet(source_type, **told)
    said = {"source_type": source_type, **told}
    says = {_PROPERTIES[name]: value for name, value in said.items() if value}
    several = _prompts(definition) if told.get("prompt") not in (None, _TOO_LONG) else []
    items = {name: [value] for name, value in says.items()}
    if len(several) > 1:
        items[_PROPERTIES["prompt"]] = several
    return Twin(found, says, tuple((name, one) for name, each in items.items() for one in each))


_PROPERTIES: Final = {
    "source_type": "Iptc4xmpExt:DigitalSourceType",
    "system": "Iptc4xmpExt:AISystemUsed",
    "system_version": "Iptc4xmpExt:AISystemVersionUsed",
    "prompt": "Iptc4xmpExt:AIPromptInformation",
    "creator": "dc:creator",
    "mining": "plus:DataMining",
    "constraints": "plus:OtherConstraints",
    "aigc": "TC260:AIGC",
}
"""How XMP calls what ``metadata.xmp.packet`` is told."""

_WORDS: Final = ("prompt", "constraints")
"""What a person may have written at any length."""


def _creator(definition: dict[str, Any]) -> str | None:
    """Return the name that the person signs as."""
    for assertion in definition["assertions"]:
        if assertion["label"] == AUTHOR_LABEL:
            return ", ".join(assertion["data"]["dc:creator"])
    return None


def _training(definition: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return what the person says of training and mining as PLUS has it, and the conditions."""
    for assertion in definition["assertions"]:
        if assertion["label"] == TRAINING_LABEL:
            # The manifest says the same of every use (``credentials.assertions``).
            entry = next(iter(assertion["data"]["entries"].values()))
            return _MINING[entry["use"]], entry.get("constraint_info")
    return None, None


def _source_type(definition: dict[str, Any]) -> str | None:
    """Return the AI mark: that of the first action which has one, as the chain begins with it."""
    for assertion in definition["assertions"]:
        for action in assertion["data"].get("actions", ()):
            stated = action.get("digitalSourceType")
            if stated and ai_role(stated) in (AiRole.GENERATED, AiRole.PARTLY):
                return str(stated)
    return None


def _system(definition: dict[str, Any]) -> tuple[str, str]:
    tool = definition["claim_generator_info"][0]
    system, version = str(tool["name"]), str(tool["version"])
    for item in _ingredients(definition, MODEL_TYPE):
        if item["title"] != UNNAMED_MODEL:
            system += f", model {item['title']}"
        digest = item.get("metadata", {}).get(SHA256)
        if digest:
            version += f", model sha256 {digest}"
    return system, version


def _prompt(definition: dict[str, Any]) -> str | None:
    """Return the prompts as the manifest has them; several with their names."""
    return "\n".join(_prompts(definition)) or None


def _prompts(definition: dict[str, Any]) -> list[str]:
    items = [item for item in _ingredients(definition, PROMPT_TYPE) if item.get("description")]
    if len(items) == 1 and items[0]["title"] == "prompt":
        return [str(items[0]["description"])]
    return [f"{item['title']}: {item['description']}" for item in items]


def _ingredients(definition: dict[str, Any], data_type: str) -> list[dict[str, Any]]:
    return [
        item
        for item in definition["ingredients"]
        if {"type": data_type} in item.get("data_types", ())
    ]
