"""Check an evidence bundle with no studio: its digests, its ledger, its pictures, and its report.

The report is made again from the events and the policies in the bundle; if one sentence differs,
the check fails. Pictures and exported files are compared by digest and never decoded here: what
their own credentials say, ``provgen verify`` tells of each file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from provenance_gen.digests import sha256_hex
from provenance_gen.errors import (
    LedgerError,
    ProvenanceError,
    UnknownReferenceError,
)
from provenance_gen.ledger import bundle_check, bundle_events, bundle_form
from provenance_gen.policy.loader import content, shipped
from provenance_gen.records.bundle import BundleVerdict, BundleVerdictKind, kind_of
from provenance_gen.records.evidence import ABOUT, FORM, Evidence
from provenance_gen.records.verdict import Check, CheckStatus
from provenance_gen.reporting import crate, html
from provenance_gen.reporting import json as json_form
from provenance_gen.studio import evidence
from provenance_gen.studio.evidence_readme import NAME as README
from provenance_gen.studio.evidence_readme import readme
from provenance_gen.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from provenance_gen.records.report import ReportContext
    from provenance_gen.records.work import Edit, Work

_VOUCHING: Final = frozenset({"ledger.key", "ledger.time"})
_PICTURE: Final = re.compile(r'src="data:image/png;base64,[^"]*"')


class _Placeholders:
    """Gives a report something wherever a picture was, since pixels are compared apart."""

    def __init__(self, about: Evidence, work: Work) -> None:
        self._there = {i.ref.pixel_digest for i in work.images if i.name in about.images}
        self._digests = {i.name: i.ref.pixel_digest for i in work.images}
        self._whole = about.pictures == "full"

    def thumbnail(self, pixel_digest: str) -> bytes | None:
        return b"-" if pixel_digest in self._there else None

    def full(self, pixel_digest: str) -> bytes | None:
        return self.thumbnail(pixel_digest)

    def difference(self, edit: Edit) -> bytes | None:
        both = {self._digests.get(edit.parent), edit.image.ref.pixel_digest}
        return b"-" if self._whole and both <= self._there else None


_ENDINGS: Final = {"html": ".html", "json": ".json", "pdf": ".pdf", "prov": ".prov.json"}
_PDF: Final = "; the PDF cannot be made again here, so rely on the other forms"


@dataclass
class _State:
    parts: Mapping[str, bytes]
    about: Evidence
    ledger: BundleVerdict | None = None
    work: Work | None = None
    checks: list[Check] = field(default_factory=list)


def check(
    parts: Mapping[str, bytes],
    *,
    name: str,
    key: str | None = None,
    certificates: bytes | None = None,
) -> BundleVerdict:
    """Check the files of an evidence bundle.

    Args:
        parts: their bytes by name.
        name: what to call the bundle in the verdict.
        key: C2SP verifier key of the log, from elsewhere than the bundle.
        certificates: certificates of time-stamp authorities that the reader trusts, PEM.

    Raises:
        LedgerError: it is no evidence bundle that this version can read, or the key is none.
    """
    state = _State(parts, _about(parts))
    ledger = {
        n[len(evidence.LEDGER) :]: d for n, d in parts.items() if n.startswith(evidence.LEDGER)
    }
    _add(state, "files", _files)
    state.ledger = bundle_check.check(ledger, name=name, key=key, certificates=certificates)
    state.checks += [
        one.model_copy(update={"id": f"ledger.{one.id}", "step": len(state.checks) + place})
        for place, one in enumerate(state.ledger.checks, 1)
    ]
    whole = state.ledger.verdict is not BundleVerdictKind.WRONG
    if whole:
        _history(state, ledger)
    for identifier, perform in (
        ("policies", _policies),
        ("report", _report),
        ("images", _images),
        ("exports", _exports),
    ):
        if whole:
            _add(state, identifier, perform)
        else:
            reason = "the ledger in it does not hold"
            _put(state, identifier, CheckStatus.SKIPPED, reason)
    checks = tuple(state.checks)
    verdict = kind_of(checks, _VOUCHING)
    return state.ledger.model_copy(
        update={
            "kind": "evidence",
            "verdict": verdict,
            "summary": _summary(state),
            "checks": checks,
        }
    )


def _about(parts: Mapping[str, bytes]) -> Evidence:
    try:
        about = Evidence.model_validate_json(parts[ABOUT])
    except (ValidationError, ValueError) as error:
        raise LedgerError(f"{ABOUT} is not of its form") from error
    if about.form != FORM:
        raise LedgerError(f"an evidence bundle of another form ({about.form[:100]!r})")
    return about


def _files(state: _State) -> str:
    """Every file is as it was written, and none is missing or has been added."""
    if bundle_form.SUMS not in state.parts:
        raise LedgerError(f"{bundle_form.SUMS} is missing")
    bundle_form.demand_sums(state.parts)
    about = state.about
    expected = {
        *(n for n in state.parts if n.startswith(evidence.LEDGER)),  # judged on their own below
        *(f"{evidence.POLICIES}{name}.yaml" for name in about.policies),
        *(f"{evidence.REPORT}{_ENDINGS.get(name, '')}" for name in about.formats),
        *about.images.values(),
        *about.files,
        *(ABOUT, README, crate.NAME, bundle_form.SUMS),
    }
    for name in sorted(expected ^ set(state.parts)):
        raise LedgerError(f"{name} is {'missing' if name in expected else 'not part of a bundle'}")
    return f"{len(state.parts) - 1} files are as they were written"


def _history(state: _State, ledger: Mapping[str, bytes]) -> None:
    try:
        _, state.work = evidence.of_work(bundle_events.events(ledger), state.about.work)
    except (LedgerError, UnknownReferenceError, ValidationError) as error:
        _put(state, "work", CheckStatus.FAILED, f"the work cannot be read from the events: {error}")


def _policies(state: _State) -> str:
    """Policies can be read; those that are not the ones of this version are named."""
    own = []
    for name in state.about.policies:
        data = state.parts.get(f"{evidence.POLICIES}{name}.yaml")
        if data is None:
            raise LedgerError(f"the policy {name} is missing")
        if name not in shipped() or content(name)[0] != data:
            own.append(name)
    if own:
        return f"not those of this version, read them yourself: {', '.join(own)}"
    return "they are those of this version"


def _report(state: _State) -> str | None:
    """The report is the one that these events and policies give, in every form but the PDF."""
    about = state.about
    pictures = _Placeholders(about, _work(state))
    made = evidence.rebuild(state.parts, about, pictures, about.language)
    key = state.parts[f"{evidence.LEDGER}{bundle_form.VERIFIER_KEY}"].decode("utf-8", "replace")
    same: dict[str, Callable[[bytes], bool]] = {
        f"{evidence.REPORT}.json": lambda told: told == json_form.render(made),
        f"{evidence.REPORT}.html": lambda told: _same_page(told, made),
        f"{evidence.REPORT}.prov.json": lambda told: told == _prov(made),
        README: lambda told: told == readme(about, key.rstrip("\n")).encode(),
        crate.NAME: lambda told: told == _crate(state, made),
    }
    other = [n for n, holds in same.items() if n in state.parts and not holds(state.parts[n])]
    if not other:
        pdf = f"{evidence.REPORT}.pdf" in state.parts
        return "made again from the events, it says the same" + (_PDF if pdf else "")
    if about.software != VERSION:
        # Another version may word a sentence otherwise, so a difference proves nothing.
        return None
    raise LedgerError(f"{other[0]} does not say what these events and policies give")


def _same_page(page: bytes, made: ReportContext) -> bool:
    return _PICTURE.sub("", page.decode("utf-8", "replace")) == _PICTURE.sub("", html.render(made))


def _prov(made: ReportContext) -> bytes:
    from provenance_gen.reporting import provo  # noqa: PLC0415 - slow to load

    return provo.render(made)


def _crate(state: _State, made: ReportContext) -> bytes:
    # It lists every file but itself and the digests, which were written after it.
    sizes = {
        name: len(data)
        for name, data in state.parts.items()
        if name not in (crate.NAME, bundle_form.SUMS)
    }
    return crate.render(made, sizes, state.about.images)


def _images(state: _State) -> str | None:
    """Pictures are the ones that the events name."""
    if state.about.pictures == "thumbnails":
        return None
    work = _work(state)
    known = {image.name: image.stored.file_digest for image in work.images}
    there = {n for n in state.parts if n.startswith(evidence.IMAGES)}
    if there != set(state.about.images.values()):
        raise LedgerError("images/ does not hold what evidence.json says")
    for image, name in state.about.images.items():
        if image not in known or sha256_hex(state.parts[name]) != known[image]:
            raise LedgerError(f"{name} is not the picture {image} of these events")
    missing = sorted(set(known) - set(state.about.images))
    left = f"; not here: {len(missing)}" if missing else ""
    return f"{len(there)} pictures are those that the events name{left}"


def _exports(state: _State) -> str | None:
    """Exported files are the ones that the events name."""
    there = {n for n in state.parts if n.startswith(evidence.FILES)}
    if there != set(state.about.files):
        raise LedgerError("files/ does not hold what evidence.json says")
    known = {e.number: e.file_digest for e in _work(state).exports}
    for name, number in state.about.files.items():
        if known.get(number) != sha256_hex(state.parts[name]):
            raise LedgerError(f"{name} is not the file of export {number}")
    return f"{len(there)} files are those that were exported" if there else None


_UNDONE: Final = {
    "report": "it was written by another version; check it with that one, or read the events",
    "images": "thumbnails are not in the ledger; ask for the whole pictures",
    "exports": "no exported file is here",
}


def _work(state: _State) -> Work:
    if state.work is None:
        raise LedgerError("the work cannot be read from the events")
    return state.work


def _add(state: _State, identifier: str, perform: Callable[[_State], str | None]) -> None:
    try:
        said = perform(state)
    except (ProvenanceError, ValidationError, KeyError) as error:
        reason = str(error) if isinstance(error, ProvenanceError) else "a part is not of its form"
        _put(state, identifier, CheckStatus.FAILED, reason)
        return
    if said is None:
        _put(state, identifier, CheckStatus.SKIPPED, _UNDONE[identifier])
    else:
        _put(state, identifier, CheckStatus.PASSED, said)


def _put(state: _State, identifier: str, status: CheckStatus, reason: str) -> None:
    step = len(state.checks) + 1
    state.checks.append(Check(step=step, id=identifier, status=status, reason=reason))


def _summary(state: _State) -> str:
    wrong = [one for one in state.checks if one.status is CheckStatus.FAILED]
    if wrong:
        return f"Something does not fit ({wrong[0].id}): {wrong[0].reason}."
    assert state.ledger is not None  # noqa: S101 - set before any summary
    remade = any(c.id == "report" and c.status is CheckStatus.PASSED for c in state.checks)
    report = "The report is what its events give. " if remade else ""
    return f"{report}{state.ledger.summary}"
