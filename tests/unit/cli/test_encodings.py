"""Output in encodings that lack what is to be printed, as Windows writes to files and pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from provenance_gen import Studio

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = """
import sys
from provenance_gen.cli import main
for words in (["init"], ["new", "港 é 🎨"], ["show"], ["generate", "--help"], ["show", "9.9 ✗"]):
    sys.argv = ["provgen", *words]
    try:
        main()
    except SystemExit as end:
        print(end.code)
"""


def run(program: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run Python in a folder, with variables that choose its encoding."""
    environment = {**os.environ, "PYTHONUTF8": "0", **variables}
    return subprocess.run(
        [sys.executable, *program], cwd=folder, env=environment, capture_output=True, check=False
    )


@pytest.mark.parametrize(
    ("encoding", "title"), [("cp932", "港 [U+00E9] [U+1F3A8]"), ("cp1252", "[U+6E2F] é [U+1F3A8]")]
)
def test_what_an_encoding_lacks_is_shown_by_its_number(
    tmp_path: Path, encoding: str, title: str
) -> None:
    """Nothing fails for it, on either stream; what the encoding has is written in it."""
    done = run(["-c", COMMANDS], tmp_path, PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    out, err = done.stdout.decode(encoding), done.stderr.decode(encoding)
    assert f"Work 1: {title}" in out.splitlines()
    assert "no image named '9.9 [U+2717]'" in err
    assert [line for line in out.splitlines() if line.isdigit()] == ["0", "0", "0", "0", "2"]


@pytest.mark.parametrize("encoding", ["cp932", "cp1252"])
def test_a_signed_note_is_printed_to_the_byte(tmp_path: Path, encoding: str) -> None:
    """Whatever the encoding: it is the file that the studio keeps, and its signature holds."""
    program = ["-m", "provenance_gen.cli"]
    assert run([*program, "init"], tmp_path).returncode == 0
    done = run([*program, "ledger", "checkpoint"], tmp_path, PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    kept = tmp_path.glob(".provgen/checkpoints/**/*")
    assert done.stdout in [path.read_bytes() for path in kept if path.is_file()]
    assert "\n\n— ".encode() in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows hands over arguments as text")
def test_words_in_no_encoding_are_wrong_use(tmp_path: Path) -> None:
    """One sentence; the work is not begun. A file of such a name can be asked for all the same."""
    program = ["-m", "provenance_gen.cli"]
    plain = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    assert run([*program, "init"], tmp_path).returncode == 0
    refused = run([*program, "new", "港"], tmp_path, **plain)
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert b"use UTF-8, for example with: export LC_ALL=C.UTF-8" in refused.stderr
    missing = run([*program, "verify", "港.png"], tmp_path, **plain)
    assert (missing.returncode, b"Traceback" in missing.stderr) == (3, False)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has names as text")
@pytest.mark.parametrize(
    "words",
    [("export", "i1"), ("report", "--sign", "--format", "pdf", "-o")],
    ids=["export", "pdf"],
)
def test_a_signed_file_is_not_named_in_no_encoding(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Its name is in what is signed: one sentence, before anything is recorded or written."""
    Image.new("RGB", (40, 30), "grey").save(tmp_path / "grey.png")
    named = os.fsdecode(b"\xff") + (".png" if words[0] == "export" else ".pdf")
    with Studio.init(tmp_path) as studio:
        studio.new_work("Grey").bring_in(tmp_path / "grey.png")
        before, there = studio.ledger.head().size, sorted(tmp_path.iterdir())
        refused = run(["-m", "provenance_gen.cli", *words, named], tmp_path, LC_ALL="C.UTF-8")
        assert (refused.returncode, refused.stdout) == (2, b"")
        assert b"choose another name" in refused.stderr
        assert (studio.ledger.head().size, sorted(tmp_path.iterdir())) == (before, there)


def test_processes_that_read_a_bundle_are_asked_in_bytes(tmp_path: Path) -> None:
    """Whatever encoding the variables of the environment name for text, the verdict is the same."""
    with Studio.init(tmp_path) as studio:
        studio.new_work("Grey").bundle(tmp_path / "a.zip", disclose=["none"])
    asked = ["-m", "provenance_gen.cli", "verify", "a.zip", "--json"]
    plain = run(asked, tmp_path, PYTHONIOENCODING="utf-8")
    wide = run(asked, tmp_path, PYTHONIOENCODING="utf-16")
    assert plain.returncode == 0
    assert (wide.returncode, wide.stdout.decode("utf-16")) == (0, plain.stdout.decode())
