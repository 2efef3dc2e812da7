"""No report says what only people may conclude; and the patterns that watch over it do catch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provenance_gen.policy.loader import load, shipped
from provenance_gen.records.policy import PolicyKind
from provenance_gen.reporting.forbidden import OURS, own_words, search
from provenance_gen.reporting.html import render
from tests.unit.reporting.conftest import everything

if TYPE_CHECKING:
    from provenance_gen.records.policy import Policy
    from tests.unit.reporting.conftest import Report

POLICY = load("jp-bunka-2024")

CONTRIBUTION = [name for name in shipped() if load(name).kind is PolicyKind.CONTRIBUTION]
EXAMPLES = {
    language: [statement.trips for statement in statements]
    for language, statements in POLICY.forbidden_statements.items()
}


@pytest.mark.parametrize("name", shipped())
def test_every_sentence_that_trips_a_pattern_is_caught_on_a_page(name: str) -> None:
    """A pattern that catches nothing watches over nothing."""
    policy = load(name)
    for statements in policy.forbidden_statements.values():
        for statement in statements:
            trips = search(f"<p>{statement.trips}</p>", [policy])
            assert statement.pattern in {trip.pattern for trip in trips}
            assert {trip.sentence for trip in trips} == {statement.trips}


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("text", ["a boat", "".join(EXAMPLES["en"] + EXAMPLES["ja"])])
def test_no_report_says_what_is_forbidden(report: Report, language: str, text: str) -> None:
    """Not even where the person whose words are quoted says it everywhere they can."""
    page = render(report(everything(text), language))
    assert search(page, [load(name) for name in shipped()]) == ()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_policy_or_draft_says_what_any_policy_forbids(report: Report, language: str) -> None:
    """All of them in one report, with a record that fills the drafts."""
    context = report(everything("a boat"), language, policies=CONTRIBUTION)
    assert any(draft.sentences for view in context.policies for draft in view.drafts)
    assert search(render(context), [load(name) for name in shipped()]) == ()


def test_what_the_page_says_is_searched_and_what_it_quotes_is_not() -> None:
    """Blocks are apart, inline elements are not, and names for screen readers count."""
    page = (
        "<style>p{}</style><title data-quoted>mine</title><p>one <i>two</i> three<br>four</p>"
        "<p data-quoted>mine <i>too</i></p><p>said: <span data-quoted>mine</span>, ours</p>"
        '<img alt="a picture"><div>a<p>b</p>c</div>'
    )
    blocks = own_words(page)
    assert "a picture" in blocks
    assert not any("mine" in block or "too" in block for block in blocks)
    assert {"said: …, ours", "a", "b", "c"} <= set(blocks)
    assert "one two threefour" in blocks


def test_a_forbidden_sentence_in_a_policy_itself_is_found(report: Report) -> None:
    """What a policy file says is ours, not the person's."""
    context = report(everything("a boat"))
    said = context.policies[0].model_copy(update={"disclaimers": (EXAMPLES["en"][0],)})
    page = render(context.model_copy(update={"policies": (said,)}))
    trips = search(page, [POLICY])
    assert {trip.sentence for trip in trips} == {EXAMPLES["en"][0]}
    assert {trip.policy for trip in trips} == {"jp-bunka-2024", OURS}


@pytest.mark.parametrize("policies", [[], [load("eu-art50-2026")]])
def test_what_no_output_says_is_found_whatever_the_policies(policies: list[Policy]) -> None:
    """A share in one sentence, a score in the next; sentences that differ in numbers once."""
    page = "<p>It is 80 percent authorship.</p><p>Event 12.</p><p>It is 70 percent authorship.</p>"
    assert [trip.policy for trip in search(page, policies)] == [OURS]
    assert search("<p>この作品の創作性スコアは7です。</p>", policies)
    assert search("<p data-quoted>It is 80 percent authorship.</p>", policies) == ()
    assert len(search("<p>human 12.5</p><p>human 0.5</p>", policies)) == 1
