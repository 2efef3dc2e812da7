"""Canonical bytes of event bodies: RFC 8785 in a profile where fast and strict agree.

The profile: objects with ASCII keys, arrays, strings, booleans, null, and integers within
±(2^53-1). No floats. Inside it ``orjson`` with sorted keys writes the same bytes as RFC 8785,
which a property test shows against ``rfc8785``; outside it the two differ, so values outside it
are refused rather than written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from provenance_gen.errors import CanonicalFormError

_MAX_INTEGER: Final = 2**53 - 1
_MAX_DEPTH: Final = 32


def encode(value: Any) -> bytes:
    """Write a JSON value of the profile as RFC 8785 bytes.

    Raises:
        CanonicalFormError: a value outside the profile, with the JSON pointer to it.
    """
    _check(value, "", _MAX_DEPTH)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def decode(data: bytes) -> dict[str, Any]:
    """Read canonical bytes, and check that they are canonical.

    Raises:
        CanonicalFormError: not JSON, not an object, outside the profile, or written otherwise.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise CanonicalFormError("", f"not JSON ({error.msg})") from error
    if not isinstance(value, dict):
        raise CanonicalFormError("", "not an object")
    if encode(value) != data:
        raise CanonicalFormError("", "not in canonical form")
    return value


def _check(value: Any, path: str, depth: int) -> None:
    if depth == 0:
        raise CanonicalFormError(path, "nested too deeply")
    if isinstance(value, Mapping):
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
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise CanonicalFormError(path, "a string that UTF-8 cannot hold") from error
    elif not (value is None or isinstance(value, int)):
        raise CanonicalFormError(path, f"event bodies hold no {type(value).__name__}")
    elif isinstance(value, int) and abs(value) > _MAX_INTEGER:
        raise CanonicalFormError(path, "an integer beyond 2^53-1")
