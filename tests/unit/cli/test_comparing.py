"""``provgen compare``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from PIL import Image

from provenance_gen import Studio
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
