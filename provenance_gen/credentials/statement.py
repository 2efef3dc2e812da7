"""What a file says about AI: from digital source types to one word with its basis.

A manifest speaks first; what nobody signed is asked where no manifest says anything. Pure.
"None" means that another origin is stated, such as a camera; it never means that no AI was used,
and no statement at all means nothing either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from provenance_gen.credentials.vocabulary import AI_DISCLOSURE, AiRole, meant_role
from provenance_gen.records.verdict import AiStatement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance_gen.credentials.report import CredentialReport, Origin
    from provenance_gen.records.claim import FoundClaim


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
        found = [one for one in stated if one.role is wanted]
        # Of those that say the same, one that is as it was signed counts first.
        for one in sorted(found, key=lambda one: not one.holds)[:1]:
            return AiStatement(
                statement=wanted.value,
                basis=one.basis,
                source=one.source,
                signed=holds and one.holds,
            )
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
    """Return what a claim's digital source type says about AI; None where it has none we know."""
    return meant_role(claim.digital_source_type) if claim.digital_source_type else None


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
    stated = {one.role for one in _stated(report)} if report else set()
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


class _Stated(NamedTuple):
    """One thing that a manifest says about AI."""

    role: AiRole
    basis: str
    source: str
    """``active manifest`` or ``ingredient``."""
    holds: bool


def _stated(report: CredentialReport) -> Iterator[_Stated]:
    """Yield everything that the active manifest and those of ingredients say about AI."""
    for origin in report.origins:
        if role := _role(origin):
            yield _Stated(role, origin.source_type, "active manifest", origin.holds)
    for item in report.ingredients:
        for origin in item.origins:
            if role := _role(origin):
                yield _Stated(role, origin.source_type, "ingredient", origin.holds)


def _role(origin: Origin) -> AiRole | None:
    """Return what an origin says about AI: what is generated in part makes a picture so in part.

    A disclosure names a model, and not how much of the picture it made. That a part or a step is of
    another origin, such as a retouch by hand, says nothing of where the picture comes from.
    """
    if origin.source_type == AI_DISCLOSURE:
        return AiRole.PARTLY
    role = meant_role(origin.source_type)
    if origin.whole or role is AiRole.PARTLY:
        return role
    return AiRole.PARTLY if role is AiRole.GENERATED else None
