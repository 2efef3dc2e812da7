"""Two pictures beside each other: what making is recorded of each, and where it is shown.

Nothing here ranks anybody, and no figure is a share of authorship. Where there is no record,
nothing can be said; that is not the same as "nothing was done".
"""

from __future__ import annotations

from typing import Final, Literal

from provenance_gen.records.base import Count, Digest, Moment, Record, Region, Text, Token
from provenance_gen.records.event import ActorKind
from provenance_gen.records.verdict import Action, AiStatement, Signer

SCHEMA: Final = "provenance-gen/comparison/1"


class Chosen(Record):
    """One pick on the way to the picture."""

    image: str
    over: Count
    reason: Text | None = None
    guessed: bool = False
    """Whether only a guess of the program leads from it to the picture."""


class Edited(Record):
    """One edit on the way to the picture."""

    image: str
    agent: Token
    confirmed: bool
    """Whether a person confirmed it as theirs."""
    actor: ActorKind
    """Who is recorded as having made it."""
    operations: tuple[Token, ...] = ()
    changed: Count
    """Pixels that differ from the image before; a change of the whole tone is not counted."""
    tone: bool = False
    """Whether the tone of the whole picture changed."""
    uniform: bool = False
    """Whether practically every pixel changed, so that no area is counted."""
    area: Count
    """Pixels compared."""
    regions: tuple[Region, ...] = ()
    guessed: bool = False
    """Whether only a guess of the program leads from it to the picture."""


class Written(Record):
    """What one step has of the picture, by its origin map; see ``records.origin``."""

    image: str
    writer: Token
    agent: Token
    confirmed: bool | None = None
    area: Count
    """Pixels that have more than half of their value from it, in px²."""
    regions: tuple[Region, ...] = ()
    """Boxes of their connected areas, largest first."""


class Side(Record):
    """What is known of one picture."""

    name: str
    """As it was asked for."""
    basis: Literal["ledger", "bundle", "credentials", "claims", "nothing"]
    """Where it is known from, the best source there is."""
    says: str
    """One sentence on that source and what it can bear."""
    pixel_digest: Digest | None = None
    work: Text | None = None
    image: str | None = None
    measures: dict[str, Count] = {}
    """Of the steps that lead to this picture, by the names of ``records.finding.MEASURES``."""
    whole_work: dict[str, Count] = {}
    """The same of the whole work that it belongs to."""
    guessed: tuple[Count, ...] = ()
    """Numbers of the attempts, among those that lead to it, that only a guess leads from."""
    models: tuple[str, ...] = ()
    choices: tuple[Chosen, ...] = ()
    edits: tuple[Edited, ...] = ()
    written: tuple[Written, ...] = ()
    """Its origin map; empty where none could be made."""
    begun: Moment | None = None
    ended: Moment | None = None
    """First and last event that lead to it, by the maker's clock."""
    standing: dict[str, Count] = {}
    """How many of those events are sealed, bounded and asserted."""
    withheld: Count = 0
    """Texts of those events that are withheld."""
    signer: Signer | None = None
    actions: tuple[Action, ...] = ()
    """What the file's own credentials say was done."""
    ai: AiStatement | None = None


class Comparison(Record):
    """Two sides, in the order in which they were asked for."""

    schema_: str = SCHEMA
    """Written as ``schema``."""
    same_pixels: bool
    a: Side
    b: Side

    def as_json(self) -> dict[str, object]:
        """Return the JSON value, in its order."""
        value = self.model_dump(mode="json")
        return {"schema": value.pop("schema_"), **value}
