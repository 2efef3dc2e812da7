"""From what was read to checks: steps 2 to 7 of verification, pure.

Every failure code of the active manifest belongs to exactly one step; a code that no step claims
counts against the signature, so that nothing unknown passes. Steps 1 and 8 to 10 are made where
the file and the ledgers are at hand (``studio.verify``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.records.verdict import (
    Action,
    Check,
    CheckStatus,
    Credentials,
    Ingredient,
    Signer,
    Trust,
    VerdictKind,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.credentials.report import CredentialReport, IngredientReport
    from provenance_gen.credentials.trust import Anchors, TrustList

_BINDING: Final = (
    "assertion.dataHash.",
    "assertion.bmffHash.",
    "assertion.boxesHash.",
    "assertion.collectionHash.",
    "assertion.multiAssetHash.",
    "claim.hardBindings.",
)
_TIME: Final = ("signingCredential.expired", "timeStamp.", "claimSignature.outsideValidity")
_TRUST: Final = ("signingCredential.",)
_INGREDIENT: Final = ("ingredient.",)
_PLACES: Final = {
    "embedded": "the file carries Content Credentials",
    "sidecar": "Content Credentials lie beside the file",
    "remote": "Content Credentials for the file were fetched from the address that it names",
}
_UNTRUSTED: Final = "signingCredential.untrusted"
_EXPIRED: Final = "signingCredential.expired"


def credential_checks(report: CredentialReport | None, anchors: Anchors) -> tuple[Check, ...]:
    """Return steps 2 to 7 in order; what there is nothing to check for is skipped.

    Args:
        report: what was read; None where the file could not be.
        anchors: the lists that were at hand.
    """
    if report is None:
        why = "the file could not be read"
        manifest = _skipped(2, "manifest", why)
    else:
        why = "there is no manifest that could be read"
        manifest = _manifest(report)
    if report is None or report.state is None:
        rest = ("binding", "signature", "trust", "time", "ingredients")
        skipped = (_skipped(step, name, why) for step, name in enumerate(rest, 3))
        return (manifest, *skipped)
    return (
        manifest,
        _binding(report),
        _signature(report),
        _trust(report, anchors),
        _time(report),
        _ingredients(report),
    )


def trust_of(report: CredentialReport | None, anchors: Anchors) -> Trust:
    """Return whether somebody vouches for the signer, and which list does."""
    if report is None or "claimSignature.validated" not in report.success_codes:
        return Trust()
    if report.vouched_by is not None:
        found = next((one for one in anchors if one.name == report.vouched_by), None)
        own = found is not None and found.kind == "own"
        dated = found.dated if found else None
        return Trust(status="own" if own else "trusted", list=report.vouched_by, dated=dated)
    codes = report.failure_codes
    if _EXPIRED in codes:
        return Trust(status="expired")
    # Also where the library found a way to a certificate that may vouch for times alone.
    return Trust(status="untrusted")


def verdict_kind(report: CredentialReport | None, checks: Sequence[Check]) -> VerdictKind:
    """Return the verdict on a readable file, failing closed.

    A valid manifest needs the library's word and, by our own count, a content binding and a
    signature that passed.
    """
    if report is None or (report.presence in ("none", "remote") and report.state is None):
        return VerdictKind.UNSIGNED
    passed = {check.step for check in checks if check.status is CheckStatus.PASSED}
    if report.state not in ("Trusted", "Valid") or not {3, 4} <= passed:
        return VerdictKind.INVALID
    return VerdictKind.VALID


def credentials_of(report: CredentialReport | None, trust: Trust) -> Credentials:
    """Return the credentials' part of a verdict."""
    if report is None:
        return Credentials(presence="none")
    certificate = report.certificate
    return Credentials(
        presence=report.presence,
        remote_url=report.remote_url,
        claim_generator=report.claim_generator,
        signer=Signer(
            name=certificate.name,
            issuer=certificate.issuer,
            algorithm=certificate.algorithm,
            serial=certificate.serial,
        )
        if certificate
        else None,
        signed_at=report.signed_at,
        timestamped=report.signed_at is not None,
        trust=trust,
        actions=tuple(
            Action(
                action=action.action,
                when=action.when,
                software=action.software,
                digital_source_type=action.digital_source_type,
                description=action.description,
            )
            for action in report.actions
        ),
        ingredients=tuple(_ingredient(item) for item in report.ingredients),
        failures=report.failure_codes,
        training=report.training,
    )


def _manifest(report: CredentialReport) -> Check:
    """Step 2: is there a manifest store, and can it be read (C2PA 2.2, section 15.5)?"""
    if report.presence == "none":
        reason = "the file carries no Content Credentials, which never means that no AI was used"
        reason = f"{reason}; {report.error}" if report.error else reason
        return _failed(2, "manifest", "provgen.manifest.none", reason)
    if report.presence == "remote" and report.state is None:
        where = f" ({report.error})" if report.error else "; nothing is fetched without --fetch"
        reason = f"the Content Credentials lie elsewhere and were not read{where}"
        return _failed(2, "manifest", "provgen.manifest.remote", reason)
    if report.presence == "unreadable":
        reason = f"the Content Credentials cannot be read ({report.error_code}: {report.error})"
        return _failed(2, "manifest", "provgen.manifest.unreadable", reason)
    by = f", by {report.claim_generator}" if report.claim_generator else ""
    return _passed(2, "manifest", None, f"{_PLACES[report.presence]}{by}")


def _binding(report: CredentialReport) -> Check:
    """Step 3: is the content the one that was signed (section 15.12)?"""
    if failures := _of(report.failure_codes, _BINDING):
        if any(code.endswith((".malformed", ".missing")) for code in failures):
            reason = "the statement that binds the manifest to the picture is missing or malformed"
        elif report.presence == "sidecar":
            reason = (
                "the Content Credentials beside the file are not for these bytes: it was changed"
            )
            reason += " after it was signed, or they belong to another file of that name"
        else:
            reason = "the file was changed after it was signed"
        return _failed(3, "binding", failures[0], reason)
    altered = any(
        one.code == "assertion.hashedURI.mismatch" and "c2pa.hash." in (one.url or "")
        for one in report.failures
    )
    matches = [code for code in _of(report.success_codes, _BINDING) if code.endswith(".match")]
    signed = "claimSignature.validated" in report.success_codes
    if altered or not matches or not signed:
        return _skipped(3, "binding", "what binds the manifest to the file is itself not as signed")
    return _passed(3, "binding", matches[0], "the file is as it was when it was signed")


def _signature(report: CredentialReport) -> Check:
    """Step 4: are the claim and its assertions as signed (sections 15.7 and 15.10)?"""
    claimed = (*_BINDING, *_TIME, *_TRUST, *_INGREDIENT)
    failures = [code for code in report.failure_codes if not code.startswith(claimed)]
    if failures:
        reason = "the manifest is not as it was signed"
        if failures[0].startswith("assertion.hashedURI"):
            reason = "a statement in the manifest is not the one that was signed"
        return _failed(4, "signature", failures[0], reason)
    if "claimSignature.validated" not in report.success_codes:
        return _failed(4, "signature", "provgen.signature.unchecked", "no signature was validated")
    return _passed(4, "signature", "claimSignature.validated", "the claim's signature is right")


def _trust(report: CredentialReport, anchors: Anchors) -> Check:
    """Step 5: does a list vouch for who signed (section 14.4)?"""
    name = _claimed_name(report)
    if "claimSignature.validated" not in report.success_codes:
        reason = f"the manifest names {name}, whose signature it does not carry"
        return _skipped(5, "trust", reason)
    if report.vouched_by is not None:
        found = next((one for one in anchors if one.name == report.vouched_by), None)
        vouching = f"{_called(found, report.vouched_by)} vouches for the certificate of {name}"
        if report.certificate and report.certificate.development:
            vouching += "; a development certificate proves no identity"
        return _passed(5, "trust", "signingCredential.trusted", vouching)
    failures = [code for code in _of(report.failure_codes, _TRUST) if code != _EXPIRED]
    claim = f"claims the name {name}; not verified"
    lists = [one for one in anchors if one.vouches != "time"]
    if any(one.kind != "own" for one in lists):
        reason = f"{claim}: no list at hand vouches for it"
        reason += f" ({'; '.join(_called(one, one.name) for one in lists)})"
    else:
        reason = f"{claim}: no trust list is installed or given (see: provgen trust)"
        if not lists:
            return _skipped(5, "trust", reason, failures[0] if failures else None)
        reason += ", and it is not under the root of your own studio"
    return _failed(5, "trust", failures[0] if failures else _UNTRUSTED, reason)


def _called(found: TrustList | None, name: str) -> str:
    """Return a list's name and day in words."""
    if found is not None and found.kind == "own":
        return "the root of your own studio"
    return f"the list {(found.shown if found else name)!r}"


def _time(report: CredentialReport) -> Check:
    """Step 6: was the certificate valid when it was used (sections 15.8 and 15.9)?"""
    certificate = report.certificate
    until = (certificate.not_after or "")[:10] if certificate else ""
    if failures := _of(report.failure_codes, _TIME):
        reason = f"the certificate expired ({until or 'date unknown'})"
        if failures[0] != _EXPIRED:
            reason = "the time of signing does not fit the certificate"
        return _failed(6, "time", failures[0], f"{reason}, and no time-stamp speaks for it")
    if report.signed_at:
        reason = f"a time-stamp says {report.signed_at}"
        return _passed(6, "time", "claimSignature.insideValidity", reason)
    if "claimSignature.insideValidity" not in report.success_codes:
        return _skipped(6, "time", "there is no signature whose time could be checked")
    reason = "there is no time-stamp, so when it was signed is not known"
    if until:
        reason += f"; the certificate is valid now, and once it expires ({until}) this check fails"
    return _skipped(6, "time", reason, "claimSignature.insideValidity")


def _ingredients(report: CredentialReport) -> Check:
    """Step 7: what became of each ingredient (section 15.11)? The whole says nothing of them."""
    if not (number := len(report.ingredients)):
        return _skipped(7, "ingredients", "the manifest names no ingredients")
    failures = _of(report.failure_codes, _INGREDIENT)
    bad = [item for item in report.ingredients if _ingredient(item).status == "invalid"]
    if failures or bad:
        codes = [*failures, *(code for item in bad for code in item.failures)]
        titles = ", ".join(repr(item.title or "untitled") for item in bad) or "an ingredient"
        return _failed(7, "ingredients", codes[0], f"not as it was signed: {titles}")
    signed = sum(item.has_manifest for item in report.ingredients)
    plural = "ingredient" if number == 1 else "ingredients"
    if not signed:
        return _skipped(7, "ingredients", f"{number} {plural}, none with credentials to check")
    return _passed(7, "ingredients", None, f"{number} {plural}, {signed} with credentials")


def _ingredient(item: IngredientReport) -> Ingredient:
    failures = tuple(code for code in item.failures if code != _UNTRUSTED)
    status = "valid" if item.has_manifest else "none"
    if item.failures:
        status = "invalid" if failures else "untrusted"
    return Ingredient(
        title=item.title,
        relationship=item.relationship,
        status=status,
        failures=item.failures,
    )


def _claimed_name(report: CredentialReport) -> str:
    certificate = report.certificate
    return repr((certificate and (certificate.name or certificate.organisation)) or "nobody")


def _of(codes: Sequence[str], prefixes: tuple[str, ...]) -> list[str]:
    found = [code for code in codes if code.startswith(prefixes)]
    # An expired certificate is a matter of time although its code speaks of the credential.
    return [code for code in found if prefixes is not _TRUST or not code.startswith(_TIME)]


def _passed(step: int, name: str, code: str | None, reason: str) -> Check:
    return Check(step=step, id=name, status=CheckStatus.PASSED, code=code, reason=reason)


def _failed(step: int, name: str, code: str, reason: str) -> Check:
    return Check(step=step, id=name, status=CheckStatus.FAILED, code=code, reason=reason)


def _skipped(step: int, name: str, reason: str, code: str | None = None) -> Check:
    return Check(step=step, id=name, status=CheckStatus.SKIPPED, code=code, reason=reason)
