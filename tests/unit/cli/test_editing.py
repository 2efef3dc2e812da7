"""The commands that change an image: what they refuse, what they say, and their exit codes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from provenance_gen import Studio
from provenance_gen.records.event import ActorKind

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run

EDITOR = Path(__file__).resolve().parents[2] / "editors.py"


@pytest.fixture(autouse=True)
def _art(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """Stand in a studio with one picture of one's own, after ``run`` has chosen its folder."""
    random = np.random.default_rng(4).integers(0, 256, (8, 12, 3), dtype=np.uint8)
    Image.fromarray(random).resize((96, 64), Image.Resampling.BICUBIC).save(tmp_path / "own.png")
    with Studio.init(tmp_path / "art", actor=ActorKind.PERSON) as studio:
        studio.new_work("Harbour").bring_in(tmp_path / "own.png", own=True)
    monkeypatch.chdir(tmp_path / "art")


def command(behaviour: str) -> str:
    """Return the scripted editor's command."""
    return f'"{sys.executable}" "{EDITOR}" {behaviour}'


WRONG = (
    (2, (), "say what to do"),
    (2, ("--crop", "0,0,4,4", "--with", "krita"), "each is an edit of its own"),
    (2, ("--mask", "m.png", "--crop", "0,0,4,4"), "go with --inpaint"),
    (2, ("--inpaint", "a boat"), "needs --mask FILE or --box"),
    (2, ("--inpaint", "a boat", "--box", "0,0,4,4", "--mask", "m.png"), "one of them"),
    (2, ("--confirm", "--crop", "0,0,4,4"), "--confirm goes with"),
    (2, ("--source", "a.kra", "--crop", "0,0,4,4"), "--source goes with --file"),
    (2, ("--stay", "--crop", "0,0,4,4"), "--stay goes with --with"),
    (3, ("--font", "a.ttf", "--crop", "0,0,4,4"), "'a.ttf' does not exist"),
    (3, ("--strokes", "none.json"), "'none.json' does not exist"),
    (3, ("--fill", "mask=none.png"), "'none.png' does not exist"),
    (2, ("--paste", "i9"), "no image named 'i9'"),
    (2, ("--text", "at=2,2;text=港"), "--font FILE"),
    (2, ("--with", "no-such-program"), "no program 'no-such-program'"),
)


def test_what_makes_no_sense(run: Run) -> None:
    """One sentence that says what to do, an exit code that is no 0, nothing recorded."""
    for code, options, said in WRONG:
        result = run("edit", "i1", *options)
        assert (result.code, result.out) == (code, ""), options
        assert said in result.err
        assert len(result.err.splitlines()) == 1, result.err
    with Studio.open() as studio:
        assert studio.work().history().edits == ()


def test_a_mask_of_nothing(run: Run) -> None:
    """It is refused by every edit that takes one."""
    Image.new("L", (96, 64)).save("nothing.png")
    for options in (
        ("--fill", "mask=nothing.png"),
        ("--erase", "mask=nothing.png"),
        ("--blur", "2;mask=nothing.png"),
        ("--paste", "../own.png;mask=nothing.png"),
        ("--inpaint", "a boat", "--mask", "nothing.png"),
    ):
        result = run("edit", "i1", *options)
        assert (result.code, "holds nothing" in result.err) == (2, True), options


def test_steps_of_all_kinds(run: Run) -> None:
    """All options in one edit, done in their order."""
    strokes = [{"points": [[4, 4], [30, 20]], "width": 2, "color": "#ff0000"}]
    Path("strokes.json").write_text(json.dumps(strokes))
    result = run(
        "edit", "i1", "--straighten", "2", "--white-balance", "9,9", "--levels", "5,250",
        "--curves", "0,0 128,140 255,255", "--fill", "box=2,2,9,9;color=#00ff00",
        "--strokes", "strokes.json", "--text", "at=5,20;size=14;text=Sea; at dusk",
        "--erase", "brush=60,40 70,44;width=5", "--sharpen", "0.5", "--json",
    )  # fmt: skip
    assert result.code == 0
    recorded = json.loads(result.out)
    assert [operation["name"] for operation in recorded["operations"]] == [
        "straighten", "white_balance", "levels", "curves",
        "fill", "stroke", "text", "erase", "sharpen",
    ]  # fmt: skip
    assert recorded["operations"][6]["words"] == {"text": "Sea; at dusk"}
    assert recorded["difference"]["tone"]


def test_another_program_from_open_to_confirmed(run: Run) -> None:
    """Saves are told as they come; the person confirms at once or later."""
    result = run("edit", "i1", "--with", command("twice"), "--note", "a mast")
    assert result.code == 0
    hint = "Recorded e1, e2; if it is your work: provgen confirm e1 e2"
    assert hint in result.out
    assert "every save is recorded" in result.err
    # No terminal is attached here: nobody is known to have said so.
    unknown = run("confirm", "e2", "e7")
    assert (unknown.code, "e7" in unknown.err) == (2, True)
    assert "it counts for nobody" in run("confirm", "e2", "--note", "by hand").out
    again = run("confirm", "e1", "e2")
    assert (again.code, "e2 was confirmed already" in again.err) == (2, True)
    shown = run("show").out
    assert "brought in i1: own.png, said to be their own" in shown
    assert "confirmed" not in shown
    with Studio.open(actor=ActorKind.PERSON) as studio:
        studio.work().confirm("e1")
    assert "external, confirmed" in run("show").out
    beside = " ".join(run("compare", "e1", "e2").out.split())
    own = "in another program, a person confirmed it as their own; recorded by an unknown actor"
    assert f"edit e1 ({own}; compared)" in beside
    assert "edit e2 (in another program, whose work is not known; recorded by an" in beside
    result = run("edit", "i1", "--with", command("crash"), "--confirm", "--json")
    assert result.code == 3
    recorded = json.loads(result.out)
    assert (recorded["ended"], recorded["exit_code"]) == ("crashed", 3)
    assert recorded["edits"][0]["confirmed"] is not None
    assert "exit code 3; what it had saved is recorded" in result.err
    result = run("edit", "i1", "--with", command("nothing"))
    assert (result.code, "nothing was saved" in result.err) == (0, True)


def test_work_done_elsewhere_with_its_layers(run: Run) -> None:
    """A file with its layered source; a source that is none is refused before anything else."""
    with Image.open("../own.png") as own:
        changed = own.copy()
    changed.putpixel((5, 5), (255, 0, 255))
    changed.save("retouched.png")
    Path("retouched.xcf").write_bytes(b"gimp xcf v011\0")
    given = ("edit", "i1", "--file", "retouched.png", "--tool", "GIMP")
    result = run(*given, "--source", "retouched.xcf", "--confirm")
    assert result.code == 0
    assert "kept: retouched.xcf (layers not read)" in result.out
    assert "said to be yours; without a terminal that counts for nobody" in result.out
    assert run(*given, "--source", "retouched.png").code == 2


def test_an_import_without_a_word(run: Run) -> None:
    """It is offered as a guess; with a note it is not compared."""
    pytest.importorskip("cv2")
    with Image.open("../own.png") as own:
        changed = own.resize((120, 80))
    changed.paste((255, 0, 255), (20, 20, 50, 40))
    changed.save("found.jpg", quality=92)
    result = run("import", "found.jpg")
    assert "made from i1: recorded as e1, a guess" in result.out
    assert "by whom is left open" in run("confirm", "e1", "--link-only").out
    changed.save("again.jpg", quality=80)
    assert "guess" not in run("import", "again.jpg", "--note", "from a friend").out
