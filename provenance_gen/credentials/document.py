"""From a written report to the manifest of its PDF: pure.

A report is put together by rule from what a ledger holds, and shows pictures; where some of them
were generated, it says so as the vocabulary does of such a composite; where others are shown, it
claims nothing of where these come from. The record assertion has the form of an exported picture's,
so that the same check reads it: it leads to the event of the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.credentials import rules
from provenance_gen.credentials.assertions import sealed
from provenance_gen.credentials.ingredients import last_part
from provenance_gen.credentials.report import RECORD_LABEL
from provenance_gen.credentials.vocabulary import IPTC

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from provenance_gen.records.base import Count, Digest
    from provenance_gen.records.export import LedgerProof

MEDIA_TYPE: Final = "application/pdf"

FROM_DATA: Final = IPTC + "dataDrivenMedia"
"""Set from data by a program: a report without pictures."""
WITH_PICTURES: Final = IPTC + "composite"
"""Put together of elements any of which may or may not be synthetic: a report of imported or edited
pictures alone, of which the record need not know how they came about."""
WITH_SYNTHETIC: Final = IPTC + "compositeSynthetic"
"""Put together of elements of which some are synthetic: a report that shows generated pictures."""


@dataclass(frozen=True)
class ReportFacts:
    """What the manifest says of a report."""

    digest: Digest
    """SHA-256 of the PDF before it was signed, which is the one that its event holds."""
    tree_size: Count
    """Number of events that it was written from."""
    language: str
    policies: Sequence[str]
    generated: bool
    """Whether it shows generated pictures."""
    others: bool
    """Whether it shows pictures that were imported or edited."""


def report_definition(
    facts: ReportFacts,
    proof: LedgerProof,
    *,
    title: str,
    software_version: str,
    now: datetime,
) -> dict[str, Any]:
    """Describe a report's PDF, as a definition for the C2PA library.

    Args:
        facts: what it says of the report.
        proof: what leads from the file to the event ``report.written``.
        title: name of the file.
        software_version: of this program.
        now: the maker's clock.

    Raises:
        SigningError: the result breaks a rule.
    """
    tool = {"name": "provenance-gen", "version": software_version}
    source_type = WITH_PICTURES if facts.others else FROM_DATA
    source_type = WITH_SYNTHETIC if facts.generated else source_type
    created = {"action": "c2pa.created", "digitalSourceType": source_type, "softwareAgent": tool}
    record = sealed(proof, now) | {
        "report": {
            "sha256": facts.digest,
            "events": facts.tree_size,
            "language": facts.language,
            "policies": list(facts.policies),
        },
    }
    definition: dict[str, Any] = {
        "claim_generator_info": [tool],
        "format": MEDIA_TYPE,
        "title": last_part(title),
        "ingredients": [],
        "assertions": [
            {"label": "c2pa.actions", "data": {"actions": [created]}},
            {"label": RECORD_LABEL, "data": record},
        ],
    }
    rules.check_definition(definition)
    return definition
