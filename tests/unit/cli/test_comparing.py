"""``provgen compare``."""

from __future__ import annotations

import json
import re
import zipfile
from typing import TYPE_CHECKING

from PIL import Image

from provenance_gen import Studio
from provenance_gen.ledger.bundle_write import writing
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.unit.cli.conftest import Run


def test_in_a_studio_and_outside(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Images by their names, files from anywhere; the words that belong to it."""
    Image.new("RGB", (8, 8), "red").save(tmp_path / "bare.png")
    outside = run("compare", "bare.png", "bare.png")
    assert outside.code == 0
    assert "nothing: no record" in outside.out
    assert "Both have the same pixels." in outside.out
    assert run("compare", "1.1", "bare.png").code == 2
    assert run("init", "art").code == 0
    monkeypatch.chdir(tmp_path / "art")
    assert run("new", "Harbour").code == 0
    with Studio.open() as studio:
        generate(studio.work(), "a boat")
    found = run("compare", "1.1", "../bare.png")
    assert found.code == 0
    assert "This ranks nobody" in found.out
    assert "1.1 model wrote most of" in found.out
    assert re.search(r"first event +│ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found.out)
    value = json.loads(run("compare", "1.1", "1.2", "--json").out)
    assert value["schema"] == "provenance-gen/comparison/1"
    assert value["a"]["image"] == "1.1"
    assert run("compare", "1.1", "9.9").code == 2


def test_what_only_a_guess_leads_from_is_marked(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attempt, and the pick with its reason."""
    assert run("init", "art").code == 0
    monkeypatch.chdir(tmp_path / "art")
    assert run("new", "Harbour").code == 0
    with Studio.open() as studio:
        work = studio.work()
        generate(work, "a boat")
        work.select("1.2", reason="low horizon")
        generate(work, "a tree")
    told = " ".join(run("compare", "2.1", "1.2").out.split())
    guess = "linked to it only by a guess of the program"
    assert f"1 attempt {guess}: 1" in told
    assert f"picked 1.2 over 2 others ({guess}): low horizon" in told
    assert "picked 1.2 over 2 others: low horizon" in told
    assert told.count(guess) == 2


def test_a_page_shows_the_pictures_that_the_studio_has(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And of a file from elsewhere none; what is there is not replaced unasked."""
    Image.new("RGB", (8, 8), "red").save(tmp_path / "bare.png")
    assert run("init", "art").code == 0
    monkeypatch.chdir(tmp_path / "art")
    assert run("new", "Harbour").code == 0
    with Studio.open() as studio:
        generate(studio.work(), "a boat")
    asked = ("compare", "1.1", "../bare.png", "--output")
    assert "Wrote page.html" in run(*asked, "page.html").out
    page = (tmp_path / "art" / "page.html").read_text(encoding="utf-8")
    assert page.count("<img ") == 1
    assert page.count('class="no-picture"') == 1
    assert "page.html exists" in run(*asked, "page.html").err
    assert run(*asked, "page.html", "--overwrite").code == 0
    assert page == (tmp_path / "art" / "page.html").read_text(encoding="utf-8")
    assert run(*asked, "ja.html", "--language", "ja").code == 0
    assert 'lang="ja"' in (tmp_path / "art" / "ja.html").read_text(encoding="utf-8")
    assert run(*asked, "page.txt").code == 2
    assert run(*asked, "fr.html", "--language", "fr").code == 2
    assert not (tmp_path / "art" / "fr.html").exists()


def test_a_page_tells_no_place_of_a_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is handed on: of a file its name stands there, and not where it lies."""
    (tmp_path / "private").mkdir()
    Image.new("RGB", (8, 8), "red").save(tmp_path / "private" / "bare.png")
    Image.new("RGB", (8, 8), "blue").save(tmp_path / "other.png")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    lies = str(tmp_path / "private" / "bare.png")
    assert run("compare", lies, "../other.png", "--output", "page.html").code == 0
    page = (tmp_path / "here" / "page.html").read_text(encoding="utf-8")
    assert ">bare.png</span>" in page
    assert ">other.png</span>" in page
    assert "private" not in page
    assert str(tmp_path) not in page
    assert "../other.png" not in page


def test_what_cannot_be_read_is_no_side(run: Run, tmp_path: Path) -> None:
    """Nothing was found out of it, so that nothing is said of its making either."""
    Image.new("RGB", (8, 8), "red").save(tmp_path / "bare.png")
    (tmp_path / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    with zipfile.ZipFile(tmp_path / "evidence.zip", "w") as file:
        file.writestr("evidence.json", "no JSON")
    (tmp_path / "cut.zip").write_bytes((tmp_path / "evidence.zip").read_bytes()[:-10])
    for name in ("torn.png", "evidence.zip", "cut.zip"):
        found = run("compare", "bare.png", name)
        assert found.code == 3
        assert f"{name} cannot be read" in found.err


def test_only_a_zip_of_the_wrong_form_is_said_to_be_packed_anew(run: Run, tmp_path: Path) -> None:
    """What is wrong inside it is not mended by unpacking."""
    with writing(tmp_path / "inside.zip") as file:
        file.put("evidence.json", b"no JSON")
    (tmp_path / "cut.zip").write_bytes((tmp_path / "inside.zip").read_bytes()[:-10])
    with zipfile.ZipFile(tmp_path / "anew.zip", "w") as archive:
        archive.writestr("report/", b"")
        archive.writestr("evidence.json", b"no JSON")
    found = {name: run("verify", f"{name}.zip") for name in ("inside", "cut", "anew")}
    assert {one.code for one in found.values()} == {3}
    told = {name for name, one in found.items() if "unpack it" in " ".join(one.out.split())}
    assert told == {"anew"}
