"""Events that several tests of the ledger share, and what a ledger gives back."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from provenance_gen.ledger import append, body, merkle
from provenance_gen.ledger.database import reading
from provenance_gen.ledger.tables import CHECKPOINT, EVENT, SECRET
from provenance_gen.records.base import Text
from provenance_gen.records.event import Actor, ActorKind, Draft
from provenance_gen.records.image import ImageRef, StoredImage
from provenance_gen.records.payloads import (
    AttemptCompleted,
    GeneratedImage,
    ImageSelected,
    IntentStated,
    WorkCreated,
)

if TYPE_CHECKING:
    from provenance_gen.ledger.store import Ledger

PERSON = Actor(kind=ActorKind.PERSON, id="p1")
LEAF = merkle.leaf_hash(b"before")
"""Of the event before one that is written by itself."""


def intent(words: str) -> Draft:
    """Draft an event that carries a text."""
    return Draft(payload=IntentStated(work="w1", intent=Text(words)), actor=PERSON)


def stored(number: int) -> StoredImage:
    """Name an image that nobody has."""
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return StoredImage(pixel_digest=digest, file_digest=digest[::-1], width=8, height=8)


def draft(number: int) -> Draft:
    """Draft one of a mix of events: with and without texts, images and several subjects."""
    attempt, image = f"a{number // 4}", stored(number // 4)
    match number % 4:
        case 0:
            payload: Any = IntentStated(work="w1", intent=Text(f"words {number}, 海の夕暮れ"))
        case 1:
            payload = AttemptCompleted(
                work="w1", attempt=attempt, images=(GeneratedImage(image=image),), milliseconds=1
            )
        case 2:
            ref = ImageRef(origin=attempt, pixel_digest=image.pixel_digest)
            payload = ImageSelected(work="w1", image=ref, reason=Text("low horizon"))
        case _:
            payload = WorkCreated(work=f"w{number}", title=Text("Harbour"), author=Text("A. P."))
    return Draft(payload=payload, actor=PERSON)


def encoded(number: int, anchor: bytes = b"") -> bytes:
    """Write the bytes of one of those events, at a place that is its number."""
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


def contents(ledger: Ledger) -> tuple[Any, ...]:
    """Return every event, text and checkpoint as it reads back."""
    texts = select(SECRET.c.seq, SECRET.c.path, SECRET.c.disclosure)
    notes = select(CHECKPOINT.c.size, CHECKPOINT.c.note)
    with reading(ledger.engine) as connection:
        bodies = connection.execute(select(EVENT.c.seq, EVENT.c.body)).all()
        return (
            sorted(map(tuple, bodies)),
            sorted(map(tuple, connection.execute(texts))),
            sorted(map(tuple, connection.execute(notes))),
        )
