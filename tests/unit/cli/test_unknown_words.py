"""What the built-in model does not know is said, with the way to a model that may."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("diffusers")

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Run

QUICK = ("--steps", "1", "--seed", "7", "--device", "cpu")


def test_unknown_words_are_named(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the pictures, which are made all the same; known words pass without a word."""
    assert run("init", "art").code == 0
    monkeypatch.chdir(tmp_path / "art")
    assert run("new", "Harbour").code == 0
    strange = run("generate", "two castles and a boat on the sea", *QUICK)
    assert strange.code == 0
    assert "does not know: two, castles" in strange.err
    assert "--model" in strange.err
    plain = run("generate", "a boat on the sea", *QUICK)
    assert plain.code == 0
    assert "does not know" not in plain.err
