"""A studio's works as people speak of them, computed from events (see ``records.history``).

Attempts, edits and imports are numbered in the order of their events within the work; images are
named ``3.2`` (attempt 3, image 2), ``e4`` (edit 4) and ``i1`` (import 1).
"""

from __future__ import annotations

from enum import StrEnum

from provenance_gen.errors import UnknownReferenceError
from provenance_gen.records.base import Count, Digest, Record, Text, Token
from provenance_gen.records.edit import EditAgent, LayeredSource, Operation
from provenance_gen.records.event import Basis, Citation
from provenance_gen.records.generation import Call, Environment, GeneratedArray, ModelIdentity
from provenance_gen.records.image import Difference, FileStatement, ImageRef, StoredImage
from provenance_gen.records.nearest import nearest
from provenance_gen.records.redaction import Redaction


class Choice(StrEnum):
    """What a person said of an image last."""

    SELECTED = "selected"
    REJECTED = "rejected"
    NONE = "none"


class Outcome(StrEnum):
    """How an attempt ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    RUNNING = "running"
    """Started, and its process still holds the lock."""
    OPEN = "open"
    """Started, with no end recorded; whether it still runs only its lock can tell."""


class Image(Record):
    """One image of a work."""

    name: str
    ref: ImageRef
    stored: StoredImage
    citation: Citation
    parent: str | None = None
    """Name of the image it was edited from."""
    choice: Choice = Choice.NONE
    withdrawn: bool = False
    """Whether its pixels were deleted; the record of them stays."""
    flagged: bool = False
    blank: bool = False


class Attempt(Record):
    """One call of a generator."""

    number: Count
    id: Token
    citation: Citation
    ended: Citation | None = None
    outcome: Outcome
    call: Call
    model: ModelIdentity
    environment: Environment
    revises: Count | None = None
    """Number of the attempt that this one revised."""
    viewed: str | None = None
    """Name of the image looked at when revising."""
    revision_basis: Basis | None = None
    use: Token | None = None
    """What the person declared it to be for."""
    images: tuple[Image, ...] = ()
    arrays: tuple[GeneratedArray, ...] = ()
    """What it made that is no image: latents, videos, sounds."""
    steps_run: Count | None = None
    milliseconds: Count | None = None
    failure: Text | None = None
    """The error's message: a library's words, which may hold paths of this machine."""
    failure_code: Token | None = None
    """Class of the error."""

    def only_image(self) -> Image:
        """Return its one image; the error names them where there are several, or none."""
        names = [image.name for image in self.images]
        if len(names) == 1:
            return self.images[0]
        hint = f"attempt {self.number} ({self.outcome}) has: {', '.join(names[:8]) or 'none'}"
        raise UnknownReferenceError("image", str(self.number), names, hint=hint)

    @property
    def prompt(self) -> str | None:
        """First prompt, if it is disclosed."""
        return next(iter(self.call.prompts.get("prompt", ())), None)


class Edit(Record):
    """Image A became image B."""

    number: Count
    id: Token
    citation: Citation
    image: Image
    parent: str
    agent: EditAgent
    confirmed: Citation | None = None
    linked: Citation | None = None
    """Where a person confirmed the parent and that the work was theirs; or the parent alone."""
    confirmation: Text | None = None
    """What was said on confirming that the work was theirs."""
    operations: tuple[Operation, ...] = ()
    difference: Difference
    tool: Text | None = None
    note: Text | None = None
    save: Count | None = None
    sources: tuple[LayeredSource, ...] | None = None

    @property
    def theirs(self) -> bool:
        """Whether a person confirmed it as their own; that a script did counts for nobody."""
        return self.confirmed is not None and self.confirmed.by_person


class Import(Record):
    """An image brought in from a file."""

    number: Count
    id: Token
    citation: Citation
    image: Image
    source_digest: Digest
    own: bool
    statement: FileStatement | None = None
    """What the file said of itself."""
    name: Text | None = None
    note: Text | None = None


class Selection(Record):
    """A pick or a rejection, in the order they happened; later ones overrule earlier ones."""

    citation: Citation
    choice: Choice
    images: tuple[str, ...]
    over: tuple[str, ...] = ()
    reason: Text | None = None


class View(Record):
    """Images were shown to a person."""

    citation: Citation
    images: tuple[str, ...]


class Export(Record):
    """A signed file that left the studio, or was about to."""

    number: Count
    id: Token
    prepared: Citation
    signed: Citation | None = None
    image: str
    file_format: Token
    disclosure: Token
    pixel_digest: Digest
    file_digest: Digest | None = None
    manifest_digest: Digest | None = None
    name: Text | None = None


class Intent(Record):
    """What the person said the work is meant to be."""

    citation: Citation
    text: Text | None = None


class Gate(Record):
    """A gate of a policy fired before a generator was called."""

    citation: Citation
    policy: Token
    factor: Token
    demand: Token | None = None
    """``reason`` or ``refuse``."""
    attempt: Token | None = None
    """Identifier of the attempt that was asked for; it follows only where a person went on."""
    overridden: Citation | None = None
    """Where a person said why to go on; None: it ended there."""
    reason: Text | None = None


class Work(Record):
    """One creative work in the making."""

    number: Count
    id: Token
    citation: Citation
    title: Text | None = None
    author: Text | None = None
    intents: tuple[Intent, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    edits: tuple[Edit, ...] = ()
    imports: tuple[Import, ...] = ()
    selections: tuple[Selection, ...] = ()
    views: tuple[View, ...] = ()
    exports: tuple[Export, ...] = ()
    gates: tuple[Gate, ...] = ()
    redactions: tuple[Redaction, ...] = ()

    @property
    def images(self) -> tuple[Image, ...]:
        """Every image: of attempts, then imports, then edits, each in order."""
        generated = tuple(image for attempt in self.attempts for image in attempt.images)
        imported = tuple(item.image for item in self.imports)
        return generated + imported + tuple(edit.image for edit in self.edits)

    def image(self, name: str) -> Image:
        """Find an image by its name; an attempt's number will do where it made one image.

        Raises:
            UnknownReferenceError: there is none; the error carries the nearest names.
        """
        images = {image.name: image for image in self.images}
        if name in images:
            return images[name]
        if one := next((a for a in self.attempts if str(a.number) == name), None):
            return one.only_image()
        raise UnknownReferenceError("image", name, nearest(name, list(images)))

    def lineage(self, name: str) -> tuple[Image, ...]:
        """Return the images from the origin to the one named, parent by parent.

        Raises:
            UnknownReferenceError: there is no such image.
        """
        chain = [self.image(name)]
        named = {image.name: image for image in self.images} if chain[0].parent else {}
        while chain[-1].parent is not None:
            chain.append(named[chain[-1].parent])
        return tuple(reversed(chain))

    def siblings(self, name: str) -> tuple[Image, ...]:
        """Return the other images of the same attempt; none for edits and imports."""
        chosen = self.image(name)
        return tuple(
            image
            for attempt in self.attempts
            if attempt.id == chosen.ref.origin
            for image in attempt.images
            if image.name != name
        )


class EarlierLog(Record):
    """A log that a later one goes on from; ``size`` of its events belong to the studio."""

    origin: Token
    size: Count


class History(Record):
    """All works of a studio up to a tree size."""

    studio: Token
    log: str
    """The present log."""
    size: Count
    """Number of events read from it."""
    earlier: tuple[EarlierLog, ...] = ()
    """The logs read before it, oldest first; mostly none."""
    works: tuple[Work, ...] = ()

    def work(self, reference: str | None = None) -> Work:
        """Find a work by number, identifier, its beginning, or title; the newest for ``None``.

        Raises:
            UnknownReferenceError: there is none, or more than one fits.
        """
        if reference is None:
            if not self.works:
                raise UnknownReferenceError(
                    "work", "the newest", hint='there is none yet; begin one: provgen new "Title"'
                )
            return self.works[-1]
        found = [w for w in self.works if reference in (str(w.number), w.id, w.title)]
        found = found or [w for w in self.works if w.id.startswith(reference)]
        if len(found) == 1:
            return found[0]
        names = [f"{w.number} ({w.title})" if w.title else str(w.number) for w in self.works]
        raise UnknownReferenceError("work", reference, names[-5:])
