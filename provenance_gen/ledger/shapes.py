"""Read many bodies of one shape quickly: what was checked strictly once is recognised again.

Two bodies have the same shape when they differ only in plain strings and in numbers: the same
fields in the same order, lists of the same lengths, texts committed to under the same pointers.
Of a body that passed the strict reading an expression is made that takes all bodies of its shape,
and no others. What it takes is canonical and an event's envelope without being parsed, since
strings and numbers are taken only in the one form that canonical bytes give them. Everything else
is read strictly, so that the answer is the same in either way, which a property test shows.

The bodies of a page are taken by one search for each shape, as lines of one text: no canonical
body holds an end of line, and every line has to be taken whole.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from provenance_gen.ledger import envelope, shape

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from provenance_gen.ledger.envelope import Examined
    from provenance_gen.ledger.shape import Groups, Shape

_WORTH: Final = 3
"""Times that a shape is seen before an expression is made of it, which costs some milliseconds."""
_MOST: Final = 200
"""Shapes whose sightings are counted at a time."""
_ROOM: Final = 500_000
"""Characters of all expressions that are made, which is half a second's work or so. Nobody's
events have so many shapes, but a stranger's may."""
_TRIED: Final = 8
"""Shapes of one type and number of quotes that are tried before a body is read strictly."""


class Batch(NamedTuple):
    """Bodies of one shape in a page."""

    shape: Shape
    places: list[int]
    """Where they are in the page, in order."""
    groups: list[Groups]


class Shapes:
    """Reads bodies as ``envelope.examine`` does, and remembers their shapes.

    Its memory is bounded, whatever the bodies are.
    """

    def __init__(
        self, whole: Callable[[str, dict[str, Any]], bool] = lambda _type, _: True
    ) -> None:
        """Know no shape yet.

        Args:
            whole: says of a type of event and a payload whether the values in payloads of that
                shape are wanted. Where they are not, ``Examined.payload`` is that of another
                body of the same shape: the places of its texts are right, its values are not.
        """
        self._whole = whole
        # By type and number of quotes, which is the same in all bodies of a shape.
        self._known: defaultdict[Hashable, dict[int, list[Shape]]] = defaultdict(dict)
        self._sightings: dict[str, int] = {}
        self._room = _ROOM

    @property
    def remembered(self) -> int:
        """Number of expressions, and of sightings that may become some."""
        shapes = (len(s) for counted in self._known.values() for s in counted.values())
        return len(self._sightings) + sum(shapes)

    def examine(self, hint: Hashable, data: bytes) -> Examined:
        """Check an event's bytes strictly.

        Args:
            hint: the event's type, as far as the caller knows; a wrong one costs time only.
            data: the bytes.

        Raises:
            CanonicalFormError: the bytes are not canonical.
            LedgerBrokenError: they are no event's envelope.
        """
        known = self._known.get(hint, {})
        if found := _recognised(known.get(data.count(b'"'), []), data):
            return shape.as_read(*found, data)
        read = envelope.examine(data)
        if len(data) < self._room and data.isascii() and b"\\" not in data:
            self._learn(read, data)
        return read

    def batches(self, types: Sequence[Hashable], bodies: Sequence[bytes]) -> list[Batch]:
        """Take the bodies of a page whose shapes are known.

        Args:
            types: their types, as far as the caller knows; a body whose type is another is left.
            bodies: their bytes.

        Returns:
            Those of each shape. Of a body in none of them nothing is known.
        """
        places: defaultdict[Hashable, list[int]] = defaultdict(list)
        for place, type_ in enumerate(types):
            places[type_].append(place)
        found: list[Batch] = []
        for type_, those in places.items():
            known = self._known.get(type_, {})
            if len(known) == 1 and (batch := _all_alike(next(iter(known.values())), those, bodies)):
                found.append(batch)
                continue
            counted: defaultdict[int, list[int]] = defaultdict(list)
            for place in those if known else ():
                counted[bodies[place].count(b'"')].append(place)
            for quotes, alike in counted.items():
                if shapes := known.get(quotes):
                    batch = _all_alike(shapes, alike, bodies)
                    found += [batch] if batch else _each(shapes, alike, bodies)
        return found

    def _learn(self, read: Examined, data: bytes) -> None:
        """Make an expression for the shape of a body that was read strictly, if worth it."""
        values: list[str] = []
        source = shape.expression(read, values)
        sightings = self._sightings.get(source, 0) + 1
        if sightings < _WORTH:
            if len(self._sightings) >= _MOST:
                self._sightings.clear()
            self._sightings[source] = sightings
            return
        self._sightings.pop(source)
        self._room -= len(source)
        whole = self._whole(read.type, read.payload)
        made = shape.make(read, data, source, values, whole=whole)
        if _recognised([made], data):
            known = self._known[read.type].setdefault(data.count(b'"'), [])
            known.insert(0, made)
            del known[_TRIED:]


def _recognised(shapes: list[Shape], data: bytes) -> tuple[Shape, Groups] | None:
    """Find the shape of a body, and let it be the first to be tried the next time."""
    if not (shapes and data.isascii()):
        return None
    line = f"{data.decode('ascii')}\n"
    for place, tried in enumerate(shapes):
        if found := tried.expression.fullmatch(line):
            if place:
                shapes.insert(0, shapes.pop(place))
            return tried, found.groups("")
    return None


def _all_alike(shapes: list[Shape], places: list[int], bodies: Sequence[bytes]) -> Batch | None:
    """Take bodies by the first of some shapes, where it is that of all of them."""
    lines = b"\n".join([*[bodies[place] for place in places], b""])
    if lines.count(b"\n") != len(places) or not lines.isascii():
        return None
    groups = shapes[0].expression.findall(lines.decode("ascii"))
    return Batch(shapes[0], places, groups) if len(groups) == len(places) else None


def _each(shapes: list[Shape], places: list[int], bodies: Sequence[bytes]) -> Iterator[Batch]:
    """Take bodies one by one, each by its own shape."""
    found: dict[int, Batch] = {}
    for place in places:
        if taken := _recognised(shapes, bodies[place]):
            own, groups = taken
            batch = found.setdefault(id(own), Batch(own, [], []))
            batch.places.append(place)
            batch.groups.append(groups)
    yield from found.values()
