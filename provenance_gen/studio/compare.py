"""Put two pictures beside each other: what making is recorded in each, and where it is shown.

A side is an image of this studio, an image file from anywhere, or an evidence bundle. What is
known of it comes from the best source there is: a ledger, a bundle, the file's own credentials,
unsigned claims, or nothing.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from provenance_gen.contribution.measures import measure
from provenance_gen.contribution.path import path_to, surely_to
from provenance_gen.errors import FileError, ImageError, LedgerError, MissingExtraError, UsageError
from provenance_gen.ledger.bundle_parts import Under
from provenance_gen.records.bundle import BundleVerdictKind
from provenance_gen.records.citations import cited_events
from provenance_gen.records.comparison import Comparison, Side, Written
from provenance_gen.records.evidence import ABOUT, Evidence
from provenance_gen.records.verdict import VerdictKind
from provenance_gen.reporting.backing import Grounds
from provenance_gen.studio import compare_steps, evidence, evidence_report
from provenance_gen.studio.evidence_pictures import NoPictures
from provenance_gen.studio.gather import is_bundle
from provenance_gen.studio.measure import origin
from provenance_gen.studio.verify import verify
from provenance_gen.studio.verify_bundle import check_and_compare

if TYPE_CHECKING:
    from provenance_gen.ledger.bundle_parts import Parts
    from provenance_gen.records.anchor import StudioTimes
    from provenance_gen.records.bundle import BundleVerdict
    from provenance_gen.records.origin import OriginLayer
    from provenance_gen.records.verdict import Verdict
    from provenance_gen.records.work import Work
    from provenance_gen.studio.studio import Studio

SHOWN: Final = (
    "intents",
    "own_inputs",
    "attempts",
    "images",
    "prompts_distinct",
    "revisions",
    "revisions_after_viewing",
    "revisions_inferred",
    "views",
    "selections",
    "selections_with_reason",
    "selected_over",
    "images_rejected",
    "human_edits",
    "human_changed_pixels",
    "human_tone_edits",
    "placements",
    "external_confirmed",
    "external_unconfirmed",
    "model_edits",
    "edits_not_attributed",
)
"""Measures that are set side by side, in this order."""


def compare(a: str, b: str, *, studio: Studio | None = None, work: str | None = None) -> Comparison:
    """Compare two pictures.

    Args:
        a: an image of the studio such as ``2.3``, an image file, or an evidence bundle.
        b: the other.
        studio: the studio whose images and ledger are asked; none for files only.
        work: the work that image names are of; the newest by default.

    Raises:
        FileError: a file cannot be read.
        UsageError: a side is neither.
        UnknownReferenceError: the work has no such image.
    """
    first, second = (_side(asked, studio, work) for asked in (a, b))
    same = first.pixel_digest is not None and first.pixel_digest == second.pixel_digest
    return Comparison(same_pixels=same, a=first, b=second)


def _side(asked: str, studio: Studio | None, work: str | None) -> Side:
    path = Path(asked)
    if not path.exists():
        if studio is None:
            raise UsageError(f"{asked} is no file here, and without a studio there are no images")
        found = studio.history().work(work)
        return _in_studio(asked, studio, found, found.image(asked).name)
    if is_bundle(path):
        return _bundled(asked, path)
    verdict = studio.verify(path) if studio is not None else verify(path)
    if verdict.verdict is VerdictKind.UNREADABLE:
        raise FileError(f"{asked} cannot be read: {verdict.summary}")
    if studio is not None and (known := _known(studio, verdict)):
        found, image, others = known
        side = _in_studio(asked, studio, found, image)
        chosen = _CHOSEN.format(image=image, n=others + 1) if others else ""
        own = _claimed(asked, verdict)
        told = {"says": side.says + chosen, "signer": own.signer, "ai": own.ai}
        return side.model_copy(update=told)
    return _claimed(asked, verdict)


_LEDGER: Final = "Recorded step by step in this studio's ledger; provgen ledger audit checks that."
_CHOSEN: Final = (
    " Of {n} images recorded here with these pixels, {image} was taken, since more is"
    " recorded of its making, or it is newer."
)
_BUNDLE: Final = "Recorded in the bundle's events; {verdict}."


def _in_studio(asked: str, studio: Studio, work: Work, image: str) -> Side:
    side = _recorded(asked, work, image, times=_times(studio), basis="ledger", says=_LEDGER)
    with contextlib.suppress(ImageError, MissingExtraError, OSError):
        found = origin(work, studio.store, image)
        return side.model_copy(update={"written": tuple(map(_written, found.layers))})
    return side


def _written(layer: OriginLayer) -> Written:
    return Written(
        image=layer.image,
        writer=layer.writer,
        agent=layer.agent,
        confirmed=layer.confirmed,
        area=layer.area,
        regions=tuple(region.box for region in layer.regions),
    )


def _times(studio: Studio) -> StudioTimes:
    from provenance_gen.studio.anchors import trusted_times  # noqa: PLC0415 - loads the database

    return trusted_times(studio, studio.ledger.head().size)


def _known(studio: Studio, verdict: Verdict) -> tuple[Work, str, int] | None:
    """Find the image of a file by the file's digest, else by its pixels.

    Of several images with the same pixels, the one with most of a history: made here before
    imported, own before others', and the newest of equal ones.

    Returns:
        The work, the image's name, and how many more images have its pixels.
    """
    works = studio.history().works
    for found in reversed(works):
        for export in reversed(found.exports):
            if verdict.file_digest and export.file_digest == verdict.file_digest:
                return found, export.image, 0
    same = [
        (found, image.name)
        for found in works
        for image in found.images
        if verdict.pixel_digest and image.ref.pixel_digest == verdict.pixel_digest
    ]
    if not same:
        return None
    # The last of the highest: max gives the first, so it is asked from the end.
    work, name = max(reversed(same), key=lambda item: _standing(*item))
    return work, name, len(same) - 1


def _standing(work: Work, image: str) -> int:
    """Rank an image by how much is recorded of its making."""
    brought = next((item for item in work.imports if item.image.name == image), None)
    if brought is None:
        return 2
    return int(brought.own and brought.citation.by_person)


def _bundled(asked: str, path: Path) -> Side:
    verdict, side = check_and_compare(path)
    if verdict.verdict is BundleVerdictKind.UNREADABLE:
        why = "was not checked" if verdict.internal else "cannot be read"
        raise FileError(f"{asked} {why}: {verdict.summary}")
    if side is None:
        # A bundle of a ledger alone names no picture; a wrong one is believed in nothing.
        return Side(name=asked, basis="nothing", says=f"{_NOTHING} {verdict.summary}")
    return side.model_copy(update={"name": asked})


def of_bundle(parts: Parts, verdict: BundleVerdict) -> Side | None:
    """Return what an evidence bundle says of its picture; None where it is believed in nothing.

    Called in the process that checked it (``studio.bundle_reader``), within that one's limits.

    Args:
        parts: its files by name.
        verdict: on the same files.
    """
    if verdict.verdict is BundleVerdictKind.WRONG:
        return None
    says = _BUNDLE.format(verdict=verdict.verdict.value)
    about = Evidence.model_validate_json(parts[ABOUT])
    ledger = Under(parts, evidence.LEDGER)
    try:
        told = evidence_report.tell(ledger)
        found = told.history.work(about.work)
    except LedgerError as error:
        return Side(name="", basis="nothing", says=f"{_NOTHING} {error}")
    # It is only asked which picture it is of, which no policy decides.
    made = evidence_report.gather(told, about, (), NoPictures())
    # What its maker believed is no reason for us.
    times = evidence_report.trusted_times(ledger, told, about.size)
    if made.final is None:
        return Side(name="", basis="bundle", says=f"{says} It holds no picture.")
    return _recorded("", found, made.final.name, times=times, basis="bundle", says=says)


def _recorded(
    asked: str,
    work: Work,
    image: str,
    *,
    times: StudioTimes,
    basis: Literal["ledger", "bundle"],
    says: str,
) -> Side:
    path, sure = path_to(work, image), surely_to(work, image)
    known = {one.order for _, one in cited_events(sure)}
    counted, whole = measure(path).measures, measure(work).measures
    grounds = Grounds(times, work.redactions)
    events = grounds.events(path)
    names = [str(a.model.name or a.model.kind) for a in path.attempts]
    return Side(
        name=asked,
        basis=basis,
        says=says,
        pixel_digest=work.image(image).ref.pixel_digest,
        work=work.title,
        image=image,
        measures={name: counted[name].value for name in SHOWN},
        whole_work={name: whole[name].value for name in SHOWN},
        guessed=tuple(a.number for a in path.attempts if a.citation.order not in known),
        models=tuple(dict.fromkeys(names)),
        choices=compare_steps.chosen(path, known),
        edits=compare_steps.edited(path, known),
        begun=events[0].timestamp if events else None,
        ended=events[-1].timestamp if events else None,
        standing=dict(Counter(event.standing.value for event in events)),
        withheld=_withheld(path, grounds),
    )


def _withheld(path: Work, grounds: Grounds) -> int:
    """Return how many texts are kept back; those that were deleted are not."""
    cited = [
        path.citation,
        *(one.citation for one in path.intents),
        *(one.citation for one in path.attempts),
        *(one.citation for one in path.edits),
        *(one.citation for one in path.selections),
    ]
    return sum(len(one.withheld) - len(grounds.deleted(one)) for one in cited)


_NOTHING: Final = (
    "No record of its making is at hand, so nothing can be said; that is not the same as"
    " nothing was done."
)
_CREDENTIALS: Final = (
    "Its own Content Credentials hold; they list the steps that their signer chose to tell, and"
    " the record behind them is not at hand."
)
_CLAIMS: Final = "Only unsigned claims stand in the file, which anybody could have written."


def _claimed(asked: str, verdict: Verdict) -> Side:
    """Return what a file says of itself."""
    held = verdict.credentials
    signed = verdict.verdict in (VerdictKind.VALID, VerdictKind.TRUSTED)
    facts = {"name": asked, "pixel_digest": verdict.pixel_digest}
    if signed:
        return Side(
            **facts,
            basis="credentials",
            says=_CREDENTIALS,
            signer=held.signer,
            actions=held.actions,
            ai=verdict.ai,
        )
    if verdict.claims:
        return Side(**facts, basis="claims", says=_CLAIMS, ai=verdict.ai)
    return Side(**facts, basis="nothing", says=_NOTHING)
