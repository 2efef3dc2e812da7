"""Canonical bytes: the fast writer equals RFC 8785 inside the profile, and refuses the rest."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.errors import CanonicalFormError
from provenance_gen.ledger import canonical

KEYS = st.text(st.characters(max_codepoint=127), max_size=12)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_equals_rfc8785(value: dict[str, Any]) -> None:
    """Inside the profile the bytes are those of RFC 8785, and read back unchanged."""
    data = canonical.encode(value)
    assert data == rfc8785.dumps(value)
    assert canonical.decode(data) == value


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": 1.0}, "/a"),
        ({"a": {"b": [1, 2**53]}}, "/a/b/1"),
        ({"é": 1}, ""),
        ({"a": "\ud800"}, "/a"),
        ({"a": b"x"}, "/a"),
        ({"a": -(2**53)}, "/a"),
        ({"a": [[], [{"b": 0.5}]]}, "/a/1/0/b"),
        ({"a": float("nan")}, "/a"),
        ({"a": ("x",)}, "/a"),
        ({1: 2}, ""),
    ],
)
def test_refused_with_its_place(value: dict[str, Any], path: str) -> None:
    """A value outside the profile is refused, and the error says where it stands."""
    with pytest.raises(CanonicalFormError) as caught:
        canonical.encode(value)
    assert caught.value.path == path


@pytest.mark.parametrize("data", [b"", b"[]", b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1,"a":1}'])
def test_not_canonical(data: bytes) -> None:
    """Bytes that were written in another way are not accepted."""
    with pytest.raises(CanonicalFormError):
        canonical.decode(data)


# What orjson reads and writes back unchanged, and the profile still refuses.
OUTSIDE = [
    b'{"a":1.5}',
    b'{"a":-0.5}',
    b'{"a":[0,1.5]}',
    b'{"a":[1.5]}',
    b'{"a":{"b":1e22}}',
    b'{"a":9007199254740992}',
    b'{"a":-9007199254740992}',
    b'{"a":18446744073709551615}',
    b'{"a":18446744073709551616}',
    '{"é":1}'.encode(),
    b'{"a":' * 40 + b"1" + b"}" * 40,
]


@pytest.mark.parametrize("data", OUTSIDE)
def test_outside_the_profile(data: bytes) -> None:
    """Canonical or not, bytes outside the profile are refused."""
    with pytest.raises(CanonicalFormError):
        canonical.decode(data)


def test_odd_strings_are_no_numbers() -> None:
    """Strings that look like numbers or brackets to a quick look are still strings."""
    value = {"a": ',1.5 [2.5 ":3e5', "b": "[" * 40, "c": ["1.5", ",1.5"], "ü"[:0]: "ü"}
    data = canonical.encode(value)
    assert data == rfc8785.dumps(value)
    assert canonical.decode(data) == value


NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**70), 2**70)
ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


def inside(value: Any) -> bool:
    """Say whether a JSON value is inside the profile, as plainly as it can be said."""
    if isinstance(value, dict):
        return all(k.isascii() and inside(v) for k, v in value.items())
    if isinstance(value, list):
        return all(map(inside, value))
    if isinstance(value, int):
        return abs(value) < 2**53
    return value is None or isinstance(value, str)


@given(st.dictionaries(st.text(max_size=4), ANY, max_size=4))
def test_accepted_exactly_inside(value: dict[str, Any]) -> None:
    """Bytes are accepted if and only if they are RFC 8785 of a value inside the profile."""
    for data in {json.dumps(value).encode(), written(value)}:
        try:
            accepted: Any = canonical.decode(data)
        except CanonicalFormError:
            accepted = None
        if inside(value) and data == rfc8785.dumps(value):
            assert accepted == value
        else:
            assert accepted is None


def written(value: Any) -> bytes:
    """Write a value with sorted keys, whether it is inside the profile or not."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return b""


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=3), st.data())
def test_changed_bytes(value: dict[str, Any], data: st.DataObject) -> None:
    """Whatever byte is changed, what is then accepted is canonical bytes of another value."""
    encoded = bytearray(canonical.encode(value))
    place = data.draw(st.integers(0, len(encoded) - 1))
    encoded[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        read = canonical.decode(bytes(encoded))
    except CanonicalFormError:
        return
    assert read != value
    assert rfc8785.dumps(read) == bytes(encoded)
