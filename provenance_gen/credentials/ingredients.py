"""From records to the ingredients of a manifest: what went into a picture, each bound by a digest.

The C2PA library binds an ingredient to nothing unless it is given its bytes, so each carries our
own SHA-256. Files that have credentials of their own are handed to it as well, so that these are
kept (``files``). A part of ``credentials.assertions``, and as pure.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.records.edit import EditAgent
from provenance_gen.records.export import Disclosure, Lineage, Repaint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.records.edit import Operation
    from provenance_gen.records.generation import Call, InputImage, ModelIdentity
    from provenance_gen.records.work import Attempt, Edit, Import

SHA256: Final = "org.provenance-gen.sha256"
"""Name under which an ingredient carries its own SHA-256."""

PIXELS: Final = "org.provenance-gen.pixel-digest"
PARENT_LABEL: Final = "parent"
PLACED: Final = "c2pa.placed"
MODEL_TYPE: Final = "c2pa.types.model"
PROMPT_TYPE: Final = "c2pa.types.generator.prompt"
"""Data types of ingredients (C2PA 2.2, section 18.16.8)."""

UNNAMED_MODEL: Final = "model (name not disclosed)"
"""Title of a model whose name the profile withholds."""

MAX_WORDS: Final = 400_000
"""Bytes of JSON that words may fill; the library takes 1 MiB in all."""

_HUB_NAME: Final = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


def of_beginning(lineage: Lineage, disclosure: Disclosure) -> list[dict[str, Any]]:
    """Return the ingredients of the first action: the parent, or what the generator was given."""
    found: list[dict[str, Any]] = []
    if lineage.source:
        found.append(_parent(lineage.source, disclosure))
    if lineage.attempt is not None and disclosure is not Disclosure.MINIMAL:
        inputs = lineage.attempt.call.inputs
        index = lineage.generated_index
        found += _given(lineage.attempt, index, inputs, "", lineage=lineage, disclosure=disclosure)
    return found


def of_step(
    step: Edit | Repaint, number: int, lineage: Lineage, disclosure: Disclosure
) -> list[dict[str, Any]]:
    """Return what a later step took in: a model and its inputs, or pictures that were put in.

    Args:
        step: the step.
        number: its place in the chain, from 1; labels begin with it.
        lineage: the chain.
        disclosure: ``standard`` or ``full``.
    """
    prefix = f"step{number}-"
    if isinstance(step, Repaint):
        # The picture that was painted in is the chain itself.
        inputs = [item for item in step.attempt.call.inputs if item.argument != "image"]
        return _given(
            step.attempt, step.index, inputs, prefix, lineage=lineage, disclosure=disclosure
        )
    if step.agent is EditAgent.EXTERNAL:
        return []
    found = []
    for place, operation in enumerate(step.operations, 1):
        inner = f"{prefix}{operation_label(place)}"
        found += _put_in(operation, inner, lineage=lineage, disclosure=disclosure)
    return found


def operation_label(place: int) -> str:
    """Return what the labels of one operation's ingredients begin with, after the step's own."""
    return f"op{place}-"


def _put_in(
    operation: Operation, prefix: str, *, lineage: Lineage, disclosure: Disclosure
) -> list[dict[str, Any]]:
    """Return the picture that an operation put in, or the model that painted it there."""
    source = operation.source
    painter = next((a for a in lineage.painters if source and a.id == source.origin), None)
    if operation.action != PLACED and painter is not None and source is not None:
        return _given(painter, source.index, (), prefix, lineage=lineage, disclosure=disclosure)
    if operation.action != PLACED:
        return []
    metadata = {PIXELS: source.pixel_digest} if source else {}
    known = next((i for i in lineage.references if source and i.id == source.origin), None)
    if known:
        metadata[SHA256] = known.source_digest
    return [_input(f"{prefix}placed", "placed image", metadata) | {"relationship": "componentOf"}]


def files(lineage: Lineage, definition: dict[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of the imported file behind each ingredient, by its label.

    Whether a file has credentials of its own is not known here.
    """
    found: dict[str, str] = {}
    for item in definition["ingredients"]:
        if item["label"] == PARENT_LABEL and lineage.source is not None:
            found[PARENT_LABEL] = lineage.source.source_digest
        elif PIXELS in item.get("metadata", {}) and SHA256 in item["metadata"]:
            found[item["label"]] = item["metadata"][SHA256]
    return found


def _given(
    attempt: Attempt,
    index: int,
    inputs: Sequence[InputImage],
    prefix: str,
    *,
    lineage: Lineage,
    disclosure: Disclosure,
) -> list[dict[str, Any]]:
    """Return model, input images and, in full, the prompts of an attempt."""
    found = [_model(attempt.model, f"{prefix}model", disclosure)]
    imports = {item.id: item for item in lineage.references}
    for number, item in enumerate(inputs, 1):
        known = imports.get(item.image.origin) if item.image else None
        digest = item.pixel_digest or (item.image.pixel_digest if item.image else None)
        file = known.source_digest if known else item.file_digest
        metadata = {PIXELS: digest} if digest else {}
        if digest and file:
            metadata[SHA256] = file
        title = f"input image ({item.argument})"
        found.append(_input(f"{prefix}input{number}", title, metadata))
    if disclosure is Disclosure.FULL:
        found += _prompts(attempt.call, index, prefix)
    return found


def _input(
    label: str, title: str, metadata: dict[str, str], data_type: str | None = None
) -> dict[str, Any]:
    value: dict[str, Any] = {"label": label, "title": title, "relationship": "inputTo"}
    if data_type:
        value["data_types"] = [{"type": data_type}]
    if metadata:
        value["metadata"] = metadata
    return value


def _parent(source: Import, disclosure: Disclosure) -> dict[str, Any]:
    value: dict[str, Any] = {
        "label": PARENT_LABEL,
        "title": "imported file",
        "relationship": "parentOf",
    }
    if disclosure is not Disclosure.MINIMAL:
        pixels = source.image.ref.pixel_digest
        value["metadata"] = {SHA256: source.source_digest, PIXELS: pixels}
    if disclosure is Disclosure.FULL and source.name:
        value["title"] = last_part(source.name)
    return value


def _model(model: ModelIdentity, label: str, disclosure: Disclosure) -> dict[str, Any]:
    return _input(
        label,
        _model_name(model, disclosure) or UNNAMED_MODEL,
        {SHA256: model.digest} if model.digest else {},
        MODEL_TYPE,
    )


def _model_name(model: ModelIdentity, disclosure: Disclosure) -> str | None:
    """Return a model's name: a public one always, one that the user gave only in full."""
    name = str(model.name or "")
    if model.kind == "hub" and _HUB_NAME.fullmatch(name):
        return name
    if disclosure is Disclosure.FULL or model.kind in ("builtin", "hub"):
        return last_part(name) or None
    return None


def _prompts(call: Call, index: int, prefix: str) -> list[dict[str, Any]]:
    found = []
    room = MAX_WORDS
    for name, texts in call.prompts.items():
        text = of_image(texts, index, call.count or 1)
        if not text:
            continue
        metadata = {SHA256: hashlib.sha256(text.encode()).hexdigest()}
        item = _input(f"{prefix}prompt-{name}", name, metadata, PROMPT_TYPE)
        item["format"] = "text/plain"
        room -= len(json.dumps(text))
        if room >= 0:
            item["description"] = str(text)
        else:
            metadata["org.provenance-gen.omitted"] = "too long"
        found.append(item)
    return found


def of_image(values: tuple[Any, ...], index: int, count: int) -> Any:
    """Return the value for one image: diffusers makes ``count`` images of each prompt in turn."""
    if len(values) <= 1:
        return next(iter(values), None)
    place = (index - 1) // count
    return values[place] if place < len(values) else None


def last_part(name: str) -> str:
    """Return a name without folders and control characters."""
    return re.sub(r"[\x00-\x1f\x7f]", "", re.split(r"[/\\]", name)[-1]).strip()[:200]
