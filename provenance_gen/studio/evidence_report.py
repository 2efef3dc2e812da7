"""The report of an evidence bundle: made from its events and policies alone, in each of its forms.

Whoever writes a bundle and whoever checks it make the report here, so that what they make is the
same. The forms of a large work are given in pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provenance_gen.config import timestamp_authorities
from provenance_gen.ledger import bundle_events, bundle_time
from provenance_gen.records.anchor import StudioTimes
from provenance_gen.records.history import fold
from provenance_gen.reporting import context, pages
from provenance_gen.reporting import json as json_form
from provenance_gen.reporting.origin import not_in_bundle
from provenance_gen.reporting.site import INDEX, Elsewhere
from provenance_gen.studio.found import found as found_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from provenance_gen.records.event import Event
    from provenance_gen.records.evidence import Evidence
    from provenance_gen.records.policy import Policy
    from provenance_gen.records.report import ReportContext
    from provenance_gen.records.work import History, Work
    from provenance_gen.reporting.context import Pictures

FOLDER: Final = "report/"
JSON: Final = f"{FOLDER}report.json"
PAGE: Final = f"{FOLDER}report.html"
PDF: Final = f"{FOLDER}report.pdf"
PROV: Final = f"{FOLDER}report.prov.json"
FIRST: Final = f"{FOLDER}{INDEX}"
"""The first page of a report that is a folder, which then lies here."""

_UP: Final = "../"


@dataclass(frozen=True)
class Told:
    """What the events of a bundle tell."""

    history: History
    numbers: tuple[int, ...]
    """Of the events that are there."""
    cited: Mapping[str, int]
    """Number of the first event that cites a time-stamp, by the stamp's digest."""


def tell(ledger: Mapping[str, bytes]) -> Told:
    """Read the events of a bundle of the ledger.

    Raises:
        LedgerError: an event or a text has not its form.
    """
    numbers: list[int] = []
    cited: dict[str, int] = {}

    def noted() -> Iterator[Event]:
        for event in bundle_events.each(ledger):
            numbers.append(event.sequence)
            if event.anchor:
                cited.setdefault(event.anchor, event.sequence)
            yield event

    history = fold(noted())
    return Told(history, tuple(numbers), cited)


def trusted_times(ledger: Mapping[str, bytes], told: Told, size: int) -> StudioTimes:
    """Return the times that a bundle's own time-stamps give, by authorities of this user.

    Only of the bundle: so whoever has the certificates finds the same.

    Args:
        ledger: files of the bundle of the ledger, which holds.
        told: what its events tell.
        size: events of the log.

    Raises:
        SettingsError: the user's configuration cannot be understood.
    """
    authorities = timestamp_authorities()
    if not authorities:
        # Nobody's token is believed: nothing needs to be read.
        return StudioTimes()
    certificates = b"\n".join(authority.certificates for authority in authorities)
    times = bundle_time.in_bundle(ledger, told.cited).told(size, certificates)
    return StudioTimes(logs=(times,)) if times.spans else StudioTimes()


def gather(
    told: Told, about: Evidence, policies: Sequence[Policy], pictures: Pictures
) -> ReportContext:
    """Compute everything that the report says.

    Args:
        told: what the events tell.
        about: what the bundle says of itself.
        policies: those that it names, in its order.
        pictures: where pictures come from.

    Raises:
        UnknownReferenceError: the work, or the image that it is of, is not there.
    """
    found = told.history.work(about.work)
    return context.build(
        told.history.model_copy(update={"size": about.size}),
        found,
        **found_in(found, policies, about.image)._asdict(),
        language=about.language,
        pictures=pictures,
        image=about.image,
        times=about.times,
        maps=not_in_bundle,
    )


def data(made: ReportContext, about: Evidence) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Give the forms for programs by their names, each in pieces."""
    yield JSON, json_form.pieces(made)
    if "prov" in about.formats:
        from provenance_gen.reporting import provo  # noqa: PLC0415 - slow to load

        yield PROV, provo.pieces(made)


def folder(made: ReportContext, about: Evidence, work: Work) -> Iterator[tuple[str, bytes]]:
    """Give every page and small picture of a report that is too large for one page, by name.

    Pages show the bundle's own pictures where they lie; only those that it holds in no other
    place, small ones beside whole ones and pictures of changes, are given here.
    """
    there = {
        image.ref.pixel_digest: _UP + about.images[image.name]
        for image in work.images
        if image.name in about.images
    }
    small = there if about.pictures == "thumbnails" else {}
    for name, content in pages.pages(made, Elsewhere(whole=there, small=small)):
        yield FOLDER + name, content
