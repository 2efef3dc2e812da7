"""Each rule of a manifest definition refuses what breaks it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from provenance_gen.credentials import rules, vocabulary
from provenance_gen.errors import SigningError
from provenance_gen.records.export import Disclosure
from tests.unit.credentials import samples


def _set(path: str, value: Any) -> tuple[str, Any]:
    return path, value


BROKEN = {
    "an array of numbers": _set("assertions/0/data/actions/0/parameters/org.provenance-gen.x", [1]),
    "beyond 2^53": _set("assertions/1/data/event", 2**53),
    "not ASCII": _set("assertions/1/data/\u00e9", "x"),
    "label of an assertion": _set("assertions/1/label", "com.example.\u00fc"),
    "'nodots'": _set("assertions/1/label", "nodots"),
    "'a.b__1'": _set("assertions/1/label", "a.b__1"),
    "'c2pa.hash.data'": _set("assertions/1/label", "c2pa.hash.data"),
    "no point in time": _set("assertions/0/data/actions/0/when", "yesterday"),
    "no digital source type in use": _set(
        "assertions/0/data/actions/1/digitalSourceType", vocabulary.IPTC + "minorHumanEdits"
    ),
    "no action of C2PA": _set("assertions/0/data/actions/1/action", "c2pa.color_adjustments"),
    "hold only one": _set("assertions/0/data/actions/1/action", "c2pa.created"),
    "actions begin with": _set("assertions/0/data/actions/0/action", "c2pa.edited"),
    "names what was put in": _set("assertions/0/data/actions/1/action", "c2pa.placed"),
    "a parent belongs to": _set("ingredients/0/relationship", "parentOf"),
    "no relationship": _set("ingredients/0/relationship", "friendOf"),
    "a label of its own": _set("ingredients/0/label", None),
    "no ingredient 'ghost'": _set(
        "assertions/0/data/actions/0/parameters/ingredientIds", ["ghost"]
    ),
    "does not stand under": _set("assertions/0/data/actions/0/parameters/seed", "1"),
    "no path": _set("title", "a/b.png"),
    "too large": _set("assertions/1/data/x", "x" * 1_000_001),
    "no JSON value": _set("assertions/1/data/x", object()),
}


@pytest.mark.parametrize("message", BROKEN)
def test_a_broken_rule_is_named(message: str) -> None:
    """The library itself would accept nearly all of these."""
    definition = copy.deepcopy(samples.definition(samples.EDITED, Disclosure.STANDARD))
    path, value = BROKEN[message]
    *keys, last = path.split("/")
    place: Any = definition
    for key in keys:
        place = place[int(key)] if isinstance(place, list) else place[key]
    place[last] = value
    with pytest.raises(SigningError) as caught:
        rules.check_definition(definition)
    assert message in str(caught.value)


def test_deep_nesting() -> None:
    """Far below where the library's parser ends."""
    value: Any = "x"
    for _ in range(60):
        value = {"x": value}
    definition = samples.definition()
    definition["assertions"][1]["data"]["x"] = value
    with pytest.raises(SigningError, match="too deeply"):
        rules.check_definition(definition)


def test_created_needs_a_source_type_and_opened_a_parent() -> None:
    """Both are demanded by C2PA 2.2, section 18.15."""
    definition = samples.definition()
    del definition["assertions"][0]["data"]["actions"][0]["digitalSourceType"]
    with pytest.raises(SigningError, match="needs a digitalSourceType"):
        rules.check_definition(definition)
    opened = samples.definition(samples.IMPORTED)
    opened["assertions"][0]["data"]["actions"][0]["parameters"]["ingredientIds"] = []
    with pytest.raises(SigningError, match="exactly one parent"):
        rules.check_definition(opened)
    opened["ingredients"].append({**opened["ingredients"][0], "label": "second"})
    with pytest.raises(SigningError, match="at most one parent"):
        rules.check_definition(opened)
