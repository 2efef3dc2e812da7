"""What a report says, before it has a form: one context feeds the page and the JSON.

Texts of people are carried exactly; making them safe to show is the business of each form.
Pictures are carried as PNG for the page and left out of JSON, where their digests stand.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from provenance_gen.records.anchor import StudioTimes
from provenance_gen.records.base import (
    Count,
    Decimal,
    Digest,
    EventNumber,
    Moment,
    Record,
    Region,
    Text,
    Token,
)
from provenance_gen.records.edit import EditAgent, Operation
from provenance_gen.records.event import ActorKind, Basis
from provenance_gen.records.finding import Evidence, InputChange
from provenance_gen.records.image import FileStatement
from provenance_gen.records.origin import OriginRegion, StructureKept
from provenance_gen.records.policy import Confidence, Weight
from provenance_gen.records.summary import SummaryView
from provenance_gen.records.work import Choice, EarlierLog, Outcome

SCHEMA: Final = "provenance-gen/report/1"


class Standing(StrEnum):
    """How far a statement can be relied on without the maker. None says that it is true."""

    SEALED = "sealed"
    """Existing, and unchanged since, by a trusted time."""
    BOUNDED = "bounded"
    """Made between two trusted times."""
    ASSERTED = "asserted"
    """Only the maker's word."""


class Backing(Record):
    """What a statement rests on."""

    events: tuple[EventNumber, ...]
    actors: tuple[ActorKind, ...]
    bases: tuple[Basis, ...]
    standing: Standing
    deleted: tuple[str, ...] = ()
    """Texts of these events that were deleted from the record afterwards, such as ``reason``."""


Pixels = Callable[[], bytes | None]
"""Fetches a picture as PNG: thousands of them are never in memory at once."""


class Figure(Record):
    """A picture in the report."""

    name: str
    """What people call the image, such as ``3.2``."""
    pixel_digest: Digest
    width: Count
    height: Count
    pixels: SkipJsonSchema[Pixels | None] = Field(default=None, exclude=True, repr=False)

    @property
    def png(self) -> bytes | None:
        """The picture, fetched when asked for; None where the pixels are gone, or left out."""
        return self.pixels() if self.pixels else None


class ImageView(Record):
    """One image on the contact sheet."""

    figure: Figure
    choice: Choice
    final: bool
    flagged: bool
    blank: bool
    withdrawn: bool


class Said(Record):
    """A named text; None where the words are withheld, or were deleted."""

    name: str
    text: Text | None
    deleted: bool = False
    """Whether the words were deleted from the record; else they are kept and not disclosed."""


class AttemptView(Record):
    """One call of a generator."""

    number: Count
    outcome: Outcome
    prompts: tuple[Said, ...]
    parameters: tuple[tuple[str, str], ...]
    model: Text | None
    model_kind: str
    model_digest: Digest | None
    licence: str | None
    pipeline: str
    images: tuple[ImageView, ...]
    given: tuple[str, ...] = ()
    """Recorded images that it was given, by name."""
    revises: Count | None
    milliseconds: Count | None
    failure: Token | None
    """Class of the error; its message may hold paths, and stays in the studio."""
    incomplete: tuple[str, ...]
    """Codes of what could not be captured."""
    backing: Backing


class RevisionView(Record):
    """What changed in the input, and what had been looked at."""

    change: InputChange
    viewed: Figure | None
    backing: Backing


class ChoiceView(Record):
    """A pick or a rejection."""

    choice: Choice
    images: tuple[Figure, ...]
    over: tuple[str, ...]
    reason: Text | None
    withheld: bool = False
    """Whether a reason was given and is not disclosed."""
    backing: Backing


class EditView(Record):
    """Image A became image B."""

    number: Count
    before: Figure
    after: Figure
    compared: SkipJsonSchema[Pixels | None] = Field(default=None, exclude=True, repr=False)
    agent: EditAgent
    confirmed: Backing | None
    confirmation: Text | None = None
    """What the person said on confirming it."""
    operations: tuple[Operation, ...]
    tool: Text | None
    note: Text | None
    changed: Count
    area: Count
    uniform: bool
    tone: bool
    cropped: bool
    bounds: Region | None
    regions: tuple[Region, ...]
    backing: Backing

    @property
    def difference(self) -> bytes | None:
        """A picture of what changed, or None where none can be made."""
        return self.compared() if self.compared else None


class Hand(StrEnum):
    """Who or what wrote an area of a picture, as far as the record says."""

    MODEL = "model"
    PERSON = "person"
    """In the built-in editor, and recorded as a person's act."""
    CONFIRMED = "confirmed"
    """In another program; a person confirmed it as their own."""
    UNCONFIRMED = "unconfirmed"
    """In another program; who or what acted there is not known."""
    OWN = "own"
    """An imported file that a person says they made."""
    FILE = "file"
    """An imported file of which nobody says so."""
    UNATTRIBUTED = "unattributed"
    """In the built-in editor, by a script or by nobody known."""
    SEVERAL = "several"
    """Pixels of another image that were put in, which itself has several writers."""
    PROGRAM = "program"
    """A mark that this program drew, such as a visible label; nobody's contribution."""


class LayerView(Record):
    """What one step wrote of the picture."""

    label: Count
    """Its number in the map, from 1."""
    image: str
    """Name of the image that the step made."""
    writer: Token
    """By what means; see ``images.layers.Writer``."""
    hand: Hand
    source: str | None
    """Name of the image that was put in, where one was."""
    extent: Token
    """``recorded``, ``recovered`` or ``assumed``; see ``records.origin.OriginLayer``."""
    area: Count
    """Pixels that have more than half of their value from it, in px²."""
    covered: Decimal
    """Sum of its shares of all pixels, in px²."""
    regions: tuple[OriginRegion, ...]
    """Connected areas of those pixels, the largest first."""
    backing: Backing


class ToneView(Record):
    """A change of the whole picture's tone, blur or sharpness, for which no area is counted."""

    image: str
    operations: tuple[Token, ...]
    backing: Backing


class OriginView(Record):
    """Where in one picture each step of its making shows: measured, and added up to nothing."""

    image: str
    width: Count
    height: Count
    missing: Literal["extra", "large", "gone", "unfit", "bundle"] | None = None
    """Why there is no map: OpenCV is not installed; too many pixels or steps; the pixels are no
    longer stored; the recorded steps do not lead to the picture; it is an evidence bundle's."""
    layers: tuple[LayerView, ...] = ()
    mixed: Count = 0
    """Pixels that no single step supplied more than half of, in px²."""
    tones: tuple[ToneView, ...] = ()
    kept: tuple[StructureKept, ...] = ()
    """How much of the pictures handed in shows in what was generated from them."""
    unmeasured: tuple[str, ...] = ()
    """Names of images of whose step it could not be found where it shows."""
    drawn: SkipJsonSchema[Pixels | None] = Field(default=None, exclude=True, repr=False)
    reduced: SkipJsonSchema[Pixels | None] = Field(default=None, exclude=True, repr=False)
    """The picture itself, no larger than the map, to be shown beside it."""

    @property
    def png(self) -> bytes | None:
        """The map as a picture, or None where there is none, or one step wrote all of it."""
        return self.drawn() if self.drawn else None


class ImportView(Record):
    """An image brought in from a file."""

    figure: Figure
    own: bool
    name: Text | None
    note: Text | None
    statement: FileStatement | None = None
    """What the file said of itself; None where nobody looked."""
    source_digest: Digest
    backing: Backing


class ExportView(Record):
    """A signed file that left the studio, or was about to."""

    number: Count
    image: str
    signed: bool
    name: Text | None
    file_format: str
    disclosure: str
    file_digest: Digest | None
    manifest_digest: Digest | None
    backing: Backing


class Moved(Record):
    """One line of the timeline."""

    kind: str
    """Type of the event, as the event that began it."""
    moment: Moment
    subjects: tuple[str, ...] = ()
    """Names of images, or the number of the attempt."""
    count: Count = 0
    text: Text | None = None
    backing: Backing


class Counted(Record):
    """A measure, with the events it was counted from."""

    name: str
    value: Count
    events: tuple[EventNumber, ...]
    of_picture: Count | None = None
    """Its value over what is known to have led to the picture that the report is of; None where
    it is of no one picture."""


class SourceView(Record):
    """An official document that a policy rests on."""

    id: str
    title: str
    date: str
    address: str | None
    confidence: Confidence
    note: str | None


class FindingView(Record):
    """What the record says about one factor, with the source beside it."""

    id: str
    term: str
    title: str
    question: str
    evidence: Evidence
    measures: tuple[Counted, ...]
    rule: str
    quoted: bool
    our_reading: Weight
    qualitative: bool
    source: str
    place: str | None
    confidence: Confidence
    note: str | None
    would_help: str | None
    backing: Backing
    of_picture: Evidence | None = None
    """The evidence in what is known to have led to the picture that the report is of, alone; None
    where it is of no one picture."""
    elsewhere: tuple[EventNumber, ...] = ()
    """Events of this finding that are not known to have led to that picture."""

    @property
    def aside(self) -> frozenset[EventNumber]:
        """Those events as a set, since there may be thousands to look up."""
        return frozenset(self.elsewhere)

    @property
    def nowhere(self) -> bool:
        """Whether none of its events is known to have led to that picture."""
        return bool(self.elsewhere) and self.aside.issuperset(self.backing.events)


class DraftView(Record):
    """A draft for a field of a form: text in the form's language, meaning in the report's."""

    id: str
    term: str
    title: str
    sentences: tuple[tuple[str, str | None], ...]
    note: str | None = None
    image: str | None = None
    """The picture that it was filled for, from what is known to have led to it; None: the work."""


class PolicyView(Record):
    """One policy and what it found."""

    id: str
    version: int
    as_of: str
    jurisdiction: str
    language: str
    title: str
    status: str
    sources: tuple[SourceView, ...]
    findings: tuple[FindingView, ...]
    required_statements: tuple[str, ...]
    drafts: tuple[DraftView, ...] = ()
    disclaimers: tuple[str, ...]


class Gap(Record):
    """Something that is missing and would help; the code's sentence stands in the strings."""

    code: str
    subjects: tuple[str, ...] = ()


class EventView(Record):
    """One event of the appendix."""

    sequence: EventNumber
    type: str
    timestamp: Moment
    actor: ActorKind
    basis: Basis
    leaf: Digest
    standing: Standing


class IntentView(Record):
    """What the person said the work is meant to be."""

    text: Text | None
    backing: Backing


class LedgerView(Record):
    """Which ledger, and how much of it, the report speaks of."""

    origin: str
    """The present log."""
    tree_size: Count
    """Number of its events that were read."""
    studio: Token
    earlier: tuple[EarlierLog, ...] = ()
    """The logs that it goes on from, all read up to their ends; oldest first."""

    @property
    def events(self) -> int:
        """Number of events read from all logs."""
        return self.tree_size + sum(log.size for log in self.earlier)


class ReportContext(Record):
    """Everything that a report of one work says, in one language."""

    schema_: str = SCHEMA
    """Written as ``schema``."""
    language: Literal["en", "ja"]
    work: Token
    number: Count
    title: Text | None
    author: Text | None
    withheld: tuple[Literal["title", "author"], ...] = ()
    """Which of both were given, and are neither disclosed here nor deleted."""
    begun: Moment
    last: Moment
    standing: Standing
    """The strongest standing of any event here."""
    trusted_times: StudioTimes = StudioTimes()
    """Between which trusted times the events lie; empty where no time-stamp is believed."""
    backing: Backing
    intents: tuple[IntentView, ...]
    final: Figure | None
    final_reason: Literal["asked", "exported", "selected", "last", "none"]
    lineage: tuple[Figure, ...]
    origins: tuple[OriginView, ...] = ()
    """Origin maps: of the picture that the report is of, then of others that were exported."""
    summary: SummaryView
    """Who or what made what, in three groups."""
    glance: tuple[Counted, ...]
    timeline: tuple[Moved, ...]
    attempts: tuple[AttemptView, ...]
    revisions: tuple[RevisionView, ...]
    choices: tuple[ChoiceView, ...]
    edits: tuple[EditView, ...]
    imports: tuple[ImportView, ...]
    exports: tuple[ExportView, ...]
    policies: tuple[PolicyView, ...]
    gaps: tuple[Gap, ...]
    measures: tuple[Counted, ...]
    events: tuple[EventView, ...]
    ledger: LedgerView
