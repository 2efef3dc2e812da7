"""Where a text or a picture has left the studio to: exports, reports and bundles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provenance_gen.ledger import bundle
from provenance_gen.records import payloads
from provenance_gen.records.export import Disclosure
from provenance_gen.studio.references import logs_of, number_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from provenance_gen.ledger.redaction import CommittedText
    from provenance_gen.records.base import EventNumber
    from provenance_gen.records.work import Export, Image, Work
    from provenance_gen.studio.studio import Studio

_PUBLIC_MODELS: Final = frozenset({"builtin", "hub"})
"""Kinds of model whose name a standard export tells."""


@dataclass(frozen=True)
class Left:
    """A file that left the studio with the text or the picture in it, or may have."""

    kind: str
    """``export``, ``report``, ``bundle`` (of a ledger) or ``evidence`` (an evidence bundle)."""
    event: EventNumber
    """Number of the event that recorded it."""
    when: str
    name: str | None = None
    """Name of the file, where it is recorded and disclosed."""


def with_texts(
    studio: Studio, work: Work | None, places: Sequence[tuple[int, CommittedText]]
) -> list[Left]:
    """Return what has left with one of some texts, each with the number of its log."""
    left: list[Left] = []
    if work is not None:
        told = (e for e in work.exports if any(_told(work, e, text) for _, text in places))
        left += map(_exported, told)
    first = min((log, text.sequence) for log, text in places)
    if work is not None:
        left += _written(studio, work.id, first, "html")
    names = frozenset({bundle.ALL, *(text.name for _, text in places)})
    for form in ("bundle", "evidence"):
        left += _written(studio, work.id if work else None, first, form, names)
    return left


def with_pixels(studio: Studio, work: Work, image: Image, shown: set[str]) -> list[Left]:
    """Return what has left with the pixels of an image, or of those made from it.

    Args:
        studio: the studio.
        work: the work.
        image: the image.
        shown: names of the images that show its pixels.
    """
    log, sequence = image.citation.order
    left = [_exported(export) for export in work.exports if export.image in shown]
    for form in ("html", "evidence"):
        left += _written(studio, work.id, (log or 1, sequence), form)
    return left


def made_from(work: Work, names: Collection[str]) -> frozenset[str]:
    """Return the names of the images that show some, having been edited from them or around them.

    What was pasted into another image shows in that one, and in what was made of it.
    """
    found = set(names)
    pixels = {image.ref.pixel_digest for image in work.images if image.name in found}
    for edit in work.edits:  # in order: what an edit was made from comes before it
        put_in = (step.source for step in edit.operations)
        if edit.parent in found or any(one and one.pixel_digest in pixels for one in put_in):
            found.add(edit.image.name)
            pixels.add(edit.image.ref.pixel_digest)
    return frozenset(found.difference(names))


def _told(work: Work, export: Export, item: CommittedText) -> bool:
    """Tell whether an export's credentials hold a text (see ``credentials.assertions``)."""
    full = export.disclosure == Disclosure.FULL
    if not full and export.disclosure != Disclosure.STANDARD:
        return False
    if export.signed and export.signed.leaf == item.leaf:
        return item.name == "name"
    chain = work.lineage(export.image)
    origin = chain[0].ref.origin
    for attempt in work.attempts:
        if attempt.citation.leaf == item.leaf:
            public = attempt.model.kind in _PUBLIC_MODELS
            told = item.pointer.startswith("/call/prompts/") or item.pointer == "/model/name"
            return attempt.id == origin and told and (full or (item.name == "name" and public))
    # Edits and imports: each image of the chain but a generated one is cited by its own event.
    made = {image.citation.leaf for image in chain if not image.name[0].isdigit()}
    return full and item.leaf in made


def _exported(export: Export) -> Left:
    cited = export.signed or export.prepared
    return Left("export", cited.number, cited.timestamp, export.name)


def _written(
    studio: Studio,
    work: str | None,
    event: tuple[int, int],
    form: str,
    names: frozenset[str] = frozenset(),
) -> Iterator[Left]:
    """Give reports, or bundles that gave away one of these names, over an event of a log.

    A report shows every text that was there; it goes back to earlier logs, a bundle does not.
    Without names, every bundle is given: which pictures lie in one is not recorded.
    """
    logs = logs_of(studio)
    for log, item in ((n, e) for n, ledger in logs.items() for e in ledger.events()):
        if item.type != payloads.ReportWritten.event_type:
            continue
        said = payloads.ReportWritten.model_validate(item.payload)
        mine = None in (said.work, work) or said.work == work
        over = (log, said.tree_size) > event and (form == "html" or log == event[0])
        told = not names or not names.isdisjoint(said.disclosed)
        if said.format == form and mine and over and told:
            kind = "report" if form == "html" else form
            yield Left(kind, number_of(log, item.sequence, logs), item.timestamp)
