"""The page: safe with hostile words, whole by itself, the same every time."""

from __future__ import annotations

import itertools
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from markupsafe import escape

from provenance_gen.records.base import Text
from provenance_gen.records.edit import EditAgent, Operation
from provenance_gen.records.event import Basis
from provenance_gen.records.image import FileStatement
from provenance_gen.records.report import Figure
from provenance_gen.reporting.html import link, render, shown
from provenance_gen.reporting.strings import Phrases
from tests.histories import Making
from tests.unit.reporting.conftest import everything

if TYPE_CHECKING:
    from tests.unit.reporting.conftest import Report

HOSTILE = (
    "<script>alert(1)</script> {{7*7}} {% raw %} \x1b[31mred \u202eesrever \"><img src=x> ' 🚢 "
    "<!-- ]]> </style> javascript:alert(1) ${7*7} \x00\x9b &lt;"
)
LANGUAGES = pytest.mark.parametrize("language", ["en", "ja"])
BLOCKS = {"p", "div", "dl", "ol", "ul", "details", "table", "figure", "blockquote", "section", "h3"}


class Page(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self, page: str) -> None:
        """Read a page."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an element."""
        self.tags.append((tag, dict(attrs)))
        # A browser would close the paragraph here, and the page would come apart.
        assert not (tag in BLOCKS and "p" in self.open), f"<{tag}> in <p> at {self.getpos()}"
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that elements close in order."""
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def values(self, attribute: str) -> list[str]:
        """Return every value of an attribute."""
        return [value for _, attrs in self.tags if (value := attrs.get(attribute)) is not None]


@LANGUAGES
def test_what_a_file_says_of_itself_is_told_as_its_own_word(report: Report, language: str) -> None:
    """Its AI statement, credentials and unsigned claims; its letters are never markup."""
    made = Making()
    said = {"verdict": "valid", "credentials": "embedded", "ai": "generated", "ai_signed": True}
    signer, claims = Text(HOSTILE.replace("\x00", "")), ("AUTOMATIC1111", "XMP_IPTC")
    made.bring_in(statement=FileStatement(**said, signer=signer, claims=claims))
    made.bring_in(statement=FileStatement(verdict="unsigned", ai="partly"))
    t, page = Phrases(language), render(report(made, language))
    Page(page)
    for key in ("says_generated", "says_signed", "verdict_valid", "says_partly", "says_unsigned"):
        assert escape(t(f"files.{key}")) in page
    assert "<script>alert" not in page
    assert f"AUTOMATIC1111{t('page.comma')}XMP IPTC" in page
    assert page.count(str(escape(t("files.credentials")))) == 1


@LANGUAGES
def test_hostile_words_stay_words(report: Report, language: str) -> None:
    """No element, no address and no template comes from what a person wrote."""
    page = render(report(everything(HOSTILE), language))
    plain = Page(render(report(everything("plain"), language)))
    hostile = Page(page)
    assert [tag for tag, attrs in hostile.tags if attrs.get("class") != "hidden-character"] == [
        tag for tag, _ in plain.tags
    ]
    assert not {tag for tag, _ in hostile.tags} & {"script", "iframe", "object", "link", "base"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{7*7}}" in page
    assert "[U+001B]" in page
    assert "[U+202E]" in page
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)


@LANGUAGES
def test_a_page_needs_nothing_but_itself(report: Report, whole: Making, language: str) -> None:
    """No script, no address fetched; links lead inside or to https."""
    page = Page(render(report(whole, language)))
    policy = page.values("content")[0]
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in policy
    assert all(source.startswith("data:image/png;base64,") for source in page.values("src"))
    assert all(address.startswith(("#", "https://")) for address in page.values("href"))
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert page.values("lang")[0] == language
    assert page.open == []


@LANGUAGES
def test_every_link_inside_leads_somewhere(report: Report, whole: Making, language: str) -> None:
    """Event numbers, sections and sources; and no identifier stands twice."""
    page = Page(render(report(whole, language)))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {a[1:] for a in page.values("href") if a.startswith("#")} <= set(ids)


@LANGUAGES
def test_a_screen_reader_finds_its_way(report: Report, whole: Making, language: str) -> None:
    """Landmarks, one first heading, no level skipped, a name for every picture."""
    page = Page(render(report(whole, language)))
    tags = [tag for tag, _ in page.tags]
    assert [tags.count(name) for name in ("main", "nav", "header", "h1")][0::3] == [1, 1]
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    # Samples of the map's colours are decoration: what they stand for is written beside them.
    pictures = [attrs for tag, attrs in page.tags if tag == "img" and attrs["class"] != "swatch"]
    assert len(pictures) > 20
    assert all(attrs.get("alt") for attrs in pictures)
    labels = page.values("aria-labelledby")
    assert set(labels) <= set(page.values("id"))


@LANGUAGES
def test_the_same_record_gives_the_same_bytes(report: Report, language: str) -> None:
    """No clock and no chance."""
    first = render(report(everything("a boat"), language))
    assert first == render(report(everything("a boat"), language))


@LANGUAGES
def test_an_empty_work_has_a_page_too(report: Report, language: str) -> None:
    """With a sentence wherever something is missing."""
    page = render(report(Making(title=None, author=None), language))
    assert ("Untitled work" if language == "en" else "無題の作品") in page


def test_a_very_long_prompt_is_folded_and_whole(report: Report) -> None:
    """Its beginning in sight, all of it there."""
    made = Making()
    made.attempt("boat " * 10_000)
    page = render(report(made))
    assert "Show all 50,000 characters" in page
    assert "boat " * 9_999 in page


def test_withheld_words_are_said_to_be_withheld(report: Report) -> None:
    """And nothing of them is there."""
    made = Making()
    made.attempt("a secret harbour", withhold=["/call/prompts/prompt/0"])
    page = render(report(made))
    assert '<p class="withheld"><b>Withheld.</b>' in page
    assert "secret harbour" not in page


def test_a_statement_with_many_events_folds_them(report: Report) -> None:
    """The first twelve in sight."""
    made = Making()
    for _ in range(20):
        made.attempt(images=1)
    assert "and 8 more" in render(report(made))


@LANGUAGES
def test_a_guessed_look_is_told_as_a_guess(report: Report, language: str) -> None:
    """The caption of the picture says so, as the sentence beside it does."""
    made = Making()
    made.attempt("a boat")
    made.attempt("a red boat", revises=1, viewed="1.1", linked=Basis.INFERRED)
    made.attempt("a blue boat", revises=2, viewed="2.1")
    page, t = render(report(made, language)), Phrases(language)
    assert page.count(t("revisions.looked_inferred", name="1.1")) == 1
    assert t("revisions.looked", name="1.1") not in page
    assert page.count(t("revisions.looked", name="2.1")) == 1


def test_what_was_said_on_confirming_stands_beside_it(report: Report) -> None:
    """In the maker's words, under the edit and in the timeline."""
    made = Making()
    made.attempt("a boat")
    made.edit("1.1", agent=EditAgent.EXTERNAL, note="repainted the sail")
    made.confirm("e1", note="with a pen, <b>by hand</b>")
    page = render(report(made))
    said = "with a pen, &lt;b&gt;by hand&lt;/b&gt;"
    _, after = page.split(Phrases("en")("edits.confirmed"), 1)
    assert said in after[:300]
    assert page.count(said) == 2


def test_operations_are_named_in_the_reader_s_language(report: Report, whole: Making) -> None:
    """One that has no name there keeps the one that it was recorded by."""
    assert f">{Phrases('ja')('edits.operations')}: {Phrases('ja')('operation.stroke')}<" in render(
        report(whole, "ja")
    )
    made = Making()
    made.attempt()
    made.edit(
        "1.1", operations=[Operation(name="solarise", action="c2pa.edited", width=64, height=64)]
    )
    assert "solarise</code>" in render(report(made, "ja"))


def test_pixels_that_are_gone_leave_a_sentence(report: Report, whole: Making) -> None:
    """The report does not fail for want of a picture."""
    context = report(whole)
    assert context.final
    gone = Figure.model_validate(context.final.model_dump())
    page = render(context.model_copy(update={"final": gone}))
    assert Phrases("en")("page.no_picture") in page


def test_hidden_characters_are_shown_as_ours() -> None:
    """A person's own brackets look different from the ones we put."""
    assert str(shown("a\u202eb<\r\n")) == ('a<span class="hidden-character">[U+202E]</span>b&lt;\n')
    assert str(shown("[U+202E]")) == "[U+202E]"


@pytest.mark.parametrize("address", ["javascript:x", "data:text/html,x", "file:///etc", "", None])
def test_only_web_addresses_become_links(address: str | None) -> None:
    """Whatever a policy file says."""
    assert link(address) is None
    assert link("https://www.bunka.go.jp/") == "https://www.bunka.go.jp/"


def test_no_share_of_authorship_is_ever_shown(report: Report, whole: Making) -> None:
    """No percentage stands in the page's own words; those of styles are no words."""
    for language in ("en", "ja"):
        page = render(report(whole, language))
        for styled in ("<style>.*?</style>", 'style="[^"]*"', 'data:image[^"]*'):
            page = re.sub(styled, "", page, flags=re.DOTALL)
        assert "%" not in page


@pytest.mark.parametrize("language", ["en", "ja"])
def test_who_recorded_an_edit_is_not_read_as_who_made_it(report: Report, language: str) -> None:
    """That a person named the image before is no word on the work in another program."""
    made = Making()
    made.attempt("a boat")
    made.edit("1.1", agent=EditAgent.EXTERNAL, basis=Basis.CONFIRMED)
    t, page = Phrases(language), render(report(made, language))
    assert page.index(t("edits.unconfirmed").split("'")[0]) < page.index(t("edits.recording"))
    assert shown(t("moved.edit.external", subjects="1.1 → e1")) in page
    made.confirm("e1")
    assert t("edits.recording") not in render(report(made, language))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_source_of_unknown_date_is_said_to_be_one(report: Report, language: str) -> None:
    """In the reader's language, and not as if that were a year."""
    page = render(report(Making(), language, policies=["cn-courts"]))
    assert Phrases(language)("findings.undated") in page
    assert "undated" not in page
