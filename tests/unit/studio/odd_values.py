"""Values that a manifest may hold in the place of the right ones: CBOR, JSON, labels of boxes."""

from __future__ import annotations

import json
import struct
from typing import Final

from hypothesis import strategies as st

LABELS: Final = (
    "",
    "x",
    "x" * 300,
    "a__1",
    "a__99999999999999999999",
    "../../etc/passwd",
    "self#jumbf=c2pa.assertions",
    "c2pa",
    "c2pa.claim",
    "c2pa.claim.v2",
    "c2pa.signature",
    "c2pa.assertions",
    "c2pa.actions.v2",
    "c2pa.ingredient.v3",
    "c2pa.hash.data",
    "c2pa.hash.bmff.v3",
    "c2pa.hash.boxes",
    "c2pa.metadata",
    "c2pa.time-stamp",
    "c2pa.certificate-status",
    "cawg.identity",
    "cawg.training-mining",
    "c2pa.embedded-data",
    "c2pa.thumbnail.claim",
    "org.provenance-gen.record",
    "urn:c2pa:00000000-0000-0000-0000-000000000000",
)
_WORDS: Final = st.one_of(
    st.sampled_from(LABELS),
    st.sampled_from(("http://example.invalid/", "\x1b[31m", "self#jumbf=", "1970-01-01", "es256")),
    st.text(st.characters(codec="ascii"), max_size=40),
)


def _head(major: int, value: int) -> bytes:
    """Write the head of a CBOR item."""
    for short, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 1 << (8 * size):
            direct = value < 24 and short == 24
            first = bytes([major << 5 | (value if direct else short)])
            return first if direct else first + value.to_bytes(size, "big")
    raise AssertionError("beyond CBOR")


def _text(word: str) -> bytes:
    return _head(3, len(word)) + word.encode("ascii")


NUMBERS: Final = st.one_of(
    st.integers(0, 2**64 - 1).map(lambda value: _head(0, value)),
    st.integers(0, 2**64 - 1).map(lambda value: _head(1, value)),
    st.floats().map(lambda value: b"\xfb" + struct.pack(">d", value)),
    st.binary(max_size=12).map(lambda value: b"\xc2" + _head(2, len(value)) + value),
)
BROKEN: Final = st.sampled_from(
    (
        b"",
        b"\xff",  # a break where nothing is open
        b"\x1c",  # reserved
        b"\xf7",  # undefined
        b"\xf8\xff",
        b"\x9f\x00\xff",  # of no stated length
        b"\x7f\x61a\xff",
        b"\x9f",
        b"\xbf",
        b"\x9b" + b"\xff" * 8,  # longer than anything can be
        b"\x5b" + b"\x7f" * 8,
        b"\x7a\xff\xff\xff\xff",
        b"\xba\xff\xff\xff\xff",
        b"\x1b" + bytes(8),  # longer than need be
    )
)
DEEP: Final = st.one_of(
    st.integers(1, 5_000).map(lambda depth: b"\x81" * depth + b"\x00"),
    st.integers(1, 2_000).map(lambda depth: b"\xa1\x61a" * depth + b"\x00"),
    st.integers(1, 5_000).map(lambda depth: b"\xc1" * depth + b"\x00"),
)
LEAVES: Final = st.one_of(
    NUMBERS,
    _WORDS.map(_text),
    st.binary(max_size=40).map(lambda value: _head(2, len(value)) + value),
    st.sampled_from((b"\xf4", b"\xf5", b"\xf6")),
)


def several(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Draw lists, maps and tagged values of other values."""
    many = st.lists(inner, max_size=4)
    # Keys of any kind, and the same one twice.
    pairs = st.lists(st.tuples(st.one_of(_WORDS.map(_text), inner), inner), max_size=4)
    return st.one_of(
        many.map(lambda each: _head(4, len(each)) + b"".join(each)),
        pairs.map(lambda each: _head(5, len(each)) + b"".join(a + b for a, b in each)),
        st.tuples(st.integers(0, 2**64 - 1), inner).map(lambda one: _head(6, one[0]) + one[1]),
    )


VALUES: Final = st.one_of(st.recursive(LEAVES, several, max_leaves=8), BROKEN, DEEP)


JSON: Final = st.one_of(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.sampled_from(("@context", "dc:creator", "x", "")), inner),
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
    st.integers(1, 5_000).map(lambda depth: b"[" * depth + b"]" * depth),
    st.sampled_from((b"", b"{", b'{"a":1,"a":2}', b"1" * 5_000, b'"\\ud800"', b"\xff")),
)
