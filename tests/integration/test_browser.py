"""Reports in a real browser: nothing that shuts people out, nothing lost, nothing too wide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from provenance_gen.policy.loader import load, shipped
from provenance_gen.records.policy import PolicyKind
from provenance_gen.reporting import pages
from provenance_gen.reporting.html import render
from tests import browser
from tests.unit.reporting.conftest import everything, gathered
from tests.unit.reporting.test_comparison import page as compared
from tests.unit.reporting.test_comparison import side
from tests.unit.reporting.test_pages import many

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
LANGUAGES = pytest.mark.parametrize("language", ["en", "ja"])
WORDS = {"en": "A small boat waits on a quiet sea", "ja": "静かな海で小さな舟が待っている"}
POLICIES = [name for name in shipped() if load(name).kind is PolicyKind.CONTRIBUTION]
PHONE = 500
"""As narrow as a window of this browser may be."""


def serious(found: dict[str, Any]) -> list[Any]:
    """Return what shuts people out."""
    assert found["passes"] > 15
    return [one for one in found["violations"] if one["impact"] in {"serious", "critical"}]


@LANGUAGES
@pytest.mark.parametrize("width", [PHONE, 1280])
def test_a_report_can_be_used_by_everybody(
    pytestconfig: pytest.Config, tmp_path: Path, language: str, width: int
) -> None:
    """At the width of a desk and of a phone, with every kind of step and every policy."""
    page = tmp_path / "report.html"
    context = gathered(everything(WORDS[language]), language, policies=POLICIES)
    page.write_text(render(context), encoding="utf-8")
    found = browser.judge(pytestconfig, page, width)
    assert serious(found) == []
    assert all(shown for _, shown in found["pictures"])
    assert found["wide"] == 0


@LANGUAGES
def test_the_pages_of_a_folder_too(
    pytestconfig: pytest.Config, tmp_path: Path, language: str
) -> None:
    """The first page, one of each section, and the events of a measure, with their pictures."""
    (tmp_path / "pictures").mkdir()
    context = gathered(many(WORDS[language]), language, policies=POLICIES)
    for name, content in pages.pages(context):
        (tmp_path / name).write_bytes(content)
    names = ["index.html", "measure-attempts.html"]
    names += sorted(path.name for path in tmp_path.glob("*-002.html"))
    assert len(names) > 3
    for name in names:
        found = browser.judge(pytestconfig, tmp_path / name)
        assert serious(found) == [], name
        assert all(shown for _, shown in found["pictures"]), name
        assert found["wide"] == 0, name


@LANGUAGES
@pytest.mark.parametrize("width", [PHONE, 1280])
def test_a_comparison_can_be_used_by_everybody(
    pytestconfig: pytest.Config, tmp_path: Path, language: str, width: int
) -> None:
    """Two pictures side by side, one of them without a record, fit on a phone too."""
    file = tmp_path / "comparison.html"
    file.write_text(compared(side(WORDS[language]), language=language), encoding="utf-8")
    found = browser.judge(pytestconfig, file, width)
    assert serious(found) == []
    assert all(shown for _, shown in found["pictures"])
    assert found["wide"] == 0


def test_a_page_that_shuts_people_out_is_noticed(
    pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    """So that the tests above can fail."""
    page = tmp_path / "report.html"
    context = gathered(everything(WORDS["en"]))
    bad = '<img src="gone.png"><p style="color:#eee;background:#fff;width:9000px">pale</p>'
    page.write_text(render(context).replace("</main>", f"{bad}</main>"), encoding="utf-8")
    found = browser.judge(pytestconfig, page)
    assert {"image-alt", "color-contrast"} <= {one["id"] for one in serious(found)}
    assert not all(shown for _, shown in found["pictures"])
    assert found["wide"] > 0
