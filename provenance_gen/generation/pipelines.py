"""Load pipelines: the only caller of ``from_pretrained``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from provenance_gen.errors import MissingExtraError, ModelError
from provenance_gen.generation import models
from provenance_gen.records.base import Text
from provenance_gen.records.generation import ModelIdentity


def load(name: str, *, device: str = "auto", dtype: str = "auto") -> tuple[Any, ModelIdentity]:
    """Load a pipeline by the name of its model.

    Args:
        name: ``builtin``, a folder in diffusers format, or a hub id (``owner/name@revision``).
        device: ``auto`` takes CUDA, then MPS, then the CPU.
        dtype: ``auto`` takes float32 on the CPU and for the built-in model, else bfloat16.

    Returns:
        A diffusers pipeline on its device, and what identifies its weights.

    Raises:
        MissingExtraError: torch or diffusers is not installed.
        ModelError: the model cannot be found or loaded.
    """
    source = models.find(name)
    torch, diffusers = _libraries()
    device = _device(torch, device)
    _quiet(diffusers)
    wanted = _dtype(torch, dtype, device, builtin=source.kind == "builtin")
    try:
        pipe = diffusers.DiffusionPipeline.from_pretrained(
            source.location,
            revision=source.revision,
            dtype=wanted,
            use_safetensors=True,
            local_files_only=source.kind != "hub",
        ).to(device)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(f"model {name!r} cannot be loaded: {line}") from error
    pipe.set_progress_bar_config(disable=True)
    if source.kind == "builtin" and device == "cpu" and "OMP_NUM_THREADS" not in os.environ:
        # The model is so small that threads cost more than they give, and on a busy machine
        # waiting for each other they take many times longer.
        torch.set_num_threads(1)
    return pipe, _identity(source, name, pipe)


def _identity(source: models.ModelSource, name: str, pipe: Any) -> ModelIdentity:
    if source.kind == "hub":
        # from_pretrained leaves the snapshot's folder, whose name is the commit, on the pipeline.
        folder = Path(str(getattr(pipe, "_name_or_path", "")))
        if not folder.is_dir():
            return ModelIdentity(kind="hub", name=Text(name), basis="unknown")
        identity = models.identify(folder, kind="hub", name=name, basis="loaded_by_us")
        return identity.model_copy(update={"revision": folder.name})
    label = name if source.kind == "builtin" else Path(source.location).name
    return models.identify(
        Path(source.location), kind=source.kind, name=label, basis="loaded_by_us"
    )


def identify_loaded(pipe: Any) -> ModelIdentity:
    """Name the model of a pipeline that somebody else has loaded, as far as it can be told.

    The folder it says it came from may have changed since: the basis is ``path_after_load``.
    """
    location = str(getattr(pipe, "name_or_path", "") or "")
    folder = Path(location)
    if location and folder.is_dir():
        return models.identify(folder, kind="object", name=folder.name, basis="path_after_load")
    name = Text(location) if location and not folder.is_absolute() else None
    return ModelIdentity(kind="object", name=name, basis="unknown")


def _libraries() -> tuple[Any, Any]:
    # These libraries read the variables when they are imported, and not again.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
    try:
        import diffusers
        import torch
        import transformers
    except ImportError as error:
        raise MissingExtraError("generating images", "generate") from error
    transformers.utils.logging.disable_progress_bar()
    return torch, diffusers


def _quiet(diffusers: Any) -> None:
    # Loading takes a second; its bars would stand between ours.
    diffusers.utils.logging.disable_progress_bar()


def _device(torch: Any, device: str) -> str:
    if device != "auto":
        try:
            return str(torch.device(device))
        except RuntimeError as error:
            raise ModelError(
                f"no device {device!r}: give auto, cuda, cuda:1, mps or cpu"
            ) from error
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _dtype(torch: Any, dtype: str, device: str, *, builtin: bool) -> Any:
    if dtype == "auto":
        dtype = "float32" if builtin or device == "cpu" else "bfloat16"
    wanted = getattr(torch, dtype, None)
    if not isinstance(wanted, torch.dtype) or not wanted.is_floating_point:
        raise ModelError(f"no dtype {dtype!r}: give auto, float32, float16 or bfloat16")
    return wanted
