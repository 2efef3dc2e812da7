"""The first page: who or what made what, in three groups, and what stands how."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from markupsafe import escape

from provenance_gen.records import payloads as p
from provenance_gen.records.anchor import Span
from provenance_gen.records.base import Text
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import ActorKind, Basis
from provenance_gen.records.image import FileStatement
from provenance_gen.records.summary import NAMED, Deed, Stands
from provenance_gen.reporting.html import render
from provenance_gen.reporting.strings import Phrases
from tests.histories import Making
from tests.unit.reporting.test_html import Page
from tests.unit.reporting.test_standing import MORNING, NOON, times

if TYPE_CHECKING:
    from provenance_gen.records.report import ReportContext
    from provenance_gen.records.summary import DeedView
    from tests.unit.reporting.conftest import Report

LANGUAGES = pytest.mark.parametrize("language", ["en", "ja"])
PERSON, PROGRAM, UNKNOWN = ActorKind


def lines(context: ReportContext) -> dict[tuple[ActorKind, Deed], DeedView]:
    """Return every line by its group and what was done."""
    return {
        (group.actor, line.deed): line for group in context.summary.groups for line in group.deeds
    }


def test_every_act_stands_with_who_is_recorded_for_it(report: Report, whole: Making) -> None:
    """A person's, a model's, and those of which nobody can tell."""
    found = lines(report(whole))
    assert {key: (line.count, line.images) for key, line in found.items()} == {
        (PERSON, Deed.STATED): (1, ()),
        (PERSON, Deed.BROUGHT_OWN): (1, ("i1",)),
        (UNKNOWN, Deed.BROUGHT): (1, ("i2",)),
        (PERSON, Deed.CALLED): (5, ()),
        (PROGRAM, Deed.GENERATED): (8, tuple(f"{a}.{n}" for a in (1, 2) for n in (1, 2, 3, 4))),
        (PERSON, Deed.REVISED): (1, ()),
        (PERSON, Deed.PICKED): (2, ("2.1", "2.4")),
        (PERSON, Deed.REJECTED): (2, ("2.2", "2.3")),
        (PERSON, Deed.EDITED): (2, ("e1", "e2")),
        (PROGRAM, Deed.REPAINTED): (1, ("e5",)),
        (PERSON, Deed.CONFIRMED): (1, ("e4",)),
        (UNKNOWN, Deed.UNCONFIRMED): (1, ("e3",)),
        (PERSON, Deed.EXPORTED): (1, ("e2",)),
    }
    assert report(whole).summary.models == ("builtin",)


def test_what_a_script_does_is_no_person_s(report: Report) -> None:
    """Its picks and edits are a program's, and its confirmation makes nobody the editor."""
    made = Making()
    made.attempt(actor=PROGRAM)
    made.pick("1.1", actor=PROGRAM)
    made.edit("1.1", actor=UNKNOWN)
    made.edit("e1", agent=EditAgent.EXTERNAL)
    made.confirm("e2", actor=PROGRAM)
    assert set(lines(report(made))) == {
        (PROGRAM, Deed.CALLED),
        (PROGRAM, Deed.GENERATED),
        (PROGRAM, Deed.PICKED),
        (UNKNOWN, Deed.EDITED),
        (UNKNOWN, Deed.UNCONFIRMED),
    }


def test_what_a_file_says_of_itself_names_a_program_beside_whoever_brought_it(
    report: Report,
) -> None:
    """Said to be one's own or not: both stand there, and nobody is believed."""
    made = Making()
    by_ai = FileStatement(verdict="unsigned", ai="generated", claims=("ComfyUI",))
    in_part = FileStatement(verdict="valid", credentials="embedded", ai="partly", ai_signed=True)
    camera = FileStatement(verdict="trusted", credentials="embedded", ai="none", ai_signed=True)
    for statement, own in ((by_ai, False), (in_part, True), (camera, True), (None, False)):
        made.bring_in(statement=statement, own=own)
    found = {key: line.images for key, line in lines(report(made)).items()}
    assert found == {
        (PERSON, Deed.BROUGHT_OWN): ("i2", "i3"),
        (PROGRAM, Deed.SAID_AI): ("i1", "i2"),
        (UNKNOWN, Deed.BROUGHT): ("i1", "i4"),
    }


def test_a_guessed_revision_is_not_counted(report: Report) -> None:
    """Nor one of which no looked-at image is recorded, nor one that changed nothing but a seed."""
    made = Making()
    made.attempt("a boat")
    made.attempt("a red boat", revises=1, viewed="1.1", linked=Basis.INFERRED)
    made.attempt("a red boat at sea", revises=2)
    made.attempt("a red boat at sea", revises=3, viewed="3.1")
    assert (PERSON, Deed.REVISED) not in lines(report(made))
    made.attempt("a blue boat at sea", revises=4, viewed="4.1")
    assert lines(report(made))[PERSON, Deed.REVISED].count == 1


def test_each_signed_file_is_counted(report: Report) -> None:
    """Two files of one image are two files, and the image is named once."""
    made = Making()
    made.attempt()
    made.export("1.1", file="small.png")
    made.export("1.1", file="large.png")
    line = lines(report(made))[PERSON, Deed.EXPORTED]
    assert (line.count, line.images) == (2, ("1.1",))


def test_a_line_says_how_each_of_its_events_stands(report: Report) -> None:
    """Not only as the weakest; and the events are counted once."""
    made = Making()
    made.intent("one small boat")
    made.intent("and the sea")
    span = Span(first=0, stop=3, not_before=MORNING, not_after=NOON)
    found = report(made, times=times(span))
    line = lines(found)[PERSON, Deed.STATED]
    assert (line.events, line.stands) == ((2, 3), Stands(bounded=1, asserted=1))
    assert found.summary.stands == Stands(bounded=2, asserted=1)


def test_many_images_are_counted_and_not_named(report: Report) -> None:
    """Their names stand on the contact sheet."""
    made = Making()
    made.attempt(images=NAMED)
    assert len(lines(report(made))[PROGRAM, Deed.GENERATED].images) == NAMED
    made.attempt(images=1)
    line = lines(report(made))[PROGRAM, Deed.GENERATED]
    assert (line.count, line.images) == (NAMED + 1, ())


@LANGUAGES
def test_the_page_begins_with_it(report: Report, whole: Making, language: str) -> None:
    """All three groups, how sure it is, what is missing, what is not said: before any detail."""
    t, page = Phrases(language), render(report(whole, language))
    first = page[: page.index("<main")]
    for key in ("summary.person", "summary.program", "summary.unknown", "notice.title"):
        assert t(key) in first
    for key in ("gaps.title", "silent.title", "summary.only_said"):
        assert t(key) in first
    assert escape(t("gap.external_unconfirmed", subjects="e3")) in first
    assert t("deed.edited", count=2) in first


@LANGUAGES
def test_every_deed_has_its_sentence_and_leads_to_its_section(
    report: Report, whole: Making, language: str
) -> None:
    """One and many of them, with the number in it."""
    t = Phrases(language)
    assert all("2" in t(f"deed.{deed}", count=2) and t(f"deed.{deed}", count=1) for deed in Deed)
    page = render(report(whole, language))
    ids = set(Page(page).values("id"))
    summary = page[page.index('id="summary"') : page.index("<main")]
    assert set(re.findall(r'href="#([a-z-]+)"', summary)) <= ids


def test_machine_parts_are_folded_and_there(report: Report, whole: Making) -> None:
    """Digests and events can be opened; nobody has to scroll over them."""
    context = report(whole)
    page = render(context)
    open_parts = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
    for event in context.events:
        assert event.leaf in page
        assert event.leaf not in open_parts
    digest = str(context.exports[0].file_digest)
    assert digest in page
    assert digest not in open_parts


def redacted(made: Making, number: int, *field: str, reason: str | None = None) -> None:
    """Record that a text of an event was deleted."""
    said = Text(reason) if reason else None
    leaf = made.events[number].leaf
    made.add(p.TextRedacted(event=leaf, field=field, work="work-1", reason=said))


@LANGUAGES
def test_deleted_words_look_different_from_withheld_ones(report: Report, language: str) -> None:
    """Who reads must know whether anybody still has them."""
    t, made = Phrases(language), Making()
    made.attempt("kept back", withhold=["/call/prompts/prompt/0"])
    plain = render(report(made, language))
    assert t("page.withheld_means") in plain
    assert t("page.deleted_means") not in plain
    assert "prompts_withheld" in {gap.code for gap in report(made, language).gaps}
    redacted(made, 2, "call", "prompts", "prompt", "0", reason="a name was in it")
    context = report(made, language)
    page = render(context)
    assert context.attempts[0].prompts[0].deleted
    assert "prompts_withheld" not in {gap.code for gap in context.gaps}
    assert t("page.deleted_means") in page
    assert t("page.withheld_means") not in page
    assert t("moved.text.redacted", subjects="#2", count=0) in page
    assert "a name was in it" in page
    assert {event.type for event in context.events} >= {"text.redacted"}


def test_every_text_can_be_deleted(report: Report) -> None:
    """Title, intent, note, and the reason of a pick; and each says so."""
    made = Making()
    made.add(p.IntentStated(work="work-1", intent=Text("one boat")), withhold=["/intent"])
    made.attempt()
    chosen = p.ImageSelected(work="work-1", image=made.refs["1.1"], over=(), reason=Text("low"))
    made.add(chosen, withhold=["/reason"])
    redacted(made, 2, "intent")
    redacted(made, 5, "reason")
    context = report(made)
    assert context.intents[0].backing.deleted == ("intent",)
    assert context.choices[0].backing.deleted == ("reason",)
    assert render(context).count('<p class="deleted">') == 2
    gone = context.backing.model_copy(update={"deleted": ("title",)})
    untitled = context.model_copy(update={"title": None, "backing": gone})
    assert "<h1>Title deleted</h1>" in render(untitled)


def unnamed() -> Making:
    """Return a work whose title and author are on record and withheld."""
    made = Making()
    begun = made.events.pop().payload
    made.add(p.WorkCreated.model_validate(begun), withhold=["/title", "/author"])
    return made


@LANGUAGES
def test_a_withheld_title_is_no_missing_one(report: Report, language: str) -> None:
    """Nor is a withheld author one who was never stated; deleted ones say that they were."""
    t, made = Phrases(language), unnamed()
    context = report(made, language)
    assert context.withheld == ("title", "author")
    page = render(context)
    assert f"<h1>{t('page.title_withheld')}</h1>" in page
    assert f"<title data-quoted>{t('page.title_withheld')} |" in page
    assert t("page.author_withheld") in page
    for field in ("title", "author"):
        redacted(made, 1, field)
    context = report(made, language)
    assert context.withheld == ()
    page = render(context)
    assert f"<title data-quoted>{t('page.title_deleted')} |" in page
    assert t("page.author_deleted") in page
    page = render(report(Making(title=None, author=None), language))
    assert f"<h1>{t('page.untitled')}</h1>" in page
    assert t("page.nobody") in page
