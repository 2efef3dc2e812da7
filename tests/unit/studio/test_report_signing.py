"""The signed copy of a report's PDF: valid, tied to its event, and caught at every change."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import c2pa
import orjson
import pypdf
import pytest

from provenance_gen.credentials.report import RECORD_LABEL
from provenance_gen.credentials.trust import given_list
from provenance_gen.digests import sha256_hex
from provenance_gen.errors import SigningError, UsageError
from provenance_gen.records.verdict import CheckStatus, Verdict, VerdictKind
from provenance_gen.studio import signing
from provenance_gen.studio.verify import verify
from provenance_gen.studio.verify_bundle import verify_bundle
from tests import tsa

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.studio import Studio, Work
    from provenance_gen.studio.report import Written


@pytest.fixture
def written(work: Work, tmp_path: Path) -> Written:
    """Return a report as PDF, signed."""
    return work.report(tmp_path / "boat.pdf", formats=("pdf",), sign=True)


def outcomes(verdict: Verdict) -> dict[str, CheckStatus]:
    """Return what became of each check."""
    return {check.id: check.status for check in verdict.checks}


def test_the_signed_copy_is_valid_and_leads_to_its_event(studio: Studio, written: Written) -> None:
    """Read by the program and by the library itself; its pixels are nobody's question."""
    assert written.signed is not None
    assert written.signed.name == "boat.signed.pdf"
    verdict = studio.verify(written.signed)
    assert verdict.verdict is VerdictKind.VALID
    assert verdict.media_type == "application/pdf"
    assert verdict.record.status == "not_comparable"
    found = outcomes(verdict)
    assert {found[name] for name in ("binding", "signature", "ledger")} == {CheckStatus.PASSED}
    assert "no pixels to compare" in verdict.checks[0].reason
    with c2pa.Reader("application/pdf", io.BytesIO(written.signed.read_bytes())) as reader:
        manifests = orjson.loads(reader.crjson())["manifests"]
    record = manifests[0]["assertions"][RECORD_LABEL]
    assert record["report"]["sha256"] == sha256_hex(written.files["pdf"].read_bytes())
    assert record["report"]["events"] == written.tree_size
    (event,) = (e for e in studio.ledger.events() if e.sequence == record["event"])
    assert event.leaf == record["leaf"]
    assert event.type == "report.written"
    assert record["report"]["sha256"] in event.payload["digests"]


def test_a_report_of_an_imported_picture_says_nothing_of_ai(
    studio: Studio, work: Work, tmp_path: Path
) -> None:
    """Who brought it in need not know that a model made it, as here."""
    work.export("1.1", tmp_path / "boat.png")
    other = studio.new_work("Another", intent="Somebody's boat")
    other.bring_in(tmp_path / "boat.png", note="found")
    signed = other.report(tmp_path / "other.pdf", formats=("pdf",), sign=True).signed
    assert signed is not None
    verdict = studio.verify(signed)
    assert (verdict.verdict, verdict.ai.statement) == (VerdictKind.VALID, "unknown")


def test_the_plain_file_stays_as_the_events_give_it(
    work: Work, written: Written, tmp_path: Path
) -> None:
    """The detached signature speaks of that one; both show the same pages."""
    again = work.report(tmp_path / "again.pdf", formats=("pdf",), at=written.tree_size)
    plain = written.files["pdf"]
    assert again.files["pdf"].read_bytes() == plain.read_bytes()
    assert (again.signed, again.proof) == (None, None)
    assert written.proof
    assert {c.id: c.status for c in verify_bundle(written.proof).checks}["files"] is (
        CheckStatus.PASSED
    )
    assert written.signed
    pages = [pypdf.PdfReader(file).pages for file in (plain, written.signed)]
    first, second = ([page.extract_text() for page in some] for some in pages)
    assert first == second
    assert any("Harbour at dusk" in text for text in first)


def test_any_change_is_noticed(written: Written, tmp_path: Path) -> None:
    """At the beginning, in the middle, at the end, and after it."""
    assert written.signed
    whole = written.signed.read_bytes()
    changed = tmp_path / "changed.pdf"
    for place in (9, 500, len(whole) // 2, len(whole) - 20):
        data = bytearray(whole)
        data[place] ^= 1
        changed.write_bytes(data)
        assert verify(changed).verdict in (VerdictKind.INVALID, VerdictKind.UNREADABLE), place
    changed.write_bytes(whole + b"% more\n")
    assert verify(changed).verdict is VerdictKind.INVALID


def test_unsigned_and_broken_documents(written: Written, tmp_path: Path) -> None:
    """One is unsigned, the other cannot be read; neither stops the rest."""
    assert verify(written.files["pdf"]).verdict is VerdictKind.UNSIGNED
    broken = tmp_path / "broken.pdf"
    for content in (
        b"%PDF-1.7\n" + b"\x00" * 400,
        b"%PDF-",
        written.files["pdf"].read_bytes()[:900],
    ):
        broken.write_bytes(content)
        verdict = verify(broken)
        assert verdict.verdict in (VerdictKind.UNREADABLE, VerdictKind.UNSIGNED)
        assert verdict.credentials.presence in ("none", "unreadable")


def test_nothing_is_written_over_or_recorded_in_vain(
    studio: Studio, work: Work, tmp_path: Path
) -> None:
    """A name that is taken, and a key that cannot be opened, are found first."""
    taken = tmp_path / "boat.signed.pdf"
    taken.write_bytes(b"mine")
    size = studio.ledger.head().size
    with pytest.raises(UsageError, match=r"boat\.signed\.pdf exists"):
        work.report(tmp_path / "boat.pdf", formats=("pdf",), sign=True)
    signing.new_key("locked", password="secret")  # noqa: S106 - of a test
    signing.rotate(studio, "locked")
    with pytest.raises(SigningError):
        work.report(tmp_path / "b.pdf", formats=("pdf",), sign=True)
    assert studio.ledger.head().size == size
    assert taken.read_bytes() == b"mine"
    assert not (tmp_path / "b.pdf").exists()


def test_a_time_stamp_on_the_signed_copy(studio: Studio, work: Work, tmp_path: Path) -> None:
    """By the user's own authority; what it cannot give leaves the report, and no signed copy."""
    formats = ("pdf",)
    with tsa.serving() as server:
        server.configure()
        written = work.report(tmp_path / "a.pdf", formats=formats, sign=True, timestamp=True)
        plain = work.report(tmp_path / "b.pdf", formats=formats, sign=True)
        server.body = b"nothing"
        with pytest.raises(SigningError, match=r"c\.pdf is written and on record, and no signed"):
            work.report(tmp_path / "c.pdf", formats=formats, sign=True, timestamp="loopback")
        clock = replace(given_list(server.root), vouches="time")
    assert written.signed
    assert written.credentials
    assert written.credentials.stamped
    assert plain.credentials
    assert plain.credentials.stamped is None
    verdict = verify(written.signed, lists=(clock,), own_roots=signing.own_roots(studio))
    time = next(check for check in verdict.checks if check.id == "time")
    assert (time.status, verdict.verdict) == (CheckStatus.PASSED, VerdictKind.VALID)
    assert written.credentials.stamped in time.reason
    assert verdict.credentials.timestamped
    assert (tmp_path / "c.pdf").exists()
    assert not (tmp_path / "c.signed.pdf").exists()


def test_a_time_stamp_needs_something_to_stamp(studio: Studio, work: Work, tmp_path: Path) -> None:
    """Refused before anything is written: no signature, no PDF, no such authority."""
    size = studio.ledger.head().size
    with pytest.raises(UsageError, match="no time-stamp authority is configured in"):
        work.report(tmp_path / "a.pdf", formats=("pdf",), sign=True, timestamp=True)
    with tsa.serving() as server:
        server.configure()
        for formats, sign in ((("pdf",), False), (("json",), True)):
            with pytest.raises(UsageError, match="--format pdf --sign"):
                work.report(tmp_path / "a.pdf", formats=formats, sign=sign, timestamp=True)
        assert server.asked == 0
    assert studio.ledger.head().size == size
    assert list(tmp_path.glob("a.*")) == []
