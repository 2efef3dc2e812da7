"""What is wrong with a policy file, in plain words: faults of YAML and faults of the schema.

Parsers speak of tokens, patterns and types. Whoever writes a policy is told what stands there and
what to write instead. Where a fault is, the callers know.
"""

from __future__ import annotations

import contextlib
import difflib
from typing import TYPE_CHECKING, Final

import yaml

from provenance_gen.records.policy import (
    Condition,
    Draft,
    DraftSentence,
    Factor,
    Forbidden,
    LicenceRule,
    Localized,
    Policy,
    PolicySource,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pydantic_core import ErrorDetails

    from provenance_gen.records.base import Record

Place = tuple[int | str, ...]
"""Keys and places in lists, from the top of a file to a value."""

_HOLDERS: Final[dict[str, type[Record]]] = {
    "": Policy,
    "sources": PolicySource,
    "factors": Factor,
    "present": Condition,
    "present_any": Condition,
    "contradicting": Condition,
    "applies": Condition,
    "when": Condition,
    "licences": LicenceRule,
    "drafts": Draft,
    "sentences": DraftSentence,
    "en": Forbidden,
    "ja": Forbidden,
}
"""What stands under a key, or in the list under it; all else that holds keys is ``Localized``."""

_PATTERNS: Final = {
    "id": "small letters a to z, digits and hyphens only, such as my-guild",
    "language": "two or three small letters, such as en",
    "address": "an address begins with https://",
    "as_of": 'a day, written as "2026-11-22"',
    "date": 'a day, a month or a year, written as "2026-11-22", "2026-11" or "2026"; or undated',
}
"""What a field's pattern asks for, by the field's name."""

_SHOWN: Final = 60
"""Characters shown of a value that is wrong."""

MISSING: Final = "this key is missing"

_TYPES: Final = {
    "int_type": "write a whole number here, without quotation marks or a point",
    "bool_type": "write true or false here, without quotation marks",
    "tuple_type": "write a list here: each item after '- ' on a line of its own, or all in [ ]",
    "dict_type": "write keys with values here, not a single value",
    "too_short": "at least one is needed here",
    "string_too_short": "this text is empty",
    "missing": MISSING,
    "model_type": "write keys with values here, not a single value",
}


def of_schema(faults: Sequence[ErrorDetails]) -> list[tuple[Place, str]]:
    """Return each fault that pydantic found, with its place.

    What only follows from another fault is left out: a list with nothing left since its items
    failed, and a key that is missing since it is misspelt.
    """
    places = [tuple(fault["loc"]) for fault in faults]
    misspelt = {
        (*place[:-1], meant)
        for place, fault in zip(places, faults, strict=True)
        if fault["type"] == "extra_forbidden" and (meant := _meant(place, faults))
    }

    def follows(place: Place, kind: str) -> bool:
        inside = (other for other in places if len(other) > len(place))
        return (kind == "missing" and place in misspelt) or (
            kind == "too_short" and any(other[: len(place)] == place for other in inside)
        )

    return [
        (place, named(place, _words(fault, faults)))
        for place, fault in zip(places, faults, strict=True)
        if not follows(place, fault["type"])
    ]


def named(place: Place, reason: str) -> str:
    """Return a sentence that names the keys to a place; where in a list it is, the line says."""
    keys = ".".join(part for part in place if isinstance(part, str)) or "the file"
    return f"{keys}: {reason}"


def alike(name: str, known: Iterable[str]) -> str:
    """Return a question that names the likeliest of what is known; empty where none is like it."""
    found = _likest(name, known)
    return f"; do you mean {found}?" if found else ""


def _likest(name: str, known: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.7)), None)


def of_yaml(text: str, error: yaml.MarkedYAMLError) -> tuple[str, int | None]:
    """Return what is wrong in a text that is no YAML, and the line, counted from 1.

    Args:
        text: the file.
        error: what PyYAML's own parser (not libyaml, whose words differ) said of it.
    """
    said = error.problem or ""
    for begins, told in _TOLD.items():
        if said.startswith(begins):
            return told(text, error)
    return f"not YAML: {said or error}", _line(error)


def _line(error: yaml.MarkedYAMLError) -> int | None:
    return error.problem_mark.line + 1 if error.problem_mark else None


def _begun(error: yaml.MarkedYAMLError) -> int | None:
    """Return the line in which what is broken begins."""
    return error.context_mark.line + 1 if error.context_mark else _line(error)


def _letter(_text: str, error: yaml.MarkedYAMLError) -> tuple[str, int | None]:
    letter = (error.problem or "").split("'")[1]
    if letter == "\\t":
        return "a tab stands here; indent with spaces", _line(error)
    return f"a value that begins with {letter} must stand in quotation marks", _line(error)


def _key(_text: str, error: yaml.MarkedYAMLError) -> tuple[str, int | None]:
    return "write a key, a colon and a space before its value, as in version: 1", _begun(error)


def _colon(text: str, error: yaml.MarkedYAMLError) -> tuple[str, int | None]:
    line = _line(error)
    rows = [(n, row.strip()) for n, row in enumerate(text.splitlines()[:line], 1) if row.strip()]
    for number, row in rows[-2:]:
        if row.startswith("-") and not row.startswith(("- ", "---")):
            return "a space is missing after the hyphen", number
    words = (
        "a colon too many, or a line indented differently from those around it; a value that"
        " holds a colon must stand in quotation marks"
    )
    return words, line


def _block(text: str, error: yaml.MarkedYAMLError) -> tuple[str, int | None]:
    """Words stand after a quotation that ended, or a line is indented otherwise."""
    opened = None
    if error.problem_mark and (error.problem or "").endswith("'<scalar>'"):
        # What comes after the fault may be no YAML either.
        with contextlib.suppress(yaml.YAMLError):
            for token in yaml.scan(text, yaml.SafeLoader):
                if token.end_mark.index > error.problem_mark.index:
                    break
                if isinstance(token, yaml.ScalarToken) and not token.plain:
                    opened = token.start_mark.line + 1
    if opened is None:
        return "this line is indented differently from those around it", _line(error)
    words = "words stand after a closing quotation mark; what it closes opens in line"
    return f"{words} {opened}", _line(error)


def _bracket(_text: str, error: yaml.MarkedYAMLError) -> tuple[str, int | None]:
    found = (error.problem or "").partition("but got ")[2].strip("'")
    if found == "<stream end>":
        return "the bracket that opens here is never closed", _begun(error)
    if found == ":":
        words = "inside { } or [ ], a value that holds a colon must stand in quotation marks"
        if _begun(error) != _line(error):
            words += f"; or the bracket that opens in line {_begun(error)} is not closed"
        return words, _line(error)
    words = "a comma or a closing bracket is missing; the bracket opens in line"
    return f"{words} {_begun(error)}", _line(error)


def _open(_text: str, error: yaml.MarkedYAMLError) -> tuple[str, int | None]:
    return "the quotation mark that opens here is never closed", _begun(error)


def _escape(_text: str, error: yaml.MarkedYAMLError) -> tuple[str, int | None]:
    words = "in double quotation marks a backslash means something else; use single ones: '...'"
    return words, _line(error)


def _second(_text: str, error: yaml.MarkedYAMLError) -> tuple[str, int | None]:
    return "a second document begins here; one file holds one policy", _line(error)


_TOLD: Final[Mapping[str, Callable[[str, yaml.MarkedYAMLError], tuple[str, int | None]]]] = {
    "found character": _letter,
    "could not find expected ':'": _key,
    "mapping values are not allowed": _colon,
    "expected <block end>": _block,
    "expected ',' or": _bracket,
    "found unexpected end of stream": _open,
    "found unknown escape character": _escape,
    "but found another document": _second,
}
"""By the beginnings of what PyYAML says."""


def _words(fault: ErrorDetails, faults: Sequence[ErrorDetails]) -> str:
    kind, value, place = fault["type"], fault["input"], fault["loc"]
    key = next((part for part in reversed(place) if isinstance(part, str)), "")
    words = _TYPES.get(kind, fault["msg"])
    if kind == "extra_forbidden":
        meant = _meant(place, faults)
        words = "no key is named so here" + (f"; do you mean {meant}?" if meant else "")
    elif value is None and kind != "missing":
        words = "this key has no value"
    elif kind == "string_type":
        words = _text(value)
    elif kind == "string_pattern_mismatch":
        words = f"{_PATTERNS.get(key, words)}; here it is {_shown(value)}"
    elif kind in ("enum", "literal_error"):
        one = fault.get("ctx", {}).get("expected", "").replace("'", "")
        words = f"write {one} here, not {_shown(value)}"
    elif kind == "model_type" and _HOLDERS.get(key, Localized) is Localized:
        words = "write it in both languages, as {en: …, ja: …}"
    return words


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


def _text(value: object) -> str:
    """Return what to do with a value where words are wanted."""
    if isinstance(value, bool):
        return f"YAML reads this word as {str(value).lower()}; put it in quotation marks"
    if isinstance(value, list | dict):
        return "write one text here, not a list or keys"
    return "a number stands here for words; put it in quotation marks"


def _meant(place: Place, faults: Sequence[ErrorDetails]) -> str | None:
    """Return the key that an unknown one stands for: first among those that are missing beside."""
    *parents, name = place
    beside = [
        str(fault["loc"][-1])
        for fault in faults
        if fault["type"] == "missing" and list(fault["loc"][:-1]) == parents
    ]
    holder = next((part for part in reversed(parents) if isinstance(part, str)), "")
    known = _HOLDERS.get(holder, Localized).model_fields
    return _likest(str(name), beside) or _likest(str(name), known)
