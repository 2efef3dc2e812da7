"""The strict reading of an event's bytes: what it takes can be read, and nothing else passes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import body, canonical, envelope, merkle
from provenance_gen.records.event import Basis
from tests.unit.ledger.events import LEAF, encoded


@pytest.mark.parametrize("number", range(8))
def test_what_was_written(number: int) -> None:
    """Every event that is written passes, and reads the same strictly and loosely."""
    data = encoded(number, LEAF if number % 3 == 0 else b"")
    strict = envelope.examine(data)
    loose = body.decode(data, merkle.leaf_hash(data), {})
    assert (strict.log, strict.sequence, strict.type) == (loose.log, number, loose.type)
    assert (strict.session, strict.timestamp) == (loose.session, loose.timestamp)
    assert (strict.previous.hex() or None, strict.anchor or None) == (loose.previous, loose.anchor)
    assert tuple(sorted(strict.commit)) == loose.withheld
    assert strict.payload == loose.payload
    assert strict.subjects == envelope.subjects_of(strict.payload)


ENVELOPE = orjson.loads(encoded(1))
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, 1, -1, 2**53 - 1, "", "x", "a b", [], ["x"], {}, {"a": 1}, "0" * 64, "é", "\n"]
)


@given(st.sampled_from(sorted(ENVELOPE)), ODD)
def test_odd_envelopes(field: str, value: Any) -> None:
    """With any field replaced, what passes the strict reading is read by the loose one."""
    data = canonical.encode(ENVELOPE | {field: value})
    try:
        envelope.examine(data)
    except LedgerError:
        return
    body.decode(data, merkle.leaf_hash(data), {})


@pytest.mark.parametrize("field", sorted(ENVELOPE))
def test_missing_and_further_fields(field: str) -> None:
    """An envelope without one of its fields, or with one more, is refused."""
    less = {name: value for name, value in ENVELOPE.items() if name != field}
    for changed in (less, ENVELOPE | {field + "x": 1}):
        with pytest.raises(LedgerError):
            envelope.examine(canonical.encode(changed))


@pytest.mark.parametrize("basis", Basis)
def test_every_basis(basis: Basis) -> None:
    """Every basis that records know is one that the strict reading knows."""
    envelope.examine(canonical.encode(ENVELOPE | {"basis": basis.value}))


NAMES = st.sampled_from(["work", "attempt", "pixel_digest", "wor", "seq", "payload", "prev"])
PAYLOADS = st.dictionaries(
    NAMES,
    st.recursive(
        st.none() | st.integers(-3, 3) | st.text(max_size=6) | st.just('{"work":"x"}'),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


@given(PAYLOADS)
def test_subjects_from_bytes(payload: dict[str, Any]) -> None:
    """The subjects that are found in the bytes are those that a walk of the value finds."""
    read = envelope.examine(canonical.encode(ENVELOPE | {"payload": payload}))
    assert read.subjects == envelope.subjects_of(payload)


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_changed_bytes(place: int, bit: int) -> None:
    """Whatever bit of an event is changed, only our own errors come out."""
    data = bytearray(encoded(2))
    data[place % len(data)] ^= 1 << bit
    try:
        envelope.examine(bytes(data))
    except LedgerError:
        return
    body.decode(bytes(data), merkle.leaf_hash(bytes(data)), {})
