"""``provgen export`` at a terminal: what is shown, what is asked, and what a no does."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.unit.cli.terminal import at_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Run


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_person_who_says_no_has_made_no_mistake(run: Run, art: Path) -> None:
    """Nothing is exported or recorded, no error is spoken of, and the exit code says so."""
    before = json.loads(run("ledger", "status", "--json").out)
    code, said = at_terminal(b"n\n", "export", "i1", "out.png")
    assert (code, "Nothing was exported." in said) == (1, True)
    assert "error" not in said
    assert not (art / "out.png").exists()
    assert json.loads(run("ledger", "status", "--json").out) == before
    code, said = at_terminal(b"y\n", "export", "i1", "out.png")
    assert (code, "Signed i1 as out.png" in said) == (0, True)
    assert (art / "out.png").exists()


def test_the_preview_is_plain_or_raw(run: Run, art: Path) -> None:
    """Words for a person; the JSON that will be written for whoever asks, on standard error."""
    plain = run("export", "i1", "a.png", "--disclose", "full", "--sign-as", "A. Painter")
    assert plain.code == 0
    for line in (
        "  in your words, imported file: from a friend  [org.provenance-gen.statements]",
        "  author: A. Painter  [cawg.metadata]",
        "  once more, unsigned: A. Painter  [XMP dc:creator]",
    ):
        assert line in plain.err
    assert "{" not in plain.err
    for more in (["--preview", "raw"], ["--json"]):
        done = run("export", "i1", "a.png", "--disclose", "full", "--overwrite", *more)
        first, _, _ = done.err.partition("\n")
        shown = json.loads(first)
        assert shown["file"] == "a.png"
        labels = [one["label"] for one in shown["manifest"]["assertions"]]
        assert labels == [
            "c2pa.actions",
            "org.provenance-gen.record",
            "org.provenance-gen.statements",
        ]
    assert json.loads(done.out)["image"] == "i1"
    wrong = run("export", "i1", "b.png", "--preview", "xml")
    assert (wrong.code, "there is plain and raw" in wrong.err) == (2, True)
    assert not (art / "b.png").exists()
