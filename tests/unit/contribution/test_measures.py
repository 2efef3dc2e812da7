"""Every measure, by a record that makes it count and one that must not."""

from __future__ import annotations

from typing import Any

import pytest

from provenance_gen.contribution.measures import measure
from provenance_gen.records.base import Text
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import ActorKind, Basis
from provenance_gen.records.finding import MEASURES
from provenance_gen.records.generation import Task
from tests.histories import Making


def value(made: Making, name: str) -> int:
    """Return one measure of the work."""
    return measure(made.work()).measures[name].value


def cited(made: Making, name: str) -> list[int]:
    """Return the events a measure was counted from."""
    return [item.sequence for item in measure(made.work()).measures[name].citations]


def test_every_documented_measure_and_no_other_is_computed() -> None:
    """The vocabulary of conditions and what is computed are one."""
    assert set(measure(Making().work()).measures) == set(MEASURES)


def test_an_empty_work_measures_zero_everywhere() -> None:
    """Nothing recorded, nothing counted, nothing cited."""
    found = measure(Making().work()).measures
    assert {name: item.value for name, item in found.items()} == dict.fromkeys(MEASURES, 0)
    assert not any(item.citations for item in found.values())


def test_attempts_are_counted_by_how_they_ended() -> None:
    """A failed or an open attempt is an attempt too."""
    made = Making()
    for ending in ("completed", "failed", "interrupted", "none"):
        made.attempt(ending=ending, images=3)
    assert value(made, "attempts") == 4
    assert value(made, "attempts_completed") == 1
    assert value(made, "attempts_failed") == 1
    assert value(made, "attempts_interrupted") == 1
    assert value(made, "images") == 3


def test_an_intent_counts_as_before_only_if_it_was_recorded_so() -> None:
    """The order of events decides, and an imported statement has no place in it."""
    before, after, imported = Making(), Making(), Making()
    before.intent("a boat")
    before.attempt()
    after.attempt()
    after.intent("a boat")
    imported.intent("a boat", basis=Basis.BACKFILLED)
    imported.attempt()
    values = [value(made, "intent_before_first_attempt") for made in (before, after, imported)]
    assert values == [1, 0, 0]
    assert [value(made, "intents") for made in (before, after, imported)] == [1, 1, 1]


def test_prompts_are_told_withheld_or_missing() -> None:
    """The three add up to the attempts; blanks are no words."""
    made = Making()
    made.attempt("a red boat, at sea")
    made.attempt("a secret", withhold=["/call/prompts/prompt/0"])
    made.attempt(" \n")
    made.attempt(None)
    assert value(made, "prompts_nonempty") == 1
    assert value(made, "prompts_withheld") == 1
    assert value(made, "attempts_without_prompt") == 2
    assert value(made, "prompt_words_max") == 5
    assert cited(made, "prompt_words_max") == [2]


def test_words_of_scripts_without_spaces_are_counted_by_character() -> None:
    """A Japanese prompt is not one word."""
    made = Making()
    made.attempt("夕焼けの海、red boat")
    assert value(made, "prompt_words_max") == 7


def test_an_own_sketch_given_to_the_generator_is_an_own_input() -> None:
    """Only where the person said that they made it."""
    made = Making()
    own = made.bring_in(own=True)
    other = made.bring_in()
    made.attempt(inputs=[own])
    made.attempt(inputs=[other])
    assert value(made, "own_inputs") == 1
    assert value(made, "imports") == 2
    assert value(made, "own_imports") == 1


def test_a_revision_after_looking_needs_the_image_named_by_a_person() -> None:
    """Without the image it is a revision; guessed, it is neither."""
    made = Making()
    made.attempt("a boat")
    made.attempt("a red boat", revises=1, viewed="1.2")
    made.attempt("a red boat at sea", revises=2)
    made.attempt("a blue boat", revises=1, viewed="1.1", linked=Basis.INFERRED)
    made.attempt("a green boat", revises=1, viewed="1.1", actor=ActorKind.PROGRAM)
    assert value(made, "revisions_after_viewing") == 1
    assert value(made, "revisions") == 2
    assert value(made, "revisions_inferred") == 1
    assert value(made, "revisions_not_by_person") == 1


@pytest.mark.parametrize(
    "same",
    [{}, {"call": {"generators": ()}}, {"images": 8}],
    ids=["new seed", "no seed", "more images"],
)
def test_another_throw_of_the_same_dice_is_no_revision(same: dict[str, Any]) -> None:
    """Seed and number of images do not change what was asked for."""
    made = Making()
    made.attempt("a boat")
    made.attempt("a boat", revises=1, viewed="1.1", **same)
    assert value(made, "revisions") == 0


def test_a_changed_parameter_is_a_revision() -> None:
    """Words are not the only input."""
    made = Making()
    made.attempt("a boat")
    made.attempt("a boat", revises=1, viewed="1.1", call={"guidance": "3"})
    assert value(made, "revisions_after_viewing") == 1


def test_an_inpainting_is_an_attempt_and_an_edit_and_no_revision() -> None:
    """Words for an area are no other words for the picture; another inpainting they can revise."""
    made = Making()
    made.attempt("a red boat")
    made.attempt("a gull", revises=1, viewed="1.1", images=1, call={"task": Task.INPAINT})
    made.edit("1.1", agent=EditAgent.MODEL)
    assert (value(made, "attempts"), value(made, "model_edits")) == (2, 1)
    assert value(made, "attempts_in_region") == 1
    assert (value(made, "revisions"), value(made, "revisions_after_viewing")) == (0, 0)
    assert measure(made.work()).changes == ()
    assert made.work().attempts[1].viewed == "1.1"
    made.attempt("a white gull", revises=2, viewed="2.1", call={"task": Task.INPAINT})
    assert value(made, "revisions_after_viewing") == 1


def test_withheld_words_alone_show_no_revision() -> None:
    """What cannot be read cannot be said to have changed."""
    made = Making()
    made.attempt("a boat", withhold=["/call/prompts/prompt/0"])
    made.attempt("a red boat", revises=1, viewed="1.1", withhold=["/call/prompts/prompt/0"])
    assert value(made, "revisions") == 0


def test_choices_count_as_acts_of_a_person() -> None:
    """A script that picks is counted apart, a guess not at all."""
    made = Making()
    made.attempt()
    made.pick("1.1", over=["1.2", "1.3"], reason="low horizon")
    made.pick("1.2", over=["1.1"])
    made.reject("1.3", "1.4")
    made.reject("1.3")
    made.pick("1.3", actor=ActorKind.PROGRAM)
    made.pick("1.4", basis=Basis.INFERRED)
    assert value(made, "selections") == 2
    assert value(made, "selections_with_reason") == 1
    assert value(made, "selected_over") == 3
    assert value(made, "rejections") == 2
    assert value(made, "images_rejected") == 2
    assert value(made, "choices_not_by_person") == 1


def test_changed_pixels_add_up_over_local_edits_of_a_person() -> None:
    """A change of tone has no area, and a model's edit is no person's."""
    made = Making()
    made.attempt()
    made.edit("1.1", changed=100)
    made.edit("e1", changed=50)
    made.edit("e2", changed=4096, uniform=True)
    made.edit("e3", changed=70, agent=EditAgent.MODEL)
    made.edit("e4", changed=70, actor=ActorKind.PROGRAM)
    assert value(made, "human_edits") == 3
    assert value(made, "human_edit_operations") == 3
    assert value(made, "human_changed_pixels") == 150
    assert value(made, "human_tone_edits") == 1
    assert value(made, "model_edits") == 1
    assert value(made, "edits_not_attributed") == 1


def test_an_edit_elsewhere_is_nobodys_until_a_person_confirms_it() -> None:
    """A program's confirmation is none."""
    made = Making()
    made.attempt()
    for _ in range(3):
        made.edit("1.1", agent=EditAgent.EXTERNAL)
    made.confirm("e2")
    made.confirm("e3", actor=ActorKind.PROGRAM)
    assert value(made, "external_unconfirmed") == 2
    assert value(made, "external_confirmed") == 1
    assert value(made, "edits_by_person") == 1
    assert value(made, "human_changed_pixels") == 0


def test_only_signed_exports_count() -> None:
    """A prepared export is a file that may never have left."""
    made = Making()
    made.attempt()
    made.export("1.1", signed=False)
    made.export("1.1")
    assert value(made, "exports") == 1


def test_a_reason_that_is_blank_is_no_reason() -> None:
    """Spaces cannot be read."""
    made = Making()
    made.attempt()
    made.pick("1.1", reason=Text("  "))
    assert value(made, "selections_with_reason") == 0
