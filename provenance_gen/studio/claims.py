"""Step 9 of verification: unsigned claims, and where they contradict what is signed.

The claims were found in the process that reads untrusted bytes (``metadata.read``). Anybody could
have written them: the step passes when there are some that can be read, and says nothing on truth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.credentials import statement, steps, training
from provenance_gen.records.verdict import AiStatement, Check, Claim

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.credentials.report import Inspection
    from provenance_gen.records.claim import FoundClaim

_STEP: Final = 9
_ID: Final = "claims"
_MAX_NAMED: Final = 8


CONFLICT: Final = "provgen.claims.conflict"
"""Code where a claim contradicts what is signed on AI."""
TRAINING_CONFLICT: Final = "provgen.claims.training"
"""Code where one contradicts what is signed on training and mining, and none what is on AI."""


def check(inspection: Inspection, ai: AiStatement, *, holds: bool) -> Check:
    """Return step 9.

    Args:
        inspection: what was found in the file.
        ai: what is said about AI, to which claims are held up where it is signed.
        holds: whether the manifest's signature and binding hold for this file.
    """
    if not inspection.readable:
        return _skipped("the file could not be read")
    claims = inspection.claims
    if not claims:
        return _skipped("no claim was found in a form that we know")
    reason = f"unsigned claims in the form of {named(claims)}; anybody could have written them"
    if doubled := [claim.carrier for claim in claims if claim.doubled]:
        reason += f"; a name stands twice in {', '.join(doubled[:_MAX_NAMED])}: the last one counts"
    report = inspection.credentials
    code = None
    if holds and report and (terms := training.contradicted(report.training, claims)):
        code = TRAINING_CONFLICT
        reason += "; not in accord with what is signed on training and mining: "
        reason += ", ".join(terms[:_MAX_NAMED])
    against = statement.conflicts(report, claims) if ai.signed else ()
    if against:
        code = CONFLICT
        reason += f"; not in accord with the signed statement on AI: {', '.join(_said(against))}"
    return steps.passed(_STEP, _ID, code, reason)


def listed(inspection: Inspection) -> tuple[Claim, ...]:
    """Return the claims as the verdict carries them; none where step 9 was skipped."""
    if not inspection.readable:
        return ()
    return tuple(
        Claim(**{name: getattr(claim, name) for name in Claim.model_fields})
        for claim in inspection.claims
    )


def named(claims: Sequence[FoundClaim]) -> str:
    """Return the tools in whose forms the claims are, each with its first carrier."""
    carriers: dict[str, str] = {}
    for claim in claims:
        carriers.setdefault(claim.tool, claim.carrier)
    return ", ".join(f"{tool} ({carriers[tool]})" for tool in list(carriers)[:_MAX_NAMED])


def _said(claims: Sequence[FoundClaim]) -> list[str]:
    found = []
    for claim in claims[:_MAX_NAMED]:
        role = statement.claimed_role(claim)
        what = repr(claim.digital_source_type) if role else "parameters of a generator"
        found.append(f"{claim.tool} has {what}")
    return found


def _skipped(reason: str) -> Check:
    return steps.skipped(_STEP, _ID, reason)
