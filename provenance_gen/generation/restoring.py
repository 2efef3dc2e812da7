"""From a record back to the arguments of its call, so that it can be run again.

Nothing is guessed: where an argument was not captured, or its words were deleted since, there is
an error that says which. What the model and the machine must be like is ``replay``'s business.
"""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.errors import GenerationError, ImageError
from provenance_gen.generation import arrays
from provenance_gen.generation.arguments import FRACTIONS, NAMED, PLUMBING, VOCABULARY

if TYPE_CHECKING:
    from PIL import Image

    from provenance_gen.images.store import ImageStore
    from provenance_gen.records.generation import Call, GeneratorState, InputImage

_MODES: Final = {"I_16": "I;16", "I_16B": "I;16B", "I_16L": "I;16L", "I_16N": "I;16N"}


def obstacles(call: Call) -> tuple[str, ...]:
    """Name what keeps a call from being run again: arguments that were not captured."""
    return tuple(
        code
        for code in call.completeness
        if code.startswith(("argument", "generator.", "adapters.fused"))
    )


def arguments(call: Call, pipe: Any, store: ImageStore) -> dict[str, Any]:
    """Return the arguments of a recorded call.

    Parameters of the pipeline that the record does not hold were ``None``.

    Raises:
        GenerationError: something was not captured, or was deleted since.
    """
    if missing := obstacles(call):
        raise GenerationError(f"it cannot be run again: not captured were {', '.join(missing)}")
    try:
        values = _Restorer(call, store).values()
        if not call.generators or call.generators[0].seed is not None:
            values["generator"] = _generator(call, store)
    except ImageError as error:
        raise GenerationError(f"it cannot be run again: {error}") from error
    parameters = inspect.signature(type(pipe).__call__).parameters
    for place, (name, parameter) in enumerate(parameters.items()):
        if place and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            if name not in PLUMBING and name not in values:
                values[name] = None
            if isinstance(parameter.default, float) and isinstance(values.get(name), int):
                values[name] = float(values[name])
    return values


def set_global_generators(call: Call, store: ImageStore) -> None:
    """Set torch's own generators to their states before the call.

    Raises:
        GenerationError: a state is missing.
    """
    import torch

    given = call.generators and call.generators[0].seed is not None
    for state in call.global_generators if given else call.generators:
        bits = _state(state, store)
        if state.device == "cpu":
            torch.set_rng_state(bits)
        elif torch.cuda.is_available() and int(state.device[5:]) < torch.cuda.device_count():
            torch.cuda.set_rng_state(bits, state.device)


class _Restorer:
    def __init__(self, call: Call, store: ImageStore) -> None:
        self._call = call
        self._store = store

    def values(self) -> dict[str, Any]:
        """Return every argument that the record holds; generators are left out."""
        call = self._call
        found: dict[str, Any] = {}
        for name, value in call.arguments.items():
            found[name] = _scalar(name, value)
        for argument, field in NAMED.items():
            if (value := getattr(call, field)) is not None:
                found[argument] = float(value) if field in FRACTIONS else value
        for name, texts in call.prompts.items():
            found[name] = self._listed(name, [_told(name, text) for text in texts])
        for name, text in call.words.items():
            found[name] = _told(name, text)
        found |= self._inputs()
        found |= {a.argument: self._array(place) for place, a in enumerate(call.arrays)}
        for name, text in call.structures.items():
            found[name] = self._value(json.loads(_told(name, text)))
        return found

    def _inputs(self) -> dict[str, Any]:
        named: dict[str, list[Any]] = {}
        for given in self._call.inputs:
            if given.argument not in self._call.structures:
                named.setdefault(given.argument, []).append(self._image(given))
        return {name: self._listed(name, images) for name, images in named.items()}

    def _listed(self, name: str, values: list[Any]) -> Any:
        return values if name in self._call.lists else values[0]

    def _image(self, given: InputImage) -> Image.Image:
        image = self._store.open(given.pixel_digest or "")
        mode = _MODES.get(given.mode or "", given.mode or image.mode)
        return image if image.mode == mode else image.convert(mode)

    def _array(self, place: int) -> Any:
        given = self._call.arrays[place]
        return arrays.restore(self._store, given.array, torch=given.torch)

    def _value(self, tree: Any) -> Any:
        if not isinstance(tree, dict):
            return tree
        ((kind, value),) = tree.items()
        if kind == "dict":
            return {key: self._value(item) for key, item in value.items()}
        if kind in ("list", "tuple"):
            items = [self._value(item) for item in value]
            return items if kind == "list" else tuple(items)
        if kind == "image":
            return self._image(self._call.inputs[value])
        return self._array(value) if kind == "array" else float(value)


def _told(name: str, text: str | None) -> str:
    if text is None:
        raise GenerationError(f"it cannot be run again: the words of {name} were deleted")
    return str(text)


def _scalar(name: str, value: str | int | bool) -> Any:  # noqa: FBT001 - one scalar of three kinds
    if not isinstance(value, str) or name in VOCABULARY:
        return value
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return None  # a type's name: what it was stands elsewhere in the record


def _generator(call: Call, store: ImageStore) -> Any:
    made = [_made(state, store) for state in call.generators]
    return made if "generator" in call.lists else made[0] if made else None


def _made(state: GeneratorState, store: ImageStore) -> Any:
    import torch

    try:
        generator = torch.Generator(device=state.device)
    except RuntimeError as error:
        raise GenerationError(
            f"it cannot be run again here: its random numbers came from {state.device}"
        ) from error
    if state.fresh and state.seed is not None:
        return generator.manual_seed(int(state.seed))
    generator.set_state(_state(state, store))
    return generator


def _state(state: GeneratorState, store: ImageStore) -> Any:
    import torch

    if state.state is None:
        raise GenerationError("it cannot be run again: a generator's state was not captured")
    try:
        data = store.blob(state.state)
    except ImageError as error:
        raise GenerationError(f"it cannot be run again: {error}") from error
    return torch.frombuffer(bytearray(data), dtype=torch.uint8)
