"""What a manifest definition must keep to before the C2PA library sees it.

The library does not check times, source types, unknown actions or contradictory parents; it
corrupts arrays of numbers when reading and large integers when writing; and labels outside ASCII
are unsafe in it. So a definition is checked here, whoever made it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.credentials.vocabulary import ACTIONS, WRITABLE
from provenance_gen.errors import SigningError

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN_PREFIX: Final = "org.provenance-gen."
MAX_DEFINITION: Final = 1_000_000
"""Bytes of JSON; the library's own limit is 1 MiB."""

_LABEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9][A-Za-z0-9_-]*)+")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_BEGINNINGS: Final = ("c2pa.created", "c2pa.opened")
_RELATIONSHIPS: Final = ("parentOf", "componentOf", "inputTo")
_RESERVED: Final = ("c2pa.claim", "c2pa.signature", "c2pa.hash.", "c2pa.assertion")
_LIMIT: Final = 2**53
_MAX_DEPTH: Final = 40


def check_definition(definition: dict[str, Any]) -> None:
    """Check a manifest definition (C2PA 2.2, sections 18.15 and 18.16, and our own rules).

    Raises:
        SigningError: it breaks a rule; the message names which.
    """
    _check_values(definition, "")
    title = definition.get("title")
    if title is not None and re.search(r"[/\\\x00-\x1f]", str(title)):
        raise SigningError("a title may hold no path and no control characters")
    labels = _labels(definition)
    actions = [action for data in _actions(definition) for action in data.get("actions", ())]
    _check_beginning(actions, definition)
    for action in actions:
        _check_action(action, labels)
    try:
        size = len(json.dumps(definition))
    except (TypeError, ValueError) as error:
        raise SigningError(f"the manifest is no JSON value: {error}") from error
    if size > MAX_DEFINITION:
        raise SigningError(f"the manifest is too large: {size:,} of {MAX_DEFINITION:,} bytes")


def _check_values(value: Any, path: str, depth: int = 0) -> None:
    if depth > _MAX_DEPTH:
        raise SigningError(f"{path}: nested too deeply")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise SigningError(f"{path}: a name that is not ASCII")
            _check_values(item, f"{path}/{key}", depth + 1)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            if isinstance(item, int | float):
                raise SigningError(f"{path}/{place}: an array of numbers; write them as text")
            _check_values(item, f"{path}/{place}", depth + 1)
    elif isinstance(value, int) and not -_LIMIT < value < _LIMIT:
        raise SigningError(f"{path}: a whole number beyond 2^53; write it as text")


def _labels(definition: dict[str, Any]) -> dict[str, str]:
    """Check labels of assertions and ingredients; return relationships by ingredient label."""
    for assertion in definition.get("assertions", ()):
        label = str(assertion.get("label"))
        if not _LABEL.fullmatch(label) or "__" in label or label.startswith(_RESERVED):
            raise SigningError(f"{label!r} cannot be the label of an assertion")
    found: dict[str, str] = {}
    for ingredient in definition.get("ingredients", ()):
        label, relationship = ingredient.get("label"), ingredient.get("relationship")
        if relationship not in _RELATIONSHIPS:
            raise SigningError(f"{relationship!r} is no relationship of an ingredient")
        if not isinstance(label, str) or not label.isascii() or label in found:
            raise SigningError("every ingredient needs a label of its own, in ASCII")
        found[label] = relationship
    if list(found.values()).count("parentOf") > 1:
        raise SigningError("a manifest has at most one parent")
    return found


def _actions(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for assertion in definition.get("assertions", ()):
        if assertion["label"] in ("c2pa.actions", "c2pa.actions.v2"):
            yield assertion.get("data", {})


def _check_beginning(actions: list[dict[str, Any]], definition: dict[str, Any]) -> None:
    names = [str(action.get("action")) for action in actions]
    if sum(name in _BEGINNINGS for name in names) != 1 or names[0] not in _BEGINNINGS:
        raise SigningError("actions begin with c2pa.created or c2pa.opened, and hold only one")
    if names[0] == "c2pa.created" and "digitalSourceType" not in actions[0]:
        raise SigningError("c2pa.created needs a digitalSourceType")
    kinds = [item["relationship"] for item in definition.get("ingredients", ())]
    if (names[0] == "c2pa.opened") != ("parentOf" in kinds):
        raise SigningError("a parent belongs to c2pa.opened, and to nothing else")


def _check_action(action: dict[str, Any], labels: dict[str, str]) -> None:
    name = str(action.get("action"))
    if name not in ACTIONS and (name.startswith("c2pa.") or not _LABEL.fullmatch(name)):
        raise SigningError(f"{name!r} is no action of C2PA 2.2")
    when = action.get("when")
    if when is not None and not _MOMENT.fullmatch(str(when)):
        raise SigningError(f"{name}: {when!r} is no point in time")
    source_type = action.get("digitalSourceType")
    if source_type is not None and source_type not in WRITABLE:
        raise SigningError(f"{name}: {source_type!r} is no digital source type in use")
    parameters = action.get("parameters", {})
    named = parameters.get("ingredientIds", [])
    if missing := [label for label in named if label not in labels]:
        raise SigningError(f"{name}: no ingredient {missing[0]!r}")
    if name == "c2pa.opened" and [labels[label] for label in named].count("parentOf") != 1:
        raise SigningError("c2pa.opened names exactly one parent")
    if name == "c2pa.placed" and "componentOf" not in [labels[label] for label in named]:
        raise SigningError("c2pa.placed names what was put in, as componentOf")
    for key in parameters:
        if key != "ingredientIds" and not (key.startswith(OWN_PREFIX) and _LABEL.fullmatch(key)):
            raise SigningError(f"{name}: parameter {key!r} does not stand under {OWN_PREFIX}*")
