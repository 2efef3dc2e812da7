"""From what was read to checks: steps 2 to 7 of verification, pure.

Every failure code of the active manifest belongs to exactly one step (``steps``); a code that no
step claims counts against the signature, so that nothing unknown passes. Steps 5 to 7 have modules
of their own; 1 and 8 to 10 are made where the file and the ledgers are at hand (``studio.verify``).
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from provenance_gen.credentials import ingredient_checks, signer_checks
from provenance_gen.credentials.steps import (
    BINDING,
    INGREDIENT,
    KEPT,
    TIME,
    TRUST,
    failed,
    of,
    passed,
    skipped,
)
from provenance_gen.records.verdict import (
    Action,
    Check,
    CheckStatus,
    Credentials,
    Signer,
    VerdictKind,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.credentials.report import (
        ActionReport,
        CertificateReport,
        CredentialReport,
    )
    from provenance_gen.credentials.trust import Anchors
    from provenance_gen.records.verdict import Trust

MALFORMED: Final = "the manifest was signed as it is, but is not as the standard asks"
"""Reason of step 4 where nothing was altered, and the manifest must be refused all the same."""

_TIME_STEP: Final = 6
_LONGEST: Final = 120
"""Letters of a program's name that are shown; the whole is in the verdict."""

_PLACES: Final = {
    "embedded": "the file carries Content Credentials",
    "sidecar": "Content Credentials lie beside the file",
    "remote": "Content Credentials for the file were fetched from the address that it names",
}
_CHANGED: Final = (
    "claimSignature.",
    "assertion.hashedURI.",
    "assertion.missing",
    "assertion.undeclared",
    "hashedURI.",
)
"""Beginnings of codes that say that a manifest is not the one that was signed; all others of step 4
say that what was signed is not as the standard asks."""


def credential_checks(
    report: CredentialReport | None, anchors: Anchors, now: datetime | None = None
) -> tuple[Check, ...]:
    """Return steps 2 to 7 in order; what there is nothing to check for is skipped.

    Args:
        report: what was read; None where the file could not be.
        anchors: the lists that were at hand.
        now: the time of the verdict; the clock's by default.
    """
    if report is None:
        why = "the file could not be read"
        manifest = skipped(2, "manifest", why)
    else:
        why = "there is no manifest that could be read"
        manifest = _manifest(report)
    if report is None or report.state is None:
        rest = ("binding", "signature", "trust", "time", "ingredients")
        return (manifest, *(skipped(step, name, why) for step, name in enumerate(rest, 3)))
    return (
        manifest,
        _binding(report),
        _signature(report),
        signer_checks.trust(report, anchors),
        signer_checks.time(report, now or datetime.now(UTC)),
        ingredient_checks.ingredients(report),
    )


def verdict_kind(report: CredentialReport | None, checks: Sequence[Check]) -> VerdictKind:
    """Return the verdict on a readable file, failing closed.

    A valid manifest needs the library's word and, by our own count, a content binding and a
    signature that passed.
    """
    if report is None or (report.presence in ("none", "remote") and report.state is None):
        return VerdictKind.UNSIGNED
    right = {check.step for check in checks if check.status is CheckStatus.PASSED}
    wrong = {check.step for check in checks if check.status is CheckStatus.FAILED}
    if report.state not in ("Trusted", "Valid") or not {3, 4} <= right or _TIME_STEP in wrong:
        return VerdictKind.INVALID
    return VerdictKind.VALID


def credentials_of(report: CredentialReport | None, trust: Trust) -> Credentials:
    """Return the credentials' part of a verdict."""
    if report is None:
        return Credentials(presence="none")
    return Credentials(
        presence=report.presence,
        remote_url=report.remote_url,
        claim_generator=report.claim_generator,
        signer=_signer(report.certificate) if report.certificate else None,
        signed_at=report.signed_at,
        timestamped=signer_checks.stamped(report),
        trust=trust,
        actions=tuple(_action(action) for action in report.actions),
        ingredients=tuple(ingredient_checks.ingredient(item) for item in report.ingredients),
        failures=report.failure_codes,
        authors=report.authors,
        training=report.training,
    )


@functools.lru_cache(KEPT)
def _signer(certificate: CertificateReport) -> Signer:
    return Signer(
        name=certificate.name,
        issuer=certificate.issuer,
        algorithm=certificate.algorithm,
        serial=certificate.serial,
    )


@functools.lru_cache(KEPT)
def _action(action: ActionReport) -> Action:
    return Action(
        action=action.action,
        when=action.when,
        software=action.software,
        digital_source_type=action.digital_source_type,
        description=action.description,
    )


def _manifest(report: CredentialReport) -> Check:
    """Step 2: is there a manifest store, and can it be read (C2PA 2.2, section 15.5)?"""
    if report.presence == "none":
        reason = "the file carries no Content Credentials, which never means that no AI was used"
        reason = f"{reason}; {report.error}" if report.error else reason
        return failed(2, "manifest", "provgen.manifest.none", reason)
    if report.presence == "remote" and report.state is None:
        where = f" ({report.error})" if report.error else "; nothing is fetched without --fetch"
        reason = f"the Content Credentials lie elsewhere and were not read{where}"
        return failed(2, "manifest", "provgen.manifest.remote", reason)
    if report.presence == "unreadable":
        # What the library says may repeat words of the file's.
        why = f": {report.error!r}" if report.error else ""
        where = f" beside the file, in {report.beside!r}," if report.beside else ""
        reason = f"the Content Credentials{where} cannot be read ({report.error_code}{why})"
        return failed(2, "manifest", "provgen.manifest.unreadable", reason)
    by = f", by {report.claim_generator[:_LONGEST]!r}" if report.claim_generator else ""
    return passed(2, "manifest", None, f"{_PLACES[report.presence]}{by}")


def _binding(report: CredentialReport) -> Check:
    """Step 3: is the content the one that was signed (section 15.12)?"""
    if failures := of(report.failure_codes, BINDING):
        if any(code.endswith((".malformed", ".missing")) for code in failures):
            reason = "the statement that binds the manifest to the picture is missing or malformed"
        elif report.presence == "sidecar":
            reason = (
                "the Content Credentials beside the file are not for these bytes: it was changed"
            )
            reason += " after it was signed, or they belong to another file of that name"
        else:
            reason = "the file was changed after it was signed"
        return failed(3, "binding", failures[0], reason)
    altered = any(
        one.code == "assertion.hashedURI.mismatch" and "c2pa.hash." in (one.url or "")
        for one in report.failures
    )
    matches = [code for code in of(report.successes, BINDING) if code.endswith(".match")]
    signed = "claimSignature.validated" in report.successes
    if altered or not matches or not signed:
        return skipped(3, "binding", "what binds the manifest to the file is itself not as signed")
    return passed(3, "binding", matches[0], "the file is as it was when it was signed")


def _signature(report: CredentialReport) -> Check:
    """Step 4: are the claim and its assertions as signed (sections 15.7 and 15.10)?"""
    claimed = (*BINDING, *TIME, *TRUST, *INGREDIENT)
    failures = [code for code in report.failure_codes if not code.startswith(claimed)]
    changed = [code for code in failures if code.startswith(_CHANGED)]
    if failures and not changed and "claimSignature.validated" in report.successes:
        return failed(4, "signature", failures[0], MALFORMED)
    if failures:
        code = (changed or failures)[0]
        reason = "the manifest is not as it was signed"
        if code.startswith("assertion.hashedURI"):
            reason = "a statement in the manifest is not the one that was signed"
        return failed(4, "signature", code, reason)
    if "claimSignature.validated" not in report.successes:
        return failed(4, "signature", "provgen.signature.unchecked", "no signature was validated")
    return passed(4, "signature", "claimSignature.validated", "the claim's signature is right")
