"""The payload of every event type, version 1.

Fields are identifiers, digests, numbers and names from known vocabularies; whatever a person or
an outside program worded is a ``Text`` and reaches the body only as a salted commitment.
Identifiers are random; the numbers people use (attempt 3, image ``3.2``) follow from the order of
events and are computed when read (``records.history``).
"""

from __future__ import annotations

from typing import ClassVar, Final

from provenance_gen.records.base import Count, Decimal, Digest, Record, Text, Token
from provenance_gen.records.edit import EditAgent, LayeredSource, Operation
from provenance_gen.records.event import Basis, Payload
from provenance_gen.records.generation import (
    Call,
    Environment,
    GeneratedArray,
    ModelIdentity,
    Schedule,
    WeightsFile,
)
from provenance_gen.records.image import Difference, FileStatement, ImageRef, StoredImage


class StudioCreated(Payload):
    """A studio was made."""

    event_type: ClassVar[str] = "studio.created"
    studio: Token
    software: Token
    """Version of provenance-gen."""
    author: Text | None = None


class WorkCreated(Payload):
    """A work was begun."""

    event_type: ClassVar[str] = "work.created"
    work: Token
    title: Text | None = None
    author: Text | None = None


class IntentStated(Payload):
    """The person said what the work is meant to be (創作意図)."""

    event_type: ClassVar[str] = "intent.stated"
    work: Token
    intent: Text | None = None


class Revision(Record):
    """From which earlier attempt this one was revised, and what had been looked at."""

    attempt: Token
    viewed: ImageRef | None = None
    basis: Basis
    """``contemporaneous`` where the person named the image, ``inferred`` where it was guessed."""


class AttemptStarted(Payload):
    """A generator is about to be called; durable before any work on the model."""

    event_type: ClassVar[str] = "attempt.started"
    work: Token
    attempt: Token
    call: Call
    model: ModelIdentity
    environment: Environment
    revision: Revision | None = None
    use: Token | None = None
    """What the person declared the pictures to be for: ``commercial``, ``noncommercial`` or
    ``research``; None where nothing was said."""


class GeneratedImage(Record):
    """One image that a generator gave back."""

    image: StoredImage
    flagged: bool = False
    """Whether the pipeline's safety checker replaced it."""
    blank: bool = False
    """Whether every pixel has one colour, as after a numerical failure."""


class AttemptCompleted(Payload):
    """The generator returned."""

    event_type: ClassVar[str] = "attempt.completed"
    work: Token
    attempt: Token
    images: tuple[GeneratedImage, ...]
    arrays: tuple[GeneratedArray, ...] = ()
    steps_run: Count | None = None
    """Denoising steps really run, for all images together as one batch."""
    schedule: Schedule | None = None
    finite: bool | None = None
    """Whether the last latents held no NaN; None where they were not seen."""
    completeness: tuple[Token, ...] = ()
    """What could not be captured of the outcome, by short code."""
    milliseconds: Count
    """Wall time of the call by a monotonic clock."""


class AttemptFailed(Payload):
    """The generator raised an error."""

    event_type: ClassVar[str] = "attempt.failed"
    work: Token
    attempt: Token
    code: Token
    """Class of the error."""
    message: Text | None = None
    milliseconds: Count


class AttemptInterrupted(Payload):
    """A person stopped the generator."""

    event_type: ClassVar[str] = "attempt.interrupted"
    work: Token
    attempt: Token
    images: tuple[GeneratedImage, ...] = ()
    """What a generator that was asked to stop gave back unfinished."""
    steps_run: Count | None = None
    milliseconds: Count


class ModelHashed(Payload):
    """The weights of an attempt's model were hashed after it had started."""

    event_type: ClassVar[str] = "model.hashed"
    work: Token
    attempt: Token
    digest: Digest
    files: tuple[WeightsFile, ...]
    basis: Token


class ImageViewed(Payload):
    """Images were shown to a person."""

    event_type: ClassVar[str] = "image.viewed"
    work: Token
    images: tuple[ImageRef, ...]


class ImageSelected(Payload):
    """A person picked an image over its siblings."""

    event_type: ClassVar[str] = "image.selected"
    work: Token
    image: ImageRef
    over: tuple[ImageRef, ...] = ()
    reason: Text | None = None


class ImageRejected(Payload):
    """A person rejected images."""

    event_type: ClassVar[str] = "image.rejected"
    work: Token
    images: tuple[ImageRef, ...]
    reason: Text | None = None


class ImageImported(Payload):
    """An image was brought in from a file."""

    event_type: ClassVar[str] = "image.imported"
    work: Token
    import_id: Token
    image: StoredImage
    source_digest: Digest
    """SHA-256 of the file as it came, which is kept."""
    own: bool = False
    """Whether the person says that they made it."""
    statement: FileStatement | None = None
    """What the file said of itself."""
    name: Text | None = None
    note: Text | None = None


class ImageWithdrawn(Payload):
    """The pixels of an image were deleted; the record of them stays."""

    event_type: ClassVar[str] = "image.withdrawn"
    work: Token
    image: ImageRef
    reason: Text | None = None


class EditRecorded(Payload):
    """Image A became image B."""

    event_type: ClassVar[str] = "edit.recorded"
    work: Token
    edit: Token
    parent: ImageRef
    result: StoredImage
    agent: EditAgent
    operations: tuple[Operation, ...] = ()
    difference: Difference
    tool: Text | None = None
    note: Text | None = None
    save: Count | None = None
    """Which save of one sitting in another program, from 1; None where none was watched."""
    sources: tuple[LayeredSource, ...] | None = None
    """Layered files that were saved with it."""


class FactConfirmed(Payload):
    """A person confirmed what an earlier event only guessed or could not know."""

    event_type: ClassVar[str] = "fact.confirmed"
    work: Token
    event: Digest
    """Leaf of the event that is confirmed."""
    link_only: bool | None = None
    """Whether it is confirmed only from which image an edit was made, and not who made it."""
    note: Text | None = None


class ExportPrepared(Payload):
    """A file is about to be signed; this event's proof goes into the file."""

    event_type: ClassVar[str] = "export.prepared"
    work: Token
    export: Token
    image: ImageRef
    file_format: Token
    disclosure: Token
    pixel_digest: Digest
    """Pixels as a reader of the exported file will decode them."""
    withheld: Text | None = None
    """Disclosures of the salted commitments that go into the file, as a JSON array."""
    label: Token | None = None
    """Kind of label that a law asks for and that goes into the file, such as ``cn``."""
    label_id: Token | None = None
    """Number of the content in that label."""


class ExportSigned(Payload):
    """A signed file left the studio."""

    event_type: ClassVar[str] = "export.signed"
    work: Token
    export: Token
    file_digest: Digest
    pixel_digest: Digest
    manifest_digest: Digest
    """SHA-256 of the C2PA manifest store's bytes."""
    certificate_digest: Digest
    """SHA-256 of the signing certificate (DER)."""
    name: Text | None = None
    """Name of the file, without its folder."""


class GateFired(Payload):
    """A policy's gate asked for a reason or refused before generating."""

    event_type: ClassVar[str] = "gate.fired"
    work: Token
    policy: Token
    factor: Token
    policy_digest: Digest | None = None
    """SHA-256 of the policy's file."""
    demand: Token | None = None
    """``reason`` or ``refuse``."""
    attempt: Token | None = None
    """Identifier that the attempt has, if it follows; None where it was refused before that."""


class GateOverridden(Payload):
    """A person went on after a gate had fired."""

    event_type: ClassVar[str] = "gate.overridden"
    work: Token
    event: Digest
    """Leaf of the event that says so."""
    reason: Text | None = None


class ReplayCompleted(Payload):
    """An attempt was run again; a simulation, never mixed with attempts."""

    event_type: ClassVar[str] = "replay.completed"
    work: Token
    attempt: Token
    grade: Token
    """``identical``, ``close``, ``similar`` or ``different``: the worst over all outputs."""
    maximum: Count | None = None
    """Largest absolute difference of an 8-bit channel value."""
    mean: Decimal | None = None
    """Mean absolute difference of 8-bit channel values."""
    psnr: Decimal | None = None
    """Decibels."""
    ssim: Decimal | None = None
    pixel_digests: tuple[Digest, ...] = ()
    """Of the images that the replay made; they are not kept."""
    changes: tuple[Token, ...] = ()
    """What differs from the attempt's environment and model, by name."""
    environment: Environment


class ReportWritten(Payload):
    """A report, or a bundle of the ledger, was written from the events before this one."""

    event_type: ClassVar[str] = "report.written"
    work: Token | None = None
    """None where it speaks of all works."""
    policies: tuple[Token, ...] = ()
    language: Token = "none"
    """``none`` for a bundle, which has no wording."""
    tree_size: Count
    """Number of events that the report speaks of."""
    digests: tuple[Digest, ...]
    format: Token = "html"
    """``html`` for a report with its JSON, ``bundle`` for a bundle."""
    disclosed: tuple[Token, ...] = ()
    """Texts that a bundle gave away, by name; ``all`` for every one."""


class TextRedacted(Payload):
    """A committed text was deleted; every proof stays valid."""

    event_type: ClassVar[str] = "text.redacted"
    event: Digest
    """Leaf of the event that committed to the text."""
    field: tuple[Token, ...]
    """Keys of the JSON pointer to it, since a pointer's slashes may not stand in a body."""
    work: Token | None = None
    reason: Text | None = None


class LogResumed(Payload):
    """A restored or copied studio began a new log that cites the old one's head."""

    event_type: ClassVar[str] = "log.resumed"
    log: Token
    """Origin of the old log."""
    size: Count
    """Number of its events; it ends there for this studio."""
    root: Digest
    """Merkle root over them."""
    studio: Token | None = None
    """Identifier under which the studio goes on."""
    software: Token | None = None
    """Version of provenance-gen."""
    seen: Count | None = None
    """Largest size of the old log that was ever vouched for, where it is beyond ``size``: the
    events in between were lost or taken back."""
    contradicts: Count | None = None
    """Largest size at which other events than these were vouched for; None where none were."""
    own: bool = False
    """Whether the old log was signed by a key of this user."""
    reason: Text | None = None


PAYLOADS: Final[dict[str, type[Payload]]] = {
    payload.event_type: payload
    for payload in (
        StudioCreated,
        WorkCreated,
        IntentStated,
        AttemptStarted,
        AttemptCompleted,
        AttemptFailed,
        AttemptInterrupted,
        ModelHashed,
        ImageViewed,
        ImageSelected,
        ImageRejected,
        ImageImported,
        ImageWithdrawn,
        EditRecorded,
        FactConfirmed,
        ExportPrepared,
        ExportSigned,
        GateFired,
        GateOverridden,
        ReplayCompleted,
        ReportWritten,
        TextRedacted,
        LogResumed,
    )
}
"""Payload by event type. A type that is not here is audited and carried, not interpreted."""
