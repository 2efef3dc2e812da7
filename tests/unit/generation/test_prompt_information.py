"""Prompt information against worlds whose probabilities are known, and against real pipelines."""

from __future__ import annotations

import dataclasses
import math

import diffusers
import pytest
import torch
from PIL import Image

from provenance_gen.errors import GenerationError, UsageError
from provenance_gen.generation.conditioned import denoiser, encode
from provenance_gen.generation.prompt_information import Sampling, measure_errors
from tests.pipelines import parts, stable

SHAPE = (2, 3, 3)
PAINTED = 5
"""Column-wise place in the middle of which the two texts of the world below differ."""


@dataclasses.dataclass(frozen=True)
class World:
    """Pictures of two texts: independent normal values around the text's mean picture.

    The best denoisers of such a world, with a text and without, are known in closed form, and so
    is ln p(x|y) - ln p(x).
    """

    means: torch.Tensor
    """Texts x channels x height x width."""
    deviation: float = 0.3
    kept: tuple[float, ...] = tuple(
        torch.sigmoid(torch.linspace(14, -14, 800, dtype=torch.float64)).tolist()
    )

    @property
    def texts(self) -> int:
        """The null prompt and the texts."""
        return 1 + len(self.means)

    def noise(self, noisy: torch.Tensor, step: int) -> torch.Tensor:
        """Return the best guesses: null prompt first, the mixture's."""
        kept = self.kept[step]
        spread = kept * self.deviation**2 + 1 - kept
        off = noisy - math.sqrt(kept) * self.means
        likely = torch.softmax(-off.square().sum((1, 2, 3)) / (2 * spread), 0)
        guesses = math.sqrt(1 - kept) * off / spread
        mixed = (likely.view(-1, 1, 1, 1) * guesses).sum(0, keepdim=True)
        return torch.cat([mixed, guesses])

    def truth(self, picture: torch.Tensor, text: int) -> float:
        """Return ln p(x|y) - ln p(x)."""
        logs = -(picture - self.means).square().sum((1, 2, 3)) / (2 * self.deviation**2)
        return float(logs[text - 1] - torch.logsumexp(logs, 0) + math.log(len(self.means)))


@pytest.fixture(scope="module")
def world() -> World:
    """Return a world of two texts that differ in one cell of the picture."""
    means = torch.zeros(2, *SHAPE)
    means[1, :, 1, 2] = 1.0
    return World(means)


@pytest.mark.parametrize("drawn_from", [1, 2])
def test_nats_are_those_of_the_world(world: World, drawn_from: int) -> None:
    """True and false texts come out as ln p(x|y) - ln p(x), within four standard errors."""
    random = torch.Generator().manual_seed(drawn_from)
    picture = world.means[drawn_from - 1] + 0.3 * torch.randn(SHAPE, generator=random)
    sampling = Sampling(samples=400, lowest=-14)
    errors = measure_errors(world, picture, sampling)
    for text in (1, 2):
        found = errors.information(text, 0)
        assert found.nats == pytest.approx(
            world.truth(picture, text), abs=4 * found.standard_error
        ), text
        assert found.standard_error < 0.6
        assert found.cells.sum() == pytest.approx(found.nats)
    between = errors.information(drawn_from, 3 - drawn_from)
    assert between.nats > 10 * between.standard_error
    assert between.cells.argmax() == PAINTED


def test_the_standard_error_tells_how_far_seeds_lie_apart(world: World) -> None:
    """Over many seeds the number varies by no more than its standard error, and not by far less."""
    picture = world.means[1]
    found = [
        measure_errors(world, picture, Sampling(samples=16, lowest=-14, seed=seed)).information(
            2, 1
        )
        for seed in range(40)
    ]
    spread = torch.tensor([estimate.nats for estimate in found]).std().item()
    told = sum(estimate.standard_error for estimate in found) / len(found)
    assert 0.8 * spread < told < 5 * spread


def test_the_same_is_the_same_and_the_null_prompt_tells_nothing(world: World) -> None:
    """Same seed, same bits; a text beside itself is exactly zero."""
    first, again = (measure_errors(world, world.means[0], Sampling(samples=8)) for _ in range(2))
    assert (first.samples == again.samples).all()
    assert first.information(0, 0).nats == 0
    assert first.range == pytest.approx((-8, 14), abs=0.05)


def test_what_cannot_be_integrated_is_refused(world: World) -> None:
    """An odd number of samples, a schedule that does not fall, predictions that are no numbers."""
    with pytest.raises(UsageError, match="even"):
        Sampling(samples=3)
    rising = dataclasses.replace(world, kept=tuple(reversed(world.kept)))
    with pytest.raises(GenerationError, match="does not fall"):
        measure_errors(rising, world.means[0])
    with pytest.raises(GenerationError, match="not finite"):
        measure_errors(world, world.means[0] * math.nan, Sampling(samples=2))


@pytest.mark.parametrize("make", [stable.stable_diffusion, stable.stable_diffusion_xl])
def test_a_pipeline_is_asked_as_it_asks_itself(make: object) -> None:
    """The guesses are those of the pipeline's own UNet at the first step of its own call."""
    pipe, _ = make()  # type: ignore[operator]
    pipe.scheduler = diffusers.DDIMScheduler(clip_sample=False, steps_offset=1)
    given = {"height": parts.SIDE, "width": parts.SIDE}
    seen: list[tuple[int, torch.Tensor, torch.Tensor]] = []
    unet = pipe.unet.register_forward_hook(
        lambda _, asked, made: seen.append((int(asked[1]), asked[0], made[0]))
    )
    pipe.set_progress_bar_config(disable=True)
    pipe("a red boat", num_inference_steps=2, guidance_scale=3.0, **given)
    unet.remove()
    step, noisy, guesses = seen[0]
    asked = denoiser(pipe, ["a red boat", "a cat"], (parts.SIDE, parts.SIDE))
    assert asked.texts == 3
    with torch.no_grad():
        found = asked.noise(noisy[0], step)
    assert torch.allclose(found[:2], guesses, atol=1e-5)


def test_velocity_is_turned_into_noise() -> None:
    """From z and v = sqrt(a) e - sqrt(1-a) x follows e."""
    pipe, _ = stable.stable_diffusion()
    pipe.scheduler.register_to_config(prediction_type="v_prediction")
    asked = denoiser(pipe, ["a boat"], (parts.SIDE, parts.SIDE))
    assert asked.velocity
    plain = dataclasses.replace(asked, velocity=False)
    noisy = torch.randn(4, 16, 16, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        velocity, noise = plain.noise(noisy, 500), asked.noise(noisy, 500)
    kept = asked.kept[500]
    clean = math.sqrt(kept) * noisy - math.sqrt(1 - kept) * velocity
    assert torch.allclose(
        math.sqrt(kept) * clean + math.sqrt(1 - kept) * noise,
        noisy.expand(2, -1, -1, -1),
        atol=1e-5,
    )


def test_a_picture_becomes_its_mean_latent() -> None:
    """Scaled as the pipeline scales it; sides that do not fit are refused."""
    pipe, _ = stable.stable_diffusion()
    latent = encode(pipe, parts.picture())
    back = pipe.vae.decode(latent[None] / pipe.vae.config.scaling_factor)
    assert latent.shape == (4, 16, 16)
    assert back.sample.shape == (1, 3, parts.SIDE, parts.SIDE)
    with pytest.raises(GenerationError, match="multiples of 2"):
        encode(pipe, Image.new("RGB", (33, 32)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (stable.stable_diffusion_3, "not of the Stable Diffusion kind"),
        (stable.stable_diffusion_inpaint, "9 channels"),
        (stable.stable_diffusion_controlled, "a ControlNet"),
    ],
)
def test_other_pipelines_are_refused_in_words(make: object, words: str) -> None:
    """The error says what is not as it is needed."""
    pipe, _ = make()  # type: ignore[operator]
    with pytest.raises(GenerationError, match=words):
        denoiser(pipe, ["a boat"], (parts.SIDE, parts.SIDE))
