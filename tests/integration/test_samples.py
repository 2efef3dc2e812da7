"""The example reports are what the program makes of their story today."""

from __future__ import annotations

import importlib.util
import io
import re
import sys
from pathlib import Path
from typing import Any

import pypdf
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


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_pdfs_are_up_to_date(built: dict[str, bytes], language: str) -> None:
    """Else: make docs. Words, pages and pictures; the characters are those of the extra's fonts."""
    name = f"boat.{language}.pdf"
    there = pypdf.PdfReader(SAMPLES / name)
    now = pypdf.PdfReader(io.BytesIO(built[name]))
    assert [page.extract_text() for page in there.pages] == [
        page.extract_text() for page in now.pages
    ]
    assert [_sizes(page) for page in there.pages] == [_sizes(page) for page in now.pages]
    assert there.metadata == now.metadata
    fonts: set[str] = set()
    for page in there.pages:
        held: Any = page["/Resources"]
        fonts |= {str(font.get_object()["/BaseFont"]) for font in held["/Font"].values()}
    assert {re.sub(r"^/[A-Z]{6}\+|-Identity-H$", "", font) for font in fonts} <= {
        "NotoSansCJKjp-Regular",
        "NotoSansCJKjp-Bold",
        "SourceSansPro-Regular",
        "SourceSansPro-Bold",
    }


def _sizes(page: pypdf.PageObject) -> list[tuple[int, int]]:
    return [picture.image.size for picture in page.images if picture.image]


def test_every_example_has_its_file(built: dict[str, bytes]) -> None:
    """And no report lies there that nothing makes."""
    assert {path.name for path in SAMPLES.glob("boat.*")} == set(built)
