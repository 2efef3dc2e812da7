"""From what was read to checks and statements: pure, and failing closed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.credentials import checks, signer_checks, trust
from provenance_gen.credentials.ancestry import origins_of
from provenance_gen.credentials.report import (
    ActionReport,
    CertificateReport,
    CredentialReport,
    IngredientReport,
    Origin,
    StatusCode,
)
from provenance_gen.credentials.statement import ai_statement
from provenance_gen.credentials.vocabulary import C2PA, IPTC
from provenance_gen.records.verdict import Check, CheckStatus, Trust, VerdictKind

LISTS = (trust.TrustList("some list", "given", ""),)
GOOD = (
    "claimSignature.validated",
    "claimSignature.insideValidity",
    "assertion.dataHash.match",
    "signingCredential.trusted",
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
        ("signingCredential.ocsp.revoked", 5),
        ("signingCredential.invalid", 5),
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
    assert [signer_checks.trust_of(report, lists).status for report, lists, _ in cases] == [
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
    ([("c2pa.opened", IPTC + "trainedAlgorithmicMedia")], [], "generated"),
    ([("c2pa.created", "digsrctype:TrainedAlgorithmicMedia")], [], "generated"),
    ([("c2pa.created", "http://example.org/trainedAlgorithmicMedia")], [], "unknown"),
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
    named = tuple(ActionReport(name, digital_source_type=kind) for name, kind in actions)
    report = _report(
        actions=named,
        origins=origins_of(named, {}),
        ingredients=tuple(
            IngredientReport(relationship=how, origins=(Origin(kind, whole=how == "parentOf"),))
            for how, kind in ingredients
        ),
    )
    assert ai_statement(report, holds=True).statement == expected
    assert ai_statement(report, holds=False).signed is False
    assert ai_statement(None, holds=True).statement == "unknown"


STAMPED = (*GOOD, "timeStamp.trusted")
CERTIFIED = CertificateReport(
    name="Somebody",
    not_before="2026-01-01T00:00:00+00:00",
    not_after="2027-01-01T00:00:00+00:00",
)


@pytest.mark.parametrize(
    ("changes", "status", "code", "words"),
    [
        ({"successes": STAMPED, "signed_at": "2026-05-01T00:00:00+00:00"}, "passed",
         "claimSignature.insideValidity", "a time-stamp says 2026-05-01"),
        # The library did not mind; a certificate cannot have signed before it was there.
        ({"successes": STAMPED, "signed_at": "2025-05-01T00:00:00+00:00"}, "failed",
         "claimSignature.outsideValidity", "when the certificate was not valid (2026-01-01 to"),
        ({"informational": ("timeStamp.untrusted",),
          "signed_at": "2019-05-01T00:00:00+00:00"}, "skipped",
         "timeStamp.untrusted", "no list at hand vouches for its authority"),
        ({"informational": ("timeStamp.mismatch",)}, "skipped",
         "timeStamp.mismatch", "its time-stamp does not hold"),
        ({"failures": (StatusCode("timeStamp.malformed"),), "state": "Invalid"}, "failed",
         "timeStamp.malformed", "is damaged"),
        ({"failures": (StatusCode("signingCredential.expired"),), "state": "Invalid"}, "failed",
         "signingCredential.expired", "the certificate expired (2027-01-01)"),
    ],
)  # fmt: skip
def test_a_time_counts_where_somebody_vouches_for_its_clock(
    changes: dict[str, Any], status: str, code: str, words: str
) -> None:
    """Anybody can run a clock of his own; and one that was right may stamp what was not."""
    report = _report(certificate=CERTIFIED, **changes)
    found = signer_checks.time(report, datetime(2027, 6, 1, tzinfo=UTC))
    assert (found.status, found.code) == (status, code)
    assert words in found.reason
    listed = checks.credential_checks(report, LISTS, datetime(2026, 6, 1, tzinfo=UTC))
    assert (checks.verdict_kind(report, listed) is VerdictKind.INVALID) == (status == "failed")
    counted = checks.credentials_of(report, Trust()).timestamped
    assert counted == (status == "passed" or code == "claimSignature.outsideValidity")


def test_a_certificate_that_is_not_valid_yet_has_not_expired() -> None:
    """The library has one code for both."""
    changes: dict[str, Any] = {"failures": (StatusCode("signingCredential.expired"),)}
    report = _report(certificate=CERTIFIED, state="Invalid", **changes)
    found = signer_checks.time(report, datetime(2025, 6, 1, tzinfo=UTC))
    assert found.reason == "the certificate is not valid yet (before 2026-01-01)"


@pytest.mark.parametrize("code", ["signingCredential.ocsp.revoked", "signingCredential.invalid"])
def test_nobody_vouches_for_a_certificate_that_is_refused(code: str) -> None:
    """Although a list leads to it."""
    report = _report(failures=(StatusCode(code),), state="Invalid")
    found = signer_checks.trust(report, LISTS)
    assert (found.status, found.code) == (CheckStatus.FAILED, code)
    assert signer_checks.trust_of(report, LISTS).status == "untrusted"


@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        (("assertion.action.malformed",), checks.MALFORMED),
        (("manifest.multipleParents",), checks.MALFORMED),
        (("assertion.missing",), "the manifest is not as it was signed"),
        (("assertion.action.malformed", "assertion.undeclared"), "the manifest is not as it was"),
        (("claim.malformed", "assertion.hashedURI.mismatch"), "a statement in the manifest is not"),
    ],
)
def test_a_manifest_of_the_wrong_form_was_not_altered(codes: tuple[str, ...], reason: str) -> None:
    """What its signer wrote against the rules is called that."""
    found = _checks(failures=tuple(StatusCode(code) for code in codes), state="Invalid")[4]
    assert found.status is CheckStatus.FAILED
    assert found.reason.startswith(reason)
    unsigned = _checks(failures=(StatusCode(codes[0]),), state="Invalid", successes=GOOD[1:])[4]
    assert unsigned.reason == "the manifest is not as it was signed"
