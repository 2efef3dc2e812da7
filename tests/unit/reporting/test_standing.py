"""How the statements of a report stand, with and without trusted times."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from provenance_gen.records.anchor import Span, StudioTimes, TrustedTimes
from provenance_gen.records.report import Standing
from provenance_gen.reporting import json as json_form
from provenance_gen.reporting.html import render
from tests.histories import Making
from tests.unit.reporting.test_html import Page

if TYPE_CHECKING:
    from tests.unit.reporting.conftest import Report

MORNING, NOON, EVENING = (f"2026-11-22T{hour}:00:00.000000Z" for hour in ("06", "12", "18"))
LANGUAGES = pytest.mark.parametrize("language", ["en", "ja"])


def times(*spans: Span) -> StudioTimes:
    """Return the trusted times of a studio with one log."""
    return StudioTimes(logs=(TrustedTimes(spans=spans),))


@pytest.fixture
def made() -> Making:
    """Return a work of six events after the studio's own: 1 to 6."""
    making = Making()
    making.intent("one small boat")
    making.attempt("a boat")
    making.pick("1.1", reason="low horizon")
    making.view("1.2")
    return making


@pytest.fixture
def anchored(made: Making) -> StudioTimes:
    """Events 0 and 1 are sealed, 2 to 4 bounded, and what comes after is after the last anchor."""
    last = len(made.events)
    return times(
        Span(first=0, stop=2, not_after=NOON),
        Span(first=2, stop=5, not_before=MORNING, not_after=NOON),
        Span(first=5, stop=last, not_before=NOON),
    )


def test_each_event_stands_as_its_times_say(
    report: Report, made: Making, anchored: StudioTimes
) -> None:
    """Only an upper bound seals, both bound, and a lower bound alone is the maker's word."""
    context = report(made, times=anchored)
    stands = {event.sequence: event.standing for event in context.events}
    assert stands[1] is Standing.SEALED
    assert {stands[n] for n in (2, 3, 4)} == {Standing.BOUNDED}
    assert {stands[n] for n in stands if int(n) > 4} == {Standing.ASSERTED}
    assert context.standing is Standing.BOUNDED


def test_a_statement_stands_as_its_weakest_event(
    report: Report, made: Making, anchored: StudioTimes
) -> None:
    """One asserted event makes the whole statement asserted."""
    context = report(made, times=anchored)
    (attempt,) = context.attempts
    assert attempt.backing.standing is Standing.BOUNDED
    stands = {event.sequence: event.standing for event in context.events}
    for policy in context.policies:
        for finding in policy.findings:
            weakest = {stands[number] for number in finding.backing.events}
            if not weakest or Standing.ASSERTED in weakest:
                assert finding.backing.standing is Standing.ASSERTED
            else:
                assert finding.backing.standing is not Standing.ASSERTED


def test_contradicting_times_leave_the_maker_s_word(report: Report, made: Making) -> None:
    """Nothing is sealed by authorities whose clocks contradict each other."""
    span = Span(first=0, stop=len(made.events), not_before=EVENING, not_after=MORNING)
    assert report(made, times=times(span)).standing is Standing.ASSERTED


@LANGUAGES
def test_without_trusted_times_the_page_is_as_ever(
    report: Report, made: Making, language: str
) -> None:
    """Tokens that bound nothing change no word of it."""
    plain = render(report(made, language))
    unknown = times(Span(first=0, stop=len(made.events)))
    assert render(report(made, language, times=unknown)) == plain
    assert "{" not in re.sub("<style>.*?</style>", "", plain, flags=re.DOTALL)
    assert ("Everything here is <b>asserted</b>" in plain) == (language == "en")


@LANGUAGES
def test_an_anchored_page_says_how_much_stands(
    report: Report, made: Making, anchored: StudioTimes, language: str
) -> None:
    """The counts at the top, the times in their section, the same bytes every time."""
    page = render(report(made, language, times=anchored))
    assert page == render(report(made, language, times=anchored))
    told = {"en": "22 November 2026, 06:00:00 UTC", "ja": "2026年11月22日 06:00:00"}
    assert told[language] in page
    assert "#2\u2013#4" in page
    assert Page(page).open == []
    word = {"en": "bounded", "ja": "時刻の範囲あり"}[language]
    assert re.search(rf'<b>3</b> [^<]*</p>\n<p class="word">{word}</p>', page)
    assert "Everything here is <b>asserted</b>" not in page


def test_gaps_ask_for_what_is_not_anchored(
    report: Report, made: Making, anchored: StudioTimes
) -> None:
    """For an anchor where there is none, for another where it does not reach."""
    last = len(made.events)
    assert report(made).gaps[0].code == "no_anchor"
    gap = report(made, times=anchored).gaps[0]
    assert (gap.code, gap.subjects) == ("not_anchored", (str(last - 5),))
    whole = times(Span(first=0, stop=last, not_after=NOON))
    assert not {"no_anchor", "not_anchored"} & {g.code for g in report(made, times=whole).gaps}


def test_only_times_of_the_work_s_own_events_are_told(
    report: Report, made: Making, anchored: StudioTimes
) -> None:
    """Runs without an event of the work are left out of the page and the JSON."""
    last = len(made.events)
    more = (Span(first=last, stop=last + 9, not_after=EVENING),)
    longer = times(*anchored.logs[0].spans, *more)
    assert report(made, times=longer).trusted_times == anchored
    assert b'"not_before": "2026-11-22T06' in json_form.render(report(made, times=longer))
