"""The commands that redact and hand over, and ``verify`` on what they wrote."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from provenance_gen import Studio
from tests.unit.cli.terminal import at_terminal
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run


@pytest.fixture(autouse=True)
def art(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a studio with one attempt of three images, and stand in it."""
    assert run("init", "art").code == 0
    monkeypatch.chdir(tmp_path / "art")
    assert run("new", "Harbour", "--intent", "one boat").code == 0
    with Studio.open() as studio:
        generate(studio.work(), "a boat")


def test_redact_a_text(run: Run) -> None:
    """The command says what was deleted; show says so too, and audit that all is well."""
    done = run("ledger", "redact", "1", "--field", "prompt", "--reason", "private")
    assert done.code == 0
    assert "Deleted the text 'prompt' of event 3" in done.out
    assert "No export, report or bundle of this studio has told it." in done.out
    assert "(deleted)" in run("show").out
    assert "1 withheld" in run("ledger", "audit").out
    again = run("ledger", "redact", "1", "--field", "prompt", "--reason", "private")
    assert again.code == 2
    assert json.loads(run("ledger", "redact", "--purge", "--json").out) == {"purged": True}


def test_what_was_deleted_is_not_said_to_be_withheld(run: Run) -> None:
    """Nobody keeps those words back any more; and where none was given, nothing is missing."""
    assert run("pick", "1.1", "--reason", "low horizon").code == 0
    assert run("pick", "1.2").code == 0
    with Studio.open() as studio:
        work = studio.work().history()
        events = {"title": work.citation, "intent": work.intents[0].citation}
        events["reason"] = work.selections[0].citation
    for field, cited in events.items():
        asked = ("ledger", "redact", f"#{cited.number}", "--field", field, "--reason", "private")
        assert run(*asked).code == 0
    shown = run("show").out
    assert "Work 1: (deleted)\n" in shown
    assert "  intent: (deleted)\n" in shown
    assert "picked 1.1 over 1.2, 1.3: (deleted)\n" in shown
    assert "picked 1.2 over 1.1, 1.3\n" in shown
    assert "(withheld)" not in shown


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize(
    ("answer", "what", "lost"),
    [
        (b"\n", ("1", "--field", "prompt"), "  a boat\n"),
        (b"n\n", ("1.2", "--image"), "The pixels of 1.2 will be deleted"),
    ],
)
def test_a_person_is_shown_what_is_lost_and_asked(
    run: Run, answer: bytes, what: tuple[str, ...], lost: str
) -> None:
    """No is no, and so is nothing: nothing is deleted or recorded, and no error is spoken of."""
    before = json.loads(run("ledger", "status", "--json").out)
    code, said = at_terminal(answer, "ledger", "redact", *what, "--reason", "private")
    assert (code, lost in said, "error" in said) == (1, True, False)
    assert said.endswith("Nothing was deleted.\n")
    assert json.loads(run("ledger", "status", "--json").out) == before
    shown = run("show").out
    assert ("a boat" in shown, "(withdrawn)" in shown) == (True, False)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize(("answer", "given"), [(b"y\n", ()), (b"", ("--yes",))])
def test_yes_deletes_said_or_given(run: Run, answer: bytes, given: tuple[str, ...]) -> None:
    """At the question, or beforehand by a script, which is shown nothing of the text."""
    asked = ("ledger", "redact", "1", "--field", "prompt", "--reason", "private")
    code, said = at_terminal(answer, *asked, *given)
    assert (code, "for good?" in said, "a boat" in said) == (0, not given, not given)
    assert "(deleted)" in run("show").out


def test_redact_an_image(run: Run) -> None:
    """The pixels go; show, audit and JSON say so in words."""
    done = run("ledger", "redact", "1.2", "--image", "--reason", "asked", "--json")
    assert json.loads(done.out) == {
        "images": ["1.2"], "elsewhere": 0, "derived": [], "left": [],
    }  # fmt: skip
    assert "1.2 (withdrawn)" in run("show").out
    assert "withdrawn: the pixels were deleted" in run("show", "1.2").out
    assert json.loads(run("ledger", "audit", "--json").out)["withdrawn"] == 1
    assert run("show", "--contact-sheet", "sheet.png").code == 0
    refused = run("export", "1.2", "x.png")
    assert refused.code == 2
    assert "withdrawn" in refused.err


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("1",),
        ("1", "--purge"),
        ("1", "--field", "prompt", "--image", "--reason", "x"),
        ("1", "--field", "prompt"),
        ("1", "--field", "colour", "--reason", "x"),
        ("--field", "prompt"),
    ],
)
def test_redact_asked_wrongly(run: Run, arguments: tuple[str, ...]) -> None:
    """What is asked for must be whole and clear; nothing is deleted otherwise."""
    assert run("ledger", "redact", *arguments).code == 2
    assert "a boat" in run("show").out


def test_bundle_and_proof_are_verified(run: Run) -> None:
    """Exit codes: 0 consistent or confirmed, 1 wrong, 2 misuse, 3 unreadable."""
    made = json.loads(run("ledger", "bundle", "-o", "b", "--disclose", "all", "--json").out)
    assert run("ledger", "proof", "1.2", "-o", "p.tlog-proof").code == 0
    key = made["verifier_key"]
    Path("key.vkey").write_text(f"{key}\n", encoding="utf-8")
    for item in ("b", "p.tlog-proof"):
        found = run("verify", item)
        assert (found.code, "CONSISTENT, NOT ANCHORED" in found.out) == (0, True)
        assert run("verify", item, "--require-trusted").code == 1
        for given in (key, "key.vkey"):
            found = run("verify", item, "--key", given)
            assert (found.code, "CONFIRMED" in found.out) == (0, True)
        assert run("verify", item, "--key", "nonsense").code == 2
    assert "No check can show that what was recorded is true" in run("verify", "b").out
    path = Path("b/events.jsonl")
    path.write_bytes(path.read_bytes().replace(b"unknown", b"person!"))
    found = run("verify", "b", "p.tlog-proof", "--json")
    assert found.code == 1
    verdicts = [json.loads(line)["verdict"] for line in found.out.splitlines()]
    assert verdicts == ["wrong", "consistent, not anchored"]
    Path("b/bundle.json").unlink()
    found = run("verify", "b")
    assert (found.code, "UNREADABLE" in found.out) == (3, True)
    assert run("verify", "b", "p.tlog-proof").code == 3


def test_bundle_refuses(run: Run) -> None:
    """What exists is not overwritten; unknown texts are answered with those that are there."""
    assert run("ledger", "bundle", "-o", "b.zip").code == 0
    assert run("ledger", "bundle", "-o", "b.zip").code == 2
    refused = run("ledger", "bundle", "-o", "c.zip", "--disclose", "colour")
    assert refused.code == 2
    assert "intent" in refused.err


def test_files_that_stay_behind_are_said(run: Run) -> None:
    """Where some were exported and none was put in; not where there are none, or one was chosen."""
    before = run("bundle", "-o", "none.zip", "--disclose", "all")
    assert "not put in" not in before.out + before.err
    for name in ("a.png", "b.png"):
        assert run("export", "1.1", name, "--yes").code == 0
        done = run("bundle", "-o", f"{name}.zip", "--disclose", "all")
        assert done.code == 0
        said = {"a.png": "1 exported file of this work was", "b.png": "2 exported files of this"}
        assert said[name] in done.out + done.err
        assert "(--file …)" in done.out + done.err
    one = run("bundle", "-o", "one.zip", "--disclose", "all", "--file", "a.png")
    assert "1 exported file" in one.out
    assert "not put in" not in one.out + one.err
    told = json.loads(run("bundle", "-o", "two.zip", "--file", "a.png", "--json").out)
    assert (told["files"], told["files_left"]) == (1, 1)
