"""Real diffusers pipelines, recorded: the same bytes, the values that were executed, replayed.

All in one module, so that one worker of pytest-xdist pays for importing diffusers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import diffusers
import pytest
import torch

from provenance_gen import Studio
from provenance_gen.errors import GenerationError
from provenance_gen.generation.replay import Grade
from provenance_gen.images.pixels import pixel_digest
from provenance_gen.records.generation import Task
from provenance_gen.records.work import Outcome
from provenance_gen.studio.replay import Means
from tests import pipelines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from provenance_gen.records import work as records
    from provenance_gen.studio import Work

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning"),
    pytest.mark.filterwarnings("ignore:Already found a `peft_config`:UserWarning"),
]


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Run the models on one thread: they are so small that more only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    """Return a work in a studio of its own."""
    with Studio.init(tmp_path / "art") as studio:
        yield studio.new_work("Tiny")


def seeded(seed: int = 3) -> torch.Generator:
    """Return a generator whose state is not the one right after seeding."""
    generator = torch.Generator().manual_seed(seed)
    torch.rand(5, generator=generator)
    return generator


def same(first: Any, second: Any) -> bool:
    """Tell whether two outputs are the same, bit for bit."""
    one, other = pipelines.flat(first), pipelines.flat(second)
    return len(one) == len(other) > 0 and all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        for a, b in zip(one, other, strict=True)
    )


def last(work: Work) -> records.Attempt:
    """Return the newest attempt."""
    return work.history().attempts[-1]


@pytest.mark.parametrize("builder", pipelines.BUILDERS, ids=lambda builder: builder.__name__)
def test_recorded_is_bare_and_replays(work: Work, builder: Callable[[], Any]) -> None:
    """Recording changes nothing, the record tells what ran, and from it the same comes again."""
    pipe, given = pipelines.build(builder)
    bare = pipe(**given, generator=seeded())
    recorded = work.record(pipe)(**given, generator=seeded())
    assert same(bare, recorded)
    attempt = last(work)
    call = attempt.call
    assert (attempt.outcome, call.pipeline) == (Outcome.COMPLETED, type(pipe).__name__)
    assert [c.name for c in call.components] == [n for n, p in pipe.components.items() if p]
    assert call.steps == given["num_inference_steps"] or builder is pipelines.stable_diffusion_3
    completed = work.studio.ledger.find("attempt", attempt.id)[-1].payload
    timesteps = [float(t) for t in pipe.scheduler.timesteps]
    used = [float(t) for t in completed["schedule"]["timesteps"]]
    assert used == timesteps[len(timesteps) - len(used) :]
    if "strength" in given:
        assert attempt.steps_run == 3
    elif "callback_on_step_end" in call.arguments or attempt.steps_run is not None:
        assert attempt.steps_run == len(timesteps)
    if images := attempt.images:
        assert [i.ref.pixel_digest for i in images] == [pixel_digest(i) for i in recorded[0]]
    else:
        assert attempt.arrays
    replayed = work.replay("1", Means(pipe=pipe))
    assert replayed.comparison.grade is Grade.IDENTICAL, replayed
    assert set(replayed.changes) <= {"model.unknown"}


def test_without_a_generator(work: Work) -> None:
    """The global generator's state is kept, and a replay leaves it as it found it."""
    pipe, given = pipelines.build(pipelines.stable_diffusion)
    torch.manual_seed(5)
    bare = pipe(**given)
    torch.manual_seed(5)
    assert same(bare, work.record(pipe)(**given))
    assert last(work).call.generators[0].seed is None
    before = torch.get_rng_state()
    assert work.replay("1.1", Means(pipe=pipe)).comparison.grade is Grade.IDENTICAL
    assert torch.equal(before, torch.get_rng_state())


def test_through_methods_of_the_pipeline(work: Work) -> None:
    """``to`` and other settings work through the recorded pipeline and are recorded."""
    pipe, given = pipelines.build(pipelines.stable_diffusion)
    recorded = work.record(pipe).to(torch.float64)
    recorded.vae.enable_tiling()
    recorded.unet.set_attn_processor(diffusers.models.attention_processor.AttnProcessor())
    recorded.scheduler = diffusers.EulerAncestralDiscreteScheduler.from_config(
        recorded.scheduler.config
    )
    output = recorded(**given, generator=seeded(), guidance_scale=3.5, negative_prompt="blue")
    assert same(
        pipe(**given, generator=seeded(), guidance_scale=3.5, negative_prompt="blue"), output
    )
    attempt = last(work)
    parts = {part.name: part for part in attempt.call.components}
    assert attempt.environment.dtype == parts["unet"].dtype == "float64"
    assert (parts["vae"].flags, parts["unet"].attention) == (("tiling",), "AttnProcessor")
    assert attempt.call.scheduler == "EulerAncestralDiscreteScheduler"
    assert attempt.call.guidance == "3.5"
    # A replay brings the recorded scheduler with it, and puts the other one back.
    present = pipe.scheduler = diffusers.DDIMScheduler.from_config(pipe.scheduler.config)
    assert work.replay("1", Means(pipe=pipe)).comparison.grade is Grade.IDENTICAL
    assert pipe.scheduler is present


def test_lora_calls(work: Work, tmp_path: Path) -> None:
    """LoRAs are loaded as before; the record has their files' digests and their weights."""
    pipe, given = pipelines.build(pipelines.stable_diffusion)
    plain = pipe(**given, generator=seeded())
    recorded = work.record(pipe)
    first, second = (
        pipelines.lora(tmp_path / "a.safetensors", pipe),
        pipelines.lora(tmp_path / "b.safetensors", pipe, 2),
    )
    recorded.load_lora_weights(str(first), adapter_name="warm")
    recorded.load_lora_weights(str(tmp_path), weight_name=second.name, adapter_name="cold")
    recorded.set_adapters(["warm", "cold"], [0.75, 0.25])
    output = recorded(**given, generator=seeded())
    assert not same(plain, output)
    assert same(pipe(**given, generator=seeded()), output)
    adapters = {adapter.name: adapter for adapter in last(work).call.adapters}
    assert {a: dict(adapters[a].scales) for a in adapters} == {
        "warm": {"unet": "0.75"},
        "cold": {"unet": "0.25"},
    }
    assert all(adapter.digest and adapter.file for adapter in adapters.values())
    assert work.replay("1", Means(pipe=pipe, loras=((first, 1), (second, 1)))).comparison.grade
    recorded.fuse_lora()
    recorded(**given, generator=seeded())
    assert "adapters.fused" in last(work).call.completeness
    with pytest.raises(GenerationError, match=r"adapters\.fused"):
        work.replay("2", Means(pipe=pipe, loras=((first, 1), (second, 1))))


def test_a_replay_names_adapters_that_are_in_the_given_pipeline_since(
    work: Work, tmp_path: Path
) -> None:
    """An attempt without a LoRA, replayed where one is loaded, fused, and taken out again."""
    pipe, given = pipelines.build(pipelines.stable_diffusion)
    recorded = work.record(pipe)
    recorded(**given, generator=seeded())
    lora = pipelines.lora(tmp_path / "warm.safetensors", pipe)
    recorded.load_lora_weights(str(tmp_path), weight_name=lora.name, adapter_name="warm")
    assert "adapters" in work.replay("1", Means(pipe=pipe)).changes
    recorded(**given, generator=seeded())
    assert "adapters" not in work.replay("2", Means(pipe=pipe)).changes
    recorded.fuse_lora()
    assert "adapters" in work.replay("2", Means(pipe=pipe)).changes
    recorded.unfuse_lora()
    recorded.unload_lora_weights()
    assert "adapters" not in work.replay("1", Means(pipe=pipe)).changes


def test_unseen_lora_is_named(work: Work, tmp_path: Path) -> None:
    """A LoRA that was loaded before recording began has no digest, and the record says so."""
    pipe, given = pipelines.build(pipelines.stable_diffusion)
    pipe.load_lora_weights(
        str(pipelines.lora(tmp_path / "a.safetensors", pipe)), adapter_name="early"
    )
    work.record(pipe)(**given, generator=seeded())
    assert "adapter.early.file" in last(work).call.completeness


@pytest.mark.parametrize("kind", ["latent", "np", "pt"])
def test_arrays_as_output(work: Work, kind: str) -> None:
    """Latents, numpy arrays and tensors are kept bit for bit."""
    pipe, given = pipelines.build(pipelines.stable_diffusion, output_type=kind)
    output = work.record(pipe)(**given, generator=seeded())
    attempt = last(work)
    (made,) = attempt.arrays
    assert (attempt.images, made.field, made.finite) == ((), "images", True)
    assert made.array.shape == tuple(output.images.shape)
    assert work.replay("1", Means(pipe=pipe)).comparison.grade is Grade.IDENTICAL


def test_tuples_and_embeddings(work: Work) -> None:
    """Outputs as tuples, and tensors in place of prompts, are recorded and replayed."""
    pipe, given = pipelines.build(pipelines.stable_diffusion, return_dict=False)
    embedded, negative = pipe.encode_prompt(given.pop("prompt"), "cpu", 1, True)  # noqa: FBT003
    images, flags = work.record(pipe)(
        **given, prompt_embeds=embedded, negative_prompt_embeds=negative, generator=seeded()
    )
    attempt = last(work)
    assert flags is None
    assert [i.ref.pixel_digest for i in attempt.images] == [pixel_digest(i) for i in images]
    assert {a.argument for a in attempt.call.arrays} == {"prompt_embeds", "negative_prompt_embeds"}
    assert work.replay("1", Means(pipe=pipe)).comparison.grade is Grade.IDENTICAL


def test_batches(work: Work) -> None:
    """Lists of prompts and of generators belong together, image by image."""
    pipe, given = pipelines.build(pipelines.stable_diffusion, prompt=["a red boat", "the sea"])
    seeds = [seeded(1), seeded(2)]
    work.record(pipe)(**given, generator=seeds)
    call = last(work).call
    assert call.prompts["prompt"] == ("a red boat", "the sea")
    assert [state.seed for state in call.generators] == ["1", "2"]
    assert work.replay("1", Means(pipe=pipe)).comparison.grade is Grade.IDENTICAL
    with pytest.raises(ValueError, match="generators"):
        work.record(pipe)(**given, generator=seeds * 2)
    assert last(work).outcome is Outcome.FAILED


def test_truncated_prompt(work: Work) -> None:
    """How much of a prompt the text encoder was given is on record."""
    pipe, given = pipelines.build(pipelines.stable_diffusion)
    pipe.tokenizer.model_max_length = 16
    work.record(pipe)(**given | {"prompt": "a red boat " * 20}, generator=seeded())
    (told,) = last(work).call.tokens
    assert (told.tokens, told.used) == (62, 16)


def test_asked_to_stop(work: Work) -> None:
    """A pipeline that is told to break off gives what it has; the attempt was interrupted."""
    pipe, given = pipelines.build(pipelines.stable_diffusion, num_inference_steps=5)

    def stop(pipe: Any, step: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        pipe._interrupt = step >= 1
        return tensors

    work.record(pipe)(**given, generator=seeded(), callback_on_step_end=stop)
    attempt = last(work)
    assert (attempt.outcome, attempt.steps_run) == (Outcome.INTERRUPTED, 2)
    assert len(attempt.images) == 1
    assert "argument.callback" in attempt.call.completeness


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_numerical_failure(work: Work) -> None:
    """Latents that are no numbers make a black picture; the record says why."""
    pipe, given = pipelines.build(pipelines.stable_diffusion)
    with torch.no_grad():
        pipe.unet.conv_out.bias.fill_(float("nan"))
    work.record(pipe)(**given, generator=seeded())
    attempt = last(work)
    assert attempt.images[0].blank
    assert work.studio.ledger.find("attempt", attempt.id)[-1].payload["finite"] is False


class Checker:
    """Stands where a safety checker stands."""


def test_safety_checker(work: Work) -> None:
    """A picture that the safety checker replaced is told from a failed one."""
    pipe, given = pipelines.build(pipelines.stable_diffusion)
    pipe.safety_checker = Checker()
    pipe.run_safety_checker = lambda image, _device, _dtype: (image * 0 - 1, [True])
    work.record(pipe)(**given, generator=seeded())
    attempt = last(work)
    assert (attempt.images[0].flagged, attempt.images[0].blank) == (True, True)
    assert attempt.call.settings["safety_checker"] is True


def test_tasks(work: Work) -> None:
    """What kind of run it was follows from what was given, not from a name."""
    for builder, task in (
        (pipelines.stable_diffusion_image, Task.IMAGE_TO_IMAGE),
        (pipelines.stable_diffusion_inpaint, Task.INPAINT),
        (pipelines.stable_diffusion_controlled, Task.TEXT_TO_IMAGE),
        (pipelines.video, Task.VIDEO),
        (pipelines.audio, Task.AUDIO),
        (pipelines.ddpm, Task.OTHER),
    ):
        pipe, given = pipelines.build(builder, num_inference_steps=2)
        work.record(pipe)(**given)
        assert last(work).call.task is task


def test_layerwise_offload_and_casting_are_seen(work: Work) -> None:
    """Hooks that move or cast weights while a model runs are on record."""
    pipe, given = pipelines.build(pipelines.stable_diffusion)
    bare = pipe(**given, generator=seeded())
    recorded = work.record(pipe)
    recorded.unet.enable_group_offload(torch.device("cpu"), offload_type="leaf_level")
    assert same(bare, recorded(**given, generator=seeded()))
    parts = {part.name: part for part in last(work).call.components}
    assert parts["unet"].flags == ("offload",)
