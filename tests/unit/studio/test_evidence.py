"""Evidence bundles: whole, telling no more than was disclosed, and caught at every change."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from provenance_gen import Studio
from provenance_gen.config import timestamp_authorities
from provenance_gen.errors import UsageError
from provenance_gen.ledger import bundle_files, bundle_form, bundle_parts
from provenance_gen.policy.loader import content
from provenance_gen.records.anchor import StudioTimes
from provenance_gen.records.evidence import Evidence
from provenance_gen.reporting import json as json_form
from provenance_gen.studio import anchors, evidence_policies, evidence_report, verify_evidence
from provenance_gen.studio.evidence_pictures import Placeholders
from provenance_gen.studio.verify_bundle import verify_bundle
from provenance_gen.version import VERSION
from tests.fakes import SIDE
from tests.tsa import serving
from tests.unit.studio.conftest import generate
from tests.unit.studio.test_anchors import configure

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
    work.edit("2.1", Image.new("RGB", (SIDE, SIDE), "teal"), note="reglazed")
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
    assert ". The key that you gave has signed" in confirmed.summary
    assert json.loads(parts["report/report.json"])["attempts"][1]["prompts"][0]["text"]


def test_as_a_folder_with_thumbnails_and_without(made: Work, tmp_path: Path) -> None:
    """Small pictures are those on record; what cannot be checked is said to be skipped."""
    for pictures in ("thumbnails", "none"):
        made.bundle(tmp_path / pictures, pictures=pictures)
        verdict = verify_bundle(tmp_path / pictures)
        assert verdict.verdict == CONSISTENT, verdict.summary
        states = {check.id: check.status.value for check in verdict.checks}
        assert states["images"] == ("skipped" if pictures == "none" else "passed")
        assert states["exports"] == "skipped"


def test_nothing_that_was_not_checked_is_said_to_have_passed(made: Work, tmp_path: Path) -> None:
    """What there is none of is skipped with its reason, certificates or not; the rest is named."""
    made.bundle(tmp_path / "bare", pictures="none", formats=("json",))
    with serving() as server:
        bare = verify_bundle(tmp_path / "bare", certificates=server.root)
    assert bare.verdict == CONSISTENT
    skipped = {check.id: check.reason for check in bare.checks if check.status == "skipped"}
    assert {
        "ledger.texts",
        "ledger.timestamps",
        "ledger.time",
        "times",
        "images",
        "exports",
    } <= set(skipped)
    assert skipped["ledger.time"] == skipped["ledger.timestamps"]
    assert "were not checked" not in bare.summary
    made.bundle(tmp_path / "whole", files=[tmp_path / "boat.png"], formats=("html",))
    said = {check.id: check.reason for check in verify_bundle(tmp_path / "whole").checks}
    assert "what it shows of the change e1 was not compared" in said["report"]
    assert said["exports"].startswith("1 exported file, ")


def test_its_page_speaks_the_language_of_the_report(made: Work, tmp_path: Path) -> None:
    """And names every file and folder that lies beside it."""
    made.bundle(tmp_path / "e", language="ja")
    page = (tmp_path / "e" / "README.md").read_text(encoding="utf-8")
    assert "信頼の起点" in page
    assert f"`{made.studio.verifier_key}`" in page
    for one in (tmp_path / "e").iterdir():
        assert one.name == "README.md" or f"`{one.name}{'/' if one.is_dir() else ''}`" in page
    of_ledger = (tmp_path / "e" / "ledger" / "README.md").read_text(encoding="utf-8")
    assert "そのまま信頼してよいものはありません" in of_ledger
    assert f"作品 `{made.id}` の分だけ" in of_ledger
    assert verify_bundle(tmp_path / "e").verdict == CONSISTENT


def test_its_report_tells_no_more_than_was_disclosed(made: Work, tmp_path: Path) -> None:
    """The words that are withheld are nowhere in the bundle."""
    made.bundle(tmp_path / "some.zip", disclose=["reason"], formats=("html", "prov"))
    files = bundle_files.read(tmp_path / "some.zip")
    everything = b"".join(data for name, data in files.items() if name[:9] != "policies/")
    assert b"low horizon" in everything
    for words in (b"a red boat", b"One small boat", b"reglazed", b"A. Painter", b"boat.png"):
        assert words not in everything
    assert verify_bundle(tmp_path / "some.zip").verdict == CONSISTENT


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
    assert "not as this version of the program has it" in policies.reason


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


def test_a_work_of_an_earlier_log_is_refused_with_what_to_do(made: Work, tmp_path: Path) -> None:
    """A bundle holds one log: nothing is written; a work of the present log goes into one."""
    studio, origin = made.studio, made.studio.ledger.origin
    studio.resume(new_log=True)
    studio.close()
    with Studio.open(studio.folder.root) as resumed:
        old = resumed.work("1")
        old.select("2.2", reason="after all")
        with pytest.raises(UsageError, match=f"{origin}.*report --sign"):
            old.bundle(tmp_path / "old.zip")
        assert not list(tmp_path.glob("*old.zip*"))
        new = resumed.new_work("Another")
        new.bring_in(tmp_path / "boat.png")
        new.bundle(tmp_path / "new.zip")
    assert verify_bundle(tmp_path / "new.zip").verdict == CONSISTENT


def test_what_it_disclosed_is_on_record(made: Work, tmp_path: Path) -> None:
    """So that a later redaction can say where a text has left to."""
    made.bundle(tmp_path / "e.zip", disclose=["reason"])
    *_, event = made.studio.ledger.events()
    assert event.type == "report.written"
    sums = bundle_files.read(tmp_path / "e.zip")["SHA256SUMS"]
    assert event.payload["format"] == "evidence"
    assert list(event.payload["disclosed"]) == ["reason"]
    assert list(event.payload["digests"]) == [hashlib.sha256(sums).hexdigest()]


def test_a_report_of_another_version_is_not_confirmed(made: Work, parts: dict[str, bytes]) -> None:
    """Whoever says so could have written anything; the ledger's key vouches for the events only."""
    forged = parts | {
        "evidence.json": parts["evidence.json"].replace(VERSION.encode(), b"99.0.0", 1),
        "report/report.html": b"<h1>Every stroke was painted by hand</h1>",
    }
    verdict = judged(forged, resigned=True, key=made.studio.verifier_key)
    assert verdict.verdict == CONSISTENT
    assert "Whether the report is what its events give was not checked" in verdict.summary


def test_nothing_hides_in_the_pictures_of_the_page(parts: dict[str, bytes]) -> None:
    """Neither words that look like a picture's, nor another picture."""
    page = parts["report/report.html"]
    words = b'src="data:image/png;base64,<b>Every stroke was painted by hand</b>"'
    first, second = list(dict.fromkeys(re.findall(rb'png;base64,([^"]+)', page)))[:2]
    for forged in (
        page.replace(b"</h1>", words + b"</h1>", 1),
        page.replace(b"</body>", words + b"</body>", 1),
        page.replace(first, second, 1),
    ):
        assert forged != page
        assert failed(judged(parts | {"report/report.html": forged}, resigned=True)) == ["report"]


def test_small_pictures_cannot_be_exchanged_nor_hide_a_file(made: Work, tmp_path: Path) -> None:
    """Their digests are on record, and their names are those of images."""
    made.bundle(tmp_path / "small.zip", pictures="thumbnails")
    parts = bundle_files.read(tmp_path / "small.zip")
    swapped = parts | {"images/1.1.png": parts["images/e1.png"]}
    assert "images" in failed(judged(swapped, resigned=True))
    about = json.loads(parts["evidence.json"])
    about["images"]["1.1"] = "report/read-me-first.html"
    hidden = {n: d for n, d in parts.items() if n != "images/1.1.png"} | {
        "evidence.json": json.dumps(about).encode(),
        "report/read-me-first.html": b"<h1>Painted by hand</h1>",
    }
    assert failed(judged(hidden, resigned=True))[0] == "files"


def test_trusted_times_are_not_what_the_writer_says(made: Work, parts: dict[str, bytes]) -> None:
    """A report that calls events bounded, made by nobody but its writer."""
    span = {
        "first": 0,
        "stop": 1000,
        "not_before": None,
        "not_after": "2019-01-01T00:00:00.000000Z",
    }
    about = Evidence.model_validate_json(parts["evidence.json"]).model_copy(
        update={"times": StudioTimes.model_validate({"logs": [{"spans": [span]}]})}
    )
    source = Placeholders(about, made.history())
    told = evidence_report.tell(bundle_parts.Under(bundle_parts.of(parts), "ledger/"))
    policies = evidence_policies.read(parts, about, ())
    report = json_form.render(evidence_report.gather(told, about, policies, source))
    assert b'"sealed"' in report
    forged = parts | {
        "evidence.json": about.model_dump_json().encode(),
        "report/report.json": report,
    }
    verdict = judged(forged, resigned=True, key=made.studio.verifier_key)
    assert "times" in failed(verdict)


def test_trusted_times_are_checked_with_the_reader_s_certificates(
    made: Work, tmp_path: Path
) -> None:
    """By certificates of the reader alone; until then the verdict says that they were not."""
    with serving() as server:
        configure(server)
        anchors.anchor(made.studio)
        made.reject(["1.2"])
        made.bundle(tmp_path / "stamped.zip", formats=("html",))
    parts = bundle_files.read(tmp_path / "stamped.zip")
    about = Evidence.model_validate_json(parts["evidence.json"])
    assert [span.sealed for span in about.times.logs[0].spans] == [True, False]
    key = made.studio.verifier_key
    unchecked = verify_bundle(tmp_path / "stamped.zip", key=key)
    assert unchecked.verdict == "confirmed"
    assert "were not checked" in unchecked.summary
    (authority,) = timestamp_authorities()
    checked = verify_bundle(tmp_path / "stamped.zip", key=key, certificates=authority.certificates)
    assert (checked.verdict, failed(checked)) == ("confirmed", [])
    assert "were not checked" not in checked.summary
    for field, other in (("not_after", "2019"), ("not_before", "2999")):
        span = json.loads(parts["evidence.json"])["times"]["logs"][0]["spans"][0]
        earlier = {**span, field: other + "-01-01T00:00:00.000000Z"}
        forged = json.loads(parts["evidence.json"])
        forged["times"]["logs"][0]["spans"][0] = earlier
        told = parts | {"evidence.json": json.dumps(forged).encode()}
        assert "times" in failed(judged(told, resigned=True, key=key))


def test_an_expression_of_a_stranger_is_not_searched_for(made: Work, tmp_path: Path) -> None:
    """One that would take longer than the stars will shine; nor is another name believed."""
    made.bundle(tmp_path / "e.zip", formats=("html",), policies=["us-usco-2025"])
    parts = bundle_files.read(tmp_path / "e.zip")
    policy = parts["policies/us-usco-2025.yaml"]
    start = policy.index(b"forbidden_statements:")
    slow = b"forbidden_statements:\n  en:\n    - pattern: '(a|a)*b'\n      trips: "
    endless = policy[:start] + slow + b"a" * 60 + b"c\n" + _next_key(policy[start:])
    forged = parts | {"policies/us-usco-2025.yaml": endless}
    verdict = judged(forged, resigned=True)
    (policies,) = [check for check in verdict.checks if check.id == "policies"]
    assert "not as this version of the program has it" in policies.reason
    about = parts["evidence.json"].replace(b"us-usco-2025", b"own")
    renamed = {n: d for n, d in parts.items() if n != "policies/us-usco-2025.yaml"}
    renamed |= {"policies/own.yaml": policy, "evidence.json": about}
    assert "report" in failed(judged(renamed, resigned=True))


def _next_key(text: bytes) -> bytes:
    following = re.search(rb"\n(?=[a-z])", text)
    return text[following.end() :] if following else b""


def test_a_bundle_packed_anew_says_what_to_do(made: Work, tmp_path: Path) -> None:
    """Whoever unpacks and packs it has changed nothing that is signed, and is told the way."""
    made.bundle(tmp_path / "e")
    shutil.make_archive(str(tmp_path / "anew"), "zip", tmp_path / "e")
    verdict = verify_bundle(tmp_path / "anew.zip")
    assert verdict.verdict == "unreadable"
    assert "unpack it" in verdict.summary
    assert verify_bundle(tmp_path / "e").verdict == CONSISTENT
