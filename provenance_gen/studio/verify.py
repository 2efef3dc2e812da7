"""Check any image file: ten numbered steps, each passed, failed or skipped with its reason.

The file is read in a child process (``studio.worker``); this module joins what was found there
with the ledgers and lists at hand, and judges nothing that was not checked. "No credentials" never
means "not AI", and "valid" never means "true". It needs no studio and loads no database.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from provenance_gen.credentials import checks, trust
from provenance_gen.credentials.statement import ai_statement, claimed_statement
from provenance_gen.credentials.vocabulary import ai_role
from provenance_gen.records.verdict import (
    AiStatement,
    Check,
    CheckStatus,
    Credentials,
    LedgerMatch,
    Tool,
    Verdict,
    VerdictKind,
)
from provenance_gen.studio import claims, lookup, summary, worker
from provenance_gen.studio.lookup import Known, KnownImage, LedgerLookup
from provenance_gen.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.credentials.report import Inspection
    from provenance_gen.credentials.trust import TrustList

__all__ = ["KnownImage", "LedgerLookup", "verify", "verify_all"]


def verify(
    path: Path | str,
    *,
    ledgers: Sequence[LedgerLookup] = (),
    trust_pem: bytes | None = None,
    own_roots: Sequence[TrustList] = (),
    now: datetime | None = None,
    limits: worker.Limits | None = None,
) -> Verdict:
    """Check one image file.

    Args:
        path: the file; whatever it is, it costs no more than its own verdict.
        ledgers: ledgers at hand, in which a file without credentials is looked up too.
        trust_pem: certificates that the user gave; a signer under them is ``trusted``.
        own_roots: roots of the user's own studios; a signer under them is ``valid``.
        now: the time of the verdict; the clock's by default.
        limits: what a worker process may use.

    Raises:
        CredentialError: ``trust_pem`` holds no certificate that can be read.
    """
    found = verify_all(
        [path],
        ledgers=ledgers,
        trust_pem=trust_pem,
        own_roots=own_roots,
        now=now,
        limits=limits,
    )
    return found[0]


def verify_all(
    paths: Sequence[Path | str],
    *,
    ledgers: Sequence[LedgerLookup] = (),
    trust_pem: bytes | None = None,
    own_roots: Sequence[TrustList] = (),
    now: datetime | None = None,
    limits: worker.Limits | None = None,
) -> tuple[Verdict, ...]:
    """Check image files, in order; several share a worker process.

    Raises:
        CredentialError: ``trust_pem`` holds no certificate that can be read.
    """
    given = (trust.given_list(trust_pem),) if trust_pem is not None else ()
    # Given lists first: what the user vouches for outright counts more than an own studio.
    anchors = (*given, *own_roots)
    inspections = worker.inspect([Path(path) for path in paths], anchors, limits=limits)
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    return tuple(
        _verdict(os.fspath(path), inspection, ledgers, anchors, moment)
        for path, inspection in zip(paths, inspections, strict=True)
    )


def _verdict(
    path: str,
    inspection: Inspection,
    ledgers: Sequence[LedgerLookup],
    anchors: trust.Anchors,
    now: datetime,
) -> Verdict:
    report = inspection.credentials
    # (1) Could the file be read at all?
    readable = _readable(inspection)
    # (2)-(7) Manifest, content binding, claim signature, signer trust, time, ingredients.
    credential = checks.credential_checks(report, anchors)
    passed = {check.step for check in credential if check.status is CheckStatus.PASSED}
    # (8) Ledger inclusion.
    inclusion, proof = lookup.ledger_check(report, ledgers, authentic=4 in passed)  # noqa: PLR2004
    known = lookup.find(inspection, ledgers)
    # (10) What is said about AI? What is signed first, then what is recorded, then what is claimed.
    ai = ai_statement(report, holds={3, 4} <= passed)
    if ai.statement == "unknown" and known.images:
        ai = _ai_by_ledger(known) or ai
    if ai.statement == "unknown" and inspection.readable:
        ai = claimed_statement(inspection.claims)
    # (9) Unsigned claims, held up to what is signed.
    listed = (readable, *credential, inclusion, claims.check(inspection, ai), _ai_check(ai))

    vouched = checks.trust_of(report, anchors)
    kind = _kind(inspection, listed, vouched.status)
    credentials = checks.credentials_of(report, vouched)
    if kind is VerdictKind.UNSIGNED and any(item.exported for item in known.images):
        credentials = credentials.model_copy(update={"presence": "stripped"})
    record = _record(inspection, listed, ledgers, known, proof)
    words = summary.Findings(inspection, listed, credentials, ai, record, known)
    return Verdict(
        file=_plain(path),
        file_digest=inspection.file_digest,
        pixel_digest=inspection.pixel_digest,
        media_type=inspection.media_type,
        verdict=kind,
        summary=summary.summarise(kind, words),
        checked_at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        tool=Tool(version=VERSION, c2pa=inspection.engine or "not reached"),
        checks=tuple(_named(check, credentials) for check in listed),
        credentials=credentials,
        ai=ai,
        claims=claims.listed(inspection),
        record=record,
    )


def _readable(inspection: Inspection) -> Check:
    if not inspection.readable:
        reason = inspection.reason or "the file could not be read"
        code = "provgen.file.unreadable"
        return Check(step=1, id="readable", status=CheckStatus.FAILED, code=code, reason=reason)
    reason = f"{inspection.media_type}, {inspection.size} bytes"
    if inspection.pixel_digest is None:
        reason += f"; its pixels could not be decoded: {inspection.pixel_reason}"
    return Check(step=1, id="readable", status=CheckStatus.PASSED, reason=reason)


def _kind(inspection: Inspection, listed: Sequence[Check], trusted: str) -> VerdictKind:
    """Return the verdict; a record that contradicts its own proof fails the file."""
    if not inspection.readable:
        return VerdictKind.UNREADABLE
    kind = checks.verdict_kind(inspection.credentials, listed)
    if kind is not VerdictKind.VALID:
        return kind
    if any(check.id == "ledger" and check.status is CheckStatus.FAILED for check in listed):
        return VerdictKind.INVALID
    return VerdictKind.TRUSTED if trusted == "trusted" else kind


def _record(
    inspection: Inspection,
    listed: Sequence[Check],
    ledgers: Sequence[LedgerLookup],
    known: Known,
    proof: LedgerMatch,
) -> LedgerMatch:
    """Say whether a ledger at hand knows the file.

    Only a binding that failed makes a file modified: a lossy file may decode otherwise elsewhere.
    """
    if not ledgers:
        return proof
    report = inspection.credentials
    changed = any(check.id == "binding" and check.status is CheckStatus.FAILED for check in listed)
    origin = (report.record or {}).get("origin") if report else None
    ours = any(ledger.origin == origin for ledger in ledgers)
    if changed and (ours or known.by == "manifest"):
        status = "modified"
    elif known.images:
        status = "matched"
    elif inspection.pixel_digest is None:
        status = "not_comparable"
    else:
        status = "not_found"
    found: dict[str, object] = {"status": status}
    if known.images:
        first = known.images[0]
        found |= {"work": first.work, "image": first.image}
        found |= {"event": first.event if first.event is not None else proof.event}
    return proof.model_copy(update=found)


def _ai_by_ledger(known: Known) -> AiStatement | None:
    source_type = known.images[0].source_type
    role = ai_role(source_type) if source_type else None
    if role is None:
        return None
    return AiStatement(statement=role.value, basis=source_type, source="ledger", signed=False)


def _ai_check(ai: AiStatement) -> Check:
    if ai.statement == "unknown":
        return _skipped(10, "ai", "the file says nothing about AI, which means neither yes nor no")
    said = {
        "generated": "generated by AI",
        "partly": "made or edited in part by AI",
        "none": "of another origin; that never means that no AI was used",
    }[ai.statement]
    how = "signed" if ai.signed else "not signed"
    return Check(
        step=10,
        id="ai",
        status=CheckStatus.PASSED,
        code=f"provgen.ai.{ai.statement}",
        reason=f"stated as {said} ({ai.source}, {how})",
    )


def _named(check: Check, credentials: Credentials) -> Check:
    """Call a removed manifest removed where a ledger knows that there was one."""
    if check.id != "manifest" or credentials.presence != "stripped":
        return check
    reason = "the file carries no Content Credentials, and a ledger knows that it once did"
    return check.model_copy(update={"code": "provgen.manifest.stripped", "reason": reason})


def _skipped(step: int, name: str, reason: str) -> Check:
    return Check(step=step, id=name, status=CheckStatus.SKIPPED, reason=reason)


def _plain(path: str) -> str:
    """Return a file's name as text that UTF-8 can hold."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
