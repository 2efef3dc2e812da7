"""What a signed file will tell, in plain lines, for a person to read before it is signed.

The lines are made from the manifest's definition itself, so that nothing leaves that is not among
them, whatever the profile is called. A part of signing, and pure.
"""

from __future__ import annotations

import json
from typing import Any, Final

from provenance_gen.credentials.assertions import AUTHOR_LABEL, STATEMENTS_LABEL, TRAINING_LABEL
from provenance_gen.credentials.report import RECORD_LABEL
from provenance_gen.credentials.rules import OWN_PREFIX

RECORD: Final = (
    "record: name and key of the ledger, number of the event and its proof, counts of attempts,"
    " images, revisions, selections and edits, and salted commitments to the sealed events"
)
"""What the record assertion tells."""


def told(definition: dict[str, Any]) -> tuple[str, ...]:
    """Return what a manifest tells, a line for each thing.

    Args:
        definition: from ``assertions.manifest_definition``; the record assertion may be missing
            still, as it can only be made once the export is recorded.
    """
    tool = definition["claim_generator_info"][0]
    found = [f"tool: {tool['name']} {tool['version']}"]
    if title := definition.get("title"):
        found.append(f"title: {title}")
    found += [_ingredient(item) for item in definition["ingredients"]]
    for assertion in definition["assertions"]:
        found += _assertion(assertion["label"], assertion["data"])
    return tuple(found)


def _ingredient(item: dict[str, Any]) -> str:
    kinds = {"parentOf": "made from", "inputTo": "given to the model", "componentOf": "put in"}
    words = item.get("description")
    line = f"{kinds[item['relationship']]}: {item['title']}"
    if words:
        line += f": {_line(words)}"
    if item.get("metadata"):
        line += " (with digests)"
    return line


def _assertion(label: str, data: dict[str, Any]) -> list[str]:
    if label == "c2pa.actions":
        return _actions(data)
    if label == RECORD_LABEL:
        return [RECORD]
    if label == STATEMENTS_LABEL:
        return [f"{item['about']}: {_line(item['text'])}" for item in data.get("statements", ())]
    if label == TRAINING_LABEL:
        return [f"training and data mining: {next(iter(data['entries'].values()))['use']}"]
    if label == AUTHOR_LABEL:
        return [f"author: {', '.join(data['dc:creator'])}"]
    return [f"{label}: {_line(json.dumps(data))}"]


def _actions(data: dict[str, Any]) -> list[str]:
    found = []
    for action in data["actions"]:
        parts = [action["action"].removeprefix("c2pa.")]
        if kind := action.get("digitalSourceType"):
            parts.append(kind.rpartition("/")[2])
        parts += [action[key] for key in ("description", "when") if key in action]
        found.append("action: " + ", ".join(parts))
        for key, value in action.get("parameters", {}).items():
            if key.startswith(OWN_PREFIX):
                found.append(f"  {key.removeprefix(OWN_PREFIX)}: {_line(json.dumps(value))}")
    return found


def _line(text: str) -> str:
    # Never cut: whoever is asked is to see all that the file will tell.
    return " ".join(text.split())
