"""Canonical bytes of event bodies: RFC 8785 in a profile where fast and strict agree.

The profile: objects with ASCII keys, arrays, strings, booleans, null, and integers within
±(2^53-1). No floats. Inside it ``orjson`` with sorted keys writes the same bytes as RFC 8785,
which a property test shows against ``rfc8785``; outside it the two differ, so values outside it
are refused rather than written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from provenance_gen.errors import CanonicalFormError

_MAX_INTEGER: Final = 2**53 - 1
_MAX_DEPTH: Final = 32
_OPTIONS: Final = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
# Three searches that begin with fixed bytes are several times faster than one with a choice.
_FLOATS: Final = tuple(
    re.compile(before + rb"-?[0-9]+[.eE]").search for before in (rb'":', rb",", rb"\[")
)


def encode(value: Any, *, checked: bool = False) -> bytes:
    """Write a JSON value of the profile as RFC 8785 bytes.

    Args:
        value: what to write.
        checked: the caller knows that it is inside the profile, or will see it from the bytes.

    Raises:
        CanonicalFormError: a value outside the profile, with the JSON pointer to it.
    """
    if not checked:
        check(value)
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError as error:
        check(value)
        raise CanonicalFormError("", str(error)) from error


def check(value: Any) -> None:
    """Demand that a value is inside the profile.

    Raises:
        CanonicalFormError: it is not, with the JSON pointer to what is outside.
    """
    _check(value, "", _MAX_DEPTH)


def decode(data: bytes, doubtful: bytes | None = None) -> dict[str, Any]:
    """Read canonical bytes, and check that they are canonical.

    Args:
        data: what was stored.
        doubtful: the part of it that may hold floats, deep nesting or keys that are not ASCII,
            where the caller knows the form of the rest.

    Raises:
        CanonicalFormError: not JSON, not an object, outside the profile, or written otherwise.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise CanonicalFormError("", f"not JSON ({error.msg})") from error
    if not isinstance(value, dict):
        raise CanonicalFormError("", "not an object")
    try:
        again = orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError:
        again = b""
    if again != data or not _plainly_inside(data if doubtful is None else doubtful):
        _check(value, "", _MAX_DEPTH)
    if again != data:
        raise CanonicalFormError("", "not in canonical form")
    return value


def _plainly_inside(data: bytes) -> bool:
    """Tell from canonical bytes alone that they are inside the profile, where that is easy.

    Integers beyond 2^53-1 are refused by the writer. What stays is keys (ASCII where all bytes
    are), floats (they stand after a colon, a comma or a bracket, and have a point or an
    exponent) and depth (no deeper than there are opening brackets). An odd string may make this
    say no for bytes that are inside; then the value itself is walked.
    """
    return (
        data.isascii()
        and data.count(b"{") + data.count(b"[") < _MAX_DEPTH
        and not any(search(data) for search in _FLOATS)
    )


def _check(value: Any, path: str, depth: int) -> None:
    if depth == 0:
        raise CanonicalFormError(path, "nested too deeply")
    if isinstance(value, str):  # first, since most are strings
        _check_scalar(value, path)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise CanonicalFormError(path, "a key that is not ASCII text")
            _check(item, f"{path}/{key}", depth - 1)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            _check(item, f"{path}/{place}", depth - 1)
    else:
        _check_scalar(value, path)


def _check_scalar(value: Any, path: str) -> None:
    if isinstance(value, str):
        if value.isascii():
            return
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise CanonicalFormError(path, "a string that UTF-8 cannot hold") from error
    elif not (value is None or isinstance(value, int)):
        raise CanonicalFormError(path, f"event bodies hold no {type(value).__name__}")
    elif isinstance(value, int) and abs(value) > _MAX_INTEGER:
        raise CanonicalFormError(path, "an integer beyond 2^53-1")
