"""Read the body of an event strictly: canonical form, and every field of the envelope.

Pure, and light: nothing is loaded here but ``orjson`` and the standard library, so that a process
which helps to audit is there at once. What the payload means is left to ``body`` and the records.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from provenance_gen.errors import LedgerBrokenError
from provenance_gen.ledger import canonical

VERSION: Final = 1
"""Version of the event envelope."""

SUBJECTS: Final = {
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

# An envelope in canonical form has its fields in one order only, so that two expressions read and
# check all of it: what stands before the payload, and what stands after it.
NAME: Final = r"[A-Za-z0-9_.:+\-]{1,128}"
COMMITMENT: Final = r"[A-Za-z0-9_\-]{43}"
MOMENT: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z"
LEAF: Final = r'(?:null|"([0-9a-f]{64})")'
OPENING: Final = (
    rf'\{{"actor":\{{"id":(?:null|"{NAME}"),"kind":"(?:person|program|unknown)"\}},'
    rf'"anchor":{LEAF},"basis":"(?:contemporaneous|confirmed|inferred|backfilled)",'
)
_BEFORE: Final = re.compile(
    rf'{OPENING}"commit":\{{(?:"/[A-Za-z0-9_.:+\-/~]*":"{COMMITMENT}"(?:,(?=")|(?=\}})))*\}},'
    r'"log":"([^"\\]*)","payload":(?=\{)'.encode()
)
_AFTER: Final = re.compile(
    rf'\}},"prev":{LEAF},"seq":(0|[1-9][0-9]{{0,15}}),"session":"({NAME})",'
    rf'"ts":"({MOMENT})","type":"({NAME})","v":{VERSION}\}}'.encode()
)
_FIELDS: Final = 12
_SUBJECT: Final = re.compile(rf'"({"|".join(SUBJECTS)})":"([^"]*)"')


class Examined(NamedTuple):
    """An event's body that was checked to the last byte, but for the meaning of its payload."""

    log: str
    previous: bytes
    """Leaf hash of the event before; empty for the first."""
    sequence: int
    session: str
    type: str
    timestamp: str
    anchor: str
    """SHA-256 of the time-stamp that it cites, in hexadecimal; empty where it cites none."""
    commit: dict[str, str]
    payload: dict[str, Any]
    subjects: tuple[tuple[str, str], ...]
    """As ``subjects_of`` gives them."""


def fits(data: bytes) -> bool:
    """Tell whether canonical bytes have the fields of an envelope, which ``examine`` demands."""
    end = data.rfind(b'},"prev":')
    return _BEFORE.match(data) is not None and _AFTER.fullmatch(data, max(end, 0)) is not None


def examine(data: bytes) -> Examined:
    """Check an event's bytes strictly: canonical form, and every field of the envelope.

    Whatever passes here can be read by ``decode``. Types that a later version added pass too.

    Raises:
        CanonicalFormError: the bytes are not canonical.
        LedgerBrokenError: they are no event's envelope.
    """
    before = _BEFORE.match(data)
    end = data.rfind(b'},"prev":')
    after = _AFTER.fullmatch(data, end) if end >= 0 else None
    if before is None or after is None:
        canonical.decode(data)
        raise LedgerBrokenError("the fields around its payload are not those of an event")
    inner = data[before.end() : end + 1]
    # One level and one bracket for what stands around it.
    value = canonical.decode(data, b"{" + inner)
    payload = value["payload"]
    if len(value) != _FIELDS or not isinstance(payload, dict):
        raise LedgerBrokenError("the fields around its payload are not those of an event")
    anchor, log = before.groups()
    previous, sequence, session, timestamp, type_ = after.groups()
    if inner.isascii() and b"\\" not in inner:
        # Without escapes a subject cannot hide, nor a string pass for one: the same as a walk.
        found = set(_SUBJECT.findall(inner.decode()))
        named = tuple(sorted({(SUBJECTS[name], key) for name, key in found}))
    else:
        named = subjects_of(payload)
    return Examined(
        log.decode(),
        bytes.fromhex(previous.decode()) if previous else b"",
        int(sequence),
        session.decode(),
        type_.decode(),
        timestamp.decode(),
        anchor.decode() if anchor else "",
        value["commit"],
        payload,
        named,
    )


def subjects_of(payload: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the subjects that a payload speaks of, as sorted (kind, key)."""
    found: set[tuple[str, str]] = set()

    def walk(value: Any) -> None:
        if isinstance(value, Mapping):
            for name, item in value.items():
                if isinstance(item, str) and name in SUBJECTS:
                    found.add((SUBJECTS[name], item))
                else:
                    walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk(payload)
    return tuple(sorted(found))
