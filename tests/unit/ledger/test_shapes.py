"""The quick reading of bodies answers as the strict one does, whatever the bytes are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import canonical, envelope
from provenance_gen.ledger.shape import as_read, stored_in
from provenance_gen.ledger.shapes import Shapes
from provenance_gen.records.event import split
from provenance_gen.records.image import StoredImage
from provenance_gen.records.payloads import AttemptCompleted, GeneratedImage
from tests.unit.ledger.events import LEAF, encoded

if TYPE_CHECKING:
    from provenance_gen.ledger.envelope import Examined

TYPES = ["intent.stated", "attempt.completed", "image.selected", "work.created", "x", None]


def answer(read: Any, *arguments: Any) -> Examined | str:
    """Read bytes, and answer with what was read or the words of the refusal."""
    try:
        found: Examined = read(*arguments)
    except LedgerError as error:
        return str(error)
    return found


def agree(shapes: Shapes, hint: object, data: bytes) -> None:
    """Demand that both readings give the same answer."""
    assert answer(shapes.examine, hint, data) == answer(envelope.examine, data)


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
    other = shapes.examine("attempt.completed", encoded(4001))
    assert other.payload is last.payload is not envelope.examine(first).payload
    assert other._replace(payload={}) == envelope.examine(encoded(4001))._replace(
        payload={}, timestamp=other.timestamp
    )


def taken(shapes: Shapes, types: list[Any], bodies: list[bytes]) -> set[int]:
    """Demand that what is taken of a page is read as strictly; say which bodies are taken."""
    found: set[int] = set()
    for batch in shapes.batches(types, bodies):
        for place, groups in zip(batch.places, batch.groups, strict=True):
            read = envelope.examine(bodies[place])
            assert as_read(batch.shape, groups, bodies[place]) == read
            assert batch.shape.stored(groups, bodies[place]) == stored_in(bodies[place])
            assert place not in found
            found.add(place)
    return found


def test_pages_of_several_shapes() -> None:
    """Of a page every body of a known shape is taken, whatever is between them."""
    bodies = [encoded(n, LEAF if n % 7 == 0 else b"") for n in range(1, 61)]
    types = [orjson.loads(data)["type"] for data in bodies]
    shapes = trained(*bodies[:30])
    assert taken(shapes, types, bodies) == set(range(60))
    assert taken(shapes, ["x", None, 7] * 20, bodies) == set()
    two = b"\n".join(bodies[1:3])
    odd = [b"", b"\n", two, two + b"\n", bodies[1] + b"\n", b"x\n" + bodies[1], bodies[1] + b"\xff"]
    for place, data in enumerate(odd):
        assert taken(shapes, types, [data, *bodies[1:]]) == set(range(1, 60)), place


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9999), st.integers(0, 255)), max_size=8)
)
def test_changed_pages(changes: list[tuple[int, int, int]]) -> None:
    """Whatever bytes of a page are changed, nothing is taken that the strict reading refuses."""
    bodies = [encoded(n) for n in range(1, 9)]
    types = [orjson.loads(data)["type"] for data in bodies]
    for number, place, value in changes:
        data = bytearray(bodies[number % 8])
        data[place % len(data)] = value
        bodies[number % 8] = bytes(data)
    taken(KNOWN, types, bodies)


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
    found = stored_in(canonical.encode(split(payload)[0]))
    assert found == [("b" * 64, "9", "a" * 64, "8")]
