"""Marking policies: what stands in a file and what is missing, factor by factor."""

from __future__ import annotations

from typing import Any

import pytest

from provenance_gen.errors import PolicyError
from provenance_gen.policy.loader import load, shipped
from provenance_gen.records.finding import Evidence
from provenance_gen.records.marks import MARKS, AigcBlock, FileMarks
from provenance_gen.records.policy import PolicyKind
from provenance_gen.records.verdict import (
    Action,
    AiStatement,
    Credentials,
    Ingredient,
    LedgerMatch,
    Signer,
    Tool,
    Verdict,
    VerdictKind,
)
from provenance_gen.studio.marking import judge, values

AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
RETIRED = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalArt"
POLICIES = {name: load(name) for name in shipped()}
MARKING = {n: p for n, p in POLICIES.items() if p.kind is PolicyKind.MARKING}
P, A, C, N = Evidence.PRESENT, Evidence.ABSENT, Evidence.CONTRADICTING, Evidence.NOT_APPLICABLE

SIGNED: dict[str, Any] = {
    "presence": "embedded",
    "claim_generator": "provenance-gen/0.1.0",
    "signer": Signer(name="A. Studio"),
    "signed_at": "2026-11-22T09:00:00Z",
    "timestamped": True,
    "actions": (Action(action="c2pa.created", digital_source_type=AI),),
}
STATED = AiStatement(statement="generated", basis=AI, source="active manifest", signed=True)


def verdict(kind: str = "valid", ai: AiStatement = STATED, **held: Any) -> Verdict:
    """Return what ``verify`` could say of a file."""
    return Verdict(
        file="a.png",
        verdict=VerdictKind(kind),
        summary="",
        checked_at="2026-11-22T09:00:00Z",
        tool=Tool(version="0", c2pa="0"),
        checks=(),
        credentials=Credentials(**(SIGNED | held)),
        ai=ai,
        record=LedgerMatch(status=held.pop("matched", "not_checked")),
    )


def bare() -> Verdict:
    """Return the verdict of a file without anything."""
    nothing = dict.fromkeys(("claim_generator", "signer", "signed_at"))
    return verdict(
        "unsigned", AiStatement(), presence="none", timestamped=False, actions=(), **nothing
    )


def block(*faults: str) -> AigcBlock:
    """Return an AIGC block."""
    return AigcBlock("PNG iTXt AIGC", {"Label": "1"}, faults)


KEPT = Ingredient(title="a", relationship="parentOf", status="valid")
LOST = Ingredient(title="b", relationship="componentOf", status="none")
PROMPT = Ingredient(title="prompt", relationship="inputTo")
LABELLED = FileMarks(source_types=(AI,), systems=("S",), versions=("1",), prompts=1)
NOTHING = FileMarks()

EXPECTED: dict[str, list[tuple[Verdict, FileMarks, Evidence]]] = {
    "eu.mark.metadata": [
        (verdict(), NOTHING, P),
        (verdict("invalid"), NOTHING, A),
        (verdict(timestamped=False), NOTHING, A),
        (verdict(ai=AiStatement(statement="generated", signed=False)), LABELLED, A),
        (bare(), LABELLED, A),
    ],
    "eu.mark.watermark": [(verdict(), LABELLED, A)],
    "eu.mark.log": [(verdict(), NOTHING, A)],
    "eu.mark.keep": [
        (verdict(ingredients=(KEPT, PROMPT)), NOTHING, P),
        (verdict(ingredients=(LOST,)), NOTHING, A),
        (verdict(ingredients=(PROMPT,)), NOTHING, N),
    ],
    "eu.mark.rich": [
        (verdict(), NOTHING, P),
        (verdict(claim_generator="somebody"), NOTHING, A),
    ],
    "cn.implicit": [
        (bare(), FileMarks(aigc=(block(),)), P),
        (bare(), FileMarks(aigc=(block("Label is missing"),)), A),
        (verdict(), NOTHING, A),
        (verdict(), FileMarks(aigc=(block(), block())), C),
    ],
    "cn.explicit": [(verdict(), LABELLED, A)],
    "ca.provider": [(verdict(), NOTHING, P), (verdict(signer=None), NOTHING, A)],
    "ca.system": [(verdict(), NOTHING, P), (verdict("invalid"), NOTHING, A)],
    "ca.time": [(verdict(), NOTHING, P), (bare(), NOTHING, A)],
    "ca.identifier": [(verdict("trusted"), NOTHING, P), (bare(), NOTHING, A)],
    "ca.manifest": [(verdict(), NOTHING, A)],
    "kr.visible": [(verdict(), NOTHING, A)],
    "kr.invisible": [(verdict(), NOTHING, P), (bare(), LABELLED, A)],
    "iptc.source_type": [
        (bare(), LABELLED, P),
        (verdict(), NOTHING, A),
        (bare(), FileMarks(source_types=(RETIRED,)), C),
    ],
    "iptc.system": [(bare(), LABELLED, P), (bare(), NOTHING, A)],
    "iptc.version": [
        (bare(), LABELLED, P),
        (bare(), FileMarks(systems=("S",)), A),
        (bare(), NOTHING, N),
    ],
    "iptc.prompt": [(bare(), LABELLED, P), (bare(), NOTHING, A)],
    "iptc.prompt_writer": [(bare(), FileMarks(prompt_writers=1), P), (bare(), LABELLED, A)],
}


@pytest.mark.parametrize(
    ("factor", "found", "marks", "expected"),
    [(factor, *case) for factor, cases in EXPECTED.items() for case in cases],
)
def test_a_file_makes_a_factor(
    factor: str, found: Verdict, marks: FileMarks, expected: Evidence
) -> None:
    """Each by files that carry the mark and files that do not."""
    judged = judge(found, marks, list(MARKING.values()))
    findings = {f.factor.id: f for _, each, _ in judged for f in each}
    assert findings[factor].evidence is expected


def test_every_factor_of_every_marking_policy_is_tested() -> None:
    """What this version never looks at is only ever absent; all else is present somewhere."""
    unseen = {"eu.mark.watermark", "eu.mark.log", "cn.explicit", "ca.manifest", "kr.visible"}
    factors = {factor.id for policy in MARKING.values() for factor in policy.factors}
    assert factors == set(EXPECTED)
    for factor in factors - unseen:
        assert P in {expected for *_, expected in EXPECTED[factor]}


def test_a_matched_record_is_a_log() -> None:
    """The ledger at hand knows the file."""
    matched = verdict().model_copy(update={"record": LedgerMatch(status="matched")})
    (_, findings, _), *_ = judge(matched, NOTHING, [MARKING["eu-art50-2026"]])
    assert {f.factor.id: f.evidence for f in findings}["eu.mark.log"] is P


def test_every_mark_has_a_value() -> None:
    """The vocabulary and the values are the same."""
    assert set(values(bare(), NOTHING)) == set(MARKS)


def test_a_policy_of_another_kind_judges_no_file() -> None:
    """Contribution is a matter of the record."""
    with pytest.raises(PolicyError, match="judges no file"):
        judge(verdict(), NOTHING, [POLICIES["us-usco-2025"]])


def test_a_draft_is_filled_where_ai_is_stated() -> None:
    """The text for a visible label."""
    ((_, _, (label,)),) = judge(verdict(), NOTHING, [MARKING["cn-label-2025"]])
    assert [one.text for one in label.sentences] == ["AI生成"]
    ((_, _, (empty,)),) = judge(bare(), NOTHING, [MARKING["cn-label-2025"]])
    assert empty.sentences == ()
