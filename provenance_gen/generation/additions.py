"""What is loaded beside a model's own parts: LoRAs, a ControlNet, an IP-Adapter.

Only for models that we load; whoever loads their own does this through the recorded pipeline.
Each file is hashed: adapters when they are loaded (``adapters``), the rest with the weights.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.errors import MissingExtraError, MissingModelError, ModelError
from provenance_gen.generation import models, weights
from provenance_gen.generation.trouble import not_loaded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.generation.adapters import AdapterLog
    from provenance_gen.generation.models import ModelSource, Unsafe

_ENCODER: Final = "image_encoder"
_ERRORS: Final = (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True)
class Control:
    """A ControlNet by the name of its argument, and its weights; empty where there is none."""

    parts: dict[str, Any] = field(default_factory=dict)
    places: tuple[weights.Place, ...] = ()


def control(name: str | None, *, dtype: Any, fetch: bool, unsafe: Unsafe) -> Control:
    """Load a ControlNet.

    Args:
        name: a folder in diffusers format, a hub id, or None.
        dtype: torch's type for the weights.
        fetch: whether it may be fetched from the hub.
        unsafe: what is allowed.

    Raises:
        ModelError: it cannot be found or loaded, or is no ControlNet.
    """
    if name is None:
        return Control()
    import diffusers

    source = models.find_part(name, "ControlNet")
    try:
        net: Any = diffusers.AutoModel.from_pretrained(
            source.location,
            revision=source.revision,
            dtype=dtype,
            use_safetensors=None if unsafe.pickle else True,
            local_files_only=source.kind != "hub" or not fetch,
        )
    except _ERRORS as error:
        raise not_loaded(name, error) from error
    if "ControlNet" not in type(net).__name__:
        raise ModelError(f"{Path(name).name} is a {type(net).__name__}, and no ControlNet")
    return Control({"controlnet": net}, _control_places(source))


def add_loras(
    pipe: Any, loras: Sequence[tuple[Path, float]], log: AdapterLog, unsafe: Unsafe
) -> None:
    """Load LoRAs into a pipeline, each with its weight.

    Raises:
        MissingExtraError: peft is not installed.
        ModelError: a file is missing, is a pickle file, or does not fit the model.
    """
    if not loras:
        return
    load_lora = getattr(pipe, "load_lora_weights", None)
    if load_lora is None:
        raise ModelError(f"a {type(pipe).__name__} model takes no LoRA")
    names = [f"lora{number}" for number in range(1, len(loras) + 1)]
    watched = log.watch(pipe, "load_lora_weights", load_lora)
    for name, (path, _) in zip(names, loras, strict=True):
        refuse_file(path, "LoRA", unsafe)
        try:
            watched(str(path.parent.resolve()), weight_name=path.name, adapter_name=name)
        except ImportError as error:
            raise MissingExtraError("using a LoRA", "generate") from error
        except _ERRORS as error:
            raise ModelError(f"LoRA {path.name} does not fit this model") from error
        if name not in {n for part in pipe.get_list_adapters().values() for n in part}:
            raise ModelError(f"LoRA {path.name} holds nothing for this model")
    pipe.set_adapters(names, [scale for _, scale in loras])


def add_ip_adapter(
    pipe: Any, adapter: tuple[Path, float] | None, log: AdapterLog, unsafe: Unsafe
) -> tuple[weights.Place, ...]:
    """Load an IP-Adapter, by which a picture guides a model beside the prompt.

    Its image encoder is the pipeline's own, or else lies in the folder ``image_encoder`` beside
    the file, as in the collections in which these adapters are handed out.

    Returns:
        The weights of the image encoder, where it was loaded with the adapter.

    Raises:
        ModelError: the file or the image encoder is missing, or they do not fit the model.
    """
    if adapter is None:
        return ()
    path, scale = adapter
    load = getattr(pipe, "load_ip_adapter", None)
    if load is None:
        raise ModelError(f"a {type(pipe).__name__} model takes no IP-Adapter")
    refuse_file(path, "IP-Adapter", unsafe)
    folder = path.parent.resolve()
    own = getattr(pipe, _ENCODER, None) is not None
    if not own and not (folder / _ENCODER / "config.json").is_file():
        raise ModelError(
            f"{path.name} needs an image encoder: put its folder {_ENCODER} beside the file"
        )
    encoder = () if own else weights.in_folder(folder / _ENCODER, _ENCODER)
    for place in encoder:
        refuse_file(place.path, "image encoder", unsafe)
    watched = log.watch(pipe, "load_ip_adapter", load)
    try:
        watched(str(folder), subfolder="", weight_name=path.name, local_files_only=True)
        pipe.set_ip_adapter_scale(scale)
    except _ERRORS as error:
        raise ModelError(f"IP-Adapter {path.name} does not fit this model") from error
    return encoder


def refuse_file(path: Path, kind: str, unsafe: Unsafe) -> None:
    """Refuse a file of weights that is not there, or that could run code.

    Raises:
        MissingModelError: there is no such file.
        ModelError: it is a pickle file, which was not allowed.
    """
    if not path.is_file():
        raise MissingModelError(f"there is no {kind} file {path.name}")
    if path.suffix in weights.PICKLES and not unsafe.pickle:
        raise ModelError(
            f"{kind} {path.name} is a pickle file, which can run code when it is loaded;"
            " convert it to .safetensors, or allow it with --unsafe-pickle"
        )


def _control_places(source: ModelSource) -> tuple[weights.Place, ...]:
    """Return the weights of a ControlNet on this disk."""
    if source.kind != "hub":
        return weights.in_folder(Path(source.location), "controlnet")
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(source.location, "config.json", revision=source.revision)
    return weights.in_folder(Path(found).parent, "controlnet") if isinstance(found, str) else ()
