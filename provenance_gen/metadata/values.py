"""From foreign text to plain values, with limits: JSON, numbers as text, words.

Nothing here evaluates anything. What does not have the form that was asked for is absent (None),
since everything was written by strangers; no function raises for its content.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.records.claim import FoundClaim

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance_gen.metadata.carriers import Carrier

MAX_WORDS: Final = 20_000
"""Longest text of a claim in characters; what is longer is cut, and its digest covers the whole."""

MAX_JSON: Final = 16 << 20
"""Longest JSON text that is read, in characters."""

_MAX_DIGITS: Final = 40
_MAX_NAME: Final = 1_000
_NUMBER: Final = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?")
_WHOLE: Final = re.compile(r"[+-]?\d{1,40}")
_SIZE: Final = re.compile(r"\d{1,9}x\d{1,9}")
_COUNT: Final = re.compile(r"(\d{1,9})(?:\.0{1,9})?")


def load_json(text: str) -> tuple[Any, bool]:
    """Read JSON; None where it is none, is too long or nests too deeply.

    Decimal numbers stay the text that they are written as. Of a name that stands twice in an
    object the last value counts.

    Returns:
        The value, and whether some name stood twice.
    """
    doubled = False

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal doubled
        value = dict(items)
        doubled = doubled or len(value) < len(items)
        return value

    if len(text) > MAX_JSON:
        return None, False
    try:
        value = json.loads(
            text,
            object_pairs_hook=pairs,
            parse_float=str,
            parse_constant=str,
            parse_int=_integer,
        )
    except (ValueError, RecursionError):
        # The reader of the standard library ends a nesting too deep for the interpreter so.
        return None, False
    return value, doubled


def _integer(text: str) -> int | str:
    # Python itself refuses to read numbers of thousands of digits.
    return int(text) if len(text) <= _MAX_DIGITS else text


def mapping(value: Any) -> dict[str, Any]:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def first(values: dict[str, Any], *names: str) -> Any:
    """Return the first value that is there under one of the names."""
    return next((values[name] for name in names if values.get(name) is not None), None)


def words(value: Any) -> str | None:
    """Return text that UTF-8 can hold, cut to the limit; of a list, its texts in lines."""
    if isinstance(value, list):
        parts = [item for item in value[:_MAX_NAME] if isinstance(item, str)]
        value = "\n".join(parts) if parts else None
    if not isinstance(value, str):
        return None
    # JSON can spell half of a surrogate pair, which no later reader could write down.
    return value[:MAX_WORDS].encode("utf-8", "replace").decode("utf-8")


def name(value: Any) -> str | None:
    """Return a short text, such as a sampler's name; an empty one names nothing."""
    text = words(value)
    return text[:_MAX_NAME].strip() or None if text else None


def number(value: Any) -> str | None:
    """Return a number as text, exactly as it was written."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    text = str(value).strip() if isinstance(value, str) else f"{value:d}"
    return text if _NUMBER.fullmatch(text) else None


def seed(value: Any) -> str | None:
    """Return a seed as decimal text, however large."""
    text = number(value)
    return text if text and _WHOLE.fullmatch(text) else None


def count(value: Any) -> int | None:
    """Return a whole number, such as steps."""
    found = _COUNT.fullmatch(number(value) or "")
    return int(found[1]) if found else None


def size(width: Any, height: Any) -> str | None:
    """Return width x height where both are whole numbers."""
    wide, high = count(width), count(height)
    return None if wide is None or high is None else f"{wide}x{high}"


def _names(value: Any) -> tuple[str, ...] | None:
    """Return names, each once."""
    return tuple(dict.fromkeys(found for one in value if (found := name(one)))) or None


def _dimensions(value: Any) -> str | None:
    text = name(value)
    return text if text and _SIZE.fullmatch(text) else None


def claim(tool: str, carrier: Carrier, *, generator: bool = True, **fields: Any) -> FoundClaim:
    """Make a claim about a carrier's value, each field in its form.

    Args:
        tool: whose form the value has.
        carrier: where it stands.
        generator: whether it describes a run of a generator.
        fields: of ``FoundClaim``; what has another form than the field's is absent.
    """
    forms: dict[str, Callable[[Any], Any]] = {
        "prompt": words,
        "negative_prompt": words,
        "seed": seed,
        "steps": count,
        "sampler": name,
        "guidance": number,
        "model": name,
        "model_hash": name,
        "size": _dimensions,
        "digital_source_type": name,
        "data_mining": name,
        "authors": _names,
    }
    formed: dict[str, Any] = {key: forms[key](value) for key, value in fields.items()}
    return FoundClaim(
        tool=tool,
        carrier=name(carrier.name) or "",
        raw_digest=hashlib.sha256(carrier.raw).hexdigest(),
        generator=generator,
        doubled=carrier.doubled,
        **formed,
    )
