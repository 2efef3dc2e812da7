"""The executed values of a pipeline call, from its bound arguments.

What a form showed does not count: the call's own signature is bound, its defaults included. Text
goes into commitments, floats into decimal strings, tensors and objects are named by their type
and listed as not captured.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

from provenance_gen.images.pixels import pixel_digest
from provenance_gen.records.base import Text, decimal
from provenance_gen.records.generation import Call, GeneratorState, InputImage, Task

if TYPE_CHECKING:
    from provenance_gen.images.store import ImageStore
    from provenance_gen.records.image import ImageRef

_NAMED: Final = {
    "num_inference_steps": "steps",
    "guidance_scale": "guidance",
    "width": "width",
    "height": "height",
    "strength": "strength",
    "num_images_per_prompt": "count",
}
"""Arguments with a field of their own."""

_PLUMBING: Final = frozenset(
    {"generator", "callback", "callback_on_step_end", "callback_on_step_end_tensor_inputs"}
)
_TOKEN: Final = re.compile(r"[A-Za-z0-9_.:+-]{1,64}")
_VOCABULARY: Final = frozenset({"output_type"})
"""String arguments whose values come from a known vocabulary, not from a person."""

_MAX_INTEGER: Final = 2**53 - 1


def bind(pipe: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Bind a call's arguments to the pipeline's own signature, with its defaults.

    Raises:
        TypeError: the pipeline cannot be called so; the same error that it would raise.
    """
    signature = inspect.signature(type(pipe).__call__)
    bound = signature.bind(pipe, *args, **kwargs)
    bound.apply_defaults()
    values: dict[str, Any] = {}
    for name, value in list(bound.arguments.items())[1:]:
        kind = signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            values |= value
        elif kind is not inspect.Parameter.VAR_POSITIONAL:
            values[name] = value
    return values


def describe(
    pipe: Any,
    values: Mapping[str, Any],
    *,
    store: ImageStore,
    known: Callable[[str], ImageRef | None],
) -> Call:
    """Describe a call before it runs; input images and generator states are stored.

    Args:
        pipe: the pipeline.
        values: its bound arguments.
        store: keeps input images and generator states.
        known: finds the recorded image with a pixel digest, if there is one.
    """
    reader = _Reader(store, known)
    for name, value in values.items():
        reader.read(name, value)
    generators, missing = _generators(values.get("generator"), store)
    scheduler = getattr(pipe, "scheduler", None)
    return Call(
        pipeline=type(pipe).__name__,
        task=_task(values),
        prompts=reader.prompts,
        generators=generators,
        scheduler=type(scheduler).__name__ if scheduler is not None else None,
        scheduler_config=_config_digest(scheduler),
        arguments=reader.arguments,
        words=reader.words,
        inputs=tuple(reader.inputs),
        completeness=(*reader.missing, *missing),
        **reader.named,
    )


class _Reader:
    """Sorts arguments by what they are."""

    def __init__(self, store: ImageStore, known: Callable[[str], ImageRef | None]) -> None:
        self._store = store
        self._known = known
        self.named: dict[str, Any] = {}
        self.prompts: dict[str, tuple[Text | None, ...]] = {}
        self.arguments: dict[str, str | int | bool] = {}
        self.words: dict[str, Text | None] = {}
        self.inputs: list[InputImage] = []
        self.missing: list[str] = []

    def read(self, name: str, value: Any) -> None:
        if value is None or name in _PLUMBING:
            return
        if field := _NAMED.get(name):
            self._number(name, field, value)
        elif images := _images(value):
            self.inputs += [self._input(name, image) for image in images]
        elif "prompt" in name and (texts := _texts(value)):
            self.prompts[name] = texts
        elif isinstance(value, str) and not (name in _VOCABULARY and _TOKEN.fullmatch(value)):
            self.words[name] = Text(value)
        elif isinstance(value, str):
            self.arguments[name] = value
        else:
            self._scalar(name, value)

    def _number(self, name: str, field: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.missing.append(f"argument.{name}")
        elif field in ("guidance", "strength"):
            self.named[field] = decimal(value)
        else:
            self.named[field] = int(value)

    def _scalar(self, name: str, value: Any) -> None:
        if isinstance(value, bool) or (isinstance(value, int) and 0 <= value <= _MAX_INTEGER):
            self.arguments[name] = value
        elif isinstance(value, int | float):
            self.arguments[name] = decimal(value) if isinstance(value, float) else str(value)
        elif value not in ([], {}, ()) if isinstance(value, list | dict | tuple) else True:
            self.arguments[name] = type(value).__name__
            self.missing.append(f"argument.{name}")

    def _input(self, name: str, image: Image.Image) -> InputImage:
        digest = pixel_digest(image)
        self._store.put(image)
        return InputImage(
            argument=name,
            image=self._known(digest),
            pixel_digest=digest,
            width=image.width,
            height=image.height,
        )


def _images(value: Any) -> tuple[Image.Image, ...]:
    if isinstance(value, Image.Image):
        return (value,)
    if isinstance(value, list | tuple) and value and all(isinstance(v, Image.Image) for v in value):
        return tuple(value)
    return ()


def _texts(value: Any) -> tuple[Text | None, ...]:
    if isinstance(value, str):
        return (Text(value),)
    if isinstance(value, list | tuple) and value and all(isinstance(v, str) for v in value):
        return tuple(Text(v) for v in value)
    return ()


def _task(values: Mapping[str, Any]) -> Task:
    if _images(values.get("mask_image")):
        return Task.INPAINT
    if _images(values.get("image")):
        return Task.IMAGE_TO_IMAGE
    return Task.TEXT_TO_IMAGE if "prompt" in values else Task.OTHER


def _generators(
    given: Any, store: ImageStore
) -> tuple[tuple[GeneratorState, ...], tuple[str, ...]]:
    """Take the state of the random generators before the call consumes it.

    No generator is made where none was given: that would change the picture. The global state is
    kept instead.
    """
    import torch

    if given is None:
        states = [GeneratorState(device="cpu", state=store.put_blob(_bytes(torch.get_rng_state())))]
        if torch.cuda.is_available() and torch.cuda.is_initialized():
            states += [
                GeneratorState(device=f"cuda:{number}", state=store.put_blob(_bytes(state)))
                for number, state in enumerate(torch.cuda.get_rng_state_all())
            ]
        return tuple(states), ()
    generators = given if isinstance(given, Sequence) else (given,)
    if not all(isinstance(g, torch.Generator) for g in generators):
        return (), ("argument.generator",)
    return tuple(
        GeneratorState(
            device=str(g.device),
            seed=str(g.initial_seed()),
            state=store.put_blob(_bytes(g.get_state())),
        )
        for g in generators
    ), ()


def _bytes(state: Any) -> bytes:
    return bytes(state.numpy().tobytes())


def _config_digest(component: Any) -> str | None:
    config = getattr(component, "config", None)
    if config is None:
        return None
    # Private keys hold paths and versions; what is left is how the scheduler works.
    public = {key: value for key, value in dict(config).items() if not key.startswith("_")}
    return hashlib.sha256(json.dumps(public, sort_keys=True, default=repr).encode()).hexdigest()
