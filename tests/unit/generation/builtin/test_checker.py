"""The independent checker and the benchmark that asks it: right about drawn scenes, and strict."""

from __future__ import annotations

import dataclasses
import random

import pytest

torch = pytest.importorskip("torch")

from benchmarks import builtin, checker  # noqa: E402  (needs torch)
from provenance_gen.generation.builtin.drawing import draw_scene  # noqa: E402
from provenance_gen.generation.builtin.pictures import Lot  # noqa: E402
from provenance_gen.generation.builtin.scenes import held_out, told  # noqa: E402


@pytest.fixture(scope="module")
def asked() -> list[builtin.Prompt]:
    """Return some of the benchmark's prompts, three of five with one thing."""
    return builtin.prompts(60)


def _shares(asked: list[builtin.Prompt], answers: list[checker.Answer]) -> dict[str, float]:
    counts = {q.name: builtin.tally(q, asked, answers) for q in builtin.QUESTIONS}
    return {name: right / of for name, (right, of) in counts.items() if of}


def test_the_checker_is_right_about_scenes_it_has_not_seen() -> None:
    """The bar for a judge: 0.95 of each answer."""
    torch.set_num_threads(1)
    scenes = checker.unseen_scenes("test", 150)
    found = checker.ask([draw_scene(scene) for scene in scenes])
    for field in dataclasses.fields(checker.Answer):
        right = [
            getattr(answer, field.name) == getattr(checker.answer_of(scene), field.name)
            for answer, scene in zip(found, scenes, strict=True)
        ]
        assert sum(right) >= 0.95 * len(right), field.name


def test_the_checker_judges_larger_pictures_alike() -> None:
    """A model of another size is judged by the same weights."""
    scenes = checker.unseen_scenes("larger", 40)
    found = checker.ask([draw_scene(scene, 128) for scene in scenes])
    right = [a == checker.answer_of(s) for a, s in zip(found, scenes, strict=True)]
    assert sum(right) >= 0.9 * len(right)


def test_prompts_ask_for_what_no_training_picture_shows(asked: list[builtin.Prompt]) -> None:
    """All are held out, the training scenes never are, and the lots are fixed."""
    assert all(held_out(prompt.scene) for prompt in asked)
    assert not any(held_out(scene) for scene in Lot(range(600), 0, 64, 0.4).scenes())
    assert [len(prompt.scene.things) for prompt in asked] == [1] * 36 + [2] * 24
    assert builtin.prompts(60) == asked


def test_perfect_answers_are_perfect(asked: list[builtin.Prompt]) -> None:
    """Every question is asked of some prompt and answered by the scene itself."""
    shares = _shares(asked, [checker.answer_of(prompt.scene) for prompt in asked])
    assert set(shares) == {question.name for question in builtin.QUESTIONS}
    assert set(shares.values()) == {1.0}


def test_pictures_of_other_prompts_are_wrong(asked: list[builtin.Prompt]) -> None:
    """Pictures that match no prompt but by chance get low marks from the same questions."""
    answers = [checker.answer_of(prompt.scene) for prompt in asked]
    half = answers[:36]
    random.Random(1).shuffle(half)
    shares = _shares(asked, [*half, *answers[37:], answers[36]])
    assert shares["single_type"] < 0.4
    assert shares["single_colour"] < 0.4
    assert shares["single_background"] < 0.5
    assert shares["pair_types"] < 0.3


def test_swapped_sides_are_wrong(asked: list[builtin.Prompt]) -> None:
    """Both kinds in the wrong order count as both kinds, but not as left and right."""
    swapped = [
        dataclasses.replace(answer, kinds=answer.kinds[::-1]) if answer.kinds[1] else answer
        for answer in (checker.answer_of(prompt.scene) for prompt in asked)
    ]
    shares = _shares(asked, swapped)
    assert shares["pair_types"] == 1.0
    assert shares["pair_left_right"] == 0.0
    assert shares["pair_above_below"] == 0.0


def test_a_held_out_scene_is_known_by_what_can_be_told() -> None:
    """The seed of the small differences does not decide what is held out."""
    (scene,) = checker.unseen_scenes("one", 1)
    other = dataclasses.replace(scene, seed=scene.seed + 1)
    assert told(other) == told(scene)
    assert held_out(other)


def test_the_interval_of_a_share() -> None:
    """The example of a textbook: 81 of 263 (E. B. Wilson's score interval, 0.255 to 0.366)."""
    low, high = builtin.wilson(81, 263)
    assert low == pytest.approx(0.2553, abs=1e-3)
    assert high == pytest.approx(0.3662, abs=1e-3)
    assert builtin.wilson(0, 0)[0] == pytest.approx(0, abs=1e-9)
