"""What a call runs on: versions, device and determinism; no host or user name."""

from __future__ import annotations

import functools
import os
import platform
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from provenance_gen.generation import components
from provenance_gen.records.base import Text
from provenance_gen.records.generation import Environment
from provenance_gen.version import VERSION

_LIBRARIES: Final = (
    "torch",
    "diffusers",
    "transformers",
    "accelerate",
    "peft",
    "safetensors",
    "tokenizers",
    "bitsandbytes",
    "xformers",
    "triton",
    "numpy",
    "pillow",
)
_DRIVER: Final = Path("/proc/driver/nvidia/version")
_NO_TOKEN: Final = re.compile(r"[^A-Za-z0-9_.:+\-]")


def describe(pipe: Any) -> Environment:
    """Describe what a pipeline runs on, as it stands now."""
    torch = sys.modules.get("torch")
    dtype, device = _where(pipe)
    return Environment(
        python=platform.python_version(),
        system=_token(f"{platform.system()}-{platform.machine()}"),
        device=_token(device),
        device_name=_device_name(torch, device),
        dtype=_token(dtype.removeprefix("torch.")),
        libraries=_versions() | _drivers(torch),
        deterministic=bool(torch and torch.are_deterministic_algorithms_enabled()),
        flags=_flags(torch) if torch is not None else {},
    )


def differences(first: Environment, second: Environment) -> tuple[str, ...]:
    """Name what differs between two environments, such as ``torch`` or ``flag.threads``."""
    named = [
        name
        for name in ("python", "system", "device", "device_name", "dtype", "deterministic")
        if getattr(first, name) != getattr(second, name)
    ]
    for prefix, ours, theirs in (
        ("", first.libraries, second.libraries),
        ("flag.", first.flags, second.flags),
    ):
        keys = sorted(set(ours) | set(theirs))
        named += [f"{prefix}{key}" for key in keys if ours.get(key) != theirs.get(key)]
    return tuple(named)


def _where(pipe: Any) -> tuple[str, str]:
    """Return dtype and device of a pipeline as text."""
    for part in components.parts(pipe).values():
        dtype, device = components.where(part)
        if device is not None and device.type != "meta":
            offloaded = bool(getattr(pipe, "_all_hooks", None)) or hasattr(part, "_hf_hook")
            return str(dtype), str(pipe._execution_device if offloaded else device)  # noqa: SLF001
    return str(getattr(pipe, "dtype", "unknown")), str(getattr(pipe, "device", "unknown"))


@functools.cache
def _installed() -> dict[str, str]:
    # Reading it from the files of thirteen distributions costs more than a small model's step.
    versions = {"provenance-gen": VERSION}
    for name in _LIBRARIES:
        try:
            versions[name] = _token(metadata.version(name))
        except metadata.PackageNotFoundError:
            continue
    return versions


def _versions() -> dict[str, str]:
    return dict(_installed())


def _drivers(torch: Any) -> dict[str, str]:
    """Return versions of CUDA, cuDNN and the driver where they are in use."""
    if torch is None or not torch.cuda.is_available():
        return {}
    versions = {"cuda": str(torch.version.cuda), "cudnn": str(torch.backends.cudnn.version())}
    try:
        if found := re.search(r"Module\s+([\d.]+)", _DRIVER.read_text(encoding="ascii")):
            versions["driver"] = found[1]
    except (OSError, ValueError):
        pass
    return {name: _token(version) for name, version in versions.items()}


def _flags(torch: Any) -> dict[str, str | int | bool]:
    """Return what can change the last bit of a sum."""
    flags: dict[str, str | int | bool] = {
        "threads": torch.get_num_threads(),
        "cpu": _token(torch.backends.cpu.get_cpu_capability()),
        "matmul_precision": _token(torch.get_float32_matmul_precision()),
        "cudnn.benchmark": bool(torch.backends.cudnn.benchmark),
        "cudnn.deterministic": bool(torch.backends.cudnn.deterministic),
        "cublas_workspace": _token(os.environ.get("CUBLAS_WORKSPACE_CONFIG", "unset")),
    }
    dispatch = sys.modules.get("diffusers.models.attention_dispatch")
    registry = getattr(dispatch, "_AttentionBackendRegistry", None)
    if (backend := getattr(registry, "_active_backend", None)) is not None:
        flags["attention"] = _token(getattr(backend, "value", backend))
    return flags


def _token(text: object) -> str:
    return _NO_TOKEN.sub("_", str(text))[:128] or "_"


def _device_name(torch: Any, device: str) -> Text | None:
    if torch is not None and device.startswith("cuda"):
        return Text(torch.cuda.get_device_name(device))
    return None
