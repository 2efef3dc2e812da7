"""Modular pipelines of diffusers, recorded: the same bytes, their blocks' defaults, replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from diffusers.modular_pipelines import (
    InputParam,
    ModularPipelineBlocks,
    OutputParam,
    SequentialPipelineBlocks,
    StableDiffusionXLAutoBlocks,
)

from provenance_gen import Studio
from provenance_gen.errors import GenerationError
from provenance_gen.generation.replay import Grade
from provenance_gen.records.generation import Task
from provenance_gen.records.work import Outcome
from provenance_gen.studio.replay import Means
from tests import pipelines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provenance_gen.studio import Work

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*__array__ implementation:DeprecationWarning"),
    pytest.mark.xdist_group("pipelines"),
]


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    """Return a work in a studio of its own."""
    with Studio.init(tmp_path / "art") as studio:
        yield studio.new_work("Tiny")


def modular(blocks: Any) -> Any:
    """Return a modular pipeline with the parts of a tiny SDXL."""
    pipe, _ = pipelines.build(pipelines.stable_diffusion_xl)
    made = blocks.init_pipeline()
    parts = {n: p for n, p in pipe.components.items() if p is not None}
    made.update_components(**{n: p for n, p in parts.items() if n in made.component_names})
    made.set_progress_bar_config(disable=True)
    return made


def given(**more: Any) -> dict[str, Any]:
    """Return the arguments of a short call."""
    values = {"prompt": "a red boat", "num_inference_steps": 2, "height": 32, "width": 32}
    return values | {"generator": torch.Generator().manual_seed(3)} | more


def test_modular_pipeline(work: Work) -> None:
    """Pictures or the whole state come back as before; what runs by default is on record."""
    pipe = modular(StableDiffusionXLAutoBlocks())
    bare = pipe(**given(), output="images")[0]
    recorded = work.record(pipe)
    assert isinstance(recorded, type(pipe))
    assert recorded(**given(), output="images")[0].tobytes() == bare.tobytes()
    assert recorded(**given()).values["images"][0].tobytes() == bare.tobytes()
    first, second = work.history().attempts
    assert first.images[0].ref.pixel_digest == second.images[0].ref.pixel_digest
    call = first.call
    assert (call.task, call.count, first.steps_run) == (Task.TEXT_TO_IMAGE, 1, 2)
    assert call.settings["guider.guidance_scale"] == "7.5"
    assert {"unet", "guider", "scheduler"} <= {part.name for part in call.components}
    # Who built it from parts knows where their weights lie; the pipeline does not.
    assert set(call.completeness) == {
        f"weights.{name}" for name in ("text_encoder", "text_encoder_2", "unet", "vae")
    }
    for number in ("1", "2"):
        assert work.replay(number, Means(pipe=pipe)).comparison.grade is Grade.IDENTICAL


def test_another_guider_is_named(work: Work) -> None:
    """What guides is a component: one that is set otherwise is named beside the grade."""
    pipe = modular(StableDiffusionXLAutoBlocks())
    work.record(pipe)(**given(), output="images")
    pipe.update_components(guider=type(pipe.guider)(guidance_scale=2.0))
    replayed = work.replay("1", Means(pipe=pipe))
    assert replayed.comparison.grade is not Grade.IDENTICAL
    assert "component.guider" in replayed.changes


def test_modular_from_an_image(work: Work) -> None:
    """Blocks that an image brings into play have their own defaults."""
    pipe = modular(StableDiffusionXLAutoBlocks())
    asked = {"image": pipelines.picture(), "num_inference_steps": 4, "strength": 0.5}
    work.record(pipe)(**given(**asked), output="images")
    (attempt,) = work.history().attempts
    assert (attempt.call.task, attempt.call.strength) == (Task.IMAGE_TO_IMAGE, "0.5")
    assert work.replay("1", Means(pipe=pipe)).comparison.grade is Grade.IDENTICAL


def test_a_given_state_is_not_replayable(work: Work) -> None:
    """A state of a stranger's making cannot be kept: the record says so, and the replay too."""
    pipe = modular(StableDiffusionXLAutoBlocks())
    state = pipe(**given())
    work.record(pipe)(state=state, output="images", generator=torch.Generator().manual_seed(3))
    assert "argument.state" in work.history().attempts[0].call.completeness
    with pytest.raises(GenerationError, match=r"argument\.state"):
        work.replay("1", Means(pipe=pipe))


class Noise(ModularPipelineBlocks):  # type: ignore[misc] # diffusers is untyped here
    """A block of a user's own, with a default and an error of its own."""

    model_name = "noise"

    @property
    def inputs(self) -> list[Any]:
        """Its inputs."""
        return [InputParam("side", default=8), InputParam("generator"), InputParam("broken")]

    @property
    def intermediate_outputs(self) -> list[Any]:
        """Its output."""
        return [OutputParam("latents")]

    def __call__(self, components: Any, state: Any) -> Any:
        """Draw noise."""
        block = self.get_block_state(state)
        if block.broken:
            raise ValueError("broken")
        block.latents = torch.rand((1, block.side, block.side), generator=block.generator)
        self.set_block_state(state, block)
        return components, state


def test_own_blocks(work: Work) -> None:
    """Blocks of a user's own are recorded with their defaults; their errors are attempts."""
    blocks = SequentialPipelineBlocks.from_blocks_dict({"noise": Noise()})
    pipe = blocks.init_pipeline()
    seeded = torch.Generator().manual_seed
    bare = pipe(generator=seeded(2), output="latents")
    recorded = work.record(pipe)
    assert torch.equal(recorded(generator=seeded(2), output="latents"), bare)
    with pytest.raises(ValueError, match="broken"):
        recorded(broken=True)
    first, second = work.history().attempts
    assert first.call.arguments["side"] == 8
    assert first.arrays[0].array.shape == (1, 8, 8)
    assert (second.outcome, second.failure_code) == (Outcome.FAILED, "ValueError")
    assert work.replay("1", Means(pipe=pipe)).comparison.grade is Grade.IDENTICAL
