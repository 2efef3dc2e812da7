"""Write the contribution report of a work."""

from __future__ import annotations

import contextlib
import gc
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provenance_gen import leftovers
from provenance_gen.digests import sha256_hex, write_atomic
from provenance_gen.errors import PolicyError, PolicyKindError, UsageError
from provenance_gen.names import demand_place
from provenance_gen.policy.loader import load, watched
from provenance_gen.records import payloads
from provenance_gen.records.policy import PolicyKind
from provenance_gen.reporting import context, forbidden, html, pages
from provenance_gen.reporting import json as json_form
from provenance_gen.studio import report_folder, report_signing
from provenance_gen.studio.found import found as found_in
from provenance_gen.studio.report_origin import OriginMaps
from provenance_gen.studio.report_pictures import StoredPictures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from provenance_gen.credentials.manifest import Signed
    from provenance_gen.credentials.passphrase import Ask
    from provenance_gen.records.policy import Policy
    from provenance_gen.records.report import ReportContext
    from provenance_gen.studio.work import Work


def _prov(gathered: ReportContext) -> bytes:
    # Imported here: the library takes as long to load as the rest of the report.
    from provenance_gen.reporting import provo  # noqa: PLC0415

    return provo.render(gathered)


def _pdf(gathered: ReportContext) -> bytes:
    # An extra that need not be there.
    from provenance_gen.reporting import pdf  # noqa: PLC0415

    return pdf.render(gathered)


_FORMS: Final[Mapping[str, tuple[str, Callable[[ReportContext], bytes]]]] = {
    "html": (".html", lambda context: html.render(context).encode()),
    "json": (".json", json_form.render),
    "pdf": (".pdf", _pdf),
    "prov": (".prov.json", _prov),
}
"""Every form: the ending of its file, and what writes it."""

PROOF_SUFFIX: Final = ".tlog-proof"

MAX_PICTURES: Final = 32 * 1024 * 1024
"""Characters of all pictures in one page, as text; of more the report is a folder."""


@dataclass(frozen=True)
class Written:
    """The report's files, and what they speak of."""

    files: Mapping[str, Path]
    """By format."""
    tree_size: int
    """Number of events that the report was written from."""
    proof: Path | None = None
    """The detached signature of all files, where one was asked for."""
    signed: Path | None = None
    """A copy of the PDF with Content Credentials, where a signature was asked for."""
    credentials: Signed | None = None
    """Of that copy."""


def gather(
    work: Work,
    *,
    policies: Sequence[Policy],
    language: str,
    image: str | None = None,
    at: int | None = None,
) -> ReportContext:
    """Compute everything the report says, from the events and time-stamps so far.

    Raises:
        UnknownReferenceError: the work has no such image, or was not begun at that tree size.
        UsageError: the language is not known, or the log is not that long.
    """
    # Imported here: whoever only wants the types above needs no database.
    from provenance_gen.studio.anchors import trusted_times  # noqa: PLC0415

    studio = work.studio
    size = studio.ledger.head().size
    if at is not None and not 0 < at <= size:
        raise UsageError(f"the log holds {size} events; choose 1 to {size} to speak of")
    history = studio.history(until=at)
    found = history.work(work.id)
    return context.build(
        history,
        found,
        **found_in(found, policies, image)._asdict(),
        language=language,
        pictures=StoredPictures(studio.store, found),
        image=image,
        times=trusted_times(studio, history.size),
        maps=OriginMaps(found, studio.store),
    )


def report(
    work: Work,
    destination: Path,
    *,
    policies: Sequence[str],
    language: str,
    formats: Sequence[str],
    image: str | None,
    at: int | None,
    sign: bool,
    timestamp: bool | str,
    overwrite: bool,
    ask: Ask,
) -> Written:
    """Write the report; see ``Work.report``."""
    work.studio.demand_own()
    loaded = _policies(policies)
    files = _files(destination, formats, overwrite=overwrite)
    signature = _signature(files, overwrite=overwrite) if sign else None
    pdf = files.get("pdf") if sign else None
    key = report_signing.opened(work.studio, pdf, ask, timestamp=timestamp, overwrite=overwrite)
    with without_collector():
        gathered = gather(work, policies=loaded, language=language, image=image, at=at)
        digests = _write(gathered, loaded, files, overwrite=overwrite)
    written = work.studio.append(
        payloads.ReportWritten(
            work=work.id,
            policies=tuple(view.id for view in gathered.policies),
            language=language,
            tree_size=gathered.ledger.tree_size,
            digests=tuple(digests),
        )
    )
    if signature is not None:
        from provenance_gen.studio.bundle import prove  # noqa: PLC0415 - loads the database
        from provenance_gen.studio.references import logs_of, number_of  # noqa: PLC0415

        logs = logs_of(work.studio)
        number = number_of(max(logs), written.sequence, logs)
        prove(work.studio, f"#{number}", signature, overwrite=overwrite)
    size = gathered.ledger.tree_size
    if pdf is None or key is None:
        return Written(files, size, signature)
    made = report_signing.sign(work.studio, pdf, gathered, written, key)
    return Written(files, size, signature, report_signing.signed_name(pdf), made)


def _signature(files: dict[str, Path], *, overwrite: bool) -> Path:
    """Return the name of the proof that the event with the files' digests is in the signed log."""
    name, first = next(iter(files.items()))
    signature = first.with_name(first.name[: -len(_FORMS[name][0])] + PROOF_SUFFIX)
    if signature.exists() and not overwrite:
        raise UsageError(f"{signature} exists; choose another name or pass --overwrite")
    return signature


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    """Keep the collector of cycles from searching records, in which there are none.

    It would take a third of the time of a large report, since there are millions of them.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _write(
    gathered: ReportContext,
    loaded: Sequence[Policy],
    files: dict[str, Path],
    *,
    overwrite: bool,
    most: int = MAX_PICTURES,
) -> list[str]:
    """Write every form that is asked for; return the digests, and put the first page's path in."""
    watch = forbidden.Watch(watched(loaded))
    asked = "html" in files
    page = None
    if asked and not pages.is_large(gathered):
        page = html.render_within(gathered, most)
    folder = files["html"].with_suffix("") if asked and page is None else None
    if folder:
        report_folder.demand_free(folder, overwrite=overwrite)
    contents = {name: _FORMS[name][1](gathered) for name in files if name != "html"}
    # The pages are searched whatever is asked for: all forms say the same.
    found: dict[str, str] = {}
    if folder:
        found["html"], files["html"] = report_folder.write(
            pages.pages(gathered), folder, lambda page: refuse(watch.search(page))
        )
    elif page is not None:
        refuse(watch.search(page))
        contents["html"] = page.encode()
    else:
        for _, content in pages.wordings(gathered):
            refuse(watch.search(content.decode()))
    for name, content in contents.items():
        leftovers.sweep(files[name].parent)
        write_atomic(files[name], content)
        found[name] = sha256_hex(content)
    return [found[name] for name in files]


def _policies(asked: Sequence[str]) -> list[Policy]:
    if not asked:
        raise UsageError("name at least one policy, such as jp-bunka-2024")
    loaded = [load(policy) for policy in asked]
    demand_contribution(loaded)
    return loaded


def demand_contribution(policies: Sequence[Policy]) -> None:
    """Refuse policies that do not speak of a work.

    Raises:
        PolicyError: one is of another kind.
    """
    for policy in policies:
        if policy.kind is not PolicyKind.CONTRIBUTION:
            raise PolicyKindError(
                policy.id, "it judges an exported file; see provgen verify FILE --policy"
            )


def refuse(trips: Sequence[forbidden.Trip]) -> None:
    """Refuse to write a report in which we draw a conclusion that only people may draw.

    It cannot happen with the shipped policies; a policy of the user's own may word one.

    Raises:
        PolicyError: something was found.
    """
    for trip in trips:
        whose = "no report says" if trip.policy == forbidden.OURS else "this policy forbids"
        raise PolicyError(
            trip.policy,
            f"the report would say what {whose}: {trip.sentence!r} (pattern {trip.pattern!r})",
        )


def _files(destination: Path, formats: Sequence[str], *, overwrite: bool) -> dict[str, Path]:
    unknown = [name for name in formats if name not in _FORMS]
    if unknown or not formats:
        known = ", ".join(_FORMS)
        raise UsageError(f"no format is named {', '.join(unknown) or 'nothing'}; choose of {known}")
    stem = destination.name
    for ending in sorted({ending for ending, _ in _FORMS.values()}, key=len, reverse=True):
        if stem.lower().endswith(ending):
            stem = stem[: -len(ending)]
            break
    else:
        if "." in stem:
            endings = ", ".join(ending for ending, _ in _FORMS.values())
            raise UsageError(f"{stem}: end the report's name in one of {endings}, or in nothing")
    files = {name: destination.with_name(stem + _FORMS[name][0]) for name in dict.fromkeys(formats)}
    for file in files.values():
        demand_place(file)
        if file.exists() and not overwrite:
            raise UsageError(f"{file} exists; choose another name or pass --overwrite")
    return files
