"""Two pictures side by side: from the ledger, from bundles, from files, from nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from provenance_gen.errors import UnknownReferenceError, UsageError
from provenance_gen.ledger import bundle_files
from provenance_gen.studio.bundle import bundle, prove
from provenance_gen.studio.compare import compare, of_bundle
from provenance_gen.studio.redact import redact
from provenance_gen.studio.verify_bundle import check_and_compare
from tests.fakes import SIDE
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records.comparison import Side
    from provenance_gen.studio.work import Work


@pytest.fixture
def made(work: Work) -> Work:
    """Return a work whose first attempt was one click, and whose e1 took a revision and an edit."""
    generate(work, "a red boat", based_on="1.2")
    work.select("2.1", over=["2.2", "2.3"], reason="low horizon")
    retouched = Image.new("RGB", (SIDE, SIDE), "teal")
    work.edit("2.1", retouched, tool="Krita", note="repainted")
    return work


def sides(work: Work, a: str, b: str) -> tuple[Side, Side]:
    """Compare inside the studio."""
    found = compare(a, b, studio=work.studio)
    return found.a, found.b


def test_only_what_leads_to_a_picture_counts_for_it(made: Work) -> None:
    """Not the attempts and choices that another picture came from."""
    click, evening = sides(made, "1.1", "e1")
    assert (click.basis, evening.basis) == ("ledger", "ledger")
    assert (click.measures["attempts"], evening.measures["attempts"]) == (1, 2)
    assert (click.measures["selections"], evening.measures["selections"]) == (0, 1)
    assert click.whole_work == evening.whole_work
    assert [edit.image for edit in evening.edits] == ["e1"]
    assert evening.choices[0].reason == "low horizon"
    assert click.edits == ()
    assert evening.standing == {"asserted": evening.standing["asserted"]}


def test_what_only_a_guess_leads_from_says_so(work: Work) -> None:
    """A pick and an attempt of another picture do not stand unmarked under one guessed after it."""
    work.select("1.2", over=["1.1"], reason="low horizon")
    generate(work, "a tree")
    work.select("2.1", over=["2.2"])
    guessed, own = sides(work, "2.1", "1.2")
    assert (guessed.guessed, own.guessed) == ((1,), ())
    assert [(one.image, one.guessed) for one in guessed.choices] == [("1.2", True), ("2.1", False)]
    assert [(one.image, one.guessed) for one in own.choices] == [("1.2", False)]
    generate(work, "a tall tree", based_on="2.1")
    assert sides(work, "3.1", "2.1")[0].guessed == (1,)


def test_a_file_is_found_by_its_digest_and_by_its_pixels(made: Work, tmp_path: Path) -> None:
    """With its credentials and without; the same picture says so."""
    made.export("e1", tmp_path / "boat.png")
    with Image.open(tmp_path / "boat.png") as picture:
        picture.save(tmp_path / "stripped.png")
    found = compare(str(tmp_path / "boat.png"), str(tmp_path / "stripped.png"), studio=made.studio)
    assert (found.a.image, found.b.image) == ("e1", "e1")
    assert found.same_pixels
    # What the file itself says is told beside what the ledger has of it.
    assert found.a.signer is not None
    assert found.a.ai is not None
    assert found.a.ai.statement == "generated"
    assert (found.b.signer, found.b.ai) == (None, None)


def test_of_equal_pixels_the_one_with_a_history_is_taken(made: Work, tmp_path: Path) -> None:
    """Made here before imported, own before others', and it is said that there are more."""
    sketch, copy = tmp_path / "sketch.png", tmp_path / "copy.png"
    Image.new("RGB", (24, 16), "navy").save(sketch)
    made.studio.store.open(made.history().image("e1").ref.pixel_digest).save(copy)
    made.bring_in(sketch, own=True)
    for path in (sketch, copy):
        made.bring_in(path)
    own, again = sides(made, str(sketch), str(copy))
    assert (own.image, again.image) == ("i1", "e1")
    assert "Of 2 images recorded here with these pixels, i1 was taken" in own.says
    assert "was taken" not in sides(made, "1.1", "e1")[1].says


def test_without_a_studio_a_file_says_what_it_says(made: Work, tmp_path: Path) -> None:
    """Signed credentials, or nothing at all, which is not said to be nothing done."""
    made.export("e1", tmp_path / "boat.png")
    Image.new("RGB", (8, 8), "red").save(tmp_path / "bare.png")
    found = compare(str(tmp_path / "boat.png"), str(tmp_path / "bare.png"))
    assert found.a.basis == "credentials"
    assert found.a.actions[0].action == "c2pa.created"
    assert found.b.basis == "nothing"
    assert "not the same as nothing was done" in found.b.says
    assert (found.a.measures, found.b.measures) == ({}, {})


def test_a_deleted_text_is_not_called_withheld(made: Work, tmp_path: Path) -> None:
    """Nobody keeps it any more; in a bundle that tells nothing else, the others are."""
    assert sides(made, "e1", "1.1")[0].withheld == 0
    made.bundle(tmp_path / "before", disclose=["none"])
    redact(made.studio, "2.1", "reason", reason="asked to")
    made.bundle(tmp_path / "after", disclose=["none"])
    assert sides(made, "e1", "1.1")[0].withheld == 0
    found = compare(str(tmp_path / "before"), str(tmp_path / "after"))
    assert found.b.withheld == found.a.withheld - 1 > 0


def test_bundles_speak_for_their_pictures(made: Work, tmp_path: Path) -> None:
    """With no studio; a wrong one is believed in nothing."""
    made.bundle(tmp_path / "good", disclose=["reason"])
    made.bundle(tmp_path / "bad")
    (tmp_path / "bad" / "evidence.json").write_bytes(
        (tmp_path / "bad" / "evidence.json").read_bytes().replace(b'"size": ', b'"size": 1')
    )
    found = compare(str(tmp_path / "good"), str(tmp_path / "bad"))
    assert (found.a.basis, found.b.basis) == ("bundle", "nothing")
    assert found.a.choices[0].reason == "low horizon"
    assert found.a.withheld > 0


def test_a_bundle_is_compared_by_the_process_that_checked_it(made: Work, tmp_path: Path) -> None:
    """It says the same there as here, and nothing beyond its limits."""
    made.bundle(tmp_path / "good.zip", disclose=["all"])
    verdict, side = check_and_compare(tmp_path / "good.zip")
    with bundle_files.opened(tmp_path / "good.zip") as parts:
        assert side == of_bundle(parts, verdict)
    assert side is not None
    assert side.measures["selections"] > 0
    # So little that even what reads it may not load: which of the two stops it differs.
    short, none = check_and_compare(tmp_path / "good.zip", memory=64 << 20)
    assert (short.verdict, none) == ("unreadable", None)


def test_a_bundle_without_a_picture_is_nothing(made: Work, tmp_path: Path) -> None:
    """One of a ledger, and a proof, which say nothing of any one picture."""
    bundle(made.studio, tmp_path / "ledger.zip")
    prove(made.studio, "1.1", tmp_path / "one.tlog-proof")
    found = compare(str(tmp_path / "ledger.zip"), str(tmp_path / "one.tlog-proof"))
    assert (found.a.basis, found.b.basis) == ("nothing", "nothing")


def test_nothing_ranks_anybody(made: Work) -> None:
    """No field of the record is a score or a share."""
    value = compare("1.1", "e1", studio=made.studio).as_json()
    text = str(value).lower()
    assert not any(word in text for word in ("score", "winner", "percent", "better", "share"))


def test_what_is_neither(made: Work) -> None:
    """A name of no image, and a name of no file."""
    with pytest.raises(UnknownReferenceError):
        compare("9.9", "1.1", studio=made.studio)
    with pytest.raises(UsageError, match="no file here"):
        compare("1.1", "1.2")
