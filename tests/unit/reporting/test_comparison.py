"""Two pictures on a page: who did what of each, nothing that ranks, safe with hostile words."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
from markupsafe import escape

from provenance_gen.errors import UsageError
from provenance_gen.policy.loader import load, shipped
from provenance_gen.records.base import Text
from provenance_gen.records.comparison import Chosen, Comparison, Edited, Side, Written
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import ActorKind
from provenance_gen.records.report import Figure
from provenance_gen.reporting.comparison import GROUPS, render
from provenance_gen.reporting.forbidden import search
from provenance_gen.reporting.strings import Phrases
from provenance_gen.studio.compare import SHOWN
from tests.parts import FlatPictures, digest
from tests.unit.reporting.test_html import HOSTILE, Page

LANGUAGES = pytest.mark.parametrize("language", ["en", "ja"])
BARE = Side(name="bare.png", basis="nothing", says="")
BOX = (4, 8, 16, 8)


def side(text: str = "a boat", **more: Any) -> Side:
    """Return what a ledger knows of a picture with a pick and an edit."""
    facts: dict[str, Any] = {
        "name": text,
        "basis": "ledger",
        "says": "",
        "image": "e1",
        "work": Text(text),
        "measures": {"attempts": 2, "human_edits": 1, "selections": 1},
        "models": (Text(text),),
        "choices": (Chosen(image="1.1", over=1, reason=Text(text)),),
        "edits": (edit(ActorKind.PERSON),),
        "written": (Written(image="e1", writer="stroke", agent="human", area=128, regions=(BOX,)),),
        "begun": "2026-11-22T09:00:00Z",
        "ended": "2026-11-22T10:00:00Z",
        "standing": {"asserted": 5},
        "withheld": 1,
    }
    return Side(**(facts | more))


@LANGUAGES
@pytest.mark.parametrize(
    ("how", "told", "untold"),
    [
        ({"tone": True, "changed": 0}, ["whole_tone"], ["changed", "uniform"]),
        ({"tone": True, "changed": 9}, ["whole_tone", "changed"], ["uniform"]),
        ({"uniform": True, "changed": 9}, ["uniform"], ["changed", "whole_tone"]),
        ({"changed": 0}, ["changed"], ["uniform", "whole_tone"]),
    ],
)
def test_a_change_of_tone_is_not_no_change(
    how: dict[str, Any], told: list[str], untold: list[str], language: str
) -> None:
    """Where the whole picture changed, no pixels are said to have stayed as they were."""
    done = edit(ActorKind.PERSON).model_copy(update={"operations": ("crop", "saturation"), **how})
    found = Comparison(same_pixels=False, a=side(edits=(done,)), b=BARE)
    page, t = render(found, [figure(), None], language), Phrases(language)
    words = {"changed": how["changed"], "area": "4,096"}
    assert all(t(f"edits.{name}", **words) in page for name in told)
    assert not any(t(f"edits.{name}", **words) in page for name in untold)
    assert t("operation.crop") + t("page.comma") + t("operation.saturation") in page


def edit(actor: ActorKind, agent: str = "human", *, confirmed: bool = False) -> Edited:
    """Return an edit by somebody."""
    return Edited(image="e1", agent=agent, confirmed=confirmed, actor=actor, changed=128, area=4096)


@LANGUAGES
@pytest.mark.parametrize("agent", list(EditAgent))
def test_who_made_an_edit_is_not_who_had_it_recorded(agent: EditAgent, language: str) -> None:
    """A model is called, and what another program did is recorded, by whoever that was."""
    done = edit(ActorKind.UNKNOWN, agent.value)
    t, told = Phrases(language), page(side(edits=(done,)), language=language)
    said = t(f"compare.edit.{agent.value}", name="e1", actor=t("actor.unknown"))
    assert f"<li><p>{escape(said)}</p>" in told
    assert said.endswith(t("actor.unknown"))
    assert (escape(t("edits.unconfirmed")) in told) == (agent is EditAgent.EXTERNAL)


def figure() -> Figure:
    """Return a small picture."""
    pixels = digest("pixels e1")
    fetch = partial(FlatPictures().thumbnail, pixels)
    return Figure(name="e1", pixel_digest=pixels, width=64, height=64, pixels=fetch)


def page(a: Side, b: Side = BARE, language: str = "en") -> str:
    """Return the page of two sides, of which the first has a picture."""
    return render(Comparison(same_pixels=False, a=a, b=b), [figure(), None], language)


@LANGUAGES
def test_no_record_is_not_said_to_be_nothing_done(language: str) -> None:
    """A side without a record has no zeros."""
    told = page(side(), language=language)
    row = re.search(r'scope="row">[^<]*</th><td>1</td><td>([^<]*)</td>', told)
    assert row
    assert row[1] == {"en": "not known", "ja": "不明"}[language]
    assert {"en": "not the same as nothing was done", "ja": "という意味ではありません"}[
        language
    ] in told


@LANGUAGES
def test_an_intent_is_not_said_to_be_a_person_s(language: str) -> None:
    """A script can state one, and the measure counts it too."""
    t, told = (
        Phrases(language),
        page(side(measures={"intents": 1, "selections": 1}), BARE, language),
    )
    rows = [told.index(t(f"measure.{name}")) for name in ("intents", "selections")]
    assert rows[0] < told.index(t("summary.person")) < rows[1]


@LANGUAGES
def test_it_ranks_nobody_and_concludes_nothing(language: str) -> None:
    """By the patterns of every policy and of the program itself; and one that did is found."""
    told = page(side(), side("another"), language)
    policies = [load(name) for name in shipped()]
    assert search(told, policies) == ()
    assert search(told.replace("</h1>", " The picture is protected by copyright.</h1>"), policies)
    assert "%" not in re.sub('(?s)<style>.*?</style>|style="[^"]*"', "", told)


@LANGUAGES
def test_hostile_words_stay_words(language: str) -> None:
    """Names, reasons and models come from people and from files."""
    told = page(side(HOSTILE), side(HOSTILE), language)
    tags = {tag for tag, _ in Page(told).tags}
    assert not tags & {"script", "iframe", "object", "link", "base"}
    assert "<img src=x" not in told
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", told)
    assert Page(told).open == []
    assert told == page(side(HOSTILE), side(HOSTILE), language)


@pytest.mark.parametrize(
    ("done", "boxes"),
    [
        (edit(ActorKind.PERSON), 1),
        (edit(ActorKind.PROGRAM), 0),
        (edit(ActorKind.UNKNOWN), 0),
        (edit(ActorKind.UNKNOWN, "external"), 0),
        (edit(ActorKind.UNKNOWN, "external", confirmed=True), 1),
        (edit(ActorKind.PERSON, "model"), 0),
    ],
)
def test_only_a_person_s_steps_are_outlined(done: Edited, boxes: int) -> None:
    """Not those of a script in the same editor, nor what nobody confirmed."""
    assert page(side(edits=(done,))).count('<span class="box"') == boxes


def test_every_measure_of_a_comparison_has_its_group() -> None:
    """Each once, but for those that only add up others."""
    grouped = [name for names in GROUPS.values() for name in names]
    assert len(grouped) == len(set(grouped))
    assert set(SHOWN) - set(grouped) == {
        "prompts_distinct",
        "revisions",
        "views",
        "selected_over",
    }


def test_another_language_is_refused() -> None:
    """Never English in silence."""
    with pytest.raises(UsageError, match="en, ja"):
        page(side(), language="fr")


@LANGUAGES
def test_what_only_a_guess_leads_to_is_marked(language: str) -> None:
    """The attempts, the pick and the edit behind a guess; and nothing else."""
    t = Phrases(language)
    choices = (Chosen(image="1.1", over=0), Chosen(image="2.1", over=0, guessed=True))
    told = page(side(choices=choices, guessed=(1, 2)), language=language)
    assert told.count(t("compare.guessed")) == 1
    assert t("compare.guessed") in told.split(t("choices.selected", names="2.1"))[1][:400]
    numbers = t("page.comma").join("12")
    assert t("compare.guessed_attempts", count=2, numbers=numbers) in told
    edited = edit(ActorKind.PERSON).model_copy(update={"guessed": True})
    assert page(side(edits=(edited,)), language=language).count(t("compare.guessed")) == 1
    assert t("compare.guessed") not in page(side(), language=language)
