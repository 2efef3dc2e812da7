"""Which adapters are in a pipeline: seen when they are loaded, described when it is called.

A loaded LoRA keeps its name and its weight, and forgets its file; so the file is hashed when the
recorded pipeline is asked to load it. One that was loaded before recording began has no digest,
and one that was fused into the weights cannot be told from them: both are listed as not captured.
"""

from __future__ import annotations

import hashlib
import inspect
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from provenance_gen.digests import file_digest
from provenance_gen.errors import ImageError
from provenance_gen.generation import arrays, components
from provenance_gen.images.pixels import array_digest
from provenance_gen.records.base import Text, decimal
from provenance_gen.records.generation import Adapter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOADERS: Final = {
    "load_lora_weights": "lora",
    "load_ip_adapter": "ip_adapter",
    "load_textual_inversion": "textual_inversion",
}
"""Methods that load an adapter, and its kind."""

_UNLOADERS: Final = {
    "unload_lora_weights": "lora",
    "unload_ip_adapter": "ip_adapter",
    "unload_textual_inversion": "textual_inversion",
}


@dataclass(frozen=True)
class _Loaded:
    kind: str
    name: str
    digest: str | None
    file: str | None


class AdapterLog:
    """Follows the calls that load adapters into one pipeline."""

    def __init__(self) -> None:
        """Begin with what has been seen: nothing."""
        self._loaded: list[_Loaded] = []

    def watch(self, pipe: Any, method: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``call``, and note what it loads where ``method`` is one that loads."""
        if method in _UNLOADERS:
            return self._forgetting(_UNLOADERS[method], call)
        kind = LOADERS.get(method)
        if kind is None:
            return call

        def load(*args: Any, **kwargs: Any) -> Any:
            # Before they are loaded: what is hashed must not be younger than what was read.
            files = [(one, *_identify(one)) for one in _each(call, args, kwargs)]
            before = set(_lora_names(pipe))
            result = call(*args, **kwargs)
            if kind == "ip_adapter":  # loading others takes the earlier ones out
                self._loaded = [a for a in self._loaded if a.kind != kind]
            fresh = sorted(set(_lora_names(pipe)) - before) if kind == "lora" else []
            for one, digest, file in files:
                for name in fresh or [str(one.name or kind)]:
                    self._loaded = [a for a in self._loaded if (a.kind, a.name) != (kind, name)]
                    self._loaded.append(_Loaded(kind, name, digest, file))
            return result

        return load

    def describe(self, pipe: Any) -> tuple[tuple[Adapter, ...], tuple[str, ...]]:
        """Describe what is loaded now, and name what of it could not be captured."""
        missing: list[str] = []
        if getattr(pipe, "num_fused_loras", 0):
            missing.append("adapters.fused")
        names = _lora_names(pipe)
        active = _active(pipe) if names else set()
        files = {loaded.name: loaded for loaded in self._loaded if loaded.kind == "lora"}
        scales = _scales(pipe) if names else {}
        found = []
        for name in names:
            seen = files.get(name)
            if seen is None or seen.digest is None:
                missing.append(f"adapter.{components.token(name)}.file")
            if None in scales.get(name, {}).values():
                missing.append(f"adapter.{components.token(name)}.scale")
            weights = {c: decimal(s) for c, s in scales.get(name, {}).items() if s is not None}
            found.append(_adapter(seen or _Loaded("lora", name, None, None), weights, active))
        others = [loaded for loaded in self._loaded if loaded.kind != "lora"]
        ip_scales = _ip_scales(pipe)
        seen_ip = sum(other.kind == "ip_adapter" for other in others)
        others += [_Loaded("ip_adapter", "ip_adapter", None, None)] * (len(ip_scales) - seen_ip)
        for other in others:
            each = (ip_scales or [{}]).pop(0) if other.kind == "ip_adapter" else {}
            told = {name: decimal(scale) for name, scale in each.items() if scale is not None}
            found.append(_adapter(other, told, None))
            if other.digest is None:
                missing.append(f"adapter.{components.token(other.name)}.file")
            if None in each.values():
                missing.append(f"adapter.{components.token(other.name)}.scale")
        return tuple(found), tuple(missing)

    def _forgetting(self, kind: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def unload(*args: Any, **kwargs: Any) -> Any:
            result = call(*args, **kwargs)
            self._loaded = [adapter for adapter in self._loaded if adapter.kind != kind]
            return result

        return unload


def _adapter(loaded: _Loaded, scales: Mapping[str, str], active: set[str] | None) -> Adapter:
    return Adapter(
        kind=loaded.kind,
        name=components.token(loaded.name),
        digest=loaded.digest,
        scales=dict(scales),
        active=active is None or loaded.name in active,
        file=Text(loaded.file) if loaded.file else None,
    )


def _lora_names(pipe: Any) -> list[str]:
    try:
        listed = pipe.get_list_adapters()
        return sorted({name for names in listed.values() for name in names})
    except Exception:  # noqa: BLE001 - not every pipeline has adapters, nor every install peft
        return []


def _active(pipe: Any) -> set[str]:
    try:
        return set(pipe.get_active_adapters())
    except Exception:  # noqa: BLE001 - as above; it raises where nothing is loaded
        return set()


def _scales(pipe: Any) -> dict[str, dict[str, float | None]]:
    """Return weight by adapter and component; None where the layers have different ones."""
    found: dict[str, dict[str, float | None]] = {}
    for component, part in components.parts(pipe).items():
        for module in components.modules(part):
            own = module.__dict__
            scaling, ranks, alphas = own.get("scaling"), own.get("r"), own.get("lora_alpha")
            if not all(isinstance(d, dict) for d in (scaling, ranks, alphas)):
                continue
            for name, scale in scaling.items():
                if not ranks.get(name) or not alphas.get(name):
                    continue
                weight = round(float(scale) * ranks[name] / alphas[name], 9)
                known = found.setdefault(name, {})
                same = known.setdefault(components.token(component), weight) == weight
                if not same:
                    known[components.token(component)] = None
    return found


def _ip_scales(pipe: Any) -> list[dict[str, float | None]]:
    """Return the weight of each IP-Adapter by component; None where its layers differ."""
    found: list[dict[str, float | None]] = []
    for component, part in components.parts(pipe).items():
        if getattr(getattr(part, "config", None), "encoder_hid_dim_type", None) != "ip_image_proj":
            continue
        for scales in filter(None, map(_ip_scale, components.modules(part))):
            found += [{} for _ in range(len(scales) - len(found))]
            for known, scale in zip(found, scales, strict=False):
                if known.setdefault(components.token(component), scale) != scale:
                    known[components.token(component)] = None
    return found


def _ip_scale(module: Any) -> list[float] | None:
    """Return the weights in an attention layer that IP-Adapters have been put into."""
    own = module.__dict__
    processor = own.get("processor") or own.get("_modules", {}).get("processor")
    scale = getattr(processor, "scale", None)
    if "IPAdapter" not in type(processor).__name__ or not isinstance(scale, list):
        return None
    return [float(s) if isinstance(s, int | float) else math.nan for s in scale]


class _Asked(NamedTuple):
    """By what one adapter was asked for."""

    source: Any
    weight: str | None
    subfolder: str | None
    name: str | None


def _each(
    call: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> list[_Asked]:
    """Return the adapters that a call loads; several stand in lists of one length."""
    try:
        bound = inspect.signature(call).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        return []  # the call itself will say what is wrong with it
    named = {**bound, **bound.get("kwargs", {})}
    given = [next(iter(bound.values()), None)]
    given += [named.get(name) for name in ("weight_name", "subfolder", "adapter_name")]
    columns = [_listed(value) for value in given]
    count = max(map(len, columns))
    rows = zip(*(c * count if len(c) == 1 else c for c in columns), strict=False)
    return [_Asked(row[0], row[1], row[2], row[3] or row[1]) for row in rows]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _identify(asked: _Asked) -> tuple[str | None, str | None]:
    """Return the digest of what is about to be loaded, and its file's name."""
    if isinstance(asked.source, dict):
        return _state_digest(asked.source), None
    if not isinstance(asked.source, str | Path):
        return None, None
    path = Path(asked.source).expanduser()
    if path.is_dir():
        folder = path / (asked.subfolder or "")
        named = [folder / asked.weight] if asked.weight else sorted(folder.glob("*.safetensors"))
        path = named[0] if len(named) == 1 else path
    try:
        return (file_digest(path), path.name) if path.is_file() else (None, None)
    except OSError:
        return None, None


def _state_digest(state: Mapping[str, Any]) -> str | None:
    """Digest weights that come as a mapping: SHA-256 over lines of name and array digest."""
    digest = hashlib.sha256()
    try:
        for name in sorted(state):
            digest.update(f"{name} {array_digest(arrays.to_numpy(state[name])[0])}\n".encode())
    except (ImageError, AttributeError, TypeError):
        return None
    return digest.hexdigest()
