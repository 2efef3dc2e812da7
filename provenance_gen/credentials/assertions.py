"""From records to a C2PA manifest definition: pure, and the only place that decides what leaves.

A chain recorded wholly in one studio is one manifest: ``c2pa.created``, then one action for each
recorded operation. ``c2pa.opened`` with a parent stands only where the chain begins at an imported
file. Three profiles say how much leaves (``records.export.Disclosure``). What the program measured
stands in created assertions, words that a person typed in gathered ones. No path, user or host
name has a way in: records carry none, and names are cut to their last part here again.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.credentials import rules
from provenance_gen.credentials.edits import edit_actions, edit_words, has_gaps
from provenance_gen.credentials.report import RECORD_LABEL
from provenance_gen.credentials.vocabulary import EDITED_BY_AI, GENERATED
from provenance_gen.errors import SigningError
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.export import Disclosure, LedgerProof, Lineage
from provenance_gen.records.generation import Call, ModelIdentity, Task

if TYPE_CHECKING:
    from provenance_gen.records.work import Attempt, Import

STATEMENTS_LABEL: Final = "org.provenance-gen.statements"
"""Label of the gathered assertion with words that a person typed."""

SHA256: Final = "org.provenance-gen.sha256"
"""Name under which an ingredient carries its own SHA-256."""

_PIXELS: Final = "org.provenance-gen.pixel-digest"
MODEL_LABEL: Final = "model"
PROMPT_LABEL: Final = "prompt-"
"""Beginning of the labels of prompts; the argument's name follows."""

UNNAMED_MODEL: Final = "model (name not disclosed)"
"""Title of a model whose name the profile withholds."""

_PARENT: Final = "parent"
_MAX_WORDS: Final = 400_000
_HUB_NAME: Final = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


def manifest_definition(
    lineage: Lineage,
    *,
    disclosure: Disclosure,
    proof: LedgerProof | None,
    title: str | None,
    media_type: str,
    software_version: str,
    now: datetime,
) -> dict[str, Any]:
    """Describe how a picture was made, as a definition for the C2PA library.

    Args:
        lineage: the recorded chain from its beginning to the exported picture.
        disclosure: how much of it leaves.
        proof: what ties the file to its ledger; left out of a minimal manifest.
        title: name of the picture, such as the file's name; left out of a minimal manifest.
        media_type: of the file to sign.
        software_version: of this program.
        now: the maker's clock, written into the record assertion.

    Raises:
        SigningError: the lineage has no beginning or two, or the result breaks a rule.
    """
    if (lineage.attempt is None) == (lineage.source is None):
        raise SigningError("a lineage begins with one attempt or with one imported file")
    tool = {"name": "provenance-gen", "version": software_version}
    open_ = disclosure is not Disclosure.MINIMAL
    ingredients = _ingredients(lineage, disclosure)
    actions = [_beginning(lineage, disclosure, tool, ingredients)]
    actions += _later(lineage, disclosure, tool)
    data: dict[str, Any] = {"actions": actions}
    if open_ and lineage.source is None and not has_gaps(lineage.edits):
        data["allActionsIncluded"] = True
    assertions: list[dict[str, Any]] = [{"label": "c2pa.actions", "data": data}]
    if open_ and proof is not None:
        assertions.append({"label": RECORD_LABEL, "data": _record(lineage, proof, now)})
    if disclosure is Disclosure.FULL and (words := _statements(lineage)):
        assertions.append({"label": STATEMENTS_LABEL, "data": words})
    definition: dict[str, Any] = {
        "claim_generator_info": [tool],
        "format": media_type,
        "ingredients": ingredients,
        "assertions": assertions,
    }
    if open_ and title:
        definition["title"] = _last_part(title)
    rules.check_definition(definition)
    return definition


def _beginning(
    lineage: Lineage,
    disclosure: Disclosure,
    tool: dict[str, str],
    ingredients: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return ``c2pa.created`` for a generation, ``c2pa.opened`` for an imported file."""
    labels = [item["label"] for item in ingredients]
    parameters: dict[str, Any] = {"ingredientIds": labels} if labels else {}
    action: dict[str, Any] = {"action": "c2pa.opened", "softwareAgent": tool}
    cited = lineage.source.citation if lineage.source else None
    if attempt := lineage.attempt:
        action |= {"action": "c2pa.created", "digitalSourceType": _created_type(attempt)}
        cited = attempt.ended or attempt.citation
        parameters |= _parameters(attempt, lineage.generated_index, disclosure)
    # The exact time is the same in every export of one attempt, so it would link two minimal ones.
    if cited and disclosure is not Disclosure.MINIMAL:
        action["when"] = cited.timestamp
    if parameters:
        action["parameters"] = parameters
    return action


def _created_type(attempt: Attempt) -> str:
    # An inpainted picture keeps pixels of its input, which may be anybody's work.
    return EDITED_BY_AI if attempt.call.task is Task.INPAINT else GENERATED


def _later(lineage: Lineage, disclosure: Disclosure, tool: dict[str, str]) -> list[dict[str, Any]]:
    if disclosure is not Disclosure.MINIMAL:
        full = disclosure is Disclosure.FULL
        return [action for edit in lineage.edits for action in edit_actions(edit, tool, full=full)]
    # The AI mark is all that a minimal manifest owes: one action for it, with no kind or count.
    marked = any(edit.agent is EditAgent.MODEL for edit in lineage.edits)
    if lineage.source is None or not marked:
        return []
    return [{"action": "c2pa.edited", "digitalSourceType": EDITED_BY_AI, "softwareAgent": tool}]


def _ingredients(lineage: Lineage, disclosure: Disclosure) -> list[dict[str, Any]]:
    """Return parent, model, input images and prompts, each bound by our own SHA-256.

    The library binds an ingredient to nothing unless it is given its bytes.
    """
    found: list[dict[str, Any]] = []
    if lineage.source:
        found.append(_parent(lineage.source, disclosure))
    if lineage.attempt is None or disclosure is Disclosure.MINIMAL:
        return found
    call = lineage.attempt.call
    found.append(_model(lineage.attempt.model, disclosure))
    for number, item in enumerate(call.inputs, 1):
        digest = item.pixel_digest or (item.image.pixel_digest if item.image else None)
        metadata = {_PIXELS: digest} if digest else {}
        found.append(_input(f"input{number}", f"input image ({item.argument})", metadata))
    if disclosure is Disclosure.FULL:
        found += _prompts(call, lineage.generated_index)
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
        "label": _PARENT,
        "title": "imported file",
        "relationship": "parentOf",
    }
    if disclosure is not Disclosure.MINIMAL:
        pixels = source.image.ref.pixel_digest
        value["metadata"] = {SHA256: source.source_digest, _PIXELS: pixels}
    if disclosure is Disclosure.FULL and source.name:
        value["title"] = _last_part(source.name)
    return value


def _model(model: ModelIdentity, disclosure: Disclosure) -> dict[str, Any]:
    return _input(
        MODEL_LABEL,
        _model_name(model, disclosure) or UNNAMED_MODEL,
        {SHA256: model.digest} if model.digest else {},
        "c2pa.types.model",
    )


def _model_name(model: ModelIdentity, disclosure: Disclosure) -> str | None:
    """Return a model's name: a public one always, one that the user gave only in full."""
    name = str(model.name or "")
    if model.kind == "hub" and _HUB_NAME.fullmatch(name):
        return name
    if disclosure is Disclosure.FULL or model.kind in ("builtin", "hub"):
        return _last_part(name) or None
    return None


def _prompts(call: Call, index: int) -> list[dict[str, Any]]:
    found = []
    room = _MAX_WORDS
    for name, texts in call.prompts.items():
        text = _of_image(texts, index, call.count or 1)
        if not text:
            continue
        metadata = {SHA256: hashlib.sha256(text.encode()).hexdigest()}
        item = _input(f"{PROMPT_LABEL}{name}", name, metadata, "c2pa.types.generator.prompt")
        item["format"] = "text/plain"
        room -= len(json.dumps(text))
        if room >= 0:
            item["description"] = str(text)
        else:
            metadata["org.provenance-gen.omitted"] = "too long"
        found.append(item)
    return found


def _of_image(values: tuple[Any, ...], index: int, count: int) -> Any:
    """Return the value for one image: diffusers makes ``count`` images of each prompt in turn."""
    if len(values) <= 1:
        return next(iter(values), None)
    place = (index - 1) // count
    return values[place] if place < len(values) else None


def _parameters(attempt: Attempt, index: int, disclosure: Disclosure) -> dict[str, Any]:
    if disclosure is Disclosure.MINIMAL:
        return {}
    model = attempt.model
    about = {"kind": model.kind, "sha256": model.digest, "licence": model.licence}
    found: dict[str, Any] = {f"{rules.OWN_PREFIX}model": _known(about)}
    if disclosure is Disclosure.FULL:
        found[f"{rules.OWN_PREFIX}generation"] = _executed(attempt.call, index)
    return found


def _executed(call: Call, index: int) -> dict[str, Any]:
    """Return the executed parameters; seeds and decimals are text, for no reader to round."""
    state = _of_image(call.generators, index, 1)
    values = {
        "pipeline": call.pipeline,
        "task": call.task.value,
        "seed": state.seed if state else None,
        "steps": call.steps,
        "guidance": call.guidance,
        "strength": call.strength,
        "width": call.width,
        "height": call.height,
        "scheduler": call.scheduler,
    }
    return _known(values)


def _statements(lineage: Lineage) -> dict[str, Any]:
    """Return what a person typed, for the gathered assertion; prompts are ingredients."""
    words = edit_words(lineage.edits)
    if lineage.source and lineage.source.note:
        words.insert(0, {"about": "imported file", "text": str(lineage.source.note)})
    if len(json.dumps(words)) > _MAX_WORDS:
        return {"omitted": "too long"}
    return {"statements": words} if words else {}


def _record(lineage: Lineage, proof: LedgerProof, now: datetime) -> dict[str, Any]:
    return {
        "version": 1,
        "origin": proof.origin,
        "event": proof.sequence,
        "leaf": proof.leaf,
        "treeSize": proof.tree_size,
        "inclusion": list(proof.inclusion),
        "checkpoint": proof.checkpoint,
        "counts": lineage.counts.model_dump(mode="json"),
        "prepared": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _last_part(name: str) -> str:
    """Return a name without folders and control characters."""
    return re.sub(r"[\x00-\x1f\x7f]", "", re.split(r"[/\\]", name)[-1]).strip()[:200]
