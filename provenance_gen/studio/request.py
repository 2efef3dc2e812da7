"""What one call of ``generate`` asks for, and the arguments that a loaded pipeline gets for it."""

from __future__ import annotations

import inspect
import math
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.errors import UsageError
from provenance_gen.generation import pipelines, schedulers
from provenance_gen.generation.builtin import MODEL_ID
from provenance_gen.generation.models import Unsafe
from provenance_gen.records.generation import Task
from provenance_gen.studio import inputs
from provenance_gen.studio.gates import Gates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from provenance_gen.studio.work import ImageLike

MAX_SEED: Final = 2**64 - 1
_MAX_COUNT: Final = 1000
_MAX_GUIDANCE: Final = 100
_BUILTIN_STEPS: Final = 1000
"""Noise levels that the built-in model was trained on."""
_BUILTIN: Final = {"num_inference_steps": 20, "guidance_scale": 4.0}
"""What the built-in model works best with; its library's defaults are for larger models."""

_NEEDED: Final = {
    ("control_scale", "control"): "--control-scale needs --control: it says how strongly it guides",
    ("control", "controlnet"): "--control needs --controlnet: the model that reads it",
    ("controlnet", "control"): "--controlnet needs --control: the image that guides it",
    ("ip_image", "ip_adapter"): "--ip-image needs --ip-adapter: the file that reads it",
    ("strength", "image"): "--strength needs --image: it says how far to go from the image",
}
"""What makes no sense without what."""

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
    "mask_image": "--mask",
    "control_image": "--control",
    "controlnet_conditioning_scale": "--control-scale",
    "ip_adapter_image": "--ip-image",
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
    """Seed of the first image; random where none is given. The last one's is at most 2^64-1."""
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
    control: ImageLike | Path | None = None
    """What guides the ControlNet, such as drawn edges."""
    control_scale: float | None = None
    """How strongly it guides."""
    ip_image: ImageLike | Path | None = None
    """Whose look the IP-Adapter takes over; left out, that of ``image``."""
    based_on: ImageLike | None = None
    """The image looked at when the input was revised."""
    device: str = "auto"
    dtype: str = "auto"
    scheduler: str | None = None
    loras: tuple[tuple[Path, float], ...] = ()
    """LoRA files and their weights."""
    controlnet: str | None = None
    """Folder or hub id of a ControlNet."""
    ip_adapter: tuple[Path, float] | None = None
    """File of an IP-Adapter and its weight."""
    offload: str = "none"
    compile: bool = False
    deterministic: bool = False
    config: str | None = None
    """For a model in a single file: where its configuration is."""
    unsafe: Unsafe = field(default_factory=Unsafe)
    gates: Gates = field(default_factory=Gates)
    """What is judged before it is made, beside the gates of the user's ``config.yaml``."""

    @property
    def task(self) -> Task:
        """What kind of run it is."""
        if self.mask is not None:
            return Task.INPAINT
        return Task.TEXT_TO_IMAGE if self.image is None else Task.IMAGE_TO_IMAGE

    @property
    def pictures(self) -> dict[str, ImageLike | Path | None]:
        """What it is made from, by its role in the call."""
        look = self.ip_image if self.ip_image is not None else self.image
        return {
            inputs.IMAGE: self.image,
            inputs.MASK: self.mask,
            inputs.CONTROL: self.control,
            inputs.LOOK: look if self.ip_adapter is not None else None,
        }

    def check(self) -> None:
        """Refuse what no model can do.

        Raises:
            UsageError: a value is outside its range, or makes no sense without another.
        """
        for fault in (*self._out_of_range(), *self._incomplete()):
            raise UsageError(fault)

    def _out_of_range(self) -> Iterator[str]:
        first, steps = self.seed or 0, self.steps or 1
        if not 1 <= self.count <= _MAX_COUNT:
            yield f"the number of images must be 1 to {_MAX_COUNT}, not {self.count}"
        if not 0 <= first <= MAX_SEED:
            yield f"a seed must be 0 to {MAX_SEED}, not {first}"
        if first + self.count - 1 > MAX_SEED:
            yield (
                f"each image has the next seed, and after {MAX_SEED} there is none:"
                f" for {self.count} images give {MAX_SEED - self.count + 1} at most"
            )
        if self.steps is not None and self.steps < 1:
            yield f"the number of steps must be at least 1, not {self.steps}"
        if self.model == MODEL_ID and steps > _BUILTIN_STEPS:
            yield f"the built-in model takes at most {_BUILTIN_STEPS} steps"
        if self.guidance is not None and not 0 <= self.guidance <= _MAX_GUIDANCE:
            yield f"the guidance must be 0 to {_MAX_GUIDANCE}, not {self.guidance}"
        if self.size is not None and (min(self.size) < 1 or any(side % 8 for side in self.size)):
            yield "width and height must be multiples of 8, such as 512x512"
        if self.strength is not None and not 0 < self.strength <= 1:
            yield f"the strength must be above 0 and at most 1, not {self.strength}"

    def _incomplete(self) -> Iterator[str]:
        for (given, without), words in _NEEDED.items():
            if getattr(self, given) is not None and getattr(self, without) is None:
                yield words
        if self.ip_adapter is not None and self.ip_image is None and self.image is None:
            yield "--ip-adapter needs --ip-image: the image whose look is taken over"
        try:
            self.prompt.encode()
        except UnicodeEncodeError:
            yield "the prompt is not valid text (a lone surrogate)"


def setup(request: Request) -> pipelines.Setup:
    """Return how the model of a request is to be loaded."""
    return pipelines.Setup(
        device=request.device,
        dtype=request.dtype,
        task=request.task,
        scheduler=request.scheduler,
        loras=request.loras,
        controlnet=request.controlnet,
        ip_adapter=request.ip_adapter,
        offload=request.offload,
        compile=request.compile,
        config=request.config,
        unsafe=request.unsafe,
    )


def size_of(request: Request, pipe: Any) -> tuple[int, int] | None:
    """Return the size to bring an input image to: as asked for, else the built-in model's own."""
    if request.size is not None or request.model != MODEL_ID:
        return request.size
    side = int(pipe.unet.config.sample_size) * int(pipe.vae_scale_factor)
    return side, side


def arguments(request: Request, pipe: Any, pictures: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the pipeline is called with. Only here is a generator made, with a seed.

    Raises:
        UsageError: the pipeline does not take what was asked for.
    """
    # Imported here: models are loaded by now, and a command that makes none needs no torch.
    from provenance_gen.generation.seeds import generators  # noqa: PLC0415

    accepted = inspect.signature(type(pipe).__call__).parameters
    seed = request.seed
    if seed is None:
        seed = secrets.randbelow(MAX_SEED + 2 - request.count)
    pictures = dict(pictures)
    if inputs.CONTROL in pictures and inputs.CONTROL not in accepted:
        # Plain ControlNet pipelines call what guides them the image, as they start from none.
        pictures[inputs.IMAGE] = pictures.pop(inputs.CONTROL)
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
        "controlnet_conditioning_scale": request.control_scale,
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
    if request.image is not None and {"strength", "num_inference_steps"} <= accepted.keys():
        values = {name: accepted[name].default for name in accepted} | wanted
        _demand_a_step(pipe, values["num_inference_steps"], values["strength"])
    return wanted


def _demand_a_step(pipe: Any, steps: Any, strength: Any) -> None:
    if schedulers.steps_left(pipe, steps, strength) == 0:
        smallest = math.ceil(1000 / steps) / 1000
        raise UsageError(
            f"with --steps {steps} none would run at --strength {strength}: give --strength"
            f" {smallest:g} or more, or more steps"
        )
