"""Canonical bytes: the fast writer equals RFC 8785 inside the profile, and refuses the rest."""

from __future__ import annotations

from typing import Any

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
