"""What a signed file will tell, in plain lines, for a person to read before it is signed.

A line for each statement: what is said, and in brackets where it will stand. The lines are made
from the manifest's definition itself: what has words of its own is said in them, and whatever is
left over is said by its name, so that nothing leaves that is not among them, whatever the profile
is called. A part of signing, and pure; what else leaves with a file is ``studio.preview``'s.
"""

from __future__ import annotations

import re
from typing import Any, Final

from provenance_gen.credentials.assertions import (
    AUTHOR_LABEL,
    DUBLIN_CORE,
    STATEMENTS_LABEL,
    TO_COME,
    TRAINING_LABEL,
)
from provenance_gen.credentials.edits import change
from provenance_gen.credentials.report import RECORD_LABEL
from provenance_gen.credentials.rules import OWN_PREFIX
from provenance_gen.credentials.vocabulary import C2PA, EDITED_BY_AI, GENERATED, HUMAN_EDITS, IPTC

_ACTIONS: Final = "c2pa.actions"
_RELATIONSHIPS: Final = {
    "parentOf": "made from",
    "inputTo": "given to the model",
    "componentOf": "put in",
}
_MEANINGS: Final = {
    GENERATED: "created using generative AI",
    EDITED_BY_AI: "edited using generative AI",
    HUMAN_EDITS: "edited by a person",
}
"""What the terms mean that we write, in the words of the IPTC vocabulary or near them."""
_NAMES: Final = {"sha256": "SHA-256", "when": "on"}
_BASES: Final = {
    "contemporaneous": "recorded as it happened",
    "confirmed": "asserted by the maker, who confirmed it; nothing that was recorded shows it",
}
"""On what it rests that somebody made an edit."""
_EDIT: Final = f"{OWN_PREFIX}edit"
_LATER: Final = {
    "event": "number of the event",
    "leaf": "its digest",
    "treeSize": "number of all events",
    "inclusion": "the proof that it is among them",
    "checkpoint": "the state of the ledger, signed with the ledger's key",
    "prepared": "the time",
}
_ABBREVIATED: Final = re.compile(r"\bai\b")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)Z")


def told(definition: dict[str, Any], kept: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return what a manifest tells, a line for each statement.

    Args:
        definition: from ``assertions.manifest_definition``, with what is known of the record
            assertion (``assertions.foreseen``) where there is to be one.
        kept: labels of the ingredients whose own Content Credentials go along.
    """
    rest = dict(definition)
    tools = rest.pop("claim_generator_info")
    found = [f"signed by the program {_agent(tool)}  [claim]" for tool in tools]
    ingredients, assertions = rest.pop("ingredients"), rest.pop("assertions")
    names = {"title": "name of the file", "format": "kind of file"}
    found += [
        f"{names.get(key, _name(key))}: {said(value)}  [claim]" for key, value in rest.items()
    ]
    found += [_ingredient(dict(item), kept) for item in ingredients]
    for assertion in assertions:
        data, label = dict(assertion["data"]), assertion["label"]
        lines = _WORDS.get(label, _other)(data)
        # How it is written (as CBOR or JSON) tells nothing.
        more = {k: v for k, v in assertion.items() if k not in ("label", "data", "kind")}
        found += [f"{line}  [{label}]" for line in [*lines, *_other(data), *_other(more)]]
    return tuple(found)


def _ingredient(item: dict[str, Any], kept: frozenset[str]) -> str:
    label, title = item.pop("label"), item.pop("title")
    line = f"{_RELATIONSHIPS[item.pop('relationship')]}: {said(title)}"
    if "description" in item:
        line += f": {said(item.pop('description'))}"
    if label in kept:
        line += "; with its own Content Credentials, whole, whatever they tell"
    line += "".join(f"; {one}" for one in _other(item.pop("metadata", {})) + _other(item))
    return f"{line}  [ingredient {label}]"


def _actions(data: dict[str, Any]) -> list[str]:
    found = []
    for number, action in enumerate(data.pop("actions"), 1):
        found += _action(f"step {number}", dict(action))
    if data.get("allActionsIncluded") is True:
        del data["allActionsIncluded"]
        found.append("no step is missing from this list")
    return found


def _action(step: str, action: dict[str, Any]) -> list[str]:
    """Return the lines of one action; what stands among its parameters has lines of its own."""
    parts = [str(action.pop("action")).removeprefix("c2pa.")]
    if "description" in action:
        parts.append(said(action.pop("description")))
    if "digitalSourceType" in action:
        parts.append(said(action.pop("digitalSourceType")))
    if "when" in action:
        parts.append(f"on {said(action.pop('when'))}")
    if "softwareAgent" in action:
        parts.append(f"by the program {_agent(action.pop('softwareAgent'))}")
    parts += [f"where: {_region(one)}" for one in action.pop("changes", ())]
    parameters = dict(action.pop("parameters", {}))
    if "ingredientIds" in parameters:
        parts.append(f"with: {said(parameters.pop('ingredientIds'))}")
    found = [f"{step}: {', '.join(parts + _other(action))}"]
    if isinstance(parameters.get(_EDIT), dict):
        parameters[_EDIT] = _edit(dict(parameters[_EDIT]))
    return found + [f"{step}, {line}" for line in _other(parameters)]


def _edit(value: dict[str, Any]) -> dict[str, Any]:
    """Return what is told of an edit, with words for what its actor rests on."""
    basis = value.get("basis")
    return value | ({"basis": f"{basis} ({_BASES[basis]})"} if basis in _BASES else {})


def _region(value: dict[str, Any]) -> str:
    """Say where something changed; in general words where it is not of the form that we write."""
    numbers = [int(n) for n in re.findall(r"\d+", said(value.get("description")))]
    try:
        shape = value["region"][0]["shape"]
        box = (shape["origin"]["x"], shape["origin"]["y"], shape["width"], shape["height"])
        if value == change(box, *numbers):
            left, top, wide, high = box
            return f"{wide} x {high} pixels at {left},{top} of a picture of {_by(numbers)}"
    except (LookupError, TypeError):
        pass
    return said(value)


def _by(size: list[int]) -> str:
    return " x ".join(map(str, size))


def _record(data: dict[str, Any]) -> list[str]:
    found = [f"name of the ledger: {said(data.pop('origin'))}"]
    later = [key for key, value in data.items() if value == TO_COME]
    if later:
        names = ", ".join(_LATER.get(key, _name(key)) for key in later)
        found.append(f"made when the export is recorded: {names}")
        for key in later:
            del data[key]
    if "counts" in data:
        found.append(f"counts in the work: {said(data.pop('counts'))}")
    withheld = data.pop("withheld", {})
    if withheld and set(withheld.values()) == {TO_COME}:
        names = ", ".join(withheld)
        found.append(f"salted commitments, which tell nothing by themselves, to: {names}")
    elif withheld:
        data["withheld"] = withheld
    return found


def _statements(data: dict[str, Any]) -> list[str]:
    return [
        ": ".join([f"in your words, {said(one.pop('about'))}", said(one.pop("text")), *_other(one)])
        for one in map(dict, data.pop("statements", ()))
    ]


def _training(data: dict[str, Any]) -> list[str]:
    entries = data.pop("entries")
    alike = [entry for entry in entries.values() if entry == next(iter(entries.values()))]
    if len(alike) < len(entries) or not entries:
        return [f"training and mining: {said(entries)}"]
    names = ", ".join(_name(key.rpartition(".")[2]) for key in entries)
    rest = dict(alike[0])
    parts = [said(rest.pop("use"))]
    if "constraint_info" in rest:
        parts.append(f"on these conditions: {said(rest.pop('constraint_info'))}")
    return [f"use for {names}: {', '.join(parts + _other(rest))}"]


def _author(data: dict[str, Any]) -> list[str]:
    if data.get("@context") == {"dc": DUBLIN_CORE}:
        # Says what the next name means, and nothing else.
        del data["@context"]
    return [f"author: {said(data.pop('dc:creator'))}"]


def _other(data: dict[str, Any]) -> list[str]:
    """Say what has no words of its own by its name; what was said already is not in it."""
    return [f"{_name(key)}: {said(value)}" for key, value in data.items()]


_WORDS: Final = {
    _ACTIONS: _actions,
    RECORD_LABEL: _record,
    STATEMENTS_LABEL: _statements,
    TRAINING_LABEL: _training,
    AUTHOR_LABEL: _author,
}


def said(value: Any) -> str:
    """Say a value in plain words, however it is nested; never cut, since all of it leaves."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{_name(key)} {said(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(said, value))
    text = " ".join(str(value).split())
    if text in _MEANINGS:
        return f"{_MEANINGS[text]} ({text.removeprefix(IPTC)})"
    if found := _MOMENT.fullmatch(text):
        return f"{found[1]} at {found[2]} UTC"
    return text.removeprefix(IPTC).removeprefix(C2PA)


def _agent(value: Any) -> str:
    """Say which program; its name and version need no words before them."""
    if not isinstance(value, dict):
        return said(value)
    rest = dict(value)
    parts = [said(rest.pop(key)) for key in ("name", "version") if key in rest]
    return ", ".join([" ".join(parts), *_other(rest)])


def _name(key: str) -> str:
    """Return a field's name as words."""
    plain = key.removeprefix(OWN_PREFIX)
    words = _HUMP.sub(" ", plain).lower().replace("_", " ").replace("-", " ")
    return _NAMES.get(plain, _ABBREVIATED.sub("AI", words))
