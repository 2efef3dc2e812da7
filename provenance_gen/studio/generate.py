"""Make an attempt, or record the attempts that somebody's own script makes."""

from __future__ import annotations

import inspect
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.errors import GenerationError, ProvenanceError, UsageError
from provenance_gen.generation import determinism, pipelines
from provenance_gen.generation.builtin import MODEL_ID
from provenance_gen.generation.models import Unsafe
from provenance_gen.generation.recorder import Recorder, Session
from provenance_gen.generation.trouble import running_trouble
from provenance_gen.generation.wrapper import RecordedPipeline, unwrapped
from provenance_gen.records.generation import Task
from provenance_gen.studio import inputs
from provenance_gen.studio.noticing import Noticed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from provenance_gen.generation.weights import Hashing
    from provenance_gen.records import work as records
    from provenance_gen.records.image import ImageRef
    from provenance_gen.studio.work import ImageLike, Work

MAX_SEED: Final = 2**64 - 1
_MAX_COUNT: Final = 1000
_MAX_GUIDANCE: Final = 1000
_BUILTIN_STEPS: Final = 1000
"""Noise levels that the built-in model was trained on."""
_BUILTIN: Final = {"num_inference_steps": 20, "guidance_scale": 4.0}
"""What the built-in model works best with; its library's defaults are for larger models."""

_OPTIONS: Final = {
    "prompt": "prompt",
    "negative_prompt": "--negative",
    "num_images_per_prompt": "--count",
    "num_inference_steps": "--steps",
    "guidance_scale": "--guidance",
    "width": "--size",
    "height": "--size",
    "strength": "--strength",
    "generator": "--seed",
}


@dataclass(frozen=True)
class Request:
    """What to generate."""

    prompt: str
    negative: str | None = None
    model: str = MODEL_ID
    count: int = 1
    """Images in this attempt; each has a seed of its own, one above the other."""
    seed: int | None = None
    """Seed of the first image, 0 to 2^64-1; random where none is given."""
    steps: int | None = None
    guidance: float | None = None
    size: tuple[int, int] | None = None
    """Width and height in pixels."""
    image: ImageLike | Path | None = None
    """What to start from; a file is brought into the work first."""
    mask: ImageLike | Path | None = None
    """White where the image is to be painted anew."""
    strength: float | None = None
    """How far to go from the image, above 0 and up to 1."""
    based_on: ImageLike | None = None
    """The image looked at when the input was revised."""
    device: str = "auto"
    dtype: str = "auto"
    scheduler: str | None = None
    loras: tuple[tuple[Path, float], ...] = ()
    """LoRA files and their weights."""
    offload: str = "none"
    compile: bool = False
    deterministic: bool = False
    config: str | None = None
    """For a model in a single file: where its configuration is."""
    unsafe: Unsafe = field(default_factory=Unsafe)

    @property
    def task(self) -> Task:
        """What kind of run it is."""
        if self.mask is not None:
            return Task.INPAINT
        return Task.TEXT_TO_IMAGE if self.image is None else Task.IMAGE_TO_IMAGE

    def check(self) -> None:
        """Refuse what no model can do.

        Raises:
            UsageError: a value is outside its range.
        """
        if not 1 <= self.count <= _MAX_COUNT:
            raise UsageError(f"the number of images must be 1 to {_MAX_COUNT}, not {self.count}")
        if self.seed is not None and not 0 <= self.seed <= MAX_SEED:
            raise UsageError(f"a seed must be 0 to {MAX_SEED}, not {self.seed}")
        if self.steps is not None and self.steps < 1:
            raise UsageError(f"the number of steps must be at least 1, not {self.steps}")
        if self.guidance is not None and not abs(self.guidance) <= _MAX_GUIDANCE:
            raise UsageError(
                f"the guidance must be -{_MAX_GUIDANCE} to {_MAX_GUIDANCE}, not {self.guidance}"
            )
        if self.model == MODEL_ID and self.steps is not None and self.steps > _BUILTIN_STEPS:
            raise UsageError(f"the built-in model takes at most {_BUILTIN_STEPS} steps")
        if self.size is not None and (min(self.size) < 1 or any(side % 8 for side in self.size)):
            raise UsageError("width and height must be multiples of 8, such as 512x512")
        if self.strength is not None and not 0 < self.strength <= 1:
            raise UsageError(f"the strength must be above 0 and at most 1, not {self.strength}")
        if self.strength is not None and self.image is None:
            raise UsageError("--strength needs --image: it says how far to go from the image")
        try:
            self.prompt.encode()
        except UnicodeEncodeError as error:
            raise UsageError("the prompt is not valid text (a lone surrogate)") from error


def generate(
    work: Work, request: Request, *, on_step: Callable[[int, int], None]
) -> records.Attempt:
    """Make one attempt; see ``Work.generate``."""
    return next(generate_each(work, request, [request.prompt], on_step=on_step))


def generate_each(
    work: Work,
    request: Request,
    prompts: Sequence[str],
    *,
    on_step: Callable[[int, int], None],
) -> Iterator[records.Attempt]:
    """Make one attempt for each prompt, with one loaded model; see ``Work.generate_each``."""
    work.studio.demand_own()
    requests = [replace(request, prompt=prompt) for prompt in prompts]
    for one in requests:
        one.check()
    noticed = Noticed(work, request.based_on)
    noticed.revision()  # refuses an unknown image before a model is loaded
    given = inputs.gather(work, request.image, request.mask)
    if request.deterministic:
        determinism.prepare()
    loaded = pipelines.load(request.model, _setup(request))
    pictures = inputs.fit(given, _size(request, loaded.pipe))
    session = _session(work, loaded.weights, noticed, sources=pictures.sources, on_step=on_step)
    recorder = Recorder(loaded.pipe, session, loaded.adapters)
    for one in requests:
        arguments = _arguments(one, loaded.pipe, pictures.arguments)
        try:
            with determinism.deterministic(wanted=request.deterministic):
                recorded = recorder.run(**arguments)
        except ProvenanceError:
            raise
        except Exception as error:
            raise GenerationError(running_trouble(error)) from error
        yield next(a for a in work.history().attempts if a.id == recorded.attempt)


def record(work: Work, pipe: Any, *, based_on: ImageLike | None) -> RecordedPipeline:
    """Record a pipeline's calls; see ``Work.record``."""
    work.studio.demand_own()
    pipe = unwrapped(pipe)  # else each call would be recorded twice
    weights, unseen = pipelines.identify_loaded(pipe)
    session = _session(work, weights, Noticed(work, based_on), unseen=unseen)
    return RecordedPipeline(Recorder(pipe, session))


def _session(
    work: Work,
    weights: Hashing,
    noticed: Noticed,
    *,
    sources: Mapping[str, ImageRef] | None = None,
    unseen: tuple[str, ...] = (),
    on_step: Callable[[int, int], None] = lambda _step, _of: None,
) -> Session:
    studio = work.studio

    def known(digest: str) -> ImageRef | None:
        return (sources or {}).get(digest) or _known(work, digest)

    return Session(
        sink=studio.ledger,
        store=studio.store,
        work=work.id,
        actor=studio.actor,
        model=weights.identity(),
        weights=weights,
        lock=studio.attempt_lock,
        known=known,
        revision=noticed.revision,
        finish=studio.finisher.submit,
        unseen=unseen,
        on_step=on_step,
    )


def _known(work: Work, pixel_digest: str) -> ImageRef | None:
    images = [image.ref for image in work.history().images]
    return next((ref for ref in reversed(images) if ref.pixel_digest == pixel_digest), None)


def _setup(request: Request) -> pipelines.Setup:
    return pipelines.Setup(
        device=request.device,
        dtype=request.dtype,
        task=request.task,
        scheduler=request.scheduler,
        loras=request.loras,
        offload=request.offload,
        compile=request.compile,
        config=request.config,
        unsafe=request.unsafe,
    )


def _size(request: Request, pipe: Any) -> tuple[int, int] | None:
    """Return the size to bring an input image to: as asked for, else the built-in model's own."""
    if request.size is not None or request.model != MODEL_ID:
        return request.size
    side = int(pipe.unet.config.sample_size) * int(pipe.vae_scale_factor)
    return side, side


def _arguments(request: Request, pipe: Any, pictures: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the pipeline is called with. Only here is a generator made, with a seed.

    Raises:
        UsageError: the pipeline does not take what was asked for.
    """
    # Imported here: models are loaded by now, and a command that makes none needs no torch.
    from provenance_gen.generation.seeds import generators  # noqa: PLC0415

    accepted = inspect.signature(type(pipe).__call__).parameters
    seed = secrets.randbits(64) if request.seed is None else request.seed
    size = request.size
    if request.task is Task.INPAINT and size is None:
        size = pictures["image"].size  # else it would be brought to the model's own size
    wanted: dict[str, Any] = dict(_BUILTIN) if request.model == MODEL_ID else {}
    given = {
        "prompt": request.prompt,
        "num_images_per_prompt": request.count,
        "generator": generators(seed, request.count),
        "negative_prompt": request.negative,
        "num_inference_steps": request.steps,
        "guidance_scale": request.guidance,
        "strength": request.strength,
        **pictures,
    }
    if size is not None and not (request.task is Task.IMAGE_TO_IMAGE and "width" not in accepted):
        given |= {"width": size[0], "height": size[1]}
    wanted |= {name: value for name, value in given.items() if value is not None}
    if request.count == 1 and "num_images_per_prompt" not in accepted:
        del wanted["num_images_per_prompt"]
    for name in wanted:
        if name not in accepted:
            option = _OPTIONS.get(name, name)
            raise UsageError(f"a {type(pipe).__name__} model takes no {option}")
    return wanted
