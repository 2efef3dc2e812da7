"""Run ``provgen`` in this process, in a folder of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import pytest
from PIL import Image

from provenance_gen.cli import main

if TYPE_CHECKING:
    from pathlib import Path


class Result(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs one command in a temporary folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["provgen", *arguments])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


@pytest.fixture
def begun(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a studio with an empty work, as the current folder."""
    assert run("init", "art").code == 0
    monkeypatch.chdir(tmp_path / "art")
    assert run("new", "Harbour").code == 0
    return tmp_path / "art"


@pytest.fixture
def art(run: Run, begun: Path) -> Path:
    """Return a studio with one imported picture, as the current folder."""
    Image.new("RGB", (32, 24), "grey").save(begun.parent / "photo.png")
    assert run("import", "../photo.png", "--note", "from a friend").code == 0
    return begun
