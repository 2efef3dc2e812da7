"""Names that no file can have: one sentence, nothing recorded, and no other file concerned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Run

LONG: Final = "x" * 300


def test_no_file_can_have_the_name(run: Run, art: Path) -> None:
    """Whatever is to be written: it is refused before anything is recorded or left behind."""

    def events() -> object:
        return json.loads(run("ledger", "status", "--json").out)["events"]

    before, there = events(), sorted(art.iterdir())
    for words in (
        ("export", "i1", f"{LONG}.png"),
        ("report", "-o", f"{LONG}.html"),
        ("bundle", "-o", f"{LONG}.zip", "--disclose", "none"),
        ("ledger", "bundle", "-o", f"{LONG}.zip"),
        ("ledger", "backup", f"{LONG}.zip"),
        ("show", "--contact-sheet", f"{LONG}.png"),
    ):
        refused = run(*words)
        assert refused.code == 2, words
        assert refused.err.startswith(f"error: {LONG[:40]}…: this name is too long"), refused.err
        assert "choose another name" in refused.err
    assert events() == before
    assert sorted(art.iterdir()) == there


def test_a_name_in_a_list_costs_no_other_file_its_verdict(run: Run, art: Path) -> None:
    """It is unreadable, and says why."""
    done = run("verify", f"{LONG}.png", str(art.parent / "photo.png"), "--json", "--ordered")
    first, second = map(json.loads, done.out.splitlines())
    assert done.code == 3
    assert (first["file"], first["verdict"]) == (f"{LONG}.png", "unreadable")
    assert "name too long" in first["summary"].lower()
    assert second["verdict"] == "unsigned"
