"""The parts of an evidence bundle, judged by themselves: files, policies, times, pictures, exports.

Each function returns what it found in words, or why there was nothing to go by, and raises where
something does not fit. The report is ``verify_evidence``'s business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from provenance_gen.digests import sha256_hex
from provenance_gen.errors import LedgerError
from provenance_gen.ledger import bundle_form, bundle_time
from provenance_gen.ledger.bundle_parts import Under
from provenance_gen.ledger.bundle_words import Nothing
from provenance_gen.policy.loader import content, shipped
from provenance_gen.records.counting import counted, listed, which
from provenance_gen.records.evidence import ABOUT
from provenance_gen.reporting import crate
from provenance_gen.studio import evidence, evidence_report
from provenance_gen.studio.evidence_pictures import small_digests
from provenance_gen.studio.evidence_policies import file_of
from provenance_gen.studio.evidence_readme import NAME as README

if TYPE_CHECKING:
    from provenance_gen.ledger.bundle_parts import Parts
    from provenance_gen.records.bundle import BundleVerdict
    from provenance_gen.records.evidence import Evidence
    from provenance_gen.records.verdict import Check
    from provenance_gen.records.work import Work
    from provenance_gen.studio.evidence_report import Told

_FORMS: Final = {
    "json": evidence_report.JSON,
    "pdf": evidence_report.PDF,
    "prov": evidence_report.PROV,
}


@dataclass
class State:
    """What has been read so far."""

    parts: Parts
    about: Evidence
    certificates: bytes | None = None
    ledger: BundleVerdict | None = None
    told: Told | None = None
    work: Work | None = None
    own: tuple[str, ...] = ()
    """Policies that are not those of this version."""
    checks: list[Check] = field(default_factory=list)

    @property
    def ledger_files(self) -> Parts:
        """The files of the bundle of the ledger, by their names in it."""
        return Under(self.parts, evidence.LEDGER)


def files(state: State) -> str:
    """Every file is as it was written, and none is missing or has been added."""
    if bundle_form.SUMS not in state.parts:
        raise LedgerError(f"{bundle_form.SUMS} is missing")
    bundle_form.demand_sums(state.parts)
    about = state.about
    expected = {
        *(n for n in state.parts if n.startswith(evidence.LEDGER)),  # judged on their own below
        *map(file_of, about.policies),
        *(_FORMS[name] for name in ("json", *about.formats) if name in _FORMS),
        *_page(state),
        *(f"{evidence.IMAGES}{_owner(name)}.png" for name in about.images.values()),
        *about.files,
        *(ABOUT, README, crate.NAME, bundle_form.SUMS),
    }
    for name in sorted(expected ^ set(state.parts)):
        raise LedgerError(f"{name} is {'missing' if name in expected else 'not part of a bundle'}")
    return f"{counted(len(state.parts) - 1, 'file')}, each as it was written"


def _page(state: State) -> set[str]:
    """Return the names of the page: of a folder those that are there, judged with the report."""
    if "html" not in state.about.formats:
        return set()
    if not state.about.paged:
        return {evidence_report.PAGE}
    others = {evidence_report.PAGE, *_FORMS.values()}
    found = {n for n in state.parts if n.startswith(evidence_report.FOLDER) and n not in others}
    return {evidence_report.FIRST, *found}


def _owner(name: str) -> str:
    """Return the image that a picture's file is named after."""
    return name.removeprefix(evidence.IMAGES).removesuffix(".png")


def policies(state: State) -> str:
    """Policies can be read; those that are not the ones of this version are named."""
    own: list[str] = []
    for name in state.about.policies:
        if file_of(name) not in state.parts:
            raise LedgerError(f"the policy {name} is missing")
        digest = state.parts.digest(file_of(name))
        if name not in shipped() or sha256_hex(content(name)[0]) != digest:
            own.append(name)
    state.own = tuple(own)
    if own:
        return f"{listed(own)}: not as this version of the program has it, so read it yourself"
    return f"{listed(state.about.policies)}: as this version of the program has it"


def times(state: State) -> str | Nothing:
    """Trusted times that the report speaks of follow from time-stamps in the bundle."""
    claimed = state.about.times.logs
    if not claimed:
        return Nothing("the report speaks of no trusted times")
    if state.told is None:
        raise LedgerError("the events cannot be read")
    stamps = bundle_time.in_bundle(state.ledger_files, state.told.cited)
    numbers = state.told.numbers
    (log,) = claimed if len(claimed) == 1 else (None,)
    if log is None or not log.within(stamps.told(state.about.size), numbers):
        raise LedgerError(f"{ABOUT} claims trusted times that no time-stamp here gives")
    if state.certificates is None or not log.within(
        stamps.told(state.about.size, state.certificates), numbers
    ):
        return Nothing(
            "the report rests on time-stamp authorities that its writer chose; that they may be"
            " believed was not checked (--tsa-trust)"
        )
    return "those that the report speaks of follow from the certificates that you gave"


def images(state: State) -> str | Nothing:
    """Pictures are the ones that the events name."""
    work = the_work(state)
    small = state.about.pictures == "thumbnails"
    known = small_digests(work) if small else {i.name: i.stored.file_digest for i in work.images}
    there = {n for n in state.parts if n.startswith(evidence.IMAGES)}
    if there != set(state.about.images.values()):
        raise LedgerError("images/ does not hold what evidence.json says")
    unknown: list[str] = []
    pixels = {image.name: image.ref.pixel_digest for image in work.images}
    for image, name in state.about.images.items():
        digest, owner = known.get(image, ""), _owner(name)
        # Images of the same pixels share the file of the first.
        same = owner in state.about.images and pixels.get(owner) == pixels.get(image)
        if not same or digest not in (None, state.parts.digest(name)):
            raise LedgerError(f"{name} is not the picture {image} of these events")
        if digest is None:
            unknown.append(image)
    if unknown:
        return Nothing(
            f"of the small {which('picture', unknown)} the events hold no digest; ask for the"
            " whole ones"
        )
    missing = [image.name for image in work.images if image.name not in state.about.images]
    left = f"; not here: {which('picture', missing)}" if missing else ""
    if not there:
        return Nothing("no picture is here")
    return f"{counted(len(there), 'picture')}, each the one that the events name{left}"


def exports(state: State) -> str | Nothing:
    """Exported files are the ones that the events name."""
    there = {n for n in state.parts if n.startswith(evidence.FILES)}
    if there != set(state.about.files):
        raise LedgerError("files/ does not hold what evidence.json says")
    known = {e.number: e.file_digest for e in the_work(state).exports}
    for name, number in state.about.files.items():
        if known.get(number) != state.parts.digest(name):
            raise LedgerError(f"{name} is not the file of export {number}")
    if not there:
        return Nothing("no exported file is here")
    files_here = counted(len(there), "exported file")
    return f"{files_here}, each the one that the events name; their credentials were not read"


def the_work(state: State) -> Work:
    """Return the work that the events tell; LedgerError where they tell none."""
    if state.work is None:
        raise LedgerError("the work cannot be read from the events")
    return state.work
