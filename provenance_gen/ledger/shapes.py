"""Read many bodies of one shape quickly: what was checked strictly once is recognised again.

Two bodies have the same shape when they differ only in plain strings and in numbers: the same
fields in the same order, lists of the same lengths, texts committed to under the same pointers.
Of a body that passed the strict reading an expression is made that takes all bodies of its shape,
and no others. What it takes is canonical and an event's envelope without being parsed, since
strings and numbers are taken only in the one form that canonical bytes give them. Everything else
is read strictly, so that the answer is the same in either way, which a property test shows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from provenance_gen.ledger import body
from provenance_gen.ledger.body import Examined

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

# Strings that JSON writes as they are, and integers that are surely within ±(2^53-1).
_STRING: Final = r"[ !#-\[\]-~]*+"
_INTEGER: Final = r"(?:0|-?[1-9][0-9]{0,14}+)"
_WORTH: Final = 3
"""Times that a shape is seen before an expression is made of it, which costs some milliseconds."""
_MOST: Final = 200
"""Shapes whose sightings are counted at a time."""
_NEW: Final = tuple.__new__
"""Quicker than the record's own, which gives names to what comes."""
_ROOM: Final = 500_000
"""Characters of all expressions that are made, which is half a second's work or so. Nobody's
events have so many shapes, but a stranger's may."""
_TRIED: Final = 8
"""Shapes of one type of event that are tried before a body is read strictly."""


class Shape(NamedTuple):
    """A shape of bodies: the expression that takes them, and what its groups are."""

    match: Callable[[str], re.Match[str] | None]
    envelope: tuple[int, ...]
    """Groups that hold anchor, previous leaf, number, session and time."""
    commitments: tuple[int, ...]
    """Groups that hold the digests of texts, and at least two numbers of groups."""
    paths: tuple[str, ...]
    """Pointers of these texts."""
    keys: tuple[int, ...]
    """Groups that hold the subjects by kind, and at least two numbers of groups."""
    kinds: tuple[str, ...]
    """Kinds of the subjects, sorted."""
    distinct: bool
    """Whether no two subjects have the same kind, so that they are in order as they come."""
    log: str
    type: str
    payload: dict[str, Any]
    """That of one body of this shape; texts have the same places in all of them."""
    whole: bool
    """Whether the values in each payload are wanted."""


class Shapes:
    """Reads bodies as ``body.examine`` does, and remembers their shapes.

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
        self._known: dict[Hashable, list[Shape]] = {}
        self._sightings: dict[str, int] = {}
        self._room = _ROOM

    @property
    def remembered(self) -> int:
        """Number of expressions, and of sightings that may become some."""
        return len(self._sightings) + sum(map(len, self._known.values()))

    def examine(self, hint: Hashable, data: bytes) -> Examined:
        """Check an event's bytes strictly.

        Args:
            hint: the event's type, as far as the caller knows; a wrong one costs time only.
            data: the bytes.

        Raises:
            CanonicalFormError: the bytes are not canonical.
            LedgerBrokenError: they are no event's envelope.
        """
        if known := self._known.get(hint):
            try:
                text = str(data, "ascii")
            except UnicodeDecodeError:
                return body.examine(data)
            for place, shape in enumerate(known):
                if found := shape.match(text):
                    if place:
                        known.insert(0, known.pop(place))
                    return _read(shape, found, text)
        read = body.examine(data)
        if len(data) < self._room and data.isascii() and b"\\" not in data:
            self._learn(read, data)
        return read

    def _learn(self, read: Examined, data: bytes) -> None:
        """Make an expression for the shape of a body that was read strictly, if worth it."""
        kinds: list[str] = []
        source = _expression(read, kinds)
        sightings = self._sightings.get(source, 0) + 1
        if sightings < _WORTH:
            if len(self._sightings) >= _MOST:
                self._sightings.clear()
            self._sightings[source] = sightings
            return
        self._sightings.pop(source)
        self._room -= len(source)
        shape = _shape(read, source, kinds, whole=self._whole(read.type, read.payload))
        if shape.match(data.decode("ascii")):
            known = self._known.setdefault(read.type, [])
            known.insert(0, shape)
            del known[_TRIED:]


def _shape(read: Examined, source: str, kinds: list[str], *, whole: bool) -> Shape:
    """Number the groups of an expression: anchor, texts, subjects, and what follows the payload."""
    texts = len(read.commit)
    after = 2 + texts + len(kinds)
    sorted_kinds = sorted((kind, 2 + texts + place) for place, kind in enumerate(kinds))
    return Shape(
        match=re.compile(source).fullmatch,
        envelope=(1, *range(after, after + 4)),
        # Asked for fewer than two groups, a match does not answer with a tuple.
        commitments=(*range(2, 2 + texts), 1, 1),
        paths=tuple(sorted(read.commit)),
        keys=(*(group for _, group in sorted_kinds), 1, 1),
        kinds=tuple(kind for kind, _ in sorted_kinds),
        distinct=len(set(kinds)) == len(kinds),
        log=read.log,
        type=read.type,
        payload=read.payload,
        whole=whole,
    )


def _read(shape: Shape, found: re.Match[str], text: str) -> Examined:
    """Say of a body that has a shape what the strict reading would."""
    (_, envelope, commitments, paths, keys, kinds, distinct, log, type_, payload, whole) = shape
    anchor, previous, sequence, session, timestamp = found.group(*envelope)
    subjects = zip(kinds, found.group(*keys), strict=False)
    return _NEW(
        Examined,
        (
            log,
            bytes.fromhex(previous) if previous else b"",
            int(sequence),
            session,
            type_,
            timestamp,
            anchor or "",
            dict(zip(paths, found.group(*commitments), strict=False)) if paths else {},
            orjson.loads(text)["payload"] if whole else payload,
            tuple(subjects) if distinct else tuple(sorted(set(subjects))),
        ),
    )


def _expression(read: Examined, kinds: list[str]) -> str:
    """Write the expression for the shape of a body; fill in the kinds of its subjects."""
    commits = ",".join(f'{_literal(path)}:"({body.COMMITMENT})"' for path in sorted(read.commit))
    return (
        rf'{body.OPENING}"commit":\{{{commits}\}},'
        rf'"log":{_literal(read.log)},"payload":{_of(read.payload, "", kinds)},'
        rf'"prev":{body.LEAF},"seq":(0|[1-9][0-9]{{0,14}}+),'
        rf'"session":"({body.NAME})","ts":"({body.MOMENT})",'
        rf'"type":{_literal(read.type)},"v":{body.VERSION}\}}'
    )


def _of(value: Any, name: str, kinds: list[str]) -> str:
    """Write the expression for a value that stands under a name; no name in a list."""
    if isinstance(value, str):
        if kind := body.SUBJECTS.get(name):
            kinds.append(kind)
            return f'"({_STRING})"'
        return f'"{_STRING}"'
    if isinstance(value, bool) or value is None:
        return _literal(value)
    if isinstance(value, int):
        return _INTEGER
    if isinstance(value, list):
        return rf"\[{','.join(_of(item, '', kinds) for item in value)}\]"
    parts = (f"{_literal(key)}:{_of(value[key], key, kinds)}" for key in sorted(value))
    return rf"\{{{','.join(parts)}\}}"


def _literal(value: Any) -> str:
    """Write the expression for one JSON value as it is."""
    return re.escape(orjson.dumps(value).decode())
