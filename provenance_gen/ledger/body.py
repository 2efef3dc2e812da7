"""The body of an event: how its bytes are made and read, and which subjects it speaks of.

Pure functions over values and bytes; where they are kept is the store's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from provenance_gen.errors import CanonicalFormError, LedgerBrokenError
from provenance_gen.ledger import canonical, disclosure
from provenance_gen.records.event import Event, join

if TYPE_CHECKING:
    from provenance_gen.records.event import Draft

VERSION: Final = 1
"""Version of the event envelope."""

_SUBJECTS: Final = {
    "work": "work",
    "attempt": "attempt",
    "edit": "edit",
    "import_id": "import",
    "export": "export",
    "pixel_digest": "image",
    "file_digest": "file",
    "source_digest": "file",
    "manifest_digest": "manifest",
}
"""Kind of subject by the name of a payload's field."""


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
        payload: the draft's payload without its texts.
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
    return canonical.encode(
        {
            "v": VERSION,
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
    )


def decode(body: bytes, leaf: bytes, disclosures: Mapping[str, str]) -> Event:
    """Read an event from its stored bytes and the disclosures at hand.

    Raises:
        LedgerBrokenError: the bytes are no event, or a text is not what was committed to.
    """
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
    except (ValueError, LookupError, TypeError, AttributeError, CanonicalFormError) as error:
        raise LedgerBrokenError(f"an event cannot be read ({error})") from error


def subjects_of(payload: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the subjects that a payload speaks of, as sorted (kind, key)."""
    found: set[tuple[str, str]] = set()

    def walk(value: Any) -> None:
        if isinstance(value, Mapping):
            for name, item in value.items():
                if isinstance(item, str) and name in _SUBJECTS:
                    found.add((_SUBJECTS[name], item))
                else:
                    walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk(payload)
    return tuple(sorted(found))
