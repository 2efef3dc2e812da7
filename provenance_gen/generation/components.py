"""What a pipeline is made of, and whatever was set on it that can change pixels.

Only read, never changed; a part that cannot be looked into is listed as not captured. Weights
are hashed in ``weights``, loaded adapters are followed in ``adapters``.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.records.base import decimal
from provenance_gen.records.generation import Component

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provenance_gen.images.store import ImageStore

_NO_TOKEN: Final = re.compile(r"[^A-Za-z0-9_.:+\-]")

_PIPELINE_FLAGS: Final = {"model_cpu_offload": "_all_hooks", "device_map": "hf_device_map"}

_OWN_FLAGS: Final = (
    ("use_tiling", "tiling"),
    ("use_slicing", "slicing"),
    ("training", "training"),
    ("_hf_hook", "offload"),
    ("_cache_config", "cached"),
    ("_orig_mod", "compiled"),
)
"""Attributes of a component itself, and what they mean when they are set."""


def describe(pipe: Any) -> tuple[tuple[Component, ...], tuple[str, ...]]:
    """Describe every component, and name those that could not be looked into."""
    found, missing = [], []
    for name, part in parts(pipe).items():
        try:
            found.append(_component(name, part))
        except Exception:  # noqa: BLE001 - a stranger's part must not stop the call
            missing.append(f"component.{token(name)}")
    return tuple(found), tuple(missing)


def parts(pipe: Any) -> dict[str, Any]:
    """Return a pipeline's components by name; those that are left out are left out."""
    try:
        named: Mapping[str, Any] = pipe.components
        return {str(name): part for name, part in named.items() if part is not None}
    except Exception:  # noqa: BLE001 - components is a property with checks of its own
        return {}


def settings(pipe: Any) -> dict[str, str | int | bool]:
    """Return what is set on the pipeline itself and can change pixels."""
    said: dict[str, str | int | bool] = {}
    own = getattr(pipe, "components", None)
    if isinstance(own, dict) and "safety_checker" in own:
        said["safety_checker"] = own["safety_checker"] is not None
    if hasattr(pipe, "watermark"):
        said["watermark"] = pipe.watermark is not None
    for name, attribute in _PIPELINE_FLAGS.items():
        if getattr(pipe, attribute, None):
            said[name] = True
    # In a modular pipeline a component of its own guides, and holds what others are called with.
    scale = _get(getattr(pipe, "guider", None), "guidance_scale")
    if isinstance(scale, int | float):
        said["guider.guidance_scale"] = decimal(scale)
    return said


def differences(then: Sequence[Component], now: Sequence[Component]) -> tuple[str, ...]:
    """Name the components that are not as they were, such as ``component.vae``.

    A scheduler is left out: a replay brings the recorded one.
    """
    first, second = ({c.name: _nature(c) for c in listed} for listed in (then, now))
    names = sorted((first.keys() | second.keys()) - {"scheduler"})
    return tuple(f"component.{name}" for name in names if first.get(name) != second.get(name))


def _nature(part: Component) -> tuple[object, ...]:
    """Return what changes pixels; where it runs and in which type the environment says."""
    return part.kind, part.config, part.quantized, part.attention, part.flags


def keep_config(part: Any, store: ImageStore) -> str | None:
    """Keep a component's configuration as a blob and return its digest."""
    data = _config(part)
    return store.put_blob(data) if data is not None else None


def token(text: object) -> str:
    """Return a name from a library as a token that an event's body may hold."""
    return _NO_TOKEN.sub("_", str(text))[:128] or "_"


def is_kind(found: object, base: type) -> bool:
    """Tell whether what a name led to is a class of a certain kind."""
    return isinstance(found, type) and issubclass(found, base)


def where(part: Any) -> tuple[Any, Any]:
    """Return dtype and device of a component's first weight; None for what has none.

    diffusers' own properties say the same and walk through every module for it.
    """
    parameters = getattr(part, "parameters", None)
    try:
        first = next(iter(parameters()), None) if callable(parameters) else None
    except TypeError:
        first = None
    return getattr(first, "dtype", None), getattr(first, "device", None)


def modules(part: Any) -> list[Any]:
    """Return a torch module with all modules in it; nothing for what is no module."""
    walk = getattr(part, "modules", None)
    try:
        return list(walk()) if callable(walk) else []
    except TypeError:
        return []


def _component(name: str, part: Any) -> Component:
    config = _config(part)
    dtype, device = where(part)
    seen = _look(part)
    return Component(
        name=token(name),
        kind=token(type(part).__name__),
        config=hashlib.sha256(config).hexdigest() if config is not None else None,
        dtype=token(str(dtype).removeprefix("torch.")) if dtype is not None else None,
        device=token(device) if device is not None else None,
        quantized=_quantized(part),
        attention=seen.attention,
        flags=tuple(sorted(seen.flags)),
    )


def _config(part: Any) -> bytes | None:
    config = getattr(part, "config", None)
    if config is None:
        return None
    if hasattr(config, "to_dict"):
        config = config.to_dict()
    try:
        # Private keys hold paths and versions; what is left is how the component works.
        public = {k: v for k, v in dict(config).items() if not str(k).startswith("_")}
    except (TypeError, ValueError):
        return None
    return json.dumps(public, sort_keys=True, default=repr).encode()


def _quantized(part: Any) -> str | None:
    quantizer = getattr(part, "hf_quantizer", None)
    config = getattr(quantizer, "quantization_config", None) or _get(part, "quantization_config")
    if config is None:
        return None
    method = getattr(config, "quant_method", None)
    if method is None and isinstance(config, dict):
        method = config.get("quant_method")
    return token(getattr(method, "value", method) or type(config).__name__)


def _get(part: Any, key: str) -> Any:
    config = getattr(part, "config", None)
    return config.get(key) if isinstance(config, dict) else getattr(config, key, None)


@dataclass
class _Seen:
    """What a walk through a component's modules found."""

    flags: set[str] = field(default_factory=set)
    backends: set[str] = field(default_factory=set)
    processors: set[str] = field(default_factory=set)

    @property
    def attention(self) -> str | None:
        names = self.backends or self.processors
        return token("+".join(sorted(names))) if names else None


def _look(part: Any) -> _Seen:
    """Walk once through all modules; a large model has thousands, and each call is looked at."""
    seen = _Seen({flag for attribute, flag in _OWN_FLAGS if getattr(part, attribute, None)})
    for module in modules(part):
        # The instance's own dictionary: torch's attribute lookup costs ten times as much.
        own = module.__dict__
        if own.get("_compiled_call_impl") is not None:
            seen.flags.add("compiled")
        if (registry := own.get("_diffusers_hook")) is not None:
            seen.flags.update(_hook(name) for name in getattr(registry, "hooks", {}))
        if own.get("b1") is not None and own.get("s1") is not None:
            seen.flags.add("freeu")
        if (processor := own.get("processor") or own.get("_modules", {}).get("processor")) is None:
            continue
        seen.processors.add(type(processor).__name__)
        if (backend := getattr(processor, "_attention_backend", None)) is not None:
            seen.backends.add(str(getattr(backend, "value", backend)))
    return seen


def _hook(name: str) -> str:
    if "offload" in name:
        return "offload"
    return "layerwise_casting" if "casting" in name or "autocast" in name else "cached"
