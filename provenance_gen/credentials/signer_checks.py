"""Steps 5 and 6 of verification: who signed, and when. Pure.

A list vouches for a certificate; a certificate that was revoked, or may not sign, is refused
whoever vouches for it. A time-stamp counts where a list vouches for its authority: anybody can run
a clock of his own, and set it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from provenance_gen.credentials.steps import (
    EXPIRED,
    REFUSED,
    TIME,
    TRUST,
    UNTRUSTED,
    failed,
    of,
    passed,
    skipped,
)
from provenance_gen.records.verdict import Trust

if TYPE_CHECKING:
    from provenance_gen.credentials.report import CertificateReport, CredentialReport
    from provenance_gen.credentials.trust import Anchors, TrustList
    from provenance_gen.records.verdict import Check


def trust_of(report: CredentialReport | None, anchors: Anchors) -> Trust:
    """Return whether somebody vouches for the signer, and which list does."""
    if report is None or "claimSignature.validated" not in report.successes:
        return Trust()
    if any(code in REFUSED for code in report.failure_codes):
        return Trust(status="untrusted")
    if report.vouched_by is not None:
        found = next((one for one in anchors if one.name == report.vouched_by), None)
        own = found is not None and found.kind == "own"
        dated = found.dated if found else None
        return Trust(status="own" if own else "trusted", list=report.vouched_by, dated=dated)
    if EXPIRED in report.failure_codes:
        return Trust(status="expired")
    # Also where the library found a way to a certificate that may vouch for times alone.
    return Trust(status="untrusted")


def trust(report: CredentialReport, anchors: Anchors) -> Check:
    """Step 5: does a list vouch for who signed (C2PA 2.2, section 14.4)?"""
    name = _claimed_name(report)
    if "claimSignature.validated" not in report.successes:
        reason = f"the manifest names {name}, whose signature it does not carry"
        return skipped(5, "trust", reason)
    if refused := next((code for code in report.failure_codes if code in REFUSED), None):
        reason = f"the certificate of {name} was revoked by whoever issued it"
        if refused.endswith(".invalid"):
            reason = f"the certificate of {name} is none that may sign Content Credentials"
        return failed(5, "trust", refused, reason)
    if report.vouched_by is not None:
        found = next((one for one in anchors if one.name == report.vouched_by), None)
        vouching = f"{_called(found, report.vouched_by)} vouches for the certificate of {name}"
        if report.certificate and report.certificate.development:
            vouching += "; a development certificate proves no identity"
        return passed(5, "trust", "signingCredential.trusted", vouching)
    failures = [code for code in of(report.failure_codes, TRUST) if code != EXPIRED]
    claim = f"claims the name {name}; not verified"
    lists = [one for one in anchors if one.vouches != "time"]
    if any(one.kind != "own" for one in lists):
        reason = f"{claim}: no list at hand vouches for it"
        reason += f" ({'; '.join(_called(one, one.name) for one in lists)})"
    else:
        reason = f"{claim}: no trust list is installed or given (see: provgen trust)"
        if not lists:
            return skipped(5, "trust", reason, failures[0] if failures else None)
        reason += ", and it is not under the root of your own studio"
    return failed(5, "trust", failures[0] if failures else UNTRUSTED, reason)


def stamped(report: CredentialReport) -> bool:
    """Tell whether a time-stamp that counts says when it was signed."""
    return bool(report.signed_at) and "timeStamp.trusted" in report.successes


def time(report: CredentialReport, now: datetime) -> Check:
    """Step 6: was the certificate valid when it was used (C2PA 2.2, sections 15.8 and 15.9)?

    Args:
        report: what was read.
        now: the time of the verdict, with which a certificate that is not valid yet is told from
            one that is so no longer: the library has one code for both.
    """
    certificate = report.certificate
    if failures := of(report.failure_codes, TIME):
        return failed(6, "time", failures[0], _out_of_time(report, failures[0], now))
    if stamped(report):
        if not _within(certificate, report.signed_at):
            code = "claimSignature.outsideValidity"
            return failed(6, "time", code, _out_of_time(report, code, now))
        reason = f"a time-stamp says {report.signed_at}"
        return passed(6, "time", "claimSignature.insideValidity", reason)
    if "claimSignature.insideValidity" not in report.successes:
        return skipped(6, "time", "there is no signature whose time could be checked")
    code = "claimSignature.insideValidity"
    reason = "there is no time-stamp, so when it was signed is not known"
    wrong = of(report.informational, TIME)
    if wrong:
        code = wrong[0]
        reason = f"its time-stamp does not hold ({code}), so when it was signed is not known"
    if wrong and report.signed_at:
        reason = f"a time-stamp says {report.signed_at}, but no list at hand vouches for its"
        reason += " authority, so when it was signed is not known"
    if until := _day(certificate.not_after if certificate else None):
        reason += f"; the certificate is valid now, and once it expires ({until}) this check fails"
    return skipped(6, "time", reason, code)


def _out_of_time(report: CredentialReport, code: str, now: datetime) -> str:
    """Say what is wrong with the time of a signature."""
    certificate = report.certificate
    since, until = (
        _day(certificate.not_before if certificate else None),
        _day(certificate.not_after if certificate else None),
    )
    if code == EXPIRED:
        begins = _moment(certificate.not_before if certificate else None)
        if begins is not None and begins > now:
            return f"the certificate is not valid yet (before {since})"
        said = f"the certificate expired ({until or 'date unknown'})"
        return f"{said}, and no time-stamp that counts speaks for it"
    if code.startswith("timeStamp."):
        return "the time-stamp is not one of this signature, or is damaged"
    when = report.signed_at or "another time"
    return f"a time-stamp says {when}, when the certificate was not valid ({since} to {until})"


def _within(certificate: CertificateReport | None, said: str | None) -> bool:
    """Tell whether a time lies in a certificate's; what cannot be read contradicts nothing."""
    moment = _moment(said)
    first = _moment(certificate.not_before if certificate else None)
    last = _moment(certificate.not_after if certificate else None)
    if moment is None or first is None or last is None:
        return True
    return first <= moment <= last


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _day(text: str | None) -> str:
    return (text or "")[:10]


def _called(found: TrustList | None, name: str) -> str:
    """Return a list's name and day in words."""
    if found is not None and found.kind == "own":
        return "the root of your own studio"
    return f"the list {(found.shown if found else name)!r}"


def _claimed_name(report: CredentialReport) -> str:
    certificate = report.certificate
    return repr((certificate and (certificate.name or certificate.organisation)) or "nobody")
