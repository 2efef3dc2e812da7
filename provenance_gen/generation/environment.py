"""What a call runs on: versions, device and determinism; no host or user name."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from typing import Any, Final

from provenance_gen.records.base import Text
from provenance_gen.records.generation import Environment
from provenance_gen.version import VERSION

_LIBRARIES: Final = ("torch", "diffusers", "transformers", "accelerate", "safetensors", "numpy")


def describe(pipe: Any) -> Environment:
    """Describe what a pipeline runs on, as it stands now."""
    torch = sys.modules.get("torch")
    device = str(getattr(pipe, "device", "unknown"))
    return Environment(
        python=platform.python_version(),
        system=f"{platform.system()}-{platform.machine()}",
        device=device,
        device_name=_device_name(torch, device),
        dtype=str(getattr(pipe, "dtype", "unknown")).removeprefix("torch."),
        libraries=_versions(),
        deterministic=bool(torch and torch.are_deterministic_algorithms_enabled()),
    )


def _versions() -> dict[str, str]:
    versions = {"provenance-gen": VERSION}
    for name in _LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _device_name(torch: Any, device: str) -> Text | None:
    if torch is not None and device.startswith("cuda"):
        return Text(torch.cuda.get_device_name(device))
    return None
