"""What a manifest says about AI: from digital source types to one word with its basis.

Pure. "None" means that another origin is stated, such as a camera; it never means that no AI was
used, and no statement at all means nothing either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.credentials.vocabulary import AiRole, ai_role
from provenance_gen.records.verdict import AiStatement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance_gen.credentials.report import CredentialReport

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
