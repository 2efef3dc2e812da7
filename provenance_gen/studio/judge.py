"""From what was found in one file to its verdict: ten numbered steps, joined and weighed.

What was found is joined with the ledgers and lists at hand; nothing is judged that was not
checked. "No credentials" never means "not AI", and "valid" never means "true". No file is opened
here (``studio.verify``).
"""

from __future__ import annotations

import base64
import functools
from typing import TYPE_CHECKING, Final

from provenance_gen.credentials import checks, signer_checks, steps
from provenance_gen.credentials.container import DOCUMENTS
from provenance_gen.credentials.report import NOT_ASKED
from provenance_gen.credentials.statement import ai_statement, claimed_statement
from provenance_gen.credentials.vocabulary import ai_role
from provenance_gen.records.verdict import (
    AiStatement,
    Check,
    CheckStatus,
    LedgerMatch,
    Match,
    Tool,
    Verdict,
    VerdictKind,
)
from provenance_gen.studio import claims, lookup, own_fault, summary
from provenance_gen.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from provenance_gen.credentials.report import Inspection
    from provenance_gen.credentials.trust import Anchors
    from provenance_gen.studio.lookup import Known, LedgerLookup

_MAX_MATCHES: Final = 1_000


def judge(
    path: str,
    inspection: Inspection,
    ledgers: Sequence[LedgerLookup],
    anchors: Anchors,
    now: datetime,
) -> Verdict:
    """Return the verdict on one file.

    Args:
        path: its name.
        inspection: what was found in it.
        ledgers: ledgers at hand.
        anchors: lists that were at hand when it was read.
        now: the time of the verdict.
    """
    report = inspection.credentials
    # (1) Could the file be read at all?
    readable = _readable(inspection)
    # (2)-(7) Manifest, content binding, claim signature, signer trust, time, ingredients.
    credential = checks.credential_checks(report, anchors, now)
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
    claimed = claims.check(inspection, ai, holds={3, 4} <= passed)
    listed = (readable, *credential, inclusion, claimed, _ai_check(ai, credential))

    vouched = signer_checks.trust_of(report, anchors)
    kind = _kind(inspection, listed, vouched.status)
    credentials = checks.credentials_of(report, vouched)
    if kind is VerdictKind.UNSIGNED and any(item.exported for item in known.images):
        credentials = credentials.model_copy(update={"presence": "stripped"})
    record = _record(inspection, listed, ledgers, known, proof)
    words = summary.Findings(inspection, listed, credentials, ai, record, known)
    return Verdict(
        file=_plain(path),
        file_bytes=_bytes(path),
        file_digest=inspection.file_digest,
        pixel_digest=inspection.pixel_digest,
        media_type=inspection.media_type,
        verdict=kind,
        summary=summary.summarise(kind, words),
        checked_at=now.replace(tzinfo=None).isoformat(timespec="seconds") + "Z",
        tool=_tool(inspection.engine or "not reached"),
        checks=_stripped(listed) if credentials.presence == "stripped" else listed,
        credentials=credentials,
        ai=ai,
        claims=claims.listed(inspection),
        record=record,
    )


def _readable(inspection: Inspection) -> Check:
    if not inspection.readable:
        reason = inspection.reason or "the file could not be read"
        code = own_fault.CODE if inspection.internal else "provgen.file.unreadable"
        return steps.failed(1, "readable", code, reason)
    reason = f"{inspection.media_type}, {inspection.size} bytes"
    if inspection.media_type in DOCUMENTS:
        reason += "; a document, which has no pixels to compare"
    elif inspection.pixel_reason == NOT_ASKED:
        reason += "; its pixels were not decoded, since that was not asked for"
    elif inspection.pixel_digest is None:
        reason += f"; its pixels could not be decoded: {inspection.pixel_reason}"
    return steps.passed(1, "readable", None, reason)


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
    found: dict[str, object] = {"status": status, "matches": _matches(known)}
    if known.images:
        first = known.images[0]
        found |= {"work": first.work, "image": first.image}
        found |= {"event": first.event if first.event is not None else proof.event}
    return proof.model_copy(update=found)


def _matches(known: Known) -> tuple[Match, ...]:
    return tuple(
        Match(
            work=item.work,
            image=item.image,
            event=item.event,
            exported_as=item.file_name,
            when=item.when,
        )
        for item in known.images[:_MAX_MATCHES]
    )


def _ai_by_ledger(known: Known) -> AiStatement | None:
    source_type = known.images[0].source_type
    role = ai_role(source_type) if source_type else None
    if role is None:
        return None
    return AiStatement(statement=role.value, basis=source_type, source="ledger", signed=False)


def _ai_check(ai: AiStatement, listed: Sequence[Check]) -> Check:
    if ai.statement == "unknown":
        return steps.skipped(
            10, "ai", "the file says nothing about AI, which means neither yes nor no"
        )
    said = {
        "generated": "generated by AI",
        "partly": "made or edited in part by AI",
        "none": "of another origin; that never means that no AI was used",
    }[ai.statement]
    reason = f"stated as {said} ({ai.source}, {summary.backing(ai, listed)})"
    return steps.passed(10, "ai", f"provgen.ai.{ai.statement}", reason)


def _stripped(listed: Sequence[Check]) -> tuple[Check, ...]:
    """Call a removed manifest removed, where a ledger knows that there was one."""
    reason = "the file carries no Content Credentials, and a ledger knows exports of it that do"
    said = {"code": "provgen.manifest.stripped", "reason": reason}
    return tuple(
        check.model_copy(update=said) if check.id == "manifest" else check for check in listed
    )


@functools.lru_cache(steps.KEPT)
def _tool(engine: str) -> Tool:
    return Tool(version=VERSION, c2pa=engine)


def _bytes(path: str) -> str | None:
    """Return a file's name in base64 where it is no text, since others may read as it does."""
    if path.isascii():
        return None
    name = path.encode("utf-8", "surrogateescape")
    try:
        name.decode()
    except UnicodeDecodeError:
        return base64.b64encode(name).decode()
    return None


def _plain(path: str) -> str:
    """Return a file's name as text that UTF-8 can hold."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
