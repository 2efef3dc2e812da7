"""Prompt information of recorded attempts, with the built-in model and with tiny pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from provenance_gen.digests import sha256_hex
from provenance_gen.errors import GenerationError, UsageError
from provenance_gen.generation import pipelines
from provenance_gen.generation.prompt_information import Sampling
from provenance_gen.studio.generate import Request
from provenance_gen.studio.information import prompt_information, words_of
from provenance_gen.studio.information_files import heat_map
from provenance_gen.studio.redact import redact
from provenance_gen.studio.replay import Means
from tests.pipelines import stable

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen import Studio
    from provenance_gen.records.information import PromptInformation
    from provenance_gen.studio import Work

QUICK = Sampling(samples=4)
PROMPT = "a red boat on the sea at sunset"


def measured(work: Work, image: str, **more: object) -> PromptInformation:
    """Measure with few samples."""
    return prompt_information(work, image, sampling=QUICK, **more)  # type: ignore[arg-type]


@pytest.fixture
def drawn(studio: Studio) -> Work:
    """Return a work with two prompts of the built-in model."""
    work = studio.new_work("Harbour")
    work.generate(Request("a yellow cat on the snow", seed=2, steps=6), on_step=lambda *_: None)
    work.generate(Request(PROMPT, seed=7, steps=12), on_step=lambda *_: None)
    return work


def test_a_prompt_tells_more_than_others_and_words_where_they_show(
    drawn: Work, tmp_path: Path
) -> None:
    """Its own prompt helps, others mislead; 'red' lies on the red hull; nothing is recorded."""
    before = drawn.studio.ledger.head()
    found = measured(drawn, "2.1", words=True, folder=tmp_path / "one")
    assert drawn.studio.ledger.head() == before
    assert found.prompt == PROMPT
    assert float(found.information.nats) > 4 * float(found.information.standard_error)
    assert all(float(other.information.nats) < 0 for other in found.others)
    assert [other.attempt for other in found.others] == [1, None, None, None]
    assert found.changes == ()
    assert found.model == drawn.history().attempts[-1].model.digest
    red = next(word for word in found.words if word.word == "red")
    assert float(red.information.nats) > 20
    picture = drawn.studio.store.open(found.pixel_digest).convert("RGB")
    colour = np.asarray(picture, dtype=int)[red.peak[1], red.peak[0]]
    assert colour[0] > colour[1:].max() + 60
    values = np.load(tmp_path / "one" / "information.npy")
    assert values.shape[0] == 1 + len(found.words)
    cell = found.cell[0] * found.cell[1]
    assert values[0].sum() * cell == pytest.approx(float(found.information.nats), rel=1e-4)
    for number, word in enumerate(found.words, 1):
        file = tmp_path / "one" / f"word-{number:02d}.png"
        assert sha256_hex(file.read_bytes()) == word.map
    again = measured(drawn, "2.1", words=True, folder=tmp_path / "two")
    assert again == found
    with pytest.raises(UsageError, match="already"):
        measured(drawn, "2.1", folder=tmp_path / "one")


def test_another_model_is_named(drawn: Work, tmp_path: Path) -> None:
    """Weights that are not the attempt's measure too, and it is said."""
    pipe = pipelines.load("builtin", pipelines.Setup(device="cpu")).pipe
    pipe.unet.conv_out.bias.data += 0.01
    pipe.save_pretrained(tmp_path / "other")
    found = measured(drawn, "2.1", means=Means(model=str(tmp_path / "other")))
    assert found.changes == ("model.weights",)


def test_images_without_a_prompt_in_words_are_refused(work: Work, tmp_path: Path) -> None:
    """Imports, edits, deleted prompts: each in words that say what to do."""
    Image.new("RGB", (64, 64), "teal").save(tmp_path / "own.png")
    work.bring_in(tmp_path / "own.png", own=True)
    work.edit("1.1", Image.new("RGB", (16, 16), "navy"), tool="Krita")
    with pytest.raises(UsageError, match="i1 was not made from a prompt"):
        measured(work, "i1")
    with pytest.raises(UsageError, match=r"the image it was made from is 1\.1"):
        measured(work, "e1")
    redact(work.studio, "1", "prompt", reason="names a place")
    with pytest.raises(UsageError, match="withheld or was deleted"):
        measured(work, "1.1")


def test_other_generators_are_refused_in_words(work: Work) -> None:
    """A pipeline that is no denoiser is no such measure, and one with two prompts neither."""
    with pytest.raises(UsageError, match="lies is not recorded"):
        measured(work, "1.1")
    pipe, given = stable.stable_diffusion_3()
    pipe.set_progress_bar_config(disable=True)
    work.record(pipe)("a boat", num_inference_steps=1, **{**given, "sigmas": None})
    with pytest.raises(UsageError, match="prompt_3 beside its prompt"):
        measured(work, "2.1", means=Means(pipe=pipe))
    given.pop("prompt_3")
    work.record(pipe)("a boat", num_inference_steps=1, **{**given, "sigmas": None})
    with pytest.raises(GenerationError, match="not of the Stable Diffusion kind"):
        measured(work, "3.1", means=Means(pipe=pipe))


def test_each_image_of_a_batch_has_its_own_prompt(work: Work) -> None:
    """Two prompts with two images each: the third image is the second prompt's."""
    pipe, given = stable.stable_diffusion()
    pipe.set_progress_bar_config(disable=True)
    recorded = work.record(pipe)
    recorded(["a boat", "a cat"], num_images_per_prompt=2, num_inference_steps=1, **given)
    for name, prompt in (("2.2", "a boat"), ("2.3", "a cat")):
        found = measured(work, name, means=Means(pipe=pipe))
        assert found.prompt == prompt


def test_words_are_runs_of_letters() -> None:
    """Punctuation is no word; hyphens and apostrophes within one are."""
    prompt = "a red-brown boat, sailor's; 4k (夕焼け)"
    assert [prompt[slice(*place)] for place in words_of(prompt)] == [
        *("a", "red-brown", "boat", "sailor's", "4k", "夕焼け")
    ]


def test_a_heat_map_is_red_where_words_help() -> None:
    """One helping cell, one misleading one, one of nothing: the picture itself in pale grey."""
    map_ = heat_map(Image.new("RGB", (4, 2), "black"), np.array([[2.0, -2.0]]), 2.0)
    helps, misleads = (map_.getpixel((x, 0)) for x in (0, 2))
    assert isinstance(helps, tuple)
    assert isinstance(misleads, tuple)
    assert helps[0] > 200 > helps[2]
    assert misleads[2] > 200 > misleads[0]
    plain = heat_map(Image.new("RGB", (2, 2)), np.zeros((1, 1)), 0.0)
    assert plain.getcolors() == [(4, (128, 128, 128))]
