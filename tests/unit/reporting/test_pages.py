"""The report of a large work: a folder of pages that need nothing but each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from provenance_gen.policy.loader import load, shipped
from provenance_gen.records.work import Choice
from provenance_gen.reporting import pages
from provenance_gen.reporting.forbidden import Watch
from tests.histories import Making
from tests.unit.reporting.conftest import everything
from tests.unit.reporting.test_html import HOSTILE, Page

if TYPE_CHECKING:
    from provenance_gen.records.report import ReportContext
    from tests.unit.reporting.conftest import Report

ATTEMPTS = 205
LANGUAGES = pytest.mark.parametrize("language", ["en", "ja"])


def many(text: str) -> Making:
    """Return a work with more than 500 images, revisions and picks."""
    made = everything(text)
    number = made.attempt(text, images=310)
    for place in range(ATTEMPTS):
        made.view(f"{number}.1")
        viewed = f"{number}.1"
        number = made.attempt(f"{text} {place}", images=1, revises=number, viewed=viewed)
        made.pick(f"{number}.1", reason=text)
    return made


@pytest.fixture(scope="module")
def hostile() -> Making:
    """Return a large work in which every text is hostile."""
    return many(HOSTILE)


def read(context: ReportContext) -> tuple[dict[str, Page], dict[str, str], set[str]]:
    """Return parsed pages, their texts, and the names of pictures."""
    files = dict(pages.pages(context))
    texts = {n: data.decode() for n, data in files.items() if n.endswith(".html")}
    return {n: Page(text) for n, text in texts.items()}, texts, set(files) - set(texts)


@LANGUAGES
def test_every_link_and_picture_leads_to_a_file_of_the_folder(
    report: Report, hostile: Making, language: str
) -> None:
    """To a place that is there, or to https; nothing is fetched and no picture is left over."""
    parsed, texts, pictures = read(report(hostile, language))
    ids = {name: page.values("id") for name, page in parsed.items()}
    shown = set()
    for name, page in parsed.items():
        assert len(ids[name]) == len(set(ids[name]))
        assert "default-src 'none'" in page.values("content")[0]
        assert not {tag for tag, _ in page.tags} & {"script", "iframe", "object", "link", "base"}
        shown |= {address for address in page.values("src") if not address.startswith("data:")}
        for address in page.values("href"):
            if not address.startswith("https://"):
                file, _, place = address.partition("#")
                assert place in ids[file or name] if place else file in ids, (name, address)
    assert shown == pictures
    assert not any(
        re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", t) for t in texts.values()
    )
    assert all("<img src=x" not in text for text in texts.values())


def test_everything_of_the_one_page_is_on_some_page(report: Report, hostile: Making) -> None:
    """Each attempt, revision, pick, edit and event once."""
    context = report(hostile)
    assert pages.is_large(context)
    _, texts, _ = read(context)
    whole = "".join(text for name, text in texts.items())
    for mark, count in (
        ('<article class="attempt"', len(context.attempts)),
        ('<article class="revision"', len(context.revisions)),
        ('<article class="edit"', len(context.edits)),
        ('<tr id="event-', len(context.events)),
        ('<article class="choice selected"', _count(context, Choice.SELECTED)),
        ('<li class="on-', len(context.timeline)),
        ('<article class="finding', len(context.policies[0].findings)),
    ):
        assert whole.count(mark) == count, mark
    assert {"attempts-001.html", "attempts-002.html", "revisions-002.html"} <= set(texts)
    assert "measure-attempts.html" in texts
    assert "edits-001.html" not in texts


def _count(context: ReportContext, choice: Choice) -> int:
    return sum(one.choice is choice for one in context.choices)


def test_the_same_record_gives_the_same_files(report: Report, hostile: Making) -> None:
    """In the same order, byte for byte."""
    assert list(pages.pages(report(hostile))) == list(pages.pages(report(hostile)))


@LANGUAGES
def test_no_page_says_what_is_forbidden(report: Report, hostile: Making, language: str) -> None:
    """And one that does is found, on whichever page it stands."""
    policies = [load(name) for name in shipped()]
    watch = Watch(policies)
    _, texts, _ = read(report(hostile, language))
    assert [trip for text in texts.values() for trip in watch.search(text)] == []
    trips = load("jp-bunka-2024").forbidden_statements["en"][0].trips
    assert watch.search(texts["attempts-002.html"].replace("<h2", f"<p>{trips}</p><h2"))


def test_a_picture_is_fetched_once_and_handed_on(report: Report) -> None:
    """However many pages show it, and none is kept."""
    made = Making()
    for _ in range(300):
        made.attempt(images=2)
        made.pick("1.1", over=["1.2"])
    context = report(made)
    names = [name for name, _ in pages.pages(context)]
    assert len(names) == len(set(names))
    assert names.count("pictures/final.png") == 1


def test_a_small_work_is_not_large(report: Report, whole: Making) -> None:
    """Up to 500 images stand on one page."""
    assert not pages.is_large(report(whole))
    made = Making()
    made.attempt(images=500)
    assert not pages.is_large(report(made))
    made.attempt(images=1)
    assert pages.is_large(report(made))
