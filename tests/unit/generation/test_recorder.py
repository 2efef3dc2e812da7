"""A recorded call is the call, and the record is what was executed."""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Any

import pytest
import torch
from PIL import Image

from provenance_gen.digests import sha256_hex
from provenance_gen.errors import GenerationError
from provenance_gen.generation import restoring
from provenance_gen.generation.arguments import Source
from provenance_gen.generation.recorder import Recorder, Session
from provenance_gen.generation.wrapper import RecordedPipeline
from provenance_gen.images.pixels import pixel_digest
from provenance_gen.images.store import ImageStore
from provenance_gen.records import payloads
from provenance_gen.records.event import Actor, ActorKind, split
from provenance_gen.records.generation import ModelIdentity, Task
from tests.fakes import SIDE, FakePipeline, ListSink

if TYPE_CHECKING:
    from pathlib import Path


class Bench:
    """A fake pipeline, recorded."""

    def __init__(self, root: Path, **pipe: Any) -> None:
        self.pipe = FakePipeline(**pipe)
        self.sink = ListSink()
        self.store = ImageStore(root)
        self.steps: list[tuple[int, int]] = []
        self.session = Session(
            sink=self.sink,
            store=self.store,
            work="w1",
            actor=Actor(kind=ActorKind.PROGRAM),
            model=ModelIdentity(kind="object"),
            lock=lambda _name: contextlib.nullcontext(),
            known=lambda _image, _digest: Source(),
            revision=lambda: None,
            on_step=lambda step, of: self.steps.append((step, of)),
        )
        self.recorded: Any = RecordedPipeline(Recorder(self.pipe, self.session))

    @property
    def started(self) -> payloads.AttemptStarted:
        """The first event's payload."""
        payload = self.sink.drafts[0].payload
        assert isinstance(payload, payloads.AttemptStarted)
        return payload

    @property
    def ended(self) -> Any:
        """The last event's payload."""
        return self.sink.drafts[-1].payload


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Return a recorded fake pipeline."""
    return Bench(tmp_path)


def test_started_is_recorded_before_the_model_runs(bench: Bench) -> None:
    """When the first step runs, the attempt is in the ledger already."""
    seen: list[list[str]] = []

    def look(_pipe: Any, _step: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        seen.append(list(bench.sink.types))
        return tensors

    bench.recorded("a boat", callback_on_step_end=look)
    assert seen == [["attempt.started"]] * 3
    assert bench.sink.types == ["attempt.started", "attempt.completed"]


def test_executed_values(bench: Bench) -> None:
    """Defaults count as much as what was given, by position or by name."""
    generators = [torch.Generator().manual_seed(2**64 - 1), torch.Generator().manual_seed(0)]
    bench.recorded("a boat", 32, num_images_per_prompt=2, generator=generators)
    call = bench.started.call
    assert (call.pipeline, call.task, call.scheduler) == (
        "FakePipeline",
        Task.TEXT_TO_IMAGE,
        "FakeScheduler",
    )
    assert (call.steps, call.guidance, call.height, call.width, call.count) == (
        3,
        "7.5",
        32,
        None,
        2,
    )
    assert call.prompts == {"prompt": ("a boat",)}
    assert call.arguments == {"output_type": "pil"}
    assert [state.seed for state in call.generators] == ["18446744073709551615", "0"]
    assert call.completeness == ()


def test_generator_state_is_taken_before_the_call(bench: Bench) -> None:
    """The state that is stored makes the same noise again."""
    generator = torch.Generator().manual_seed(5)
    torch.rand(7, generator=generator)
    output = bench.recorded("x", generator=generator)
    state = bench.started.call.generators[0].state
    assert state is not None
    again = torch.Generator()
    again.set_state(torch.frombuffer(bytearray(bench.store.blob(state)), dtype=torch.uint8))
    repeated = FakePipeline()("x", generator=again)
    assert pixel_digest(repeated.images[0]) == pixel_digest(output.images[0])


def test_fresh_generators_need_no_blob(bench: Bench) -> None:
    """The state right after seeding is told by the seed; its digest is kept all the same."""
    generator = torch.Generator().manual_seed(5)
    expected = sha256_hex(generator.get_state().numpy().tobytes())
    bench.recorded("x", generator=generator)
    (state,) = bench.started.call.generators
    assert (state.fresh, state.state) == (True, expected)
    again = restoring.arguments(bench.started.call, bench.pipe, bench.store)["generator"]
    assert sha256_hex(again.get_state().numpy().tobytes()) == expected


def test_nothing_changes_without_a_generator(bench: Bench) -> None:
    """With the global generator the recorded picture is the bare one, and its state is stored."""
    torch.manual_seed(11)
    bare = FakePipeline()("x").images[0]
    torch.manual_seed(11)
    recorded = bench.recorded("x").images[0]
    assert pixel_digest(bare) == pixel_digest(recorded)
    (state,) = bench.started.call.generators
    assert (state.device, state.seed) == ("cpu", None)
    assert state.state is not None


def test_users_callback_is_chained_and_may_alter_tensors(bench: Bench) -> None:
    """The user's own callback runs after ours, and what it returns is used."""

    def blacken(_pipe: Any, _step: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        return {"latents": tensors["latents"] * 0}

    output = bench.recorded("x", callback_on_step_end=blacken)
    assert output.images[0].getextrema() == ((0, 0), (0, 0), (0, 0))
    assert bench.ended.images[0].blank
    assert bench.ended.steps_run == 3
    assert bench.steps == [(1, 3), (2, 3), (3, 3)]


def test_outputs_are_stored_with_their_pixels(bench: Bench) -> None:
    """What the store holds is what the pipeline returned."""
    output = bench.recorded("x", num_images_per_prompt=2)
    stored = [made.image.pixel_digest for made in bench.ended.images]
    assert stored == [pixel_digest(image) for image in output.images]
    assert all(pixel_digest(bench.store.open(digest)) == digest for digest in stored)


@pytest.mark.parametrize(
    ("failure", "ending"),
    [
        (RuntimeError("CUDA out of memory at /home/ann/models"), "attempt.failed"),
        (KeyboardInterrupt(), "attempt.interrupted"),
    ],
)
def test_failures_are_attempts(tmp_path: Path, failure: BaseException, ending: str) -> None:
    """An error and an interrupt reach the caller, and are on record."""
    bench = Bench(tmp_path, failure=failure)
    with pytest.raises(type(failure)):
        bench.recorded("x")
    assert bench.sink.types == ["attempt.started", ending]
    body, texts = split(bench.ended)
    assert "ann" not in str(body)
    if ending == "attempt.failed":
        assert (bench.ended.code, texts) == ("RuntimeError", {"/message": str(failure)})


def test_wrong_arguments_are_the_callers_error(bench: Bench) -> None:
    """A call that the pipeline would refuse is refused alike, and nothing is recorded."""
    with pytest.raises(TypeError):
        bench.recorded("x", 1, 2, 3, 4.0, None, 1, None, None, None, "pil", None, None, "too many")
    assert bench.sink.drafts == []
    assert bench.pipe.called == 0


def test_input_images_are_kept(bench: Bench) -> None:
    """An image given to the model is stored, named by its pixels and makes another task of it."""
    sketch = Image.new("RGB", (SIDE, 8), "teal")
    bench.recorded("x", image=sketch)
    (given,) = bench.started.call.inputs
    assert (given.argument, given.width, given.height) == ("image", SIDE, 8)
    assert given.pixel_digest == pixel_digest(sketch)
    assert bench.store.has(pixel_digest(sketch))
    assert bench.started.call.task is Task.IMAGE_TO_IMAGE


@pytest.mark.parametrize(
    "value",
    [
        {"scale": 0.5, "deep": [None, ("a", math.inf)]},
        [1, 2],
        (64, 48),
        [[Image.new("RGB", (2, 2)), torch.zeros(2)]],
    ],
)
def test_structures_are_read_back(bench: Bench, value: Any) -> None:
    """Lists and mappings are committed to as JSON that gives the same value again."""
    bench.recorded("x", cross_attention_kwargs=value)
    call = bench.started.call
    _, texts = split(bench.started)
    assert "/call/structures/cross_attention_kwargs" in texts
    assert call.completeness == ()
    again = restoring.arguments(call, bench.pipe, bench.store)["cross_attention_kwargs"]
    assert str(again).replace(" ", "") == str(value).replace(" ", "") or isinstance(value[0], list)


@pytest.mark.parametrize("value", [object(), lambda: None, {1: 2}, [object()], {"a": {1, 2}}])
def test_what_cannot_be_held_is_named(bench: Bench, value: Any) -> None:
    """Whatever is given, the call goes on and the record says what it could not hold."""
    bench.recorded("x", cross_attention_kwargs=value)
    call = bench.started.call
    split(bench.started)
    assert call.completeness == ("argument.cross_attention_kwargs",)
    with pytest.raises(GenerationError, match="cross_attention_kwargs"):
        restoring.arguments(call, bench.pipe, bench.store)


def test_further_arguments(bench: Bench) -> None:
    """Odd names and lone surrogates do not stop a call either."""
    bench.recorded("x", **{"a name": 1, "style": "\ud800", "eta": math.nan, "big": 2**60})
    call = bench.started.call
    split(bench.started)
    assert call.completeness == ("argument", "argument.style")
    assert (call.arguments["eta"], call.arguments["big"]) == ("nan", str(2**60))


def test_tensors_are_kept(bench: Bench) -> None:
    """A tensor is stored under its array digest and comes back bit for bit, bfloat16 too."""
    for dtype in (torch.float32, torch.bfloat16, torch.int64):
        latents = (torch.rand((1, 4, 2, 2)) * 100).to(dtype)
        bench.recorded("x", latents=latents)
        started = bench.sink.drafts[-2].payload
        assert isinstance(started, payloads.AttemptStarted)
        (given,) = started.call.arrays
        assert (given.argument, given.array.shape) == ("latents", (1, 4, 2, 2))
        again = restoring.arguments(started.call, bench.pipe, bench.store)["latents"]
        assert again.dtype == dtype
        assert torch.equal(again, latents)


@pytest.mark.parametrize("text", ["", "\x1b[31m<script>{{7*7}}\u202e 😀\n", "x" * 50_000])
def test_any_prompt_stays_out_of_the_body(bench: Bench, text: str) -> None:
    """Prompts and unknown words are committed to, never written into the body."""
    bench.recorded(text, negative_prompt=text, style="/home/ann/secret.txt")
    body, texts = split(bench.started)
    assert texts["/call/prompts/prompt/0"] == text
    assert texts["/call/words/style"] == "/home/ann/secret.txt"
    assert "ann" not in str(body)
    assert not text or text not in str(body)


def test_behaves_as_the_pipeline(bench: Bench) -> None:
    """Types, attributes and methods are the pipeline's; ``to`` returns the recorded one."""
    recorded = bench.recorded
    assert isinstance(recorded, FakePipeline)
    assert recorded.to("meta") is recorded
    assert recorded.device == bench.pipe.device == "meta"
    recorded.scheduler = "other"
    assert bench.pipe.scheduler == "other"
    assert "scheduler" in dir(recorded)
    with pytest.raises(AttributeError):
        _ = recorded.no_such_thing  # type: ignore[attr-defined]
