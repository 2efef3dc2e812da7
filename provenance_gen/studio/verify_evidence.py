"""Check an evidence bundle with no studio: its digests, its ledger, its pictures, and its report.

The report is made again from the events and the policies in the bundle; if one sentence differs,
the check fails. Pictures and exported files are compared by digest and never decoded here: what
their own credentials say, ``provgen verify`` tells of each file. No expression is searched for
that a policy in the bundle brings.
"""

from __future__ import annotations

import hashlib
from json import JSONDecodeError
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from provenance_gen.errors import (
    LedgerError,
    ProvenanceError,
    UnknownReferenceError,
)
from provenance_gen.ledger import bundle_check, bundle_form, bundle_parts, bundle_readme
from provenance_gen.ledger.bundle_parts import AbsentPartError
from provenance_gen.ledger.bundle_words import Nothing
from provenance_gen.records.bundle import BundleVerdict, BundleVerdictKind, kind_of
from provenance_gen.records.counting import listed
from provenance_gen.records.evidence import ABOUT, FORM, Evidence
from provenance_gen.records.verdict import Check, CheckStatus
from provenance_gen.reporting import crate, html
from provenance_gen.reporting.edition import edition
from provenance_gen.studio import evidence, evidence_policies, evidence_report
from provenance_gen.studio.evidence_parts import (
    State,
    exports,
    files,
    images,
    policies,
    the_work,
    times,
)
from provenance_gen.studio.evidence_pictures import (
    Placeholders,
    unknown_in_folder,
    unknown_pictures,
)
from provenance_gen.studio.evidence_readme import NAME as README
from provenance_gen.studio.evidence_readme import readme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from provenance_gen.records.report import ReportContext
    from provenance_gen.records.work import Work

_VOUCHING: Final = frozenset({"ledger.key", "ledger.time"})
_SHOWN: Final = (
    "; what it shows of {} was not compared, since the events hold no digest of that picture"
)
_PDF: Final = "; the PDF cannot be made again here, so rely on the other forms"


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
    held = bundle_parts.of(parts)
    about = _about(held)
    # Until they are compared, none of the policies is known to be ours.
    state = State(held, about, certificates, own=about.policies)
    ledger = state.ledger_files
    _add(state, "files", files)
    state.ledger = bundle_check.check(ledger, name=name, key=key, certificates=certificates)
    state.checks += [
        one.model_copy(update={"id": f"ledger.{one.id}", "step": len(state.checks) + place})
        for place, one in enumerate(state.ledger.checks, 1)
    ]
    whole = state.ledger.verdict is not BundleVerdictKind.WRONG
    if whole:
        _history(state, ledger)
    for identifier, perform in (
        ("policies", policies),
        ("times", times),
        ("report", _report),
        ("images", images),
        ("exports", exports),
    ):
        if whole:
            _add(state, identifier, perform)
        else:
            reason = "the ledger in it does not hold"
            _put(state, identifier, CheckStatus.SKIPPED, reason)
    checks = tuple(state.checks)
    verdict = kind_of(checks, _VOUCHING)
    if verdict is BundleVerdictKind.CONFIRMED and not _passed(state, "report"):
        # Whatever vouches for the events, anybody could have written this report beside them.
        verdict = BundleVerdictKind.CONSISTENT
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


def _history(state: State, ledger: Mapping[str, bytes]) -> None:
    try:
        state.told = evidence_report.tell(ledger)
        state.work = state.told.history.work(state.about.work)
    except (LedgerError, UnknownReferenceError, ValidationError) as error:
        # What a library says of a form has many lines, and tells a reader nothing.
        why = "one is not of its form" if isinstance(error, ValidationError) else str(error)
        _put(state, "work", CheckStatus.FAILED, f"the work cannot be read from the events: {why}")


def _report(state: State) -> str | Nothing:
    """The report is the one that these events and policies give, in every form but the PDF."""
    about = state.about
    work = the_work(state)
    assert state.told is not None  # noqa: S101 - the work was read from it
    policies = evidence_policies.read(state.parts, about, state.own)
    pictures = Placeholders(about, work)
    made = evidence_report.gather(state.told, about, policies, pictures)
    unknown = _unknown_pictures(state, made, work) if "html" in about.formats else []
    other = _differing(state, made)
    if unknown is None:
        other = "the page"
    if other is None:
        shown = _SHOWN.format(listed(unknown)) if unknown else ""
        pdf = evidence_report.PDF in state.parts
        return "made again from the events, it says the same" + shown + (_PDF if pdf else "")
    if about.software != edition():
        # Another one may word a sentence otherwise, so a difference proves nothing.
        return Nothing(
            f"it was written by version {about.software[:40]} of the program, and this is"
            f" {edition()}, which may word it otherwise; check it with that one, or read the events"
        )
    raise LedgerError(f"{other} does not say what these events and policies give")


def _differing(state: State, made: ReportContext) -> str | None:
    """Return the first form but the page that is another than it has to be."""
    name = f"{evidence.LEDGER}{bundle_form.VERIFIER_KEY}"
    key = state.parts[name].decode("utf-8", "replace").rstrip("\n")
    page = [
        (README, [readme(state.about, key).encode()]),
        (f"{evidence.LEDGER}{bundle_form.README}", [_of_ledger(state).encode()]),
        (crate.NAME, _crate(state, made)),
    ]
    for name, pieces in (*evidence_report.data(made, state.about), *page):
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
        if name not in state.parts or state.parts.digest(name) != digest.hexdigest():
            return name
    return None


def _of_ledger(state: State) -> str:
    ledger = state.ledger
    assert ledger is not None  # noqa: S101 - checked before the report is
    earlier = (ledger.earlier, ledger.earlier_size or 0) if ledger.earlier else None
    return bundle_readme.readme(
        origin=ledger.origin or "",
        size=ledger.size or 0,
        events=ledger.events,
        work=state.about.work,
        timestamps=ledger.timestamps,
        earlier=earlier,
        language=state.about.language,
    )


def _unknown_pictures(state: State, made: ReportContext, work: Work) -> list[str] | None:
    """Return which pictures of the page the events tell nothing of; None where it differs."""
    if state.about.paged:
        others = {evidence_report.JSON, evidence_report.PDF, evidence_report.PROV}
        made_again = evidence_report.folder(made, state.about, work)
        return unknown_in_folder(made_again, state.parts, others, work)
    page = state.parts[evidence_report.PAGE].decode("utf-8", "replace")
    return unknown_pictures(page, html.render(made), work)


def _crate(state: State, made: ReportContext) -> Iterable[bytes]:
    # It lists every file but itself and the digests, which were written after it.
    others = {crate.NAME, bundle_form.SUMS}
    sizes = {name: state.parts.size(name) for name in state.parts if name not in others}
    return crate.pieces(made, sizes, state.about.images)


def _add(state: State, identifier: str, perform: Callable[[State], str | Nothing]) -> None:
    try:
        said = perform(state)
    except ProvenanceError as error:
        _put(state, identifier, CheckStatus.FAILED, str(error))
        return
    except AbsentPartError as error:
        _put(state, identifier, CheckStatus.FAILED, f"{error.args[0]} is missing")
        return
    except (ValidationError, UnicodeDecodeError, JSONDecodeError):
        # Whatever else comes up is a fault of ours, and told as one by whoever called.
        _put(state, identifier, CheckStatus.FAILED, "a part is not of its form")
        return
    if isinstance(said, Nothing):
        _put(state, identifier, CheckStatus.SKIPPED, said.reason)
    else:
        _put(state, identifier, CheckStatus.PASSED, said)


def _put(state: State, identifier: str, status: CheckStatus, reason: str) -> None:
    step = len(state.checks) + 1
    state.checks.append(Check(step=step, id=identifier, status=status, reason=reason))


def _summary(state: State) -> str:
    wrong = [one for one in state.checks if one.status is CheckStatus.FAILED]
    if wrong:
        # One change shows in several places, and the first is not the one that names it best.
        told = "; ".join(f"{one.reason} ({one.id})" for one in wrong[:_NAMED])
        more = len(wrong) - _NAMED
        return f"Something does not fit: {told}{f'; and {more} more' if more > 0 else ''}."
    assert state.ledger is not None  # noqa: S101 - set before any summary
    said = ["The report is what its events give." if _passed(state, "report") else _UNMADE]
    if state.own:
        said.append(
            f"It was read through {listed(state.own)} in words that are not those of this version"
            " of the program: read them first."
        )
    if evidence_report.PDF in state.parts:
        said.append("Its PDF was not compared.")
    if state.about.times.logs and not _passed(state, "times"):
        said.append("The trusted times that it speaks of were not checked.")
    return " ".join([*said, state.ledger.summary])


_NAMED: Final = 3
"""Checks that failed and are named in the summary; the others stand in the list."""

_UNMADE: Final = (
    "Whether the report is what its events give was not checked, since another version wrote it."
)


def _passed(state: State, identifier: str) -> bool:
    return any(c.id == identifier and c.status is CheckStatus.PASSED for c in state.checks)
