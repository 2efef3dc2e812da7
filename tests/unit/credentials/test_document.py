"""What a report's PDF says of itself when it is signed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from provenance_gen.credentials.document import (
    FROM_DATA,
    WITH_PICTURES,
    WITH_SYNTHETIC,
    ReportFacts,
    report_definition,
)
from provenance_gen.credentials.report import RECORD_LABEL
from provenance_gen.credentials.vocabulary import AiRole, ai_role
from provenance_gen.records.export import LedgerProof
from tests.parts import digest

PROOF = LedgerProof(
    origin="provenance-gen.example/log-1",
    sequence=7,
    leaf=digest("leaf"),
    tree_size=8,
    inclusion=(digest("a"), digest("b")),
    checkpoint="note",
)


@pytest.mark.parametrize(
    ("generated", "others", "kind", "role"),
    [
        (True, False, WITH_SYNTHETIC, AiRole.PARTLY),
        (True, True, WITH_SYNTHETIC, AiRole.PARTLY),
        (False, True, WITH_PICTURES, None),
        (False, False, FROM_DATA, AiRole.NONE),
    ],
)
def test_it_says_whether_generated_pictures_are_in_it(
    *, generated: bool, others: bool, kind: str, role: AiRole | None
) -> None:
    """As the vocabulary names a composite; and it leads to the event of the report."""
    facts = ReportFacts(digest("pdf"), 5, "ja", ("jp-bunka-2024",), generated, others)
    made = report_definition(
        facts,
        PROOF,
        title="/home/ann/boat.signed.pdf",
        software_version="1",
        now=datetime(2026, 11, 22, 9, tzinfo=UTC),
    )
    actions, record = made["assertions"]
    assert [a["digitalSourceType"] for a in actions["data"]["actions"]] == [kind]
    assert ai_role(kind) is role
    assert record["label"] == RECORD_LABEL
    assert (record["data"]["event"], record["data"]["treeSize"]) == (7, 8)
    assert record["data"]["report"] == {
        "sha256": digest("pdf"),
        "events": 5,
        "language": "ja",
        "policies": ["jp-bunka-2024"],
    }
    assert made["title"] == "boat.signed.pdf"
