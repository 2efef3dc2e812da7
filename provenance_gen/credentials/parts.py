"""What the C2PA library reports as JSON, taken apart without trusting its form.

Every text in it was written by whoever made the file: its kind is checked and its length cut.
"""

from __future__ import annotations

import json
from typing import Any, Final

import orjson

from provenance_gen.credentials.report import CertificateReport, StatusCode

_LONGEST: Final = 2_000
MAX_ITEMS: Final = 1_000
"""Items of a list that are looked at."""

_AUTHORS: Final = {
    "c2pa.metadata": "dc:creator",
    "cawg.metadata": "dc:creator",
    "stds.iptc": "dc:creator",
    "stds.iptc.photo-metadata": "dc:creator",
    "stds.schema-org.CreativeWork": "author",
}
"""Labels of assertions that may name authors, and by which field."""
_MOST_AUTHORS: Final = 16

_TRAINING: Final = ("c2pa.training-mining", "cawg.training-mining")
"""Labels of the statement on training and data mining, the older one first."""
_ENTRIES: Final = ("ai_generative_training", "ai_inference", "ai_training", "data_mining")
_NARROW: Final = ("allowed", "constrained", "notAllowed")
"""What an entry may say, the narrowest last."""


def parsed(report: str) -> dict[str, Any]:
    """Parse what the library reports.

    Raises:
        ValueError: it is no JSON, or too deep to be read.
    """
    try:
        return mapping(orjson.loads(report))
    except ValueError:
        # Numbers beyond 64 bits, which the standard library keeps as they are.
        try:
            return mapping(json.loads(report))
        except RecursionError as error:
            raise ValueError("it is too deep to be read") from error


def active_manifest(report: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest that speaks for the file; an empty one where none is named."""
    label = text(report.get("active_manifest"))
    return mapping(mapping(report.get("manifests")).get(label or ""))


def assertions_of(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return a manifest's assertions by label; those after the first of a label have a number.

    The library garbles arrays of numbers here (c2pa-rs 2570); none stands in what we look at.
    """
    found = {}
    for one in mappings(manifest.get("assertions")):
        number = f"__{one['instance']}" if one.get("instance") else ""
        found[f"{one.get('label')}{number}"] = one.get("data")
    return found


def generator(manifest: dict[str, Any]) -> str | None:
    """Return name and version of the program that made a claim."""
    infos = mappings(manifest.get("claim_generator_info"))
    if not infos:
        return text(manifest.get("claim_generator"))
    parts = (text(infos[0].get("name")), text(infos[0].get("version")))
    return " ".join(part for part in parts if part) or None


def certificate(truth: dict[str, Any], manifest: dict[str, Any]) -> CertificateReport | None:
    """Return the signing certificate, as both of the library's outputs tell of it."""
    signature = mapping(truth.get("signature"))
    info = mapping(signature.get("certificateInfo"))
    basic = mapping(manifest.get("signature_info"))
    if not info and not basic:
        return None
    subject, issuer = mapping(info.get("subject")), mapping(info.get("issuer"))
    validity = mapping(info.get("validity"))
    algorithm = text(signature.get("algorithm")) or text(basic.get("alg"))
    return CertificateReport(
        name=text(subject.get("CN")) or text(basic.get("common_name")),
        organisation=text(subject.get("O")) or text(basic.get("issuer")),
        issuer=text(issuer.get("CN")) or text(issuer.get("O")),
        algorithm=algorithm.lower() if algorithm else None,
        serial=text(info.get("serialNumber")) or text(basic.get("cert_serial_number")),
        not_before=text(validity.get("notBefore")),
        not_after=text(validity.get("notAfter")),
    )


def training(assertions: dict[str, Any]) -> dict[str, str]:
    """Return what a manifest says of use by AI: ``allowed``, ``notAllowed`` or ``constrained``.

    By entry without its prefix (CAWG training and data mining 1.1: ``ai_generative_training``,
    ``ai_inference``, ``ai_training``, ``data_mining``). ``constrained`` without conditions means
    ``notAllowed``, as the standard says. Where several statements differ, the narrowest counts.
    """
    found: dict[str, str] = {}
    for label, content in assertions.items():
        if label.partition("__")[0] not in _TRAINING:
            continue
        for name, entry in mapping(mapping(content).get("entries")).items():
            key, use = name.rpartition(".")[2], text(mapping(entry).get("use"))
            if use == "constrained" and not text(mapping(entry).get("constraint_info")):
                use = "notAllowed"
            if key in _ENTRIES and use in _NARROW:
                found[key] = max(use, found.get(key, use), key=_NARROW.index)
    return found


def authors(assertions: dict[str, Any]) -> tuple[str, ...]:
    """Return whom a manifest names as the authors, each once, in the order of its assertions.

    Metadata says it as Dublin Core's ``creator`` (CAWG metadata 1.1), and older manifests as
    schema.org's ``author``. A name is a claim of whoever signed; no identity was looked into.
    """
    found: dict[str, None] = {}
    for label, content in assertions.items():
        key = _AUTHORS.get(label.partition("__")[0])
        stated = mapping(content).get(key) if key else None
        for one in (stated if isinstance(stated, list) else [stated])[:_MOST_AUTHORS]:
            name = text(mapping(one).get("name")) if isinstance(one, dict) else text(one)
            if name and name.strip():
                found[name.strip()] = None
    return tuple(found)[:_MOST_AUTHORS]


def codes(statuses: Any) -> tuple[str, ...]:
    """Return the codes in a list of validation statuses, each once."""
    found = (text(one.get("code")) or "" for one in mappings(statuses)[:MAX_ITEMS])
    return tuple(dict.fromkeys(found))


def located(statuses: Any) -> tuple[StatusCode, ...]:
    """Return a list of validation statuses, each with what it is about."""
    return tuple(
        StatusCode(code=text(item.get("code")) or "", url=text(item.get("url")))
        for item in mappings(statuses)[:MAX_ITEMS]
    )


def mapping(value: Any) -> dict[str, Any]:
    """Return a value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[dict[str, Any]]:
    """Return the mappings in a list; none if it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: Any) -> str | None:
    """Return a value if it is text, cut to a length that nothing honest needs."""
    return value[:_LONGEST] if isinstance(value, str) else None
