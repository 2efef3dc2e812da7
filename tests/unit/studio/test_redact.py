"""Redaction through a studio: what goes, what stays, and where it had left to."""

from __future__ import annotations

import base64
import sqlite3
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from provenance_gen import Studio
from provenance_gen.editing.areas import Area
from provenance_gen.editing.steps import Fill, Paste, Text
from provenance_gen.errors import UnknownReferenceError, UsageError
from provenance_gen.ledger import redaction
from provenance_gen.records.event import ActorKind
from provenance_gen.studio.anchors import status
from provenance_gen.studio.bundle import bundle, prove
from provenance_gen.studio.redact import purge, redact, withdraw
from provenance_gen.studio.report import gather
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.studio import Work

WORDS = "a heron over the flooded rice field"


@pytest.fixture
def told(studio: Studio, tmp_path: Path) -> Work:
    """A work whose words have left with exports, a report and bundles."""
    work = studio.new_work("Heron", intent="One heron, no people")
    images = generate(work, WORDS)
    generate(work, "another picture", seed=9)
    work.select(images[0], reason="the bend of the neck")
    for profile in ("minimal", "standard", "full"):
        work.export("1.1", tmp_path / f"{profile}.png", disclosure=profile)
    work.export("2.1", tmp_path / "other.png", disclosure="full")
    work.report(tmp_path / "report.html")
    bundle(studio, tmp_path / "hashes.zip")
    bundle(studio, tmp_path / "prompts.zip", disclose=["prompt"])
    bundle(studio, tmp_path / "all", work="Heron", disclose=["all"])
    return work


def bytes_of(studio: Studio) -> bytes:
    """Return every byte of the database and of what lies beside it."""
    files = sorted(studio.folder.data.glob("ledger.db*"))
    assert files
    return b"".join(file.read_bytes() for file in files)


def test_prompt_is_gone_and_its_exports_are_named(studio: Studio, told: Work) -> None:
    """The words stand in no byte; every file that had told them is listed, and no other."""
    inside = base64.urlsafe_b64encode(WORDS.encode()[2:32])[4:-4]
    done = redact(studio, "1", "prompt", reason="names a place")
    assert [item.field for item in done.texts] == ["/call/prompts/prompt/0"]
    assert done.purged
    assert [(item.kind, item.name) for item in done.left] == [
        ("export", "full.png"),
        ("report", None),
        ("bundle", None),
        ("bundle", None),
    ]
    assert done.same_words == ()
    data = bytes_of(studio)
    assert WORDS.encode() not in data
    assert inside not in data
    history = told.history()
    assert history.attempts[0].prompt is None
    assert history.attempts[0].citation.withholds("call/prompts/prompt/0")
    assert history.attempts[1].prompt == "another picture"
    for reference, field, exports in (
        ("work", "title", []),
        ("work", "intent", []),
        ("1.1", "reason", []),
        ("#0", "author", []),
        ("1.1", "name", ["standard.png", "full.png"]),
    ):
        done = redact(studio, reference, field, reason="private")
        assert [item.name for item in done.left if item.kind == "export"] == exports
        assert sum(item.kind == "report" for item in done.left) == (reference != "#0")
        assert sum(item.kind == "bundle" for item in done.left) == 1
    assert studio.audit().passed


def test_evidence_bundles_are_named(studio: Studio, work: Work, tmp_path: Path) -> None:
    """A bundle that told the words is listed for them; for a picture, every bundle of its work."""
    work.bundle(tmp_path / "none.zip", policies=["us-usco-2025"], disclose=["none"])
    work.bundle(tmp_path / "all.zip", policies=["us-usco-2025"], disclose=["all"])
    done = redact(studio, "work", "intent", reason="private")
    assert [item.kind for item in done.left] == ["evidence"]
    gone = withdraw(studio, "1.1", reason="asked by the sitter")
    assert [item.kind for item in gone.left] == ["evidence", "evidence"]


def test_who_and_why_stay(studio: Studio, work: Work) -> None:
    """The event of a redaction says by whom and why, and what was deleted of which event."""
    redact(studio, "work", "intent", reason="asked by the client")
    *_, last = studio.ledger.events()
    assert (last.type, last.actor.kind) == ("text.redacted", ActorKind.PERSON)
    assert last.payload["reason"] == "asked by the client"
    assert last.payload["field"] == ["intent"]
    (intent,) = work.history().intents
    assert (intent.text, last.payload["event"]) == (None, intent.citation.leaf)


def test_withheld_differs_from_never_given(studio: Studio, work: Work) -> None:
    """A reason that was deleted is not a reason that was never given."""
    work.select("1.1", reason="because")
    work.select("1.2")
    redact(studio, "1.1", "reason", reason="private")
    given, not_given = work.history().selections
    assert (given.reason, not_given.reason) == (None, None)
    assert given.citation.withholds("reason")
    assert not not_given.citation.withholds("reason")
    shown = gather(work, policies=[], language="en")
    assert [choice.withheld for choice in shown.choices] == [True, False]
    assert [gap.subjects for gap in shown.gaps if gap.code == "picks_without_reason"] == [("1.2",)]


@pytest.mark.usefixtures("work")
def test_what_cannot_be_asked_for(studio: Studio) -> None:
    """An unknown field is answered with those that are there; so is an unknown reference."""
    with pytest.raises(UsageError, match="prompt"):
        redact(studio, "1", "intent", reason="x")
    with pytest.raises(UnknownReferenceError):
        redact(studio, "9.9", "prompt", reason="x")
    with pytest.raises(UnknownReferenceError):
        redact(studio, "7", "prompt", reason="x")
    with pytest.raises(UnknownReferenceError):
        redact(studio, "#99", "prompt", reason="x")
    with pytest.raises(UsageError, match="say why"):
        redact(studio, "1", "prompt", reason=" ")
    redact(studio, "1", "prompt", reason="x")
    with pytest.raises(UsageError, match="withheld or deleted"):
        redact(studio, "1", "prompt", reason="x")


def test_pending_purge_is_completed_later(studio: Studio, work: Work) -> None:
    """A reader keeps the words in the write-ahead log; the next opening completes the purge."""
    generate(work, WORDS, seed=5)
    reader = sqlite3.connect(studio.folder.data / "ledger.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM event").fetchone()
    done = redact(studio, "2", "prompt", reason="x")
    assert not done.purged
    assert redaction.is_pending(studio.ledger)
    assert status(studio).purge_pending
    with Studio.open(studio.folder.root) as again:
        assert redaction.is_pending(again.ledger)
    reader.close()
    with Studio.open(studio.folder.root) as again:
        assert not redaction.is_pending(again.ledger)
    assert WORDS.encode() not in bytes_of(studio)
    assert not status(studio).purge_pending
    assert purge(studio)


def test_image_is_withdrawn(studio: Studio, work: Work, tmp_path: Path) -> None:
    """Pixels and thumbnail are deleted, the record stays, and the audit says withdrawn."""
    work.export("1.1", tmp_path / "minimal.png", disclosure="minimal")
    work.report(tmp_path / "report.html")
    before = work.history().image("1.1")
    digest = before.ref.pixel_digest
    edited = work.edit("1.1", studio.store.open(digest).point(lambda v: 255 - v), tool="x")
    done = withdraw(studio, "1.1", reason="asked by the sitter")
    assert (done.images, done.elsewhere, done.derived) == (("1.1",), 0, (edited.image.name,))
    assert [(item.kind, item.name) for item in done.left] == [
        ("export", "minimal.png"),
        ("report", None),
    ]
    name = f"{digest}.png"
    assert not list(studio.folder.data.rglob(name))
    after = work.history().image("1.1")
    assert after == before.model_copy(update={"withdrawn": True})
    found = studio.audit()
    assert (found.passed, found.withdrawn) == (True, 1)
    with pytest.raises(UsageError, match="withdrawn"):
        work.export("1.1", tmp_path / "again.png")
    with pytest.raises(UsageError, match="withdrawn"):
        work.edit("1.1", [], tool="x")
    with pytest.raises(UsageError, match="already"):
        withdraw(studio, "1.1", reason="x")
    page = work.report(tmp_path / "after.html").files["html"].read_text(encoding="utf-8")
    assert "pixels deleted" in page


def test_image_that_was_pasted(studio: Studio, work: Work, tmp_path: Path) -> None:
    """What it was put into shows it, and so does what was made of that."""
    pasted = work.edit("1.2", [Paste(picture="1.1", left=2, top=2)]).image.name
    last = work.edit(pasted, [Fill(area=Area(box=(0, 0, 1, 1)), colour="#203040")]).image.name
    work.export(last, tmp_path / "last.png")
    work.export("1.2", tmp_path / "other.png")
    done = withdraw(studio, "1.1", reason="asked by the sitter")
    assert done.derived == (pasted, last)
    assert [item.name for item in done.left] == ["last.png"]


def test_same_pixels_elsewhere(studio: Studio, work: Work) -> None:
    """Images with the same pixels share a file; one made again later has its own."""
    other = studio.new_work("Again")
    generate(other, "a boat")
    done = withdraw(studio, "1.1", reason="x")
    assert (done.images, done.elsewhere) == (("1.1",), 1)
    assert work.history().image("1.1").withdrawn
    third = studio.new_work("Once more")
    generate(third, "a boat")
    assert not third.history().image("1.1").withdrawn
    assert purge(studio)
    assert studio.store.has(third.history().image("1.1").ref.pixel_digest)
    assert studio.audit().passed


def test_killed_before_the_pixels_went(studio: Studio, work: Work) -> None:
    """Pixels that a crash left behind go with the next opening."""
    digest = work.history().image("1.2").ref.pixel_digest
    kept = studio.store.path(digest).read_bytes()
    withdraw(studio, "1.2", reason="x")
    studio.store.path(digest).write_bytes(kept)
    redaction.mark(studio.ledger)
    with Studio.open(studio.folder.root) as again:
        assert not again.store.has(digest)


def test_text_of_an_earlier_log(studio: Studio, work: Work, tmp_path: Path) -> None:
    """In a studio that began a new log, texts of the old one are deleted there, and told here."""
    generate(work, WORDS, seed=4)
    work.report(tmp_path / "report.html")
    root = studio.folder.root
    studio.ledger.checkpoint()
    studio.resume(new_log=True)
    studio.close()
    with Studio.open(root, actor=ActorKind.PERSON) as resumed:
        done = redact(resumed, "2", "prompt", reason="x")
        assert [str(item.event)[:2] for item in done.texts] == ["1:"]
        assert [item.kind for item in done.left] == ["report"]
        assert done.purged
        assert resumed.work().history().attempts[1].prompt is None
        last = list(resumed.ledger.events())[-1]
        assert last.type == "text.redacted"
        made = prove(resumed, "2", tmp_path / "a.tlog-proof")
        assert made.type == "attempt.started"
        assert all(audit.passed for audit in (resumed.audit(), *resumed.audit_earlier()))
        files = [f for f in resumed.folder.data.rglob("ledger.db*") if f.is_file()]
        assert len(files) > 1
        assert not any(WORDS.encode() in file.read_bytes() for file in files)


def test_masks_go_with_the_picture_that_shows_them(studio: Studio, work: Work) -> None:
    """The outline of withdrawn words is deleted too, but not a mask that another edit has."""
    words = Text(words="Ann", left=1, top=1, size=8)
    gone = work.edit("1.1", [words])
    shared = Area(mask=Image.linear_gradient("L").resize((16, 16)))
    first = work.edit("1.2", [Fill(area=shared, colour="#ff0000")])
    other = work.edit("1.3", [Fill(area=shared, colour="#00ff00")])
    masks = [edit.operations[0].mask for edit in (gone, first, other)]
    assert all(mask and studio.store.has(mask.pixel_digest) for mask in masks)
    withdraw(studio, gone.image.name, reason="asked by Ann")
    withdraw(studio, first.image.name, reason="asked by Ann")
    assert masks[0]
    assert masks[2]
    assert not studio.store.has(masks[0].pixel_digest)
    assert studio.store.has(masks[2].pixel_digest)
    assert studio.audit().passed


def test_a_layered_file_that_is_lost_is_found_missing(
    studio: Studio, work: Work, tmp_path: Path
) -> None:
    """What is kept with an edit is audited like every other blob."""
    (tmp_path / "a.xcf").write_bytes(b"gimp xcf v011\0")
    picture = studio.store.open(work.find("1.1").ref.pixel_digest).point(lambda v: 255 - v)
    edit = work.edit("1.1", picture, sources=[tmp_path / "a.xcf"])
    assert studio.audit().passed
    assert edit.sources
    next(studio.folder.data.rglob(edit.sources[0].blob)).unlink()
    assert not studio.audit().passed
