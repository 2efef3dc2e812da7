"""The PDF: the same words, set as text, in either language."""

from __future__ import annotations

import io
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pypdf
import pytest
from PIL import Image

from provenance_gen.records.base import Text
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import Basis
from provenance_gen.records.image import FileStatement
from provenance_gen.reporting import pdf
from provenance_gen.reporting.extract import extract
from provenance_gen.reporting.strings import Phrases
from tests.histories import Making
from tests.unit.reporting.conftest import everything
from tests.unit.reporting.test_origin import no_maps
from tests.unit.reporting.test_origin import report as mapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.reporting.conftest import Report


def words(written: bytes) -> str:
    """Return the text of all pages, without the breaks of lines."""
    reader = pypdf.PdfReader(io.BytesIO(written))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_it_says_what_the_page_says(report: Report, whole: Making) -> None:
    """Title, intent, findings, drafts and every event; the same context gives the same bytes."""
    whole.edit("e5", agent=EditAgent.EXTERNAL)
    whole.confirm("e6", note="every stroke is mine")
    context = report(whole, policies=["us-usco-2025"])
    written = pdf.render(context)
    text = words(written)
    assert "Harbour at dusk" in text
    assert "What this report does not say" in text
    assert text.count("every stroke is mine") == 2
    assert context.policies[0].findings[0].title in text
    assert context.policies[0].drafts[0].sentences[0][0][:30] in text
    assert all(event.leaf in text.replace(" ", "") for event in context.events)
    assert pdf.render(report(whole, policies=["us-usco-2025"])) == written
    assert pypdf.PdfReader(io.BytesIO(written)).metadata is not None


def test_paper_tells_what_a_file_says_of_itself(report: Report) -> None:
    """As the page does, with the name in its certificate."""
    made = Making()
    said = FileStatement(
        verdict="invalid",
        credentials="embedded",
        ai="generated",
        signer=Text("Somebody's studio"),
        generator=Text("A generator 1.0"),
        claims=("ComfyUI",),
    )
    made.bring_in(statement=said)
    text, t = words(pdf.render(report(made))), Phrases("en")
    for key in ("says_generated", "says_unsigned", "credentials", "verdict_invalid", "claims"):
        assert t(f"files.{key}") in text
    assert t("deed.said_ai", count=1) in text
    for name in ("Somebody's studio", "A generator 1.0", "ComfyUI"):
        assert name in text


def test_paper_holds_back_as_the_page_does(report: Report, whole: Making) -> None:
    """A name is only stated, a weight is ours and holds if found, a guessed look is a guess."""
    whole.attempt("a blue boat", revises=1, viewed="2.1", linked=Basis.INFERRED)
    text = words(pdf.render(report(whole, policies=["us-usco-2025"])))
    t = Phrases("en")
    assert t("page.by_word") in text
    assert t("findings.ours_note") in text
    assert t("findings.ours_plain") in text
    assert t("revisions.looked_inferred", name="2.1") in text


def test_long_words_are_found_and_copied_as_they_are(report: Report) -> None:
    """Where a line may end, no hidden character stands: a name that was copied is that name."""
    made = Making()
    name = f"{'client-project-' * 5}.png"
    made.bring_in(name=name)
    written = pdf.render(report(made))
    assert name in words(written).replace(" ", "")
    pages = pypdf.PdfReader(io.BytesIO(written)).pages
    drawn = b"".join(c.get_data() for page in pages if (c := page.get_contents()) is not None)
    # What stands in a line beside its characters (ISO 32000-2, 14.9.4).
    assert b"ActualText" not in drawn


def test_japanese_is_set_with_its_characters(report: Report, whole: Making) -> None:
    """They can be taken out of the file again."""
    text = words(pdf.render(report(whole, "ja"))).replace(" ", "")
    assert "このレポートが示していないこと" in text
    assert "個別具体的に判断されます" in text


@pytest.mark.parametrize(
    "text",
    ['#panic(1) #read("/etc/passwd")', "$x^2$ *b* _i_ @a <b> \\ = h", "\u202eevil\x00", "{number}"],
)
def test_words_of_people_are_never_markup(report: Report, text: str) -> None:
    """Whatever they look like; hidden characters are shown by their names."""
    shown = words(pdf.render(report(everything(text))))
    assert "[U+202E]" in shown if "\u202e" in text else text.split(maxsplit=1)[0] in shown


def test_a_character_without_a_font_stands_by_its_name(report: Report) -> None:
    """One emoji must not keep the report from being written; nor one that nobody can know."""
    text = words(pdf.render(report(everything("boat \U0001f3a8 \U00010330 \u0378 \ue000 end"))))
    assert "end" in text
    assert "[U+10330]" in text or "\U00010330" in text
    assert "[U+0378]" in text
    assert "[U+E000]" in text


def test_marks_that_no_font_can_set_are_named(report: Report) -> None:
    """Heaps of them over a letter; the letters themselves stand, as does what can be composed."""
    text = words(pdf.render(report(everything("Z\u0334\u0322a\u0335 cafe\u0301 a\u0489 end"))))
    assert "Z[U+0334][U+0322]a[U+0335] caf\u00e9 a[U+0489] end" in text
    assert "basis" not in text


def test_a_title_of_pages_leaves_the_first_page_to_the_picture(report: Report) -> None:
    """Its beginning is the title; whole it stands below."""
    title = "boat " * 400 + "end"
    written = pdf.render(report(everything(title)))
    first = pypdf.PdfReader(io.BytesIO(written)).pages[0].extract_text()
    assert "boat…" in " ".join(first.split()).replace("boat …", "boat…")
    assert "boat end" in words(written)


def test_words_run_as_their_letters_do(report: Report) -> None:
    """Arabic and Hebrew from the right: the first word ends at the right side of its block."""
    made = Making()
    made.attempt("\u0642\u0627\u0631\u0628 \u0623\u062d\u0645\u0631")
    text = words(pdf.render(report(made)))
    assert "\u0642\u0627\u0631\u0628" in text or "\u0628\u0631\u0627\u0642" in text


def test_it_begins_with_who_made_what(report: Report, whole: Making) -> None:
    """In three groups, before the map and the steps; what is missing and not said comes next."""
    context = report(whole)
    text, t = words(pdf.render(context)), Phrases("en")
    for group in context.summary.groups:
        assert t(f"summary.{group.actor.value}_means") in text
        for line in group.deeds:
            assert t(f"deed.{line.deed.value}", count=line.count) in text
    order = [t(f"{name}.title") for name in ("summary", "gaps", "silent", "map", "timeline")]
    places = [text.index(title) for title in order]
    assert places == sorted(places)


def test_deleted_words_are_told_from_withheld_ones(report: Report) -> None:
    """Both say which they are."""
    made = Making()
    made.attempt("a boat")
    context = report(made)
    said = context.attempts[0].prompts[0].model_copy(update={"text": None, "deleted": True})
    deleted = context.attempts[0].model_copy(update={"prompts": (said,)})
    text, t = words(pdf.render(context.model_copy(update={"attempts": (deleted,)}))), Phrases("en")
    assert t("page.deleted_means") in text
    made.attempt("hidden", withhold=["/call/prompts/prompt/0"])
    text = words(pdf.render(report(made)))
    assert t("page.withheld_means") in text
    assert t("page.deleted_means") not in text


def test_a_withheld_title_is_no_missing_one(report: Report) -> None:
    """Nor is a withheld author one who was never stated."""
    context, t = report(Making()), Phrases("en")
    hidden = {"title": None, "author": None, "withheld": ("title", "author")}
    text = words(pdf.render(context.model_copy(update=hidden)))
    assert t("page.title_withheld") in text
    assert t("page.author_withheld") in text


def test_a_work_of_nothing(report: Report) -> None:
    """A title and empty sections."""
    assert "There is no picture yet." in words(pdf.render(report(Making())))


def test_of_a_large_work_it_shows_an_extract_and_says_so(report: Report) -> None:
    """Attempts whose images somebody kept, with their revisions and events; all numbers whole."""
    made = Making()
    for place in range(60):
        made.attempt(f"boat {place}", images=10, revises=place or None)
    made.pick("7.3", over=["7.4"], reason="calm")
    made.edit("20.1")
    made.reject("33.1")
    context = report(made)
    shown = extract(context)
    assert [attempt.number for attempt in shown.attempts] == [7, 20]
    assert [one.change.attempt for one in shown.revisions] == [7, 20]
    cited = {number for line in shown.timeline for number in line.backing.events}
    assert {event.sequence for event in shown.events} == cited
    assert (shown.policies, shown.choices, shown.glance) == (
        context.policies,
        context.choices,
        context.glance,
    )
    text = words(pdf.render(context))
    assert "2 of its 60 attempts" in text
    assert "2 of 59 revisions" in text
    assert f"{len(shown.events)} of {len(context.events)} events" in text
    assert "boat 6" in text
    assert "boat 41" not in text
    assert "very large" not in words(pdf.render(report(everything("a boat"))))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_runs_into_the_margins(report: Report, language: str) -> None:
    """Neither digests nor words of any length, which have no place to break: it stays white.

    Nor a row of signs before which Japanese ends no line.
    """
    made = everything("quiet" * 40 + " 舟" + "ー" * 60 + "、。」" * 20)
    for page in pdf.page_images(report(made, language), ppi=60):
        shown = np.asarray(Image.open(io.BytesIO(page)).convert("L"))
        edge = round(18 / 25.4 * 60)  # of margins of 20 mm
        assert shown[:, :edge].min() == 255
        assert shown[:, -edge:].min() == 255
        assert shown.min() < 128


def test_the_map_is_set_with_its_table() -> None:
    """Who wrote which area, in words; two pictures more than without."""
    made = Making()
    made.attempt("a boat")
    made.edit("1.1", bounds=(2, 2, 10, 10))
    written = pdf.render(mapped(made))
    text, t = words(written), Phrases("en")
    assert t("map.title") in text
    assert t("map.hand.person") in text
    assert "10 \u00d7 10 at 2, 2: 100 px²" in text
    without = pdf.render(mapped(made, maps=no_maps))
    assert t("map.missing.bundle") in words(without)
    assert pictures(written) > pictures(without)


def test_people_who_cannot_see_it_can_read_it(report: Report, whole: Making) -> None:
    """PDF/UA-1 and PDF/A-3a: language, title, headings, tables with heads, pictures in words."""
    context = report(whole, "ja", policies=["kr-kcc-2025"])
    reader = pypdf.PdfReader(io.BytesIO(pdf.render(context)))
    root: Any = reader.root_object
    pages: list[Any] = list(reader.pages)
    assert root["/Lang"] == "ja"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    told = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in told
    assert "<pdfaid:part>3</pdfaid:part>" in told
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in told
    parts = list(structure(root["/StructTreeRoot"]))
    kinds = [part.get("/S") for part in parts]
    assert kinds.count("/Table") > 3
    assert "/TH" in kinds
    pictures_told = [part["/Alt"] for part in parts if part.get("/S") == "/Figure"]
    assert len(pictures_told) > 10
    t = Phrases("ja")
    assert any(t("map.hand.person") in told for told in pictures_told)
    assert any(b"/Lang(ko)" in page.get_contents().get_data() for page in pages)
    levels = [int(kind[2]) for kind in kinds if kind and re.fullmatch("/H[1-6]", kind)]
    assert all(later - earlier <= 1 for earlier, later in pairwise([0, *levels]))
    titles = [one.title for one in flat(reader.outline)]
    assert {t("map.title"), t("timeline.title"), t("silent.title")} <= set(titles)
    leads = [a.get_object() for page in pages for a in page.get("/Annots", ())]
    assert leads
    assert all(lead["/Contents"] for lead in leads)


def structure(part: Any) -> Iterator[Any]:
    """Give every element of a document's structure below one."""
    below = part.get("/K", [])
    for one in below if isinstance(below, list) else [below]:
        found = one.get_object()
        if isinstance(found, dict) and "/S" in found:
            yield found
            yield from structure(found)


def flat(bookmarks: list[Any]) -> Iterator[Any]:
    """Give bookmarks at every depth."""
    for one in bookmarks:
        yield from flat(one) if isinstance(one, list) else (one,)


def pictures(written: bytes) -> int:
    """Count the pictures on all pages."""
    return sum(len(page.images) for page in pypdf.PdfReader(io.BytesIO(written)).pages)
