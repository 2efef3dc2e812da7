"""The executed values of a pipeline call, from its bound arguments.

What a form showed does not count: the call's own signature is bound, its defaults included. What
single arguments become is ``arguments``'s business, what the pipeline is made of ``components``'s.
"""

from __future__ import annotations

import contextlib
import inspect
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.digests import sha256_hex
from provenance_gen.generation import components
from provenance_gen.generation.arguments import ArgumentReader, flat_images
from provenance_gen.generation.arrays import is_array
from provenance_gen.records.generation import Call, GeneratorState, PromptTokens, Task

if TYPE_CHECKING:
    from provenance_gen.generation.adapters import AdapterLog
    from provenance_gen.generation.arguments import Known
    from provenance_gen.images.store import ImageStore
    from provenance_gen.records.base import Text

_TOKENIZERS: Final = {
    "prompt": "tokenizer",
    "negative_prompt": "tokenizer",
    "prompt_2": "tokenizer_2",
    "negative_prompt_2": "tokenizer_2",
    "prompt_3": "tokenizer_3",
    "negative_prompt_3": "tokenizer_3",
}
"""Which tokenizer reads which prompt. One that is left out is read by the others' as well."""

_VIDEO: Final = ("num_frames", "video_length", "frames")
_AUDIO: Final = (
    "audio_end_in_s",
    "audio_length_in_s",
    "num_waveforms_per_prompt",
    "audio_duration",
)


def bind(pipe: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
    """Bind a call's arguments to the pipeline's own signature.

    Raises:
        TypeError: the pipeline cannot be called so; the same error that it would raise.
    """
    return inspect.signature(type(pipe).__call__).bind(pipe, *args, **kwargs)


def executed(bound: inspect.BoundArguments) -> dict[str, Any]:
    """Return what the pipeline works with: arguments and defaults by name.

    Further positional arguments stand under the name of their parameter, as a tuple. A modular
    pipeline has no defaults in its signature; those of the blocks that run count instead.
    """
    full = inspect.BoundArguments(bound.signature, type(bound.arguments)(bound.arguments))
    full.apply_defaults()
    values: dict[str, Any] = {}
    for name, value in list(full.arguments.items())[1:]:
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            values |= _block_defaults(next(iter(full.arguments.values())), values | value) | value
        elif kind is not inspect.Parameter.VAR_POSITIONAL or value:
            values[name] = value
    return values


def _block_defaults(pipe: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    blocks = getattr(pipe, "blocks", None)
    if blocks is None or given.get("state") is not None:
        return {}  # a state brings values of its own
    try:
        running = blocks.get_execution_blocks(**given)
        return {i.name: i.default for i in running.inputs if i.name and i.default is not None}
    except Exception:  # noqa: BLE001 - blocks of strangers need not know which of them run
        return {}


def describe(
    pipe: Any,
    values: Mapping[str, Any],
    *,
    store: ImageStore,
    known: Known,
    adapters: AdapterLog,
    unseen: tuple[str, ...] = (),
) -> Call:
    """Describe a call before it runs; what it is given and generator states are stored.

    Args:
        pipe: the pipeline.
        values: its arguments, defaults included.
        store: keeps input images, tensors and generator states.
        known: tells where an input picture comes from.
        adapters: what is known of the files that were loaded into the pipeline.
        unseen: codes of what is known to be out of reach in this pipeline.
    """
    reader = ArgumentReader(store, known)
    for name, value in values.items():
        reader.read(name, value)
    world = _global_states(store)
    generators, missing = _generators(values.get("generator"), store)
    if isinstance(values.get("generator"), list | tuple):
        reader.lists.append("generator")
    if _users_callback(values):
        # It may have altered tensors, and a function cannot be kept.
        missing = (*missing, "argument.callback")
    parts, unread = components.describe(pipe)
    loaded, unknown = adapters.describe(pipe)
    scheduler = getattr(pipe, "scheduler", None)
    return Call(
        pipeline=type(pipe).__name__,
        task=_task(pipe, values),
        prompts=reader.prompts,
        generators=generators or world,
        global_generators=world if generators else (),
        scheduler=type(scheduler).__name__ if scheduler is not None else None,
        scheduler_config=components.keep_config(scheduler, store),
        arguments=reader.arguments,
        words=reader.words,
        structures=reader.structures,
        lists=tuple(reader.lists),
        arrays=tuple(reader.arrays),
        tokens=tuple(_tokens(pipe, reader.prompts, values.get("max_sequence_length"))),
        inputs=tuple(reader.inputs),
        components=parts,
        adapters=loaded,
        settings=components.settings(pipe),
        completeness=tuple(dict.fromkeys((*reader.missing, *missing, *unread, *unknown, *unseen))),
        **reader.named,
    )


def _users_callback(values: Mapping[str, Any]) -> bool:
    return any(values.get(name) is not None for name in ("callback", "callback_on_step_end"))


def _task(pipe: Any, values: Mapping[str, Any]) -> Task:
    def given(name: str) -> bool:
        value = values.get(name)
        return bool(flat_images(value)) or is_array(value)

    if given("mask_image"):
        return Task.INPAINT
    if any(name in values for name in _VIDEO):
        return Task.VIDEO
    if any(name in values for name in _AUDIO):
        return Task.AUDIO
    # Of a ControlNet's plain pipeline the image is what guides it, not what it starts from.
    guided = "ControlNet" in type(pipe).__name__ and "control_image" not in values
    if given("image") and not guided:
        return Task.IMAGE_TO_IMAGE
    return Task.TEXT_TO_IMAGE if "prompt" in values else Task.OTHER


def _generators(
    given: Any, store: ImageStore
) -> tuple[tuple[GeneratorState, ...], tuple[str, ...]]:
    """Take the state of the random generators before the call consumes it.

    No generator is made where none was given: that would change the picture.
    """
    import torch

    if given is None:
        return (), ()
    generators = list(given) if isinstance(given, Sequence) else [given]
    if not all(isinstance(g, torch.Generator) for g in generators):
        return (), ("argument.generator",)
    own = tuple(_given_state(generator, store) for generator in generators)
    shared = len({id(g) for g in generators}) < len(generators)
    return own, ("generator.shared",) if shared else ()


def _given_state(generator: Any, store: ImageStore) -> GeneratorState:
    import torch

    seed = generator.initial_seed()
    state = _bytes(generator.get_state())
    fresh = _bytes(torch.Generator(generator.device).manual_seed(seed).get_state()) == state
    return GeneratorState(
        device=str(generator.device),
        seed=str(seed),
        state=sha256_hex(state) if fresh else store.put_blob(state),
        fresh=fresh,
    )


def _global_states(store: ImageStore) -> tuple[GeneratorState, ...]:
    """Take the state of torch's own generators: the source of all numbers where none was given.

    Beside given ones it counts as well, since some schedulers draw from it all the same.
    """
    import torch

    states = [GeneratorState(device="cpu", state=store.put_blob(_bytes(torch.get_rng_state())))]
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        states += [
            GeneratorState(device=f"cuda:{number}", state=store.put_blob(_bytes(state)))
            for number, state in enumerate(torch.cuda.get_rng_state_all())
        ]
    return tuple(states)


def _bytes(state: Any) -> bytes:
    return bytes(state.numpy().tobytes())


def _tokens(
    pipe: Any, prompts: Mapping[str, tuple[Text | None, ...]], longest: Any
) -> Iterator[PromptTokens]:
    for argument, texts in prompts.items():
        name = _TOKENIZERS.get(argument)
        tokenizer = getattr(pipe, name, None) if name else None
        limit = getattr(tokenizer, "model_max_length", None)
        if name is None or tokenizer is None or not isinstance(limit, int):
            continue
        if isinstance(longest, int) and "T5" in type(getattr(pipe, _encoder(name), None)).__name__:
            limit = longest
        for index, text in enumerate(texts):
            with contextlib.suppress(Exception), _quiet():
                count = len(tokenizer(str(text)).input_ids)
                yield PromptTokens(
                    argument=argument,
                    index=index,
                    tokenizer=type(tokenizer).__name__,
                    tokens=count,
                    used=min(count, limit),
                )


def _encoder(tokenizer: str) -> str:
    return tokenizer.replace("tokenizer", "text_encoder")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep a tokenizer from warning of a long text: the pipeline will say so itself."""
    logger = logging.getLogger("transformers.tokenization_utils_base")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
