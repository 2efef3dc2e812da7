"""The envelope of every event, and how texts are kept out of its body.

An event is drafted as a payload (see ``records.payloads``), split into what enters the body and
what is withheld, and read back joined with those texts that are still disclosed. Hashing and
storing are the ledger's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, Final, Protocol

from pydantic import ConfigDict

from provenance_gen.errors import CanonicalFormError
from provenance_gen.records.base import Count, Digest, EventNumber, Moment, Record, Text, Token

_TOKEN: Final = re.compile(r"[A-Za-z0-9_.:+\-]{0,128}")


class ActorKind(StrEnum):
    """Who acted."""

    PERSON = "person"
    """A person, by an explicit command or an interactive act."""
    PROGRAM = "program"
    """A program on its own, a script that calls ``select`` included."""
    UNKNOWN = "unknown"
    """It cannot be told."""


class Basis(StrEnum):
    """How the recorded fact is known."""

    CONTEMPORANEOUS = "contemporaneous"
    """Recorded as it happened."""
    CONFIRMED = "confirmed"
    """Detected by the program and confirmed by a person."""
    INFERRED = "inferred"
    """The program's guess; never makes a factor present."""
    BACKFILLED = "backfilled"
    """Imported afterwards."""


class Actor(Record):
    """Who acted, under a random identifier that says nothing of the person's name."""

    kind: ActorKind
    id: Token | None = None


class Payload(Record):
    """What one type of event says. Subclasses set ``event_type``.

    Fields that a later version added are ignored when an event is read.
    """

    model_config = ConfigDict(extra="ignore")

    event_type: ClassVar[str]


class Draft(Record):
    """An event before the ledger has given it a number, a time and a place in the chain."""

    payload: Payload
    actor: Actor
    basis: Basis = Basis.CONTEMPORANEOUS


class Receipt(Record):
    """What the ledger gives back when an event is durable."""

    sequence: Count
    leaf: Digest
    timestamp: Moment


class EventSink(Protocol):
    """Where events go; handed in by the studio so that leaves know no ledger."""

    def append(self, draft: Draft) -> Receipt:
        """Store one event durably and return its receipt."""
        ...


class Event(Record):
    """An event as read back: the body's fields and the texts that are still disclosed."""

    version: Count
    log: str
    sequence: Count
    """Number of the event in its log, from 0 (RFC 9162 counts leaves so)."""
    previous: Digest | None
    """Leaf hash of the event before, or None for the first."""
    session: Token
    """Random identifier of one run of the program."""
    type: Token
    timestamp: Moment
    """The maker's own clock; what bounds it is an anchor."""
    anchor: Digest | None = None
    """SHA-256 of the outside time-stamp that this event is the first to follow."""
    actor: Actor
    basis: Basis
    payload: dict[str, Any]
    """Payload with disclosed texts in their places; a withheld text is absent."""
    withheld: tuple[str, ...] = ()
    """JSON pointers of texts that were committed to and are not disclosed here."""
    leaf: Digest
    """SHA-256(0x00 || body): the chain hash and the Merkle leaf in one."""


class Citation(Record):
    """Which event says so, and how it knows."""

    sequence: Count
    """Number of the event in its log, from 0."""
    leaf: Digest
    timestamp: Moment
    actor: ActorKind
    basis: Basis
    log: Count | None = None
    """Which log of the studio, from 1; None where the studio has only one."""
    withheld: tuple[str, ...] = ()
    """JSON pointers of texts that the event commits to and that are not disclosed here."""

    @property
    def order(self) -> tuple[int, int]:
        """Place of the event among all events of the studio's logs."""
        return (self.log or 0, self.sequence)

    @property
    def number(self) -> EventNumber:
        """What people call the event: ``17``, or ``2:17`` where the studio has several logs."""
        return self.sequence if self.log is None else f"{self.log}:{self.sequence}"

    @property
    def by_person(self) -> bool:
        """Whether a person acted, recorded as more than a guess."""
        return self.actor is ActorKind.PERSON and self.basis is not Basis.INFERRED

    def withholds(self, field: str) -> bool:
        """Tell whether a text was given and is withheld, where ``None`` may mean either."""
        return f"/{field}" in self.withheld


def split(payload: Payload) -> tuple[dict[str, Any], dict[str, str]]:
    """Part a payload into what enters the body and what is committed to.

    Returns:
        The body's JSON value, without texts, and the texts by JSON pointer (RFC 6901).

    Raises:
        CanonicalFormError: a plain string that is no token stands in a field, so that it might
            carry a path, a name or a prompt; or a value of a type that bodies do not hold.
    """
    texts: dict[str, str] = {}
    return _split(payload, "", texts), texts


def _split(value: Any, path: str, texts: dict[str, str]) -> Any:
    if isinstance(value, Text):
        texts[path] = str(value)
        return None
    if isinstance(value, Record):
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        parts = {
            _key(key, path): _split(item, f"{path}/{_escaped(key)}", texts)
            for key, item in value.items()
        }
        return {key: part for key, part in parts.items() if part is not None}
    if isinstance(value, tuple | list):
        return [_split(item, f"{path}/{place}", texts) for place, item in enumerate(value)]
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, str) and not _TOKEN.fullmatch(value):
        raise CanonicalFormError(path, "a string that is no token must be a Text")
    if value is None or isinstance(value, bool | int | str):
        return value
    raise CanonicalFormError(path, f"event bodies hold no {type(value).__name__}")


def _key(key: Any, path: str) -> str:
    if isinstance(key, str) and _TOKEN.fullmatch(key):
        return key
    raise CanonicalFormError(path, "a key that is no token")


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
