"""Delete a text or a picture from the record, and say where it has left to before.

What is deleted is gone for good; that it was there, when, and that it was deleted by whom and why
stays, with every proof. Files that have left the studio cannot be called back: they are listed.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provenance_gen.errors import CalledOffError, ProvenanceError, UsageError
from provenance_gen.ledger import redaction
from provenance_gen.records import payloads
from provenance_gen.records.base import Text
from provenance_gen.records.image import ImageRef
from provenance_gen.studio.left import made_from, with_pixels, with_texts
from provenance_gen.studio.references import earlier, events_of, logs_of, number_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance_gen.records.base import EventNumber
    from provenance_gen.records.work import Edit, History
    from provenance_gen.studio.left import Left
    from provenance_gen.studio.studio import Studio


@dataclass(frozen=True)
class Deleted:
    """A text that was deleted."""

    event: EventNumber
    field: str
    """JSON pointer to it in the event's payload."""


@dataclass(frozen=True)
class Redacted:
    """What was deleted, and what could not be."""

    texts: tuple[Deleted, ...]
    left: tuple[Left, ...]
    """Files that had disclosed it before."""
    same_words: tuple[EventNumber, ...]
    """Numbers of other events whose texts still hold the same words."""
    purged: bool
    """Whether no trace is left in the ledger's files; else the purge is pending."""


@dataclass(frozen=True)
class Withdrawn:
    """Whose pixels were deleted, and where they have left to."""

    images: tuple[str, ...]
    """Every image of the work with these pixels, since they share one file."""
    elsewhere: int
    """Images of other works that shared them."""
    derived: tuple[str, ...]
    """Images made from it that still show what they kept of it."""
    left: tuple[Left, ...]


@dataclass(frozen=True)
class Losing:
    """What is about to be deleted for good, as a person is asked about it."""

    texts: tuple[Deleted, ...] = ()
    words: tuple[str, ...] = ()
    """What the texts say."""
    images: tuple[str, ...] = ()
    elsewhere: int = 0
    """Images of other works that share their pixels."""
    left: tuple[Left, ...] = ()
    """Files that have it, which are not called back."""


def _everybody_agrees(_losing: Losing) -> bool:
    return True


def redact(
    studio: Studio,
    reference: str,
    field: str,
    *,
    reason: str,
    work: str | None = None,
    agree: Callable[[Losing], bool] = _everybody_agrees,
) -> Redacted:
    """Delete a text of the record.

    Args:
        studio: the studio, one's own.
        reference: attempt ``2``, image ``2.3``, edit ``e4``, ``work``, or event ``#12``
            (``#1:12`` where the studio has several logs).
        field: the text's name, such as ``prompt``, or its JSON pointer in the event.
        reason: why; it is recorded.
        work: work by number, title or identifier; the newest by default.
        agree: asked before anything is deleted.

    Raises:
        CalledOffError: they did not agree; nothing was deleted.
        UsageError: there is no such text, or no reason.
        UnknownReferenceError: there is nothing of that name.
        StorageError: the disk is full.
    """
    studio.demand_own()
    _demand_reason(reason)
    found, leaves = events_of(studio, reference, work)
    logs = logs_of(studio)
    among = {number: redaction.texts(log, leaves) for number, log in logs.items()}
    chosen = redaction.choose([text for texts in among.values() for text in texts], field)
    places = [(n, text) for n, texts in among.items() for text in texts if text in chosen]
    said = [words for log in logs.values() for words in redaction.words(log, chosen)]
    left = tuple(with_texts(studio, found, places))
    deleted = tuple(Deleted(number_of(n, t.sequence, logs), t.pointer) for n, t in places)
    _demand(agree, Losing(texts=deleted, words=tuple(said), left=left))
    purged = redaction.redact(
        studio.ledger,
        chosen,
        actor=studio.actor,
        work=found.id if found else None,
        reason=reason,
        others=earlier(studio),
    )
    still = [(n, e) for n, log in logs.items() for e in redaction.holding(log, said)]
    return Redacted(
        texts=deleted,
        left=left,
        same_words=tuple(number_of(n, event, logs) for n, event in still),
        purged=purged,
    )


def withdraw(
    studio: Studio,
    reference: str,
    *,
    reason: str,
    work: str | None = None,
    agree: Callable[[Losing], bool] = _everybody_agrees,
) -> Withdrawn:
    """Delete the pixels of an image, and its thumbnail; the record of it stays.

    Raises:
        CalledOffError: they did not agree; nothing was deleted.
        UnknownReferenceError: there is no such image.
        UsageError: it was withdrawn already, or there is no reason.
        StorageError: the file cannot be deleted.
    """
    studio.demand_own()
    _demand_reason(reason)
    history = studio.history()
    found = history.work(work)
    image = found.image(reference)
    if image.withdrawn:
        raise UsageError(
            f"{reference} was withdrawn already; if its file is here all the same, delete it with:"
            " provgen ledger redact --purge"
        )
    digest = image.ref.pixel_digest
    same = tuple(i.name for i in found.images if i.ref.pixel_digest == digest and not i.withdrawn)
    edited = made_from(found, same)
    derived = [o for o in found.images if o.name in edited and not o.withdrawn]
    shown = {*same, *(other.name for other in derived)}
    left = tuple(with_pixels(studio, found, image, shown))
    elsewhere = sum(
        other.ref.pixel_digest == digest and not other.withdrawn
        for others in history.works
        if others.id != found.id
        for other in others.images
    )
    _demand(agree, Losing(images=same, elsewhere=elsewhere, left=left))
    redaction.mark(studio.ledger)
    studio.append(
        payloads.ImageWithdrawn(work=found.id, image=image.ref, reason=Text(reason)),
    )
    for mask in _masks_of(history, digest):
        # A mask may show the outline of what is to be gone.
        studio.append(payloads.ImageWithdrawn(work=found.id, image=mask, reason=Text(reason)))
    purge(studio)
    return Withdrawn(
        images=same,
        elsewhere=elsewhere,
        derived=tuple(other.name for other in derived),
        left=left,
    )


def purge(studio: Studio, *, wait: float = redaction.WAIT_SECONDS) -> bool:
    """Complete what a crash or a reader left undone; return whether nothing is pending now.

    The file of a withdrawn picture that somebody has put back goes too.

    Args:
        studio: the studio, one's own.
        wait: seconds to wait for readers.

    Raises:
        StorageError: the disk is full, or a file cannot be deleted.
    """
    studio.demand_own()
    return redaction.purge(
        studio.ledger,
        others=earlier(studio),
        before=lambda: _remove_pixels(studio),
        wait=wait,
    )


def complete(studio: Studio) -> None:
    """Complete a pending purge when a studio is opened, without waiting for anybody.

    Whatever stands in the way is said by the next ``purge``, and need not stop other work.
    """
    if studio.standing.writable and redaction.is_pending(studio.ledger):
        with contextlib.suppress(ProvenanceError):
            purge(studio, wait=0)


def _remove_pixels(studio: Studio) -> None:
    """Delete every stored image that is withdrawn, unless it was stored again since."""
    studio.store.sweep()
    works = studio.history().works
    gone = {i.ref.pixel_digest for w in works for i in w.images if i.withdrawn}
    here = {i.ref.pixel_digest for w in works for i in w.images if not i.withdrawn}
    edits = [edit for w in works for edit in w.edits]
    gone |= {mask.pixel_digest for e in edits if e.image.withdrawn for mask in _masks(e)}
    here |= {mask.pixel_digest for e in edits if not e.image.withdrawn for mask in _masks(e)}
    for digest in sorted(gone - here):
        studio.store.remove(digest)
    files = [item for w in works for item in w.imports]
    kept = {item.source_digest for item in files if not item.image.withdrawn}
    for source in sorted({i.source_digest for i in files if i.image.withdrawn} - kept):
        studio.store.remove_file(source)


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise UsageError("say why with --reason: that it was deleted, and why, stays in the record")


def _demand(agree: Callable[[Losing], bool], losing: Losing) -> None:
    if not agree(losing):
        raise CalledOffError("Nothing was deleted.")


def _masks(edit: Edit) -> tuple[ImageRef, ...]:
    """Return the masks that an edit keeps, as images of it that have no name."""
    kept = [operation.mask for operation in edit.operations if operation.mask]
    return tuple(
        ImageRef(origin=edit.id, index=place, pixel_digest=mask.pixel_digest)
        for place, mask in enumerate(kept, 2)
    )


def _masks_of(history: History, digest: str) -> list[ImageRef]:
    """Return the masks that go with withdrawn pixels: no other image or edit has them."""
    edits = [edit for work in history.works for edit in work.edits]
    others = [edit for edit in edits if edit.image.ref.pixel_digest != digest]
    live = {mask.pixel_digest for e in others if not e.image.withdrawn for mask in _masks(e)}
    live |= {i.ref.pixel_digest for w in history.works for i in w.images if not i.withdrawn}
    found = {
        mask.pixel_digest: mask
        for edit in edits
        if edit.image.ref.pixel_digest == digest
        for mask in _masks(edit)
    }
    return [mask for pixels, mask in found.items() if pixels not in live]
