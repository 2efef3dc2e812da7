"""The Japanese policy, factor by factor: records that make each present, absent, contradicting."""

from __future__ import annotations

import pytest

from provenance_gen.contribution.measures import measure
from provenance_gen.policy.evaluate import evaluate
from provenance_gen.policy.loader import load
from provenance_gen.records.edit import EditAgent, Operation
from provenance_gen.records.event import ActorKind, Basis
from provenance_gen.records.finding import Contribution, Evidence, Measure
from provenance_gen.records.generation import Task
from provenance_gen.records.policy import Confidence
from tests.histories import Making

POLICY = load("jp-bunka-2024")
HIDE = ["/call/prompts/prompt/0"]


def evidence(made: Making) -> dict[str, str]:
    """Return what the policy finds, by factor without its prefix."""
    findings = evaluate(POLICY, measure(made.work()))
    return {f.factor.id.removeprefix("jp."): f.evidence.value for f in findings}


def test_every_factor_of_the_source_is_there_with_its_confidence() -> None:
    """Nothing was read in the original, and everything says so."""
    assert [factor.id.removeprefix("jp.") for factor in POLICY.factors] == [
        "intent",
        "instruction",
        "attempts_alone",
        "attempts_revised",
        "selection",
        "edit",
        "no_or_simple_instruction",
        "similarity",
    ]
    assert {factor.confidence for factor in POLICY.factors} == {Confidence.B}
    assert {source.confidence for source in POLICY.sources} == {Confidence.B}
    assert all(source.note for source in POLICY.sources)


def test_sources_named_to_the_reader_are_the_agencys_own() -> None:
    """No forum, no blog, no news site."""
    addresses = [source.address for source in POLICY.sources if source.address]
    assert addresses
    assert all(address.startswith("https://www.bunka.go.jp/") for address in addresses)


def test_intent() -> None:
    """Stated by a person, or not at all."""
    stated, silent, guessed = Making(), Making(), Making()
    stated.intent("one small boat")
    guessed.intent("one small boat", basis=Basis.INFERRED)
    found = [evidence(made)["intent"] for made in (stated, silent, guessed)]
    assert found == ["present", "absent", "absent"]


def test_instruction() -> None:
    """Words are material; none at all speaks against; withheld ones are just not there."""
    told, bare, withheld, sketched, nothing = (Making() for _ in range(5))
    told.attempt("a red boat")
    bare.attempt(None)
    withheld.attempt("a red boat", withhold=HIDE)
    sketched.attempt(None, inputs=[sketched.bring_in(own=True)])
    makings = (told, bare, withheld, sketched, nothing)
    assert [evidence(made)["instruction"] for made in makings] == [
        "present",
        "contradicting",
        "absent",
        "absent",
        "not_applicable",
    ]


def test_length_alone_changes_nothing() -> None:
    """A long prompt gives the same finding as a short one, left to a person."""
    short, long = Making(), Making()
    short.attempt("boat")
    long.attempt("boat " * 2_000)
    assert evidence(short) == evidence(long)
    assert all(f.qualitative for f in POLICY.factors if f.id == "jp.instruction")


def test_attempts_alone_are_neutral_however_many() -> None:
    """A count is shown and helps nobody."""
    once, often = Making(), Making()
    once.attempt()
    for _ in range(30):
        often.attempt(images=1)
    assert [evidence(made)["attempts_alone"] for made in (once, often)] == ["absent", "present"]
    (factor,) = (f for f in POLICY.factors if f.id == "jp.attempts_alone")
    assert factor.our_reading == "neutral"


def revised(**how: object) -> Making:
    """Return a work of two attempts, the second linked to the first."""
    made = Making()
    made.attempt("a boat")
    made.attempt(**({"prompt": "a red boat", "revises": 1, "viewed": "1.1"} | how))  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, "present"),
        ({"viewed": None}, "absent"),
        ({"linked": Basis.INFERRED}, "absent"),
        ({"actor": ActorKind.PROGRAM}, "absent"),
        ({"withhold": HIDE}, "absent"),
        ({"prompt": "a boat"}, "contradicting"),
        ({"prompt": "a boat", "revises": None, "viewed": None}, "contradicting"),
    ],
)
def test_attempts_revised(how: dict[str, object], expected: str) -> None:
    """Only a person's revision with the image named; the same prompt again speaks against."""
    assert evidence(revised(**how))["attempts_revised"] == expected


def test_an_area_painted_anew_in_the_same_words_speaks_against_nothing() -> None:
    """It is an attempt and no revision; that a person chose the area is on record."""
    made = revised(prompt="a boat", call={"task": Task.INPAINT}, images=1)
    area = Operation(
        name="inpaint", action="c2pa.edited", region=(4, 4, 20, 20), width=64, height=64
    )
    made.edit("1.1", agent=EditAgent.MODEL, operations=[area])
    assert evidence(made)["attempts_revised"] == "absent"


def test_a_masked_attempt_in_the_same_words_speaks_against_nothing() -> None:
    """No edit came of it, and still it asked for something else than the attempt before."""
    made = revised(prompt="a boat", call={"task": Task.INPAINT}, images=1)
    assert made.work().edits == ()
    assert evidence(made)["attempts_revised"] == "absent"


def test_selection() -> None:
    """A reason can be read; a mere pick cannot."""
    reasoned, mere, scripted, nothing = (Making() for _ in range(4))
    for made in (reasoned, mere, scripted):
        made.attempt()
    reasoned.pick("1.1", over=["1.2"], reason="low horizon")
    mere.pick("1.1", over=["1.2"])
    scripted.pick("1.1", reason="highest score", actor=ActorKind.PROGRAM)
    found = [evidence(made)["selection"] for made in (reasoned, mere, scripted, nothing)]
    assert found == ["present", "absent", "absent", "not_applicable"]


def test_edit() -> None:
    """By a person, by nobody known, by a model only."""
    human, unknown, confirmed, model, none = (Making() for _ in range(5))
    for made in (human, unknown, confirmed, model, none):
        made.attempt()
    human.edit("1.1")
    unknown.edit("1.1", agent=EditAgent.EXTERNAL)
    confirmed.edit("1.1", agent=EditAgent.EXTERNAL)
    confirmed.confirm("e1")
    model.edit("1.1", agent=EditAgent.MODEL)
    assert [evidence(made)["edit"] for made in (human, unknown, confirmed, model, none)] == [
        "present",
        "absent",
        "present",
        "contradicting",
        "absent",
    ]


def test_no_or_simple_instruction() -> None:
    """One attempt without words is enough; whether words are simple is left to a person.

    A revision does not show that they were not.
    """
    bare, told = Making(), Making()
    bare.attempt("a boat")
    bare.attempt(None)
    told.attempt("boat")
    found = [evidence(made)["no_or_simple_instruction"] for made in (bare, told, revised())]
    assert found == ["present", "absent", "absent"]
    factor = next(one for one in POLICY.factors if one.id == "jp.no_or_simple_instruction")
    assert factor.qualitative
    assert not factor.contradicting


def test_similarity_is_a_duty_the_record_is_silent_on() -> None:
    """Version 1 has no event for such a check; the condition stands for the day it has."""
    made = Making()
    made.attempt()
    assert evidence(made)["similarity"] == "absent"
    measures = measure(made.work()).measures | {"similarity_checks": Measure(value=1)}
    finding = evaluate(POLICY, Contribution(measures=measures))[-1]
    assert (finding.factor.our_reading, finding.evidence) == ("duty", Evidence.PRESENT)
