"""The quick reading of bodies answers as the strict one does, whatever the bytes are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import append, body, canonical, merkle
from provenance_gen.ledger.audit_files import stored_in
from provenance_gen.ledger.shapes import Shapes
from provenance_gen.records.event import split
from provenance_gen.records.image import StoredImage
from provenance_gen.records.payloads import AttemptCompleted, GeneratedImage
from tests.unit.ledger.events import draft

if TYPE_CHECKING:
    from provenance_gen.ledger.body import Examined

LEAF = merkle.leaf_hash(b"before")
TYPES = ["intent.stated", "attempt.completed", "image.selected", "work.created", "x", None]


def encoded(number: int, anchor: bytes = b"") -> bytes:
    """Write the bytes of an event."""
    prepared = append.prepare(draft(number))
    return body.encode(
        prepared.draft,
        prepared.payload,
        {path: digest for path, (_, digest) in prepared.secrets.items()},
        log="provgen-test",
        sequence=number,
        previous=LEAF if number else b"",
        session=f"s{number}",
        timestamp=append.timestamp(),
        anchor=anchor,
    )


def answer(read: Any, *arguments: Any) -> Examined | str:
    """Read bytes, and answer with what was read or the words of the refusal."""
    try:
        found: Examined = read(*arguments)
    except LedgerError as error:
        return str(error)
    return found


def agree(shapes: Shapes, hint: object, data: bytes) -> None:
    """Demand that both readings give the same answer."""
    assert answer(shapes.examine, hint, data) == answer(body.examine, data)


def trained(*samples: bytes) -> Shapes:
    """Show bodies as often as it takes to know their shapes; strict where they are no events."""
    shapes = Shapes()
    for data in samples * 4:
        agree(shapes, orjson.loads(data)["type"], data)
    return shapes


KNOWN = trained(*(encoded(n) for n in range(8)))


def test_shapes_are_recognised() -> None:
    """Bodies of a known shape are read from the expression: their payload need not be parsed."""
    shapes = Shapes(lambda _type, _payload: False)
    first = encoded(1)
    for _ in range(4):
        last = shapes.examine("attempt.completed", first)
    other = shapes.examine("attempt.completed", encoded(4001, LEAF))
    assert other.payload is last.payload is not body.examine(first).payload
    assert other._replace(payload={}) == body.examine(encoded(4001, LEAF))._replace(
        payload={}, timestamp=other.timestamp
    )


@given(st.integers(0, 5000), st.booleans(), st.sampled_from(TYPES))
def test_whatever_is_written(number: int, anchored: bool, hint: object) -> None:  # noqa: FBT001
    """Every event that is written is read the same, also under the name of another type."""
    agree(KNOWN, hint, encoded(number, LEAF if anchored else b""))


@given(st.integers(0, 7), st.integers(0, 10_000), st.integers(0, 255), st.integers(0, 2))
def test_changed_bytes(number: int, place: int, value: int, way: int) -> None:
    """Whatever byte is changed, put in or taken out, both readings give the same answer."""
    data = bytearray(encoded(number))
    place %= len(data)
    match way:
        case 0:
            data[place] = value
        case 1:
            data.insert(place, value)
        case _:
            del data[place]
    agree(KNOWN, TYPES[number % 4], bytes(data))


NAMES = st.sampled_from(["work", "attempt", "pixel_digest", "file_digest", "a", "b", 'q"', "é"])
SCALARS: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers(-(2**54), 2**54)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4)
    | st.sampled_from(["x", 'a"', "\\", "\x7f", '","work":"y', "é"])
)


def filled(shape: Any, draw: Any) -> Any:
    """Put other scalars into the places of a value."""
    if isinstance(shape, dict):
        return {name: filled(value, draw) for name, value in shape.items()}
    if isinstance(shape, list):
        return [filled(value, draw) for value in shape]
    return draw(SCALARS)


@given(
    st.dictionaries(
        NAMES,
        st.recursive(
            SCALARS,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
            max_leaves=6,
        ),
        max_size=4,
    ),
    st.data(),
)
def test_any_payload(payload: dict[str, Any], data: st.DataObject) -> None:
    """Payloads of one structure with any scalars in them are read the same."""
    envelope = orjson.loads(encoded(1))
    shapes = Shapes()
    for _ in range(4):
        agree(shapes, envelope["type"], written(envelope | {"payload": payload}))
    for _ in range(4):
        other = filled(payload, data.draw)
        agree(shapes, envelope["type"], written(envelope | {"payload": other}))


def written(value: Any) -> bytes:
    """Write a value with sorted keys, whether it is inside the profile or not."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"milliseconds":1', b'"milliseconds":01'),
        (b'"milliseconds":1', b'"milliseconds":-0'),
        (b'"milliseconds":1', b'"milliseconds":1.0'),
        (b'"milliseconds":1', b'"milliseconds":1e3'),
        (b'"milliseconds":1', b'"milliseconds":9007199254740992'),
        (b'"milliseconds":1', b'"milliseconds":true'),
        (b'"milliseconds":1', b'"milliseconds": 1'),
        (b'"attempt":"a0"', b'"attempt":"\\u0061"'),
        (b'"attempt":"a0"', b'"attempt":"a\n"'),
        (b'"attempt":"a0"', b'"attempt":"\x80"'),
        (b'"attempt":"a0"', b'"attempt":"a","attempt":"a0"'),
        (b'"attempt":"a0"', b'"attempt":"a","aaaaa":"a0"'),
        (b'"v":1}', b'"v":1}\n'),
        (b'"v":1}', b'"v":2}'),
    ],
)
def test_not_canonical(before: bytes, after: bytes) -> None:
    """Other ways to write a value of a known shape are refused in the strict reading's words."""
    data = encoded(1)
    changed = data.replace(before, after)
    assert changed != data
    agree(KNOWN, "attempt.completed", changed)


def test_memory_is_bounded() -> None:
    """However many shapes a stranger's events have, few are remembered."""
    shapes = Shapes()
    envelope = orjson.loads(encoded(1))
    for number in range(700):
        data = canonical.encode(envelope | {"payload": {f"a{number}": "x" * (number % 2)}})
        for _ in range(3):
            shapes.examine(envelope["type"], data)
    assert shapes.remembered < 300


@pytest.mark.parametrize("small", [None, "c" * 64])
def test_stored_images_are_found_with_and_without_their_thumbnails(small: str | None) -> None:
    """Events of earlier versions name no thumbnail; their pictures are audited too."""
    image = StoredImage(
        pixel_digest="a" * 64, file_digest="b" * 64, width=8, height=9, thumbnail_digest=small
    )
    payload = AttemptCompleted(
        work="w", attempt="a", images=(GeneratedImage(image=image),), milliseconds=1
    )
    found = list(stored_in(canonical.encode(split(payload)[0])))
    assert found == [(b"b" * 64, b"9", b"a" * 64, b"8")]
