"""Write an evidence bundle: the report, its pictures, the ledger behind it and the policies used.

The report in it is made from the events and texts that the bundle itself discloses, and from
nothing else. So it tells no more than they do, and whoever checks the bundle can make it again.
Everything is written as it is made: a bundle of a large work holds gigabytes.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provenance_gen.digests import sha256_hex
from provenance_gen.errors import FileError, ImageError, UsageError
from provenance_gen.ledger import bundle as bundles
from provenance_gen.ledger import bundle_form, bundle_write
from provenance_gen.names import unfit
from provenance_gen.policy.loader import MAX_FOREIGN, content, parse, watched
from provenance_gen.records import payloads
from provenance_gen.records.evidence import ABOUT, Evidence, Pictures
from provenance_gen.reporting import context, crate, forbidden, html, pages
from provenance_gen.reporting.edition import edition
from provenance_gen.studio import encoding, evidence_report
from provenance_gen.studio.bundle import names_of
from provenance_gen.studio.evidence_pictures import NoPictures, SmallPictures, WholePictures
from provenance_gen.studio.evidence_policies import file_of
from provenance_gen.studio.evidence_readme import NAME as README
from provenance_gen.studio.evidence_readme import readme
from provenance_gen.studio.report import (
    MAX_PICTURES,
    demand_contribution,
    refuse,
    without_collector,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from provenance_gen.ledger.bundle_write import Writer
    from provenance_gen.records import work as records
    from provenance_gen.records.policy import Policy
    from provenance_gen.records.report import ReportContext
    from provenance_gen.records.work import History
    from provenance_gen.reporting.context import Pictures as PictureSource
    from provenance_gen.studio.studio import Studio
    from provenance_gen.studio.work import Work

LEDGER: Final = "ledger/"
IMAGES: Final = "images/"
FILES: Final = "files/"
FORMATS: Final = ("html", "json", "pdf", "prov")


@dataclass(frozen=True)
class EvidenceWritten:
    """An evidence bundle that was written."""

    path: Path
    size: int
    """Events of the log that it speaks of."""
    events: int
    texts: int
    images: int
    """Images whose pictures are in it."""
    files: int
    files_left: int = 0
    """Files that the work exported and that are not in it."""


@dataclass(frozen=True)
class _Asked:
    """What the person asked for, as far as it could be judged beforehand."""

    policies: list[tuple[Policy, bytes]]
    language: str
    disclosed: Collection[str]
    pictures: Pictures
    formats: tuple[str, ...]
    files: Sequence[Path]


def write(
    work: Work,
    destination: Path,
    *,
    policies: Sequence[str],
    language: str,
    disclose: Sequence[str],
    pictures: Pictures,
    formats: Sequence[str],
    files: Sequence[Path],
) -> EvidenceWritten:
    """Write an evidence bundle of one work; see ``Work.bundle``."""
    studio = work.studio
    studio.demand_own()
    asked = _Asked(
        _policies(policies),
        context.spoken(language),
        names_of(disclose),
        pictures,
        _formats(formats),
        files,
    )
    # Reading the history also waits for what is still being recorded behind a generation.
    _demand_one_log(studio.history(), work.id)
    with without_collector(), bundle_write.writing(destination) as out:
        about, written = _write(studio, work.id, asked, out, destination)
    studio.append(_noted(about, out.digests[bundle_form.SUMS], asked.disclosed))
    return written


def _demand_one_log(history: History, work: str) -> None:
    """Refuse a work of which the present log holds no beginning: nobody could read it from that."""
    log = history.work(work).citation.log
    if log is not None and log <= len(history.earlier):
        raise UsageError(
            f"this work was begun in an earlier log, {history.earlier[log - 1].origin}, and a"
            " bundle holds the present log alone; hand over a signed report (provgen report --sign)"
            " and proofs of the events that matter (provgen ledger proof)"
        )


def _write(
    studio: Studio, work: str, asked: _Asked, out: Writer, destination: Path
) -> tuple[Evidence, EvidenceWritten]:
    key, size = studio.verifier_key or "", studio.ledger.checkpoint().size
    language = context.spoken(asked.language)
    gathered = bundles.gather(
        studio.ledger,
        size=size,
        verifier_key=key,
        work=work,
        disclose=asked.disclosed,
        language=language,
    )
    for name, data in gathered.files.items():
        out.put(LEDGER + name, data)
    for policy, data in asked.policies:
        out.put(file_of(policy.id), data)
    told = evidence_report.tell(gathered.files)
    times = evidence_report.trusted_times(gathered.files, told, size)
    gathered.files.clear()
    found = told.history.work(work)
    about = Evidence(
        software=edition(),
        work=work,
        language=language,
        size=size,
        policies=tuple(policy.id for policy, _ in asked.policies),
        formats=asked.formats,
        pictures=asked.pictures,
        images=_images(studio, found, asked.pictures, out),
        files=_exports(found, asked.files, out),
        times=times,
    )
    policies = [policy for policy, _ in asked.policies]
    made = evidence_report.gather(told, about, policies, _source(studio, found, about))
    one = None
    if "html" in about.formats and not pages.is_large(made):
        one = html.render_within(made, MAX_PICTURES)
    about = about.model_copy(update={"paged": "html" in about.formats and one is None})
    out.put(ABOUT, about.model_dump_json(indent=1).encode() + b"\n")
    out.put(README, readme(about, key).encode())
    _report(out, about, made, forbidden.Watch(watched(policies)), one or found)
    out.put(crate.NAME, crate.pieces(made, dict(out.sizes), about.images))
    out.put(bundle_form.SUMS, bundle_form.digests_file(out.digests))
    images, exported = len(about.images), len(about.files)
    left = len({one.file_digest for one in found.exports if one.file_digest}) - exported
    return about, EvidenceWritten(
        destination, size, gathered.events, gathered.texts, images, exported, left
    )


def _report(
    out: Writer,
    about: Evidence,
    made: ReportContext,
    watch: forbidden.Watch,
    page: str | records.Work,
) -> None:
    """Put the report in, in every form; ``page`` is the one page, or the work that needs more."""
    if isinstance(page, str):
        refuse(watch.search(page))
        out.put(evidence_report.PAGE, page.encode())
    elif about.paged:
        for name, content_ in evidence_report.folder(made, about, page):
            if name.endswith(".html"):
                refuse(watch.search(content_.decode()))
            out.put(name, content_, packed=not name.endswith(".html"))
    else:
        # Searched whatever is asked for: all forms say the same.
        for _, content_ in pages.wordings(made):
            refuse(watch.search(content_.decode()))
    for name, pieces in evidence_report.data(made, about):
        out.put(name, pieces)
    if "pdf" in about.formats:
        from provenance_gen.reporting import pdf  # noqa: PLC0415 - an extra

        out.put(evidence_report.PDF, pdf.render(made))


def _noted(about: Evidence, sums: str, disclosed: Collection[str]) -> payloads.ReportWritten:
    return payloads.ReportWritten(
        work=about.work,
        policies=about.policies,
        language=about.language,
        tree_size=about.size,
        digests=(sums,),
        format="evidence",
        disclosed=tuple(sorted(disclosed)),
    )


def _policies(asked: Sequence[str]) -> list[tuple[Policy, bytes]]:
    """Return policies, each once, with the bytes of their files."""
    if not asked:
        raise UsageError("name at least one policy, such as jp-bunka-2024")
    found = [(parse(data, source), data) for data, source in map(content, asked)]
    for policy, data in found:
        if len(data) > MAX_FOREIGN:
            raise UsageError(f"the policy {policy.id} is too large for whoever reads the bundle")
        if why := unfit(f"{policy.id}.yaml"):
            raise UsageError(f"the policy {policy.id} cannot be a file of a bundle: its name {why}")
    demand_contribution([policy for policy, _ in found])
    return list({policy.id: (policy, data) for policy, data in found}.values())


def _formats(asked: Sequence[str]) -> tuple[str, ...]:
    unknown = [name for name in asked if name not in FORMATS]
    if unknown:
        raise UsageError(f"no format is named {unknown[0]}; choose of {', '.join(FORMATS)}")
    return tuple(dict.fromkeys(("json", *asked)))


def _source(studio: Studio, found: records.Work, about: Evidence) -> PictureSource:
    if about.pictures == "none":
        return NoPictures()
    kind = SmallPictures if about.pictures == "thumbnails" else WholePictures
    return kind(studio.store, found, about.images)


def _images(studio: Studio, found: records.Work, pictures: Pictures, out: Writer) -> dict[str, str]:
    """Put the pictures in, and return their files' names by the images' names."""
    small = SmallPictures(studio.store, found, [image.name for image in found.images])
    named: dict[str, str] = {}
    files: dict[str, str | None] = {}
    for image in found.images:
        digest = image.ref.pixel_digest
        if digest not in files:
            data: bytes | None = None
            with contextlib.suppress(ImageError, OSError):
                if pictures == "full":
                    # Opened first, so that what is not the picture of the record is left out.
                    studio.store.open(digest)
                    data = studio.store.path(digest).read_bytes()
                elif pictures == "thumbnails":
                    data = small.thumbnail(digest)
            files[digest] = f"{IMAGES}{image.name}.png" if data is not None else None
            if data is not None:
                out.put(f"{IMAGES}{image.name}.png", data, packed=True)
        if (file := files[digest]) is not None:
            named[image.name] = file
    return named


def _exports(found: records.Work, files: Sequence[Path], out: Writer) -> dict[str, int]:
    """Put exported files in, each of which must be one that the record knows."""
    known = {e.file_digest: e.number for e in found.exports if e.file_digest}
    named: dict[str, int] = {}
    for file in files:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise FileError(f"{file} cannot be read: {error.strerror}") from error
        number = known.get(sha256_hex(data))
        if number is None:
            raise UsageError(
                f"{file.name} is no file that this work exported, or was changed since"
            )
        # An exported file that was renamed since may end in anything.
        ending = file.suffix.lower() if file.suffix.lower() in encoding.FORMATS else ""
        name = f"{FILES}export-{number}{ending}"
        if name not in named:
            named[name] = number
            out.put(name, data, packed=True)
    return named
