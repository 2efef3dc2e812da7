"""A verdict in one short paragraph for a person.

Every sentence repeats a check; none goes beyond one. Names from files stand in quotes, as claims.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provenance_gen.credentials.checks import MALFORMED
from provenance_gen.credentials.steps import REFUSED
from provenance_gen.records.verdict import (
    AiStatement,
    Check,
    CheckStatus,
    Credentials,
    LedgerMatch,
    VerdictKind,
)
from provenance_gen.studio.claims import TRAINING_CONFLICT, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance_gen.credentials.report import Inspection
    from provenance_gen.studio.lookup import Known, KnownImage

_MAX_MATCHES: Final = 3
_MAX_NAME: Final = 120
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_AI: Final = {
    "generated": "AI-generated according to {source}",
    "partly": "made or edited in part by AI according to {source}",
    "none": "another origin than AI is stated by {source}, which never means that no AI was used",
    "unknown": "nothing is said about AI, which means neither yes nor no",
}
MANIFESTS: Final = ("active manifest", "ingredient")
"""Sources of a statement that stand in a manifest."""
_DECIDING: Final[tuple[str, ...]] = ("binding", "signature", "time", "ledger")
"""Checks without which a file is not valid."""

_SOURCES: Final = {
    "active manifest": "the manifest",
    "ingredient": "the manifest of a file that it was made from",
    "ledger": "the ledger",
}


def backing(ai: AiStatement, checks: Sequence[Check]) -> str:
    """Return what stands behind a statement on AI: a signature, none, or one that does not hold.

    Args:
        ai: the statement.
        checks: steps 2 to 7, or more.
    """
    if ai.signed:
        return "signed"
    if ai.source not in MANIFESTS:
        return "not signed"
    # A manifest speaks, and something about it does not hold: which, decides what it is worth.
    ended = {check.id: check for check in checks}
    signature, binding = ended["signature"], ended["binding"]
    if CheckStatus.PASSED is signature.status is binding.status:
        return "which is not as it was signed"  # that of an ingredient, then
    if signature.status is CheckStatus.PASSED:
        return "which was signed, but not for the file as it is now"
    if signature.reason == MALFORMED:
        return "which was signed, but is not as the standard asks"
    return "which is not as it was signed"


@dataclass(frozen=True)
class Findings:
    """Everything that the words may speak of."""

    inspection: Inspection
    checks: Sequence[Check]
    credentials: Credentials
    ai: AiStatement
    record: LedgerMatch
    known: Known


def summarise(kind: VerdictKind, found: Findings) -> str:
    """Return the paragraph."""
    known, credentials = found.known, found.credentials
    if kind is VerdictKind.UNREADABLE:
        reason = found.inspection.reason or "no reason is known"
        begun = "Not checked" if found.inspection.internal else "Not readable"
        return f"{begun}: {reason}. Nothing else is known."
    parts = [_opening(kind, found.inspection, found.checks, credentials), _ai(found)]
    if kind is VerdictKind.UNSIGNED and known.images:
        parts = [_matches(known, stripped=credentials.presence == "stripped"), _ai(found)]
    elif known.images:
        whose = "" if known.proved else ", according to a ledger that somebody else made"
        what = "Made from" if found.record.status == "modified" else "This is"
        parts.append(f"{what} {_image(known.images[0])}{whose}")
    elif found.record.status == "modified":
        parts.append("Its record names a ledger at hand, which does not know it as it is now")
    parts += filter(None, (_claims(found), *_authors(found)))
    return " ".join(f"{part}." for part in parts)


def _authors(found: Findings) -> Iterator[str]:
    """Say whom the file names as its authors; no name in it was ever checked."""
    if signed := found.credentials.authors:
        ended = {check.id: check.status for check in found.checks}
        if CheckStatus.PASSED is ended["signature"] is ended["binding"]:
            worth = "signed, but nobody checked the name"
        else:
            worth = backing(AiStatement(source=MANIFESTS[0]), found.checks).removeprefix("which ")
        yield f"It claims the author {_quoted(signed)}; {worth}"
    unsigned = [name for claim in found.inspection.claims for name in claim.authors or ()]
    if others := [name for name in dict.fromkeys(unsigned) if name not in signed]:
        yield f"It claims the author {_quoted(others)}; unsigned, so anybody could have written it"


def _quoted(names: Sequence[str]) -> str:
    more = len(names) - _MAX_MATCHES
    told = ", ".join(repr(name[:_MAX_NAME]) for name in names[:_MAX_MATCHES])
    return f"{told} and {more} more (--json lists them)" if more > 0 else told


def _claims(found: Findings) -> str | None:
    """Say what is claimed without a signature, and where that contradicts what is signed."""
    check = next((check for check in found.checks if check.id == "claims"), None)
    if check is None or check.status is not CheckStatus.PASSED:
        return None
    text = f"Unsigned claims, which anybody could have written: {named(found.inspection.claims)}"
    if check.code:
        on = "training and mining" if check.code == TRAINING_CONFLICT else "AI"
        text += f"; they are not in accord with the signed statement on {on}"
    return text


def _opening(
    kind: VerdictKind, inspection: Inspection, checks: Sequence[Check], credentials: Credentials
) -> str:
    if kind is VerdictKind.UNSIGNED and credentials.presence == "remote":
        url, report = credentials.remote_url, inspection.credentials
        where = repr(url) if url else "an address that it does not name"
        why = (report and report.error) or "nothing is fetched without --fetch"
        return f"Its Content Credentials lie elsewhere ({where}) and were not read: {why}"
    if kind is VerdictKind.UNSIGNED:
        return "No Content Credentials: nobody has signed who made this and how"
    failed = {check.id: check for check in checks if check.status is CheckStatus.FAILED}
    if "manifest" in failed:
        return f"Not valid: {failed['manifest'].reason}"
    tool = _made(credentials)
    signer = _signer(inspection, credentials)
    names = [name for name in _DECIDING if name in failed]
    if "trust" in failed and failed["trust"].code in REFUSED:
        names.append("trust")
    if kind is VerdictKind.INVALID:
        reasons = "; ".join(failed[name].reason for name in names)
        if not reasons and "ingredients" in failed:
            reasons = f"an ingredient does not hold: {failed['ingredients'].reason}"
        reasons = reasons or "a check did not pass"
        return f"Not valid: {reasons}. It says: {tool}; signed by {signer}"
    opening = f"{tool[0].upper()}{tool[1:]}; signed by {signer}; changed since signing: no"
    if "ingredients" in failed:
        opening += f". An ingredient does not hold: {failed['ingredients'].reason}"
    return opening


def _made(credentials: Credentials) -> str:
    """Return the program that made it, and when by its own word; nobody checked that clock.

    A program that does not say that it created the picture has saved one that may be anybody's.
    """
    tool = credentials.claim_generator
    said = (action.when for action in reversed(credentials.actions) if action.when)
    day = _DAY.match(next(said, ""))
    when = f" on {day[0]} by its own clock" if day else ""
    created = any(action.action == "c2pa.created" for action in credentials.actions)
    did = "made with" if created else "saved with"
    return f"{did} {repr(tool[:_MAX_NAME]) if tool else 'an unnamed program'}{when}"


def _signer(inspection: Inspection, credentials: Credentials) -> str:
    """Return who signed, whose word that is, and the time where somebody trusted says it."""
    day = (credentials.signed_at or "")[:10] if credentials.timestamped else ""
    when = f", by a time-stamp no later than {day}" if day else ""
    return _named(inspection, credentials) + when


def _named(inspection: Inspection, credentials: Credentials) -> str:
    report = inspection.credentials
    certificate = report.certificate if report else None
    name = repr((certificate and (certificate.name or certificate.organisation)) or "nobody named")
    trust = credentials.trust
    if certificate and certificate.development:
        if trust.status == "trusted":
            listed = f"trusted only since it is under your own list {trust.list!r}"
            return f"{name} (a development certificate, {listed}; it proves no identity)"
        whose = "your own studio's" if trust.status == "own" else "a"
        return f"{name} ({whose} development certificate; nobody vouches for the name)"
    if trust.status == "own":
        return f"{name} (your own studio; nobody else vouches for the name)"
    if trust.status == "trusted":
        return f"{name} (vouched for by {trust.list!r})"
    if trust.status == "untrusted":
        return f"{name} (a claim; no trust list at hand vouches for it)"
    return f"{name} (a claim; not verified)"


def _ai(found: Findings) -> str:
    ai = found.ai
    source = _SOURCES.get(ai.source or "", ai.source or "")
    if ai.source not in _SOURCES and ai.source is not None:
        source = f"{ai.basis!r} in {source}, which nobody signed"
    if ai.signed:
        source = source.replace("the manifest", "the signed manifest", 1)
    elif ai.source in MANIFESTS:
        source += f", {backing(ai, found.checks)}"
    text = _AI[ai.statement].format(source=source)
    return text[0].upper() + text[1:]


def _matches(known: Known, *, stripped: bool) -> str:
    images = "; ".join(_image(item) for item in known.images[:_MAX_MATCHES])
    more = len(known.images) - _MAX_MATCHES
    if more > 0:
        images += f"; and {more} more (--json lists them)"
    if not known.proved:
        images += ", according to a ledger that somebody else made"
    if stripped:
        gone = (
            "its credentials are not in this file: removed since, or it is from before the export"
        )
        return f"These pixels are {images}; {gone}"
    return f"No Content Credentials. These pixels are {images}"


def _image(item: KnownImage) -> str:
    text = f"image {item.image} of {item.work!r}" if item.work else f"image {item.image}"
    if not item.exported:
        return f"{text}, which was never exported"
    if item.when:
        text += f", exported {item.when[:10]}"
    return f"{text} as {item.file_name!r}" if item.file_name else text
