"""What documents point to is there: files, headings, and the tests that they cite as evidence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pytest

ROOT: Final = Path(__file__).parents[2]
DOCUMENTS: Final = sorted(
    path
    for place in ("*.md", "docs/**/*.md", "reports/**/*.md", "provenance_gen/**/*.md")
    for path in ROOT.glob(place)
)
TESTS: Final = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in ROOT.glob("tests/**/*.py")
}
_FENCED: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
_ANCHOR: Final = re.compile(r"""<a (?:id|name)=["']([^"']+)["']""")
_CITED: Final = re.compile(
    r"`((?:[\w/]+/)?test_\w+\.py|[\w/]+\.py(?=::)|(?=test_))(?:::)?(test_\w+)?`"
)

EACH: Final = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix()
)


def anchors(document: Path) -> set[str]:
    """Return what can stand after ``#`` in a link to a document, as GitHub names headings."""
    text = _FENCED.sub("", document.read_text(encoding="utf-8"))
    found = set(_ANCHOR.findall(text))
    for heading in _HEADING.findall(text):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        name = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        again = 0
        while (numbered := f"{name}-{again}" if again else name) in found:
            again += 1
        found.add(numbered)
    return found


@EACH
def test_no_link_leads_nowhere(document: Path) -> None:
    """To a file or folder of this repository, and to a heading in it."""
    text = _FENCED.sub("", document.read_text(encoding="utf-8"))
    for link in _LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = unquote(link).partition("#")
        target = (document.parent / file).resolve() if file else document
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def sources(file: str) -> list[str]:
    """Return what stands in the test files whose path ends so; in all of them for no name."""
    return [text for path, text in TESTS.items() if not file or f"/{path}".endswith(f"/{file}")]


@EACH
def test_every_cited_test_is_there(document: Path) -> None:
    """A file, a test, or both."""
    for file, test in _CITED.findall(document.read_text(encoding="utf-8")):
        assert (found := sources(file)), file
        assert not test or any(f"def {test}(" in text for text in found), f"{file}::{test}"


def test_every_test_that_signing_cites_is_in_the_file_named_before_it() -> None:
    """A name without a file stands in the file that was named before it in its row."""
    cited = 0
    for row in (ROOT / "docs" / "signing.md").read_text(encoding="utf-8").splitlines():
        file = ""
        for named, test in _CITED.findall(row):
            file = named or file
            assert file, row
            assert any(f"def {test}" in text for text in sources(file)), f"{file} has no {test}"
            cited += 1
    assert cited > 20
