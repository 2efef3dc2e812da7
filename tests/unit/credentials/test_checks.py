"""From what was read to checks and statements: pure, and failing closed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.credentials import checks, trust
from provenance_gen.credentials.report import (
    ActionReport,
    CertificateReport,
    CredentialReport,
    IngredientReport,
    StatusCode,
)
from provenance_gen.credentials.statement import ai_statement
from provenance_gen.credentials.vocabulary import C2PA, IPTC
from provenance_gen.records.verdict import Check, CheckStatus, Trust, VerdictKind

LISTS = (trust.TrustList("some list", "given", ""),)
GOOD = (
    StatusCode("claimSignature.validated"),
    StatusCode("claimSignature.insideValidity"),
    StatusCode("assertion.dataHash.match"),
    StatusCode("signingCredential.trusted"),
)


def _report(**changes: Any) -> CredentialReport:
    known: dict[str, Any] = {
        "presence": "embedded",
        "state": "Trusted",
        "vouched_by": "some list",
        "certificate": CertificateReport(name="Somebody", not_after="2027-01-01T00:00:00+00:00"),
        "successes": GOOD,
    }
    return CredentialReport(**known | changes)


def _checks(**changes: Any) -> dict[int, Check]:
    return {check.step: check for check in checks.credential_checks(_report(**changes), LISTS)}


def test_a_good_file_passes_what_there_is_to_check() -> None:
    """Skipped are ingredients, since there are none, and the time, of which nothing speaks."""
    found = _checks()
    assert {step for step, check in found.items() if check.status is CheckStatus.PASSED} == {
        *range(2, 6)
    }
    assert {found[6].status, found[7].status} == {CheckStatus.SKIPPED}
    assert "there is no time-stamp" in found[6].reason


@pytest.mark.parametrize(
    ("code", "step"),
    [
        ("assertion.dataHash.mismatch", 3),
        ("assertion.bmffHash.mismatch", 3),
        ("claim.hardBindings.missing", 3),
        ("claimSignature.mismatch", 4),
        ("assertion.hashedURI.mismatch", 4),
        ("assertion.action.malformed", 4),
        ("something.nobody.knows", 4),
        ("signingCredential.revoked", 5),
        ("signingCredential.expired", 6),
        ("claimSignature.outsideValidity", 6),
        ("timeStamp.mismatch", 6),
        ("ingredient.hashedURI.mismatch", 7),
    ],
)
def test_each_failure_belongs_to_one_step(code: str, step: int) -> None:
    """And is called by its own code."""
    changes: dict[str, Any] = {"failures": (StatusCode(code),), "state": "Invalid"}
    if step == 5:
        changes["vouched_by"] = None
    if step == 7:
        changes["ingredients"] = (IngredientReport(title="x"),)
    failed = {c.step: c.code for c in _checks(**changes).values() if c.status is CheckStatus.FAILED}
    assert failed == {step: code}


@given(st.lists(st.text(max_size=30), max_size=4), st.sampled_from(["Invalid", None]))
def test_nothing_invalid_is_called_valid(codes: list[str], state: str | None) -> None:
    """Whatever the codes are, the library's word is needed too."""
    report = _report(failures=tuple(StatusCode(code) for code in codes), state=state)
    found = checks.credential_checks(report, LISTS)
    assert checks.verdict_kind(report, found) is VerdictKind.INVALID


def test_the_librarys_word_alone_is_not_enough() -> None:
    """Without a binding or a signature that we saw pass, a "Trusted" counts for nothing."""
    for missing in (0, 2):
        successes = tuple(code for place, code in enumerate(GOOD) if place != missing)
        report = _report(successes=successes)
        found = checks.credential_checks(report, LISTS)
        assert checks.verdict_kind(report, found) is VerdictKind.INVALID


def test_a_binding_that_is_not_as_signed_binds_nothing() -> None:
    """Its own hash is wrong, so that it matches the file says nothing."""
    failure = StatusCode("assertion.hashedURI.mismatch", url="self#jumbf=x/c2pa.hash.data")
    found = _checks(failures=(failure,), state="Invalid")
    assert found[3].status is CheckStatus.SKIPPED
    assert found[4].status is CheckStatus.FAILED


def test_ingredients_are_walked() -> None:
    """A tampered one fails step 7 although the whole is trusted; an untrusted one is named."""
    bad = IngredientReport(
        "parent.png", "parentOf", has_manifest=True, failures=("assertion.dataHash.mismatch",)
    )
    found = _checks(ingredients=(bad,))
    assert (found[7].status, found[7].code) == (CheckStatus.FAILED, "assertion.dataHash.mismatch")
    assert "parent.png" in found[7].reason
    stranger = IngredientReport(
        "x", "parentOf", has_manifest=True, failures=("signingCredential.untrusted",)
    )
    credentials = checks.credentials_of(_report(ingredients=(stranger, bad)), Trust())
    assert [item.status for item in credentials.ingredients] == ["untrusted", "invalid"]
    assert _checks(ingredients=(stranger,))[7].status is CheckStatus.PASSED


def test_trust_names_its_list_or_says_that_nobody_vouches() -> None:
    """Own, given, untrusted, expired."""
    own = (trust.TrustList("mine", "own", ""),)
    untrusted = (StatusCode("signingCredential.untrusted"),)
    expired = (StatusCode("signingCredential.expired"), *untrusted)
    cases = [
        (_report(vouched_by="mine"), own, "own"),
        (_report(), LISTS, "trusted"),
        (_report(vouched_by=None, state="Valid", failures=untrusted), LISTS, "untrusted"),
        (_report(vouched_by=None, state="Invalid", failures=expired), LISTS, "expired"),
        (None, LISTS, "unknown"),
    ]
    assert [checks.trust_of(report, lists).status for report, lists, _ in cases] == [
        status for _, _, status in cases
    ]
    without = checks.credential_checks(cases[2][0], ())
    assert without[3].status is CheckStatus.SKIPPED
    assert "not verified" in without[3].reason


AI_CASES = [
    ([("c2pa.created", IPTC + "trainedAlgorithmicMedia")], [], "generated"),
    (
        [("c2pa.created", IPTC + "trainedAlgorithmicMedia"), ("c2pa.drawing", IPTC + "humanEdits")],
        [],
        "generated",
    ),
    ([("c2pa.created", IPTC + "digitalCapture")], [], "none"),
    ([("c2pa.created", IPTC + "minorHumanEdits")], [], "none"),
    (
        [
            ("c2pa.created", IPTC + "digitalCapture"),
            ("c2pa.edited", IPTC + "trainedAlgorithmicMedia"),
        ],
        [],
        "partly",
    ),
    ([("c2pa.created", IPTC + "compositeWithTrainedAlgorithmicMedia")], [], "partly"),
    ([("c2pa.opened", None)], [("parentOf", IPTC + "trainedAlgorithmicMedia")], "generated"),
    ([("c2pa.placed", None)], [("componentOf", IPTC + "trainedAlgorithmicMedia")], "partly"),
    ([("c2pa.placed", None)], [("inputTo", IPTC + "trainedAlgorithmicMedia")], "unknown"),
    ([("c2pa.created", IPTC + "composite")], [], "unknown"),
    ([("c2pa.created", C2PA + "empty")], [], "none"),
    ([("c2pa.created", "https" + IPTC[4:] + "trainedAlgorithmicMedia/")], [], "generated"),
    ([("c2pa.created", "camera")], [], "unknown"),
    ([], [], "unknown"),
]


@pytest.mark.parametrize(("actions", "ingredients", "expected"), AI_CASES)
def test_what_is_said_about_ai(
    actions: list[tuple[str, str | None]], ingredients: list[tuple[str, str]], expected: str
) -> None:
    """Camera and retired types are no AI; what is unknown stays unknown."""
    report = _report(
        actions=tuple(ActionReport(name, digital_source_type=kind) for name, kind in actions),
        ingredients=tuple(
            IngredientReport(relationship=how, source_types=(kind,)) for how, kind in ingredients
        ),
    )
    assert ai_statement(report, holds=True).statement == expected
    assert ai_statement(report, holds=False).signed is False
    assert ai_statement(None, holds=True).statement == "unknown"
