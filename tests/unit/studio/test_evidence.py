"""Evidence bundles: whole, telling no more than was disclosed, and caught at every change."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from provenance_gen.errors import LedgerError, UsageError
from provenance_gen.ledger import bundle_files, bundle_form
from provenance_gen.policy.loader import content
from provenance_gen.studio import verify_evidence
from provenance_gen.studio.verify_bundle import verify_bundle
from tests.fakes import SIDE
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records.bundle import BundleVerdict
    from provenance_gen.studio.work import Work

CONSISTENT = "consistent, not anchored"


@pytest.fixture
def made(work: Work, tmp_path: Path) -> Work:
    """Return a work with two attempts, a pick, an edit and an export."""
    generate(work, "a red boat")
    work.select("2.1", over=["2.2"], reason="low horizon")
    work.edit("2.1", Image.new("RGB", (SIDE, SIDE), "teal"), note="repainted")
    work.export("e1", tmp_path / "boat.png")
    return work


@pytest.fixture
def parts(made: Work, tmp_path: Path) -> dict[str, bytes]:
    """Return the files of a bundle that discloses everything."""
    made.bundle(
        tmp_path / "all.zip",
        policies=["us-usco-2025"],
        disclose=["all"],
        formats=("html", "prov"),
        files=[tmp_path / "boat.png"],
    )
    return bundle_files.read(tmp_path / "all.zip")


def judged(
    parts: dict[str, bytes], *, resigned: bool = False, key: str | None = None
) -> BundleVerdict:
    """Check the files; ``resigned`` writes the digests anew first, as a forger would."""
    if resigned:
        ledger = {n[7:]: d for n, d in parts.items() if n.startswith("ledger/")}
        parts = parts | {"ledger/SHA256SUMS": bundle_form.sums(ledger)}
        parts = parts | {"SHA256SUMS": bundle_form.sums(parts)}
    return verify_evidence.check(parts, name="x", key=key)


def failed(verdict: BundleVerdict) -> list[str]:
    """Return the checks that failed."""
    return [check.id for check in verdict.checks if check.status == "failed"]


def test_it_holds_with_no_studio(made: Work, parts: dict[str, bytes], tmp_path: Path) -> None:
    """As a zip; with the key it is confirmed."""
    verdict = verify_bundle(tmp_path / "all.zip")
    assert (verdict.kind, verdict.verdict) == ("evidence", CONSISTENT)
    states = {check.id: check.status.value for check in verdict.checks}
    done = ("files", "policies", "report", "images", "exports")
    assert {name: states[name] for name in done} == dict.fromkeys(done, "passed")
    confirmed = verify_bundle(tmp_path / "all.zip", key=made.studio.verifier_key)
    assert confirmed.verdict == "confirmed"
    assert json.loads(parts["report/report.json"])["attempts"][1]["prompts"][0]["text"]


def test_as_a_folder_with_thumbnails_and_without(made: Work, tmp_path: Path) -> None:
    """What cannot be checked is said to be skipped."""
    for pictures in ("thumbnails", "none"):
        made.bundle(tmp_path / pictures, pictures=pictures)
        verdict = verify_bundle(tmp_path / pictures)
        assert verdict.verdict == CONSISTENT, verdict.summary
        states = {check.id: check.status.value for check in verdict.checks}
        assert states["images"] == ("skipped" if pictures == "thumbnails" else "passed")
        assert states["exports"] == "skipped"


def test_its_report_tells_no_more_than_was_disclosed(made: Work, tmp_path: Path) -> None:
    """The words that are withheld are nowhere in the bundle."""
    made.bundle(tmp_path / "some.zip", disclose=["reason"], formats=("html", "prov"))
    files = bundle_files.read(tmp_path / "some.zip")
    everything = b"".join(data for name, data in files.items() if name[:9] != "policies/")
    assert b"low horizon" in everything
    for words in (b"a red boat", b"One small boat", b"repainted", b"A. Painter", b"boat.png"):
        assert words not in everything
    assert verify_bundle(tmp_path / "some.zip").verdict == CONSISTENT


def test_every_changed_byte_and_every_missing_file_is_caught(parts: dict[str, bytes]) -> None:
    """Of every file a stride of bytes; each file taken away; a file added."""
    for name, data in parts.items():
        without = {n: d for n, d in parts.items() if n != name}
        assert _caught(without), f"{name} taken away"
        for place in range(0, len(data), max(1, len(data) // 3)):
            changed = bytearray(data)
            changed[place] ^= 1
            assert _caught(parts | {name: bytes(changed)}), f"{name} at {place}"
    assert _caught(parts | {"report/more.html": b"<p>more</p>"})


def _caught(changed: dict[str, bytes]) -> bool:
    try:
        return judged(changed).verdict == "wrong"
    except (LedgerError, KeyError):
        return True


@pytest.mark.parametrize(
    ("name", "old", "new", "check"),
    [
        ("report/report.html", b"low horizon", b"golden light", "report"),
        ("report/report.json", b'"value": 2', b'"value": 9', "report"),
        ("report/report.prov.json", b"low horizon", b"golden light", "report"),
        ("README.md", b"Nothing in here", b"Everything here", "report"),
        ("ro-crate-metadata.json", b"FailedActionStatus", b"x", "report"),
        ("policies/us-usco-2025.yaml", b"our_reading: neutral", b"our_reading: decisive", "report"),
        ("ledger/disclosures.jsonl", b'"disclosure":"', b'"disclosure":"A', "ledger.texts"),
        ("evidence.json", b'"language": "en"', b'"language": "ja"', "report"),
    ],
)
def test_a_forger_who_writes_the_digests_anew_is_caught(
    parts: dict[str, bytes], name: str, old: bytes, new: bytes, check: str
) -> None:
    """By what the events give."""
    if old not in parts[name]:
        old, new = b"CreateAction", b"MoveAction"
    forged = parts | {name: parts[name].replace(old, new, 1)}
    verdict = judged(forged, resigned=True)
    assert verdict.verdict == "wrong"
    assert check in failed(verdict)


def test_another_picture_or_export_is_caught(parts: dict[str, bytes]) -> None:
    """By the digest that the events name."""
    swapped = parts | {"images/1.1.png": parts["images/1.2.png"]}
    assert failed(judged(swapped, resigned=True)) == ["images"]
    swapped = parts | {"files/export-1.png": parts["images/1.2.png"]}
    assert "exports" in failed(judged(swapped, resigned=True))


def test_a_file_that_was_added_is_caught(parts: dict[str, bytes]) -> None:
    """Even where the digests name it."""
    added = parts | {"report/report.pdf": b"%PDF-1.7"}
    assert failed(judged(added, resigned=True))[0] == "files"


def test_a_policy_of_ones_own_is_named(made: Work, tmp_path: Path) -> None:
    """Nobody takes it for ours."""
    own = tmp_path / "own.yaml"
    own.write_bytes(
        content("us-usco-2025")[0].replace(b"our_reading: neutral", b"our_reading: strong")
    )
    made.bundle(tmp_path / "own.zip", policies=[str(own)])
    verdict = verify_bundle(tmp_path / "own.zip")
    (policies,) = [check for check in verdict.checks if check.id == "policies"]
    assert "not those of this version" in policies.reason


def test_wrong_use_writes_nothing(made: Work, tmp_path: Path) -> None:
    """A file that never left, a format that is none, a name that is taken."""
    other = tmp_path / "other.png"
    other.write_bytes(b"x")
    before = made.studio.ledger.head().size
    for asked in ({"files": [other]}, {"formats": ["docx"]}, {"disclose": ["nothing"]}):
        with pytest.raises(UsageError):
            made.bundle(tmp_path / "e.zip", **asked)
    (tmp_path / "taken.zip").touch()
    with pytest.raises(UsageError, match="exists"):
        made.bundle(tmp_path / "taken.zip")
    assert not (tmp_path / "e.zip").exists()
    assert made.studio.ledger.head().size == before


def test_what_it_disclosed_is_on_record(made: Work, tmp_path: Path) -> None:
    """So that a later redaction can say where a text has left to."""
    made.bundle(tmp_path / "e.zip", disclose=["reason"])
    *_, event = made.studio.ledger.events()
    assert event.type == "report.written"
    sums = bundle_files.read(tmp_path / "e.zip")["SHA256SUMS"]
    assert event.payload["format"] == "evidence"
    assert list(event.payload["disclosed"]) == ["reason"]
    assert list(event.payload["digests"]) == [hashlib.sha256(sums).hexdigest()]
