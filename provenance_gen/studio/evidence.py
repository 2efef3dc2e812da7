"""Write an evidence bundle: the report, its pictures, the ledger behind it and the policies used.

The report in it is made from the events and texts that the bundle itself discloses, and from
nothing else. So it tells no more than they do, and whoever checks the bundle can make it again.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provenance_gen.config import timestamp_authorities
from provenance_gen.contribution.measures import measure
from provenance_gen.digests import sha256_hex
from provenance_gen.errors import ImageError, PolicyError, UsageError
from provenance_gen.ledger import bundle as bundles
from provenance_gen.ledger import bundle_events, bundle_files, bundle_form, bundle_time
from provenance_gen.policy.drafts import fill
from provenance_gen.policy.evaluate import evaluate
from provenance_gen.policy.loader import MAX_FOREIGN, content, parse
from provenance_gen.records import payloads
from provenance_gen.records.anchor import StudioTimes
from provenance_gen.records.evidence import ABOUT, Evidence, Pictures
from provenance_gen.records.history import fold
from provenance_gen.reporting import context, crate, html
from provenance_gen.reporting import json as json_form
from provenance_gen.studio.bundle import names_of
from provenance_gen.studio.evidence_pictures import NoPictures, SmallPictures, WholePictures
from provenance_gen.studio.evidence_readme import NAME as README
from provenance_gen.studio.evidence_readme import readme
from provenance_gen.studio.report import demand_contribution, refuse_forbidden
from provenance_gen.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Mapping, Sequence
    from pathlib import Path

    from provenance_gen.records import work as records
    from provenance_gen.records.event import Event
    from provenance_gen.records.policy import Policy
    from provenance_gen.records.report import ReportContext
    from provenance_gen.reporting.context import Pictures as PictureSource
    from provenance_gen.studio.studio import Studio
    from provenance_gen.studio.work import Work

LEDGER: Final = "ledger/"
REPORT: Final = "report/report"
IMAGES: Final = "images/"
FILES: Final = "files/"
POLICIES: Final = "policies/"
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
    files: int


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
    names = names_of(disclose)
    parts, named, spoken = _policies(policies), _formats(formats), context.spoken(language)
    # Reading the history also waits for what is still being recorded behind a generation.
    studio.history()
    size = studio.ledger.checkpoint().size
    key = studio.verifier_key or ""
    gathered = bundles.gather(
        studio.ledger, size=size, verifier_key=key, work=work.id, disclose=names
    )
    told = bundle_events.events(gathered.files)
    found = of_work(told, work.id)[1]
    about = Evidence(
        software=VERSION,
        work=work.id,
        language=spoken,
        size=size,
        policies=tuple(name[len(POLICIES) : -len(".yaml")] for name in parts),
        formats=named,
        pictures=pictures,
        images=_images(studio, found, pictures, parts),
        files=_exports(found, files, parts),
        times=trusted_times(gathered.files, told, size),
    )
    parts |= {LEDGER + name: data for name, data in gathered.files.items()}
    _finish(parts, about, _source(studio, found, about), key)
    bundle_files.write(parts, destination)
    studio.append(_noted(about, parts[bundle_form.SUMS], names))
    images, exported = len(about.images), len(about.files)
    return EvidenceWritten(destination, size, gathered.events, gathered.texts, images, exported)


def _noted(about: Evidence, sums: bytes, disclosed: Collection[str]) -> payloads.ReportWritten:
    return payloads.ReportWritten(
        work=about.work,
        policies=about.policies,
        language=about.language,
        tree_size=about.size,
        digests=(sha256_hex(sums),),
        format="evidence",
        disclosed=tuple(sorted(disclosed)),
    )


def _policies(asked: Sequence[str]) -> dict[str, bytes]:
    """Return the files of policies by their names in the bundle."""
    if not asked:
        raise UsageError("name at least one policy, such as jp-bunka-2024")
    found = [(parse(data, source), data) for data, source in map(content, asked)]
    for policy, data in found:
        if len(data) > MAX_FOREIGN:
            raise UsageError(f"the policy {policy.id} is too large for whoever reads the bundle")
    demand_contribution([policy for policy, _ in found])
    return {f"{POLICIES}{policy.id}.yaml": data for policy, data in found}


def _formats(asked: Sequence[str]) -> tuple[str, ...]:
    unknown = [name for name in asked if name not in FORMATS]
    if unknown:
        raise UsageError(f"no format is named {unknown[0]}; choose of {', '.join(FORMATS)}")
    return tuple(dict.fromkeys(("json", *asked)))


def _finish(parts: dict[str, bytes], about: Evidence, source: PictureSource, key: str) -> None:
    """Put in the report, what the bundle says of itself, and the digests of all of it."""
    made = rebuild(parts, about, source, about.language)
    _report(parts, about, made)
    parts[ABOUT] = about.model_dump_json(indent=1).encode() + b"\n"
    parts[README] = readme(about, key).encode()
    sizes = {name: len(data) for name, data in parts.items()}
    parts[crate.NAME] = crate.render(made, sizes, about.images)
    parts[bundle_form.SUMS] = bundle_form.sums(parts)


def rebuild(
    parts: Mapping[str, bytes],
    about: Evidence,
    pictures: PictureSource,
    language: str,
    *,
    foreign: Container[str] = (),
) -> ReportContext:
    """Make the report's context from the parts of a bundle.

    Args:
        parts: its files.
        about: what it says of itself.
        pictures: where pictures come from.
        language: that of the report.
        foreign: policies in it that this user did not choose; see ``policy.loader.parse``.

    Raises:
        LedgerError: the ledger in it cannot be read.
        PolicyError: a policy in it cannot be used.
        UnknownReferenceError: the work is not in it.
    """
    history, found = of_work(bundle_events.events(ledger_files(parts)), about.work)
    contribution = measure(found)
    loaded = [
        parse(parts[file], file, foreign=name in foreign)
        for name, file in ((name, f"{POLICIES}{name}.yaml") for name in about.policies)
    ]
    for name, policy in zip(about.policies, loaded, strict=True):
        if policy.id != name:
            raise PolicyError(f"{POLICIES}{name}.yaml", f"it calls itself {policy.id}")
    return context.build(
        history.model_copy(update={"size": about.size}),
        found,
        policies=[(p, evaluate(p, contribution), fill(p, contribution)) for p in loaded],
        contribution=contribution,
        language=language,
        pictures=pictures,
        image=about.image,
        times=about.times,
    )


def ledger_files(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of the bundle of the ledger, by their names in it."""
    return {n[len(LEDGER) :]: d for n, d in parts.items() if n.startswith(LEDGER)}


def of_work(events: Sequence[Event], work: str) -> tuple[records.History, records.Work]:
    """Return the history that events tell, and one of its works."""
    history = fold(events)
    return history, history.work(work)


def _report(parts: dict[str, bytes], about: Evidence, made: ReportContext) -> None:
    page = html.render(made)
    refuse_forbidden(page, _loaded(parts, about))
    parts[f"{REPORT}.json"] = json_form.render(made)
    if "html" in about.formats:
        parts[f"{REPORT}.html"] = page.encode()
    if "pdf" in about.formats:
        from provenance_gen.reporting import pdf  # noqa: PLC0415 - an extra

        parts[f"{REPORT}.pdf"] = pdf.render(made)
    if "prov" in about.formats:
        from provenance_gen.reporting import provo  # noqa: PLC0415 - slow to load

        parts[f"{REPORT}.prov.json"] = provo.render(made)


def _loaded(parts: Mapping[str, bytes], about: Evidence) -> list[Policy]:
    return [parse(parts[f"{POLICIES}{name}.yaml"], name) for name in about.policies]


def _source(studio: Studio, found: records.Work, about: Evidence) -> PictureSource:
    if about.pictures == "none":
        return NoPictures()
    kind = SmallPictures if about.pictures == "thumbnails" else WholePictures
    return kind(studio.store, found, about.images)


def _images(
    studio: Studio, found: records.Work, pictures: Pictures, parts: dict[str, bytes]
) -> dict[str, str]:
    """Put the pictures in, and return their files' names by the images' names."""
    named: dict[str, str] = {}
    small = SmallPictures(studio.store, found, [image.name for image in found.images])
    for image in found.images:
        digest = image.ref.pixel_digest
        with contextlib.suppress(ImageError, OSError):
            if pictures == "full":
                # Opened first, so that what is not the picture of the record is left out.
                studio.store.open(digest)
                data: bytes | None = studio.store.path(digest).read_bytes()
            else:
                data = small.thumbnail(digest) if pictures == "thumbnails" else None
            if data is not None:
                named[image.name] = f"{IMAGES}{image.name}.png"
                parts[named[image.name]] = data
    return named


def _exports(found: records.Work, files: Sequence[Path], parts: dict[str, bytes]) -> dict[str, int]:
    """Put exported files in, each of which must be one that the record knows."""
    known = {e.file_digest: e.number for e in found.exports if e.file_digest}
    named: dict[str, int] = {}
    for file in files:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise UsageError(f"{file} cannot be read: {error.strerror}") from error
        number = known.get(sha256_hex(data))
        if number is None:
            raise UsageError(
                f"{file.name} is no file that this work exported, or was changed since"
            )
        name = f"{FILES}export-{number}{file.suffix.lower()}"
        named[name] = number
        parts[name] = data
    return named


def trusted_times(ledger: Mapping[str, bytes], events: Sequence[Event], size: int) -> StudioTimes:
    """Return the times that a bundle's own time-stamps give, by authorities of this user.

    Only of the bundle: so whoever has the certificates finds the same.

    Args:
        ledger: files of the bundle of the ledger, which holds.
        events: the events in it.
        size: events of the log.

    Raises:
        SettingsError: the user's configuration cannot be understood.
    """
    authorities = timestamp_authorities()
    if not authorities:
        # Nobody's token is believed: nothing needs to be read.
        return StudioTimes()
    certificates = b"\n".join(authority.certificates for authority in authorities)
    times = bundle_time.in_bundle(ledger, events).told(size, certificates)
    return StudioTimes(logs=(times,)) if times.spans else StudioTimes()
