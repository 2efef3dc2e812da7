"""The first page of a report: who or what made what, and how each of these statements stands.

Lines only name and count what the rest of the report shows step by step. Nothing is added up over
lines, and the order of lines is that of a making, not of worth.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from provenance_gen.records.base import Count, EventNumber, Record, Text
from provenance_gen.records.event import ActorKind

NAMED: Final = 12
"""Of no more images than this the names are given."""


class Deed(StrEnum):
    """What was done, in the order of a making."""

    STATED = "stated"
    """The intent of the work was stated."""
    BROUGHT_OWN = "brought_own"
    """An image came in from a file, said to be somebody's own."""
    BROUGHT = "brought"
    """An image came in from a file, and nobody says who made it."""
    SAID_AI = "said_ai"
    """A file that an image came in from says of itself that AI made it, or a part of it."""
    CALLED = "called"
    """A generator was called."""
    GENERATED = "generated"
    """A generator gave images."""
    REVISED = "revised"
    """The input was changed after a named image had been looked at."""
    PICKED = "picked"
    REJECTED = "rejected"
    EDITED = "edited"
    """In the built-in editor."""
    REPAINTED = "repainted"
    """By a model."""
    MARKED = "marked"
    """A label was drawn into the picture; nobody's contribution."""
    CONFIRMED = "confirmed"
    """Changed in another program; a person confirmed it as their own."""
    UNCONFIRMED = "unconfirmed"
    """Changed in another program; who or what acted there is not known."""
    EXPORTED = "exported"
    """Left as a signed file."""


class Stands(Record):
    """How many events are bounded, sealed and asserted; each counts once."""

    bounded: Count = 0
    sealed: Count = 0
    asserted: Count = 0


class DeedView(Record):
    """One line: what was done how often, and the events that say so."""

    deed: Deed
    count: Count
    """Of images where they have names; else of the acts."""
    images: tuple[str, ...] = ()
    """Their names, where there are no more than ``NAMED``."""
    events: tuple[EventNumber, ...]
    stands: Stands


class GroupView(Record):
    """What one kind of actor did, by the record."""

    actor: ActorKind
    deeds: tuple[DeedView, ...] = ()


class SummaryView(Record):
    """Who or what made what, in three groups, and how many events of each standing there are."""

    groups: tuple[GroupView, ...]
    """Always all three: person, program, unknown."""
    models: tuple[Text | None, ...] = ()
    """Names of the models that gave images, each once; None where a name is withheld."""
    stands: Stands
    """Of all events that the report was read from."""
