"""What a file says about AI: from digital source types to one word with its basis.

A manifest speaks first; what nobody signed is asked where no manifest says anything. Pure.
"None" means that another origin is stated, such as a camera; it never means that no AI was used,
and no statement at all means nothing either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.credentials.vocabulary import IPTC, AiRole, ai_role
from provenance_gen.records.verdict import AiStatement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance_gen.credentials.report import CredentialReport
    from provenance_gen.records.claim import FoundClaim

_BEGINNING = "c2pa.created"


def ai_statement(report: CredentialReport | None, *, holds: bool) -> AiStatement:
    """Sum up the source types of the active manifest and of its ingredients' manifests.

    Args:
        report: what was read.
        holds: whether the manifest's signature and binding hold for this file; a statement is
            called signed only then.
    """
    if report is None:
        return AiStatement()
    stated = list(_stated(report))
    for wanted in (AiRole.GENERATED, AiRole.PARTLY, AiRole.NONE):
        for role, basis, source in stated:
            if role is wanted:
                return AiStatement(statement=role.value, basis=basis, source=source, signed=holds)
    return AiStatement()


def claimed_statement(claims: Sequence[FoundClaim]) -> AiStatement:
    """Sum up what unsigned claims say about AI; it is never signed.

    A source type that names AI counts first, then a claim that describes a run of a generator,
    then a source type of another origin.
    """
    labelled = [(role, claim) for claim in claims if (role := claimed_role(claim))]
    for wanted in (AiRole.GENERATED, AiRole.PARTLY):
        for role, claim in labelled:
            if role is wanted:
                return _labelled(role, claim)
    for claim in claims:
        if claim.generator:
            generated = AiRole.GENERATED.value
            return AiStatement(statement=generated, basis=claim.tool, source=claim.carrier)
    return next((_labelled(role, claim) for role, claim in labelled), AiStatement())


def claimed_role(claim: FoundClaim) -> AiRole | None:
    """Return what a claim's digital source type says about AI; None where it has none we know.

    Some writers give the term alone, or with the vocabulary's short name.
    """
    stated = (claim.digital_source_type or "").strip()
    return ai_role(stated) or ai_role(IPTC + stated.rpartition(":")[2]) if stated else None


def conflicts(
    report: CredentialReport | None, claims: Sequence[FoundClaim]
) -> tuple[FoundClaim, ...]:
    """Return the unsigned claims that say something else than a manifest.

    A manifest that names AI is met by a claim of what it or an ingredient's manifest states. A
    generator's parameters contradict only a manifest that names no AI: of a picture made in part
    by AI they tell that part.

    Args:
        report: what was read; its signature and binding are taken to hold.
        claims: what nobody signed.
    """
    stated = {role for role, _, _ in _stated(report)} if report else set()
    if not stated:
        return ()
    met = stated - {AiRole.NONE} or {AiRole.NONE}
    found = []
    for claim in claims:
        role = claimed_role(claim)
        if (role and role not in met) or (claim.generator and met == {AiRole.NONE}):
            found.append(claim)
    return tuple(found)


def _labelled(role: AiRole, claim: FoundClaim) -> AiStatement:
    basis = claim.digital_source_type
    return AiStatement(statement=role.value, basis=basis, source=claim.carrier)


def _stated(report: CredentialReport) -> Iterator[tuple[AiRole, str, str]]:
    """Yield role, source type and place of every statement."""
    for action in report.actions:
        source_type = action.digital_source_type
        role = ai_role(source_type) if source_type else None
        if source_type and role:
            # Only what creates the picture makes all of it generated.
            whole = action.action == _BEGINNING or role is not AiRole.GENERATED
            yield role if whole else AiRole.PARTLY, source_type, "active manifest"
    for item in report.ingredients:
        for source_type in item.source_types:
            role = ai_role(source_type)
            if role is None or (item.relationship == "inputTo"):
                # What was put into a generator is not in the picture.
                continue
            whole = item.relationship == "parentOf" or role is not AiRole.GENERATED
            yield role if whole else AiRole.PARTLY, source_type, "ingredient"
