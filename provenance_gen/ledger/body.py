"""The body of an event: how its bytes are made, and read as a record.

Pure functions over values and bytes; where they are kept is the store's business, and how an audit
reads them is that of ``envelope``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from provenance_gen.errors import CanonicalFormError, LedgerBrokenError
from provenance_gen.ledger import canonical, disclosure, envelope, merkle
from provenance_gen.records.event import Event
from provenance_gen.records.pointers import join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from provenance_gen.records.event import Draft


def encode(
    draft: Draft,
    payload: Mapping[str, Any],
    committed: Mapping[str, str],
    *,
    log: str,
    sequence: int,
    previous: bytes,
    session: str,
    timestamp: str,
    anchor: bytes,
) -> bytes:
    """Write the canonical bytes of an event.

    Args:
        draft: what is recorded.
        payload: the draft's payload without its texts, inside the profile.
        committed: digest of each text's disclosure by JSON pointer.
        log: origin of the ledger.
        sequence: the event's number, from 0.
        previous: leaf hash of the event before; empty for the first.
        session: random identifier of this run of the program.
        timestamp: the local clock, RFC 3339 in UTC.
        anchor: SHA-256 of the newest outside time-stamp that no event has cited yet; else empty.
            A token cannot be known before it is issued, so the event is later than its time.

    Raises:
        CanonicalFormError: a value outside the profile of bodies.
    """
    value = {
        "v": envelope.VERSION,
        "log": log,
        "seq": sequence,
        "prev": previous.hex() or None,
        "session": session,
        "type": draft.payload.event_type,
        "ts": timestamp,
        "anchor": anchor.hex() or None,
        "actor": {"kind": draft.actor.kind.value, "id": draft.actor.id},
        "basis": draft.basis.value,
        "payload": payload,
        "commit": committed,
    }
    data = canonical.encode(value, checked=True)
    if not envelope.fits(data):
        # Nothing is stored that an audit would refuse afterwards.
        canonical.check(value)
        raise CanonicalFormError("", "its fields are not those of an event")
    return data


def decode(body: bytes, leaf: bytes, disclosures: Mapping[str, str]) -> Event:
    """Read an event from its stored bytes and the disclosures at hand.

    Raises:
        LedgerBrokenError: the bytes are no event, or a text is not what was committed to.
    """
    if merkle.leaf_hash(body) != leaf:
        raise LedgerBrokenError("an event's bytes are not those that were hashed")
    try:
        value = orjson.loads(body)
        committed: dict[str, str] = value["commit"]
        texts = {
            path: disclosure.reveal(words, path, committed[path])
            for path, words in disclosures.items()
        }
        return Event(
            version=value["v"],
            log=value["log"],
            sequence=value["seq"],
            previous=value["prev"],
            session=value["session"],
            type=value["type"],
            timestamp=value["ts"],
            anchor=value["anchor"],
            actor=value["actor"],
            basis=value["basis"],
            payload=join(value["payload"], texts),
            withheld=tuple(sorted(set(committed) - set(texts))),
            leaf=leaf.hex(),
        )
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
        CanonicalFormError,
    ) as error:
        raise LedgerBrokenError(f"an event cannot be read ({error})") from error


def chained(events: Iterable[Event]) -> Iterator[Event]:
    """Pass events on from the first, and demand that each follows the one before it.

    Raises:
        LedgerBrokenError: one does not.
    """
    last = None
    for number, event in enumerate(events):
        if (event.sequence, event.previous) != (number, last):
            raise LedgerBrokenError(
                "it does not follow the event before it; run: provgen ledger audit", number
            )
        last = event.leaf
        yield event
