"""The example reports are what the program makes of their story today."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parents[2] / "reports" / "samples"
_PICTURES = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]+")


@pytest.fixture(scope="module")
def built() -> dict[str, bytes]:
    """Build the examples."""
    spec = importlib.util.spec_from_file_location("samples_build", SAMPLES / "build.py")
    assert spec
    assert spec.loader
    module: Any = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before
    files: dict[str, bytes] = module.files()
    return files


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_examples_are_up_to_date(built: dict[str, bytes], language: str) -> None:
    """Else: make docs. JSON to the byte; pages but for the bytes of their pictures."""
    name = f"boat.{language}"
    assert (SAMPLES / f"{name}.json").read_bytes() == built[f"{name}.json"]
    page, now = (SAMPLES / f"{name}.html").read_bytes().decode(), built[f"{name}.html"].decode()
    assert _PICTURES.sub("", page) == _PICTURES.sub("", now)
    assert len(_PICTURES.findall(page)) == len(_PICTURES.findall(now)) > 30


def test_every_example_has_its_file(built: dict[str, bytes]) -> None:
    """And no report lies there that nothing makes."""
    assert {path.name for path in SAMPLES.glob("boat.*")} == set(built)
