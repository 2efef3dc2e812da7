"""What a report says, before it has a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provenance_gen.errors import UnknownReferenceError, UsageError
from provenance_gen.records import payloads as p
from provenance_gen.records.base import Text
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import ActorKind, Basis
from provenance_gen.records.finding import Evidence
from provenance_gen.records.generation import Task
from provenance_gen.records.report import Standing
from provenance_gen.reporting import html
from provenance_gen.reporting.strings import Phrases
from tests.histories import Making

if TYPE_CHECKING:
    from tests.unit.reporting.conftest import Report


def test_the_picture_is_the_exported_then_the_picked_then_the_newest(report: Report) -> None:
    """And the one that was asked for, before all of them."""
    made = Making()
    assert (report(made).final, report(made).final_reason) == (None, "none")
    made.attempt()
    newest = report(made).final
    assert newest
    assert (newest.name, report(made).final_reason) == ("1.1", "last")
    made.pick("1.2")
    made.pick("1.3")
    made.reject("1.3")
    picked = report(made).final
    assert picked
    assert (picked.name, report(made).final_reason) == ("1.2", "selected")
    made.export("1.4")
    made.export("1.1", signed=False)
    exported = report(made).final
    assert exported
    assert (exported.name, report(made).final_reason) == ("1.4", "exported")
    asked = report(made, image="1.3")
    assert asked.final
    assert (asked.final.name, asked.final_reason) == ("1.3", "asked")
    with pytest.raises(UnknownReferenceError):
        report(made, image="7.7")


def test_an_unknown_language_is_refused(report: Report) -> None:
    """Never English in silence."""
    with pytest.raises(UsageError, match="en, ja"):
        report(Making(), "fr")


def test_everything_is_asserted_and_says_who_and_how(report: Report, whole: Making) -> None:
    """Without a trusted time nothing is sealed; each statement names its events."""
    context = report(whole)
    assert context.standing is Standing.ASSERTED
    assert {event.standing for event in context.events} == {Standing.ASSERTED}
    confirmed = context.edits[3].backing
    assert confirmed.bases == (Basis.CONTEMPORANEOUS, Basis.CONFIRMED)
    assert confirmed.actors == (ActorKind.PERSON,)


def test_what_was_said_on_confirming_is_told(report: Report) -> None:
    """It is all that the record has of who painted elsewhere; a script's words are nobody's."""
    made = Making()
    made.attempt("a boat")
    made.edit("1.1", agent=EditAgent.EXTERNAL)
    made.edit("e1", agent=EditAgent.EXTERNAL)
    made.confirm("e1", note="the sail, by hand")
    made.confirm("e2", note="a script says so", actor=ActorKind.PROGRAM)
    context = report(made)
    assert [edit.confirmation for edit in context.edits] == ["the sail, by hand", None]
    told = [line.text for line in context.timeline if line.kind == "fact.confirmed"]
    assert told == ["the sail, by hand", "a script says so"]


def test_every_cited_event_is_in_the_appendix(report: Report, whole: Making) -> None:
    """A number that leads nowhere proves nothing."""
    context = report(whole)
    listed = {event.sequence for event in context.events}
    held = [
        context.backing,
        *(line.backing for line in context.timeline),
        *(finding.backing for policy in context.policies for finding in policy.findings),
    ]
    cited = {number for one in held for number in one.events}
    cited |= {number for item in context.measures for number in item.events}
    assert cited <= listed
    assert listed == {event.sequence for event in whole.events} - {0}


def test_rejected_failed_and_withheld_things_are_shown(report: Report, whole: Making) -> None:
    """A report that left them out would flatter."""
    context = report(whole)
    marks = {i.figure.name: i.choice.value for a in context.attempts for i in a.images}
    assert marks["2.2"] == "rejected"
    assert [attempt.outcome.value for attempt in context.attempts] == [
        "completed",
        "completed",
        "failed",
        "interrupted",
        "open",
    ]
    assert context.attempts[3].prompts[0].text is None


def test_the_lineage_leads_from_the_first_image_to_the_last(report: Report, whole: Making) -> None:
    """Step by step."""
    assert [figure.name for figure in report(whole).lineage] == ["2.1", "e1", "e2"]


def test_the_timeline_is_in_the_order_of_events(report: Report, whole: Making) -> None:
    """And each attempt is one line with its end."""
    lines = report(whole).timeline
    order = [line.backing.events[0] for line in lines]
    assert order == sorted(order)
    (completed,) = (line for line in lines if line.subjects == ("1",))
    assert len(completed.backing.events) == 2


def test_the_timeline_tells_of_gates(report: Report) -> None:
    """What fired, and who went on with which reason; in either language, before the attempt."""
    made = Making()
    leaf = made.add(
        p.GateFired(work="work-1", policy="ask-first", factor="ask.style", demand="reason")
    ).leaf
    made.add(p.GateOverridden(work="work-1", event=leaf, reason=Text("a study of ink")))
    made.add(p.GateOverridden(work="work-1", event=leaf, reason=Text("twice")))
    made.attempt("a boat in the manner of Sesshu", use="research")
    made.add(p.GateFired(work="work-1", policy="mine", factor="f"))  # as another version wrote it
    context = report(made)
    gated = [line for line in context.timeline if line.kind.startswith("gate.")]
    assert [line.kind for line in gated] == ["gate.fired.reason", "gate.overridden", "gate.fired"]
    assert gated[0].subjects == ("ask-first (ask.style)",)
    assert gated[1].text == "a study of ink"
    assert ("use", "research") in context.attempts[0].parameters
    assert {"gate.fired", "gate.overridden"} <= {event.type for event in context.events}
    for language in ("en", "ja"):
        page = html.render(report(made, language))
        told = Phrases(language)("moved.gate.fired.reason", subjects="ask-first (ask.style)")
        assert told in page
        assert "a study of ink" in page


def test_gaps_name_what_is_missing(report: Report, whole: Making) -> None:
    """The anchor always, the rest where it is so."""
    found = {gap.code: gap.subjects for gap in report(whole).gaps}
    assert found == {
        "no_anchor": (),
        "prompts_withheld": ("4",),
        "revisions_inferred": ("3",),
        "picks_without_reason": ("2.4",),
        "external_unconfirmed": ("e3",),
        "incomplete": ("5",),
        "no_end": ("5",),
    }
    assert [gap.code for gap in report(Making()).gaps] == ["no_anchor", "no_intent", "no_export"]


def test_a_gap_names_an_image_once(report: Report) -> None:
    """However often it was picked; and not at all where one of the picks has a reason."""
    made = Making()
    made.attempt("a harbour")
    for reason in (None, None):
        made.pick("1.1", reason=reason)
    for reason in (None, "low horizon", " "):
        made.pick("1.2", reason=reason)
    found = {gap.code: gap.subjects for gap in report(made).gaps}
    assert found["picks_without_reason"] == ("1.1",)


def test_nobody_is_asked_what_an_inpainting_revised(report: Report) -> None:
    """It revises no attempt, whatever it was linked to."""
    made = Making()
    made.attempt("a harbour")
    task = {"task": Task.INPAINT}
    made.attempt("a gull", revises=1, viewed="1.1", linked=Basis.INFERRED, call=task)
    assert "revisions_inferred" not in {gap.code for gap in report(made).gaps}


def test_help_is_offered_only_where_something_is_missing(report: Report) -> None:
    """What is recorded needs no advice."""
    made = Making()
    made.intent("one small boat")
    findings = {finding.id: finding for finding in report(made).policies[0].findings}
    assert findings["jp.intent"].would_help is None
    assert findings["jp.edit"].would_help


def beside() -> Making:
    """Return a work whose last picture is not the one that most was done for."""
    made = Making()
    sketch = made.bring_in(own=True)
    made.attempt("a boat", inputs=[sketch])
    made.edit("1.1")
    made.attempt("a tree")
    made.attempt("a tall tree", revises=2, viewed="2.1", linked=Basis.INFERRED)
    made.pick("2.1", reason="low horizon")
    return made


def test_a_finding_says_what_of_it_led_to_the_picture(report: Report) -> None:
    """Material beside its line is present in the work alone; each event off the line is named."""
    made = beside()
    context = report(made, image="3.1", policies=["us-usco-2025", "jp-bunka-2024"])
    found = {one.id: one for policy in context.policies for one in policy.findings}
    for name in ("us.expressive_input", "us.modify"):
        one = found[name]
        assert (one.evidence, one.of_picture) == (Evidence.PRESENT, Evidence.ABSENT)
        assert one.elsewhere == one.backing.events
        assert one.nowhere
        assert one.would_help
    prompts = found["jp.instruction"]
    assert prompts.evidence is prompts.of_picture is Evidence.PRESENT
    # Attempt 3 alone: of attempt 2 it was only guessed that this one revised it.
    third = made.work().attempts[2].citation.sequence
    assert set(prompts.backing.events) - set(prompts.elsewhere) == {third}
    assert not prompts.nowhere
    # The reason stands with a picture that was only guessed to have led to this one.
    reasons = found["jp.selection"]
    assert (reasons.evidence, reasons.of_picture) == (Evidence.PRESENT, Evidence.ABSENT)
    counts = {one.name: (one.value, one.of_picture) for one in context.measures}
    assert counts["attempts"] == (3, 1)
    assert counts["edits_by_person"] == (1, 0)


def test_of_its_own_line_a_finding_says_no_more(report: Report) -> None:
    """The edit's own picture: its material led to it. Of a work without pictures, nothing is."""
    context = report(beside(), image="e1", policies=["us-usco-2025"])
    found = {one.id: one for one in context.policies[0].findings}
    for name in ("us.expressive_input", "us.modify"):
        assert found[name].evidence is found[name].of_picture is Evidence.PRESENT
        assert not found[name].nowhere
    empty = Making()
    empty.intent("one small boat")
    context = report(empty)
    assert {one.of_picture for one in context.policies[0].findings} == {None}
    assert not any(one.elsewhere for one in context.policies[0].findings)
    assert {one.of_picture for one in context.measures} == {None}
    assert {one.image for one in context.policies[0].drafts} == {None}


def test_a_draft_names_nothing_that_is_not_in_the_picture(report: Report) -> None:
    """Neither the own drawing nor the edit of another picture is stated as made by the author."""

    def stated(image: str) -> str:
        drafts = report(beside(), image=image, policies=["us-usco-2025"]).policies[0].drafts
        assert {draft.image for draft in drafts} == {image}
        author = next(draft for draft in drafts if draft.id == "author_created")
        return " ".join(text for text, _ in author.sentences)

    assert "by the applicant" in stated("e1")
    assert "Modifications by hand" in stated("e1")
    assert stated("3.1") == ""


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_says_at_the_finding_what_did_not_lead_to_the_picture(
    report: Report, language: str
) -> None:
    """In the folded line too, in the reader's words; events are marked, and told to ears."""
    made, t = beside(), Phrases(language)
    page = html.render(report(made, language, image="3.1", policies=["us-usco-2025"]))
    article = page.split('id="us-usco-2025-us.modify"')[1].split("</article>")[0]
    folded = article.split("</summary>")[0]
    assert t("findings.of_picture", name="3.1", evidence=t("evidence.absent")) in folded
    assert t("findings.nowhere", name="3.1") in article
    edit = made.work().edits[0].citation.sequence
    assert f"#{edit}*</a>" in article
    assert t("findings.aside", name="3.1") in article
    assert t("findings.part", name="3.1", number="0") in article
    assert t("drafts.of_picture", name="3.1") in page
    whole = html.render(report(made, language, image="e1", policies=["us-usco-2025"]))
    article = whole.split('id="us-usco-2025-us.modify"')[1].split("</article>")[0]
    assert t("findings.nowhere", name="e1") not in article
    assert 'class="note alone"' not in article
    assert f"#{edit}</a>" in article
