"""The shape of a body: an expression that takes all bodies which differ only in plain values.

Pure. What is learned from which bodies, and when, is left to ``shapes``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from provenance_gen.errors import CanonicalFormError
from provenance_gen.ledger import envelope
from provenance_gen.ledger.envelope import Examined
from provenance_gen.records.pointers import join

if TYPE_CHECKING:
    from collections.abc import Sequence

Groups = tuple[str, ...]
"""What an expression's groups took of a body: anchor, digests of texts, values of the payload,
previous leaf, number, session and time; empty where there is none."""
Stored = tuple[str, str, str, str]
"""File digest, height, pixel digest and width of a stored image as they are written."""

# Strings that JSON writes as they are, and integers that are surely within ±(2^53-1).
_STRING: Final = r"[ !#-\[\]-~]*+"
_INTEGER: Final = r"(?:0|-?[1-9][0-9]{0,14}+)"
_SIDE: Final = r"(0|[1-9][0-9]{0,14}+)"
_THUMBNAIL: Final = '"thumbnail_digest":"[0-9a-f]{64}",'
# A ``StoredImage`` in canonical form; inside a string its quotes would be escaped.
_STORED: Final = re.compile(
    r'\{"file_digest":"([0-9a-f]{64})","height":(0|[1-9][0-9]{0,15}),'
    rf'"pixel_digest":"([0-9a-f]{{64}})",(?:{_THUMBNAIL})?"width":(0|[1-9][0-9]{{0,15}})\}}'
)
_NAMED: Final = b'"file_digest":'
_IMAGE: Final = ("file", "", "image", "")
"""Kinds of the four groups that take a stored image; sides are no subjects."""


def stored_in(data: bytes) -> list[Stored]:
    """Return the stored images in canonical bytes, each once."""
    return list(dict.fromkeys(_STORED.findall(data.decode()))) if _NAMED in data else []


class Shape(NamedTuple):
    """A shape of bodies: the expression that takes them, and what its groups are."""

    expression: re.Pattern[str]
    """It takes a body and the end of its line."""
    paths: tuple[str, ...]
    """Pointers of its texts, which are the groups after the first."""
    keys: tuple[int, ...]
    """Groups that hold the subjects, by kind."""
    kinds: tuple[str, ...]
    """Kinds of the subjects, sorted."""
    distinct: bool
    """Whether no two subjects have the same kind, so that they are in order as they come."""
    log: str
    type: str
    payload: dict[str, Any]
    """That of one body of this shape; texts have the same places in all of them."""
    joins: bool
    """Whether every text has a place in the payload."""
    images: tuple[int, ...]
    """First group of each stored image."""
    others: bool
    """Whether something else in a payload may pass for a stored image."""
    whole: bool
    """Whether the values in each payload are wanted."""

    def stored(self, groups: Groups, data: bytes) -> list[Stored]:
        """Return the stored images in a body of this shape, each once."""
        if self.others:
            return stored_in(data)
        found = [groups[place : place + 4] for place in self.images]
        return [(file, high, pixels, wide) for file, high, pixels, wide in dict.fromkeys(found)]


def make(read: Examined, data: bytes, source: str, values: Sequence[str], *, whole: bool) -> Shape:
    """Make the shape of a body.

    Args:
        read: what the strict reading said of it.
        data: its bytes.
        source: its expression.
        values: kinds of the expression's values; see ``expression``.
        whole: whether the values in each payload are wanted.
    """
    paths = tuple(sorted(read.commit))
    first = 1 + len(paths)
    kinds = sorted((kind, first + place) for place, kind in enumerate(values) if kind)
    images = [n for n in range(len(values)) if tuple(values[n : n + 4]) == _IMAGE]
    return Shape(
        expression=re.compile(rf"(?m:^){source}\n"),
        paths=paths,
        keys=tuple(group for _, group in kinds),
        kinds=tuple(kind for kind, _ in kinds),
        distinct=len({kind for kind, _ in kinds}) == len(kinds),
        log=read.log,
        type=read.type,
        payload=read.payload,
        joins=joins(read.payload, paths),
        images=tuple(first + place for place in images),
        others=data.count(_NAMED) != len(images),
        whole=whole,
    )


def joins(payload: dict[str, Any], paths: Sequence[str]) -> bool:
    """Tell whether every text has a place in the payload."""
    try:
        for path in paths:
            if path.count("/") > 1:
                join(payload, {path: ""})
    except CanonicalFormError:
        return False
    return True


def as_read(shape: Shape, groups: Groups, data: bytes) -> Examined:
    """Say of a body that has a shape what the strict reading would."""
    previous, sequence, session, timestamp = groups[-4:]
    subjects = zip(shape.kinds, [groups[place] for place in shape.keys], strict=True)
    return Examined(
        shape.log,
        bytes.fromhex(previous),
        int(sequence),
        session,
        shape.type,
        timestamp,
        groups[0],
        dict(zip(shape.paths, groups[1:], strict=False)),
        orjson.loads(data)["payload"] if shape.whole else shape.payload,
        tuple(subjects) if shape.distinct else tuple(sorted(set(subjects))),
    )


def expression(read: Examined, values: list[str]) -> str:
    """Write the expression for the shape of a body.

    Args:
        read: what the strict reading said of the body.
        values: filled in with the kind of subject of each of the payload's values that is taken;
            empty for one that is none.
    """
    commits = ",".join(
        f'{_literal(path)}:"({envelope.COMMITMENT})"' for path in sorted(read.commit)
    )
    return (
        rf'{envelope.OPENING}"commit":\{{{commits}\}},'
        rf'"log":{_literal(read.log)},"payload":{_of(read.payload, "", values)},'
        rf'"prev":{envelope.LEAF},"seq":(0|[1-9][0-9]{{0,14}}+),'
        rf'"session":"({envelope.NAME})","ts":"({envelope.MOMENT})",'
        rf'"type":{_literal(read.type)},"v":{envelope.VERSION}\}}'
    )


def _of(value: Any, name: str, values: list[str]) -> str:
    """Write the expression for a value that stands under a name; no name in a list."""
    if isinstance(value, str):
        if kind := envelope.SUBJECTS.get(name):
            values.append(kind)
            return f'"({_STRING})"'
        return f'"{_STRING}"'
    if isinstance(value, bool) or value is None:
        return _literal(value)
    if isinstance(value, int):
        return _INTEGER
    if isinstance(value, list):
        return rf"\[{','.join(_of(item, '', values) for item in value)}\]"
    return _of_object(value, values)


def _of_object(value: dict[str, Any], values: list[str]) -> str:
    """Write the expression for an object, which may be a stored image."""
    if _STORED.fullmatch(orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()):
        values += _IMAGE
        thumbnail = _THUMBNAIL if "thumbnail_digest" in value else ""
        return (
            rf'\{{"file_digest":"([0-9a-f]{{64}})","height":{_SIDE},'
            rf'"pixel_digest":"([0-9a-f]{{64}})",{thumbnail}"width":{_SIDE}\}}'
        )
    parts = (f"{_literal(key)}:{_of(value[key], key, values)}" for key in sorted(value))
    return rf"\{{{','.join(parts)}\}}"


def _literal(value: Any) -> str:
    """Write the expression for one JSON value as it is."""
    return re.escape(orjson.dumps(value).decode())
