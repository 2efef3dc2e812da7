"""The commands: what they print, what they refuse, and their exit codes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from provenance_gen import Studio, errors
from provenance_gen.cli import exit_code
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.unit.cli.conftest import Run


UNKNOWN = "no terminal is attached: the actor is recorded as unknown, not as a person"


@pytest.fixture
def art(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a studio with one attempt of three images, and stand in it."""
    assert run("init", "art", "--author", "Ann").code == 0
    monkeypatch.chdir(tmp_path / "art")
    assert run("new", "Harbour [bold]", "--intent", "one boat").code == 0
    with Studio.open() as studio:
        generate(studio.work(), "a <b>boat</b> \x1b[31m\u202e")
    return tmp_path / "art"


def test_not_in_a_studio(run: Run) -> None:
    """Outside a studio each command that needs one says what to run."""
    for command in (["show"], ["pick", "1.1"], ["ledger", "audit"], ["report"]):
        result = run(*command)
        assert result.code == 2
        assert "provgen init" in result.err


def test_second_init_is_refused(run: Run, art: Path) -> None:
    """A studio is not made twice."""
    result = run("init", str(art))
    assert result.code == 2
    assert "already" in result.err


@pytest.mark.usefixtures("art")
def test_show_lists_and_escapes(run: Run) -> None:
    """Markup is printed as it is, control and direction characters are shown."""
    result = run("show")
    assert result.code == 0
    assert "Harbour [bold]" in result.out
    assert "a <b>boat</b> [U+001B][31m[U+202E]" in result.out
    assert "\x1b[31m" not in result.out
    assert "1.1 1.2 1.3" in result.out


@pytest.mark.usefixtures("art")
def test_json_is_ascii_and_exact(run: Run) -> None:
    """With --json the exact text is there, in a form no terminal obeys."""
    result = run("show", "--json")
    assert result.out.isascii()
    assert "\x1b" not in result.out
    (attempt,) = json.loads(result.out)["attempts"]
    assert attempt["call"]["prompts"]["prompt"] == ["a <b>boat</b> \x1b[31m\u202e"]


@pytest.mark.usefixtures("art")
def test_pick_and_reject(run: Run) -> None:
    """Choices are recorded with their siblings and reasons."""
    assert "over 1.1, 1.3" in run("pick", "1.2", "--reason", "low horizon").out
    assert "neither picked nor rejected" in run("show", "1.1").out
    assert json.loads(run("reject", "1.1", "1.3", "--json").out)["images"] == ["1.1", "1.3"]
    assert run("show", "1.2").out.splitlines()[0].endswith("  picked")
    assert run("show", "1.1").out.splitlines()[0].endswith("  rejected")
    assert "picked 1.2 over 1.1, 1.3: low horizon" in run("show").out


@pytest.mark.usefixtures("art")
def test_a_choice_that_changes_says_so(run: Run) -> None:
    """The newer choice counts, and both stay on record."""
    assert "newer" not in run("pick", "1.2").out
    assert "1.2 had been picked; the newer choice counts" in run("reject", "1.1", "1.2").out
    assert "newer" not in run("reject", "1.1").out
    assert "1.2 had been rejected; the newer choice counts" in run("pick", "1.2").out
    assert len(json.loads(run("show", "--json").out)["selections"]) == 4


@pytest.mark.usefixtures("art")
def test_without_a_terminal_the_unknown_actor_is_told(run: Run) -> None:
    """In one line on standard error, after what was recorded; not with --json, nor on a failure."""
    assert run("pick", "1.2").err.splitlines() == [UNKNOWN]
    assert run("pick", "1.2", "--json").err == ""
    assert UNKNOWN not in run("pick", "9.9").err
    assert run("show").err == ""


@pytest.mark.usefixtures("art")
def test_unknown_image(run: Run) -> None:
    """An unknown image is answered with the nearest ones."""
    result = run("pick", "7.2")
    assert result.code == 2
    assert "nearest: 1.2" in result.err


WRONG = (
    ["edit", "1.1"],
    ["edit", "1.1", "--crop", "0,0,900,900"],
    ["edit", "1.1", "--crop", "left"],
    ["edit", "1.1", "--saturation", "nan"],
    ["edit", "1.1", "--stroke", "1,1;width=3;color=red;shape=star"],
    ["edit", "1.1", "--saturation", "2", "--file", "x.png"],
    ["generate", "x", "--size", "big"],
    ["generate", "x", "--count", "0"],
    ["generate", "x", "--seed", str(2**64)],
    ["generate", "x", "--seed", "-1"],
    ["generate", "x", "--model", "nosuchmodel"],
    ["generate", "x", "--scheduler", "no-such-scheduler"],
    ["generate", ""],
    ["generate", " \n"],
    ["generate", "x", "--based-on", "8.8"],
    ["export", "1.1", "x.gif"],
    ["export", "1.1", "x.png", "--disclose", "everything"],
    ["export", "1.1", "nowhere/x.png"],
    ["report", "--policy", "none-such"],
    ["report", "--language", "xx"],
    ["report", "-o", "x.txt"],
    ["report", "No such work"],
    ["verify"],
    ["no-such-command"],
)


@pytest.mark.usefixtures("art")
def test_wrong_use(run: Run) -> None:
    """Wrong use is exit code 2 with a sentence, records nothing and writes nothing."""
    for arguments in WRONG:
        refused(run, arguments, 2)


FILES = (
    ["generate", "--prompt-file", "FILE"],
    ["generate", "x", "--image", "FILE.png"],
    ["generate", "x", "--model", "./FILE.ckpt"],
    ["generate", "x", "--lora", "FILE.safetensors:0.5"],
    ["generate", "x", "--gate", "FILE.yaml"],
    ["import", "FILE.png"],
    ["edit", "1.1", "--file", "FILE.png"],
    ["edit", "1.1", "--strokes", "FILE"],
    ["edit", "1.1", "--text", "at=2,2;text=a", "--font", "FILE"],
    ["export", "1.1", "x.png", "--visible-label", "AI", "--font", "FILE"],
    ["verify", "FILE"],
    ["verify", "x.png", "--trust", "FILE"],
    ["verify", "x.png", "--trust-config", "missing"],
    ["report", "--policy", "FILE.yaml"],
    ["bundle", "-o", "x.zip", "--file", "FILE.png"],
    ["policy", "check", "missing.yaml"],
    ["policy", "show", "./FILE"],
    ["trust", "add", "FILE"],
)
"""Commands with the name of a file in each."""


@pytest.mark.usefixtures("art")
@pytest.mark.parametrize("file", ["missing", ".provgen/ledger.db"])
def test_a_file_that_is_not_there_or_not_what_it_should_be(run: Run, file: str) -> None:
    """Whatever it is for, it is exit code 3 with a sentence; nothing is recorded or written."""
    for arguments in FILES:
        refused(run, [argument.replace("FILE", file) for argument in arguments], 3)


def refused(run: Run, arguments: Sequence[str], code: int) -> None:
    """Assert that a command ends so, and that all is as it was."""
    with Studio.open() as studio:
        size = studio.ledger.head().size
    result = run(*arguments)
    assert result.code == code, (arguments, result.err)
    assert result.err or result.out
    assert "Traceback" not in result.err
    with Studio.open() as studio:
        assert studio.ledger.head().size == size
    assert [path.name for path in Path.cwd().iterdir()] == [".provgen"]


@pytest.mark.usefixtures("art")
def test_edit_with_a_file(run: Run) -> None:
    """A picture that another program made is an edit; a file that is none is refused."""
    Image.new("RGB", (16, 16), "teal").save("retouched.png")
    result = run("edit", "1.1", "--file", "retouched.png", "--tool", "Krita", "--json")
    assert json.loads(result.out)["agent"] == "external"
    for junk in (b"", b"not an image", b"\x89PNG\r\n\x1a\n"):
        with open("junk.png", "wb") as file:  # noqa: PTH123 - the test stands in its folder
            file.write(junk)
        result = run("edit", "1.1", "--file", "junk.png")
        assert result.code == 3
        assert "error:" in result.err


@pytest.mark.usefixtures("art")
def test_contact_sheet(run: Run, art: Path) -> None:
    """The sheet shows every image, and that it was looked at is only inferred."""
    assert run("show", "--contact-sheet", "sheet.png").code == 0
    with Image.open(art / "sheet.png") as sheet:
        assert sheet.width > 3 * 256
    with Studio.open() as studio:
        (view,) = studio.work().history().views
        assert (view.images, view.citation.basis) == (("1.1", "1.2", "1.3"), "inferred")
    assert run("show", "--contact-sheet", "sheet.png").code == 2
    assert "as the program guesses)" in run("show").out


@pytest.mark.usefixtures("art")
def test_audit(run: Run, art: Path) -> None:
    """A whole ledger passes; a damaged image is named and is exit code 1."""
    result = run("ledger", "audit", "--json")
    assert (result.code, json.loads(result.out)["passed"]) == (0, True)
    image = next((art / ".provgen" / "images").rglob("*.png"))
    image.write_bytes(image.read_bytes()[:-20])
    result = run("ledger", "audit")
    assert result.code == 1
    assert "event 4" in result.out


def test_foreign_studio_is_read_not_trusted(
    run: Run, art: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a copied studio reading works, writing is refused, and verify does not ask it."""
    assert run("export", "1.1", str(tmp_path / "x.png")).code == 0
    shutil.copytree(art, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    assert run("show").code == 0
    refused = run("pick", "1.1")
    assert (refused.code, "not made here by you" in refused.err) == (2, True)
    result = run("verify", str(tmp_path / "x.png"), "--json")
    verdict = json.loads(result.out)
    assert (result.code, verdict["verdict"]) == (0, "valid")
    assert verdict["credentials"]["trust"]["status"] == "untrusted"
    assert verdict["record"]["status"] == "not_checked"


WATCHED = """
import sys
from provenance_gen.cli import main
def watch(event, arguments):
    if event in ("open", "sqlite3.connect") and ".provgen" in str(arguments[0]):
        print("OPENED", str(arguments[0]).rpartition("/")[2], file=sys.stderr)
sys.addaudithook(watch)
main()
"""


def test_a_foreign_ledger_is_never_opened(run: Run, art: Path, tmp_path: Path) -> None:
    """Inside somebody else's studio, verify reads its description and nothing more of it."""
    assert run("export", "1.1", str(tmp_path / "x.png")).code == 0
    stripped = Image.open(tmp_path / "x.png").copy()
    stripped.save(tmp_path / "stripped.png")
    shutil.copytree(art, tmp_path / "copy")
    found = {}
    for name in ("art", "copy"):
        files = [str(tmp_path / file) for file in ("x.png", "stripped.png")]
        done = subprocess.run(
            [sys.executable, "-c", WATCHED, "verify", *files, "--json"],
            cwd=tmp_path / name,
            capture_output=True,
            text=True,
            check=False,
        )
        verdicts = [json.loads(line) for line in done.stdout.splitlines()]
        opened = {line.split()[1] for line in done.stderr.splitlines() if "OPENED" in line}
        found[name] = opened, [v["record"]["status"] for v in verdicts], done.stderr
    opened, records, said = found["copy"]
    assert (opened, records) == ({"studio.yaml"}, ["not_checked", "not_checked"])
    assert "was not asked: it was not made here by you" in said
    # One's own is asked, and knows the picture even without its credentials.
    opened, records, _ = found["art"]
    assert "ledger.db" in str(opened)
    assert "not_checked" not in records


@pytest.mark.usefixtures("art")
def test_verify_exit_codes(run: Run) -> None:
    """0 all valid, 1 some unsigned, 3 some unreadable; the worst counts."""
    assert run("export", "1.1", "signed.png").code == 0
    Image.new("RGB", (4, 4)).save("plain.png")
    assert run("verify", "signed.png").code == 0
    assert run("verify", "signed.png", "plain.png").code == 1
    assert run("verify", "signed.png", "--require-trusted").code == 1
    result = run("verify", "signed.png", "plain.png", "missing.png", "--json")
    kinds = [json.loads(line)["verdict"] for line in result.out.splitlines()]
    assert (result.code, sorted(kinds)) == (3, ["unreadable", "unsigned", "valid"])


def test_unsigned_claims_are_shown_as_such(run: Run) -> None:
    """What a tool wrote into a file is shown apart, escaped, and never as signed."""
    notes = PngInfo()
    notes.add_text(
        "parameters", "a \x1b[31mboat\nSteps: 20, Sampler: Euler a, Seed: 18446744073709551615"
    )
    Image.new("RGB", (8, 8)).save("webui.png", pnginfo=notes)
    result = run("verify", "webui.png")
    assert (result.code, "UNSIGNED" in result.out) == (1, True)
    assert "not signed:" in result.out
    assert "seed: 18446744073709551615" in result.out
    assert "\x1b[31mboat" not in result.out


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError("x"), 2),
        (errors.PolicyError("x.yaml", "empty", 3), 3),
        (errors.UnknownPolicyError("x", "no such policy"), 2),
        (errors.PolicyKindError("x", "is no gate"), 2),
        (errors.ModelError("x"), 2),
        (errors.MissingModelError("x"), 3),
        (errors.UnreadableImageError("x"), 3),
        (errors.FileError("x"), 3),
        (errors.ImageError("x"), 3),
        (errors.StorageError("x"), 3),
        (errors.LedgerBrokenError("x", 4), 1),
    ],
)
def test_exit_codes(error: errors.ProvenanceError, code: int) -> None:
    """Each kind of error has its exit code."""
    assert exit_code(error) == code
