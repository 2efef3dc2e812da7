"""Load pipelines: the only caller of ``from_pretrained``.

What is loaded can be turned into another kind of run, given another scheduler or LoRAs, moved
and compiled; all of it before recording begins, and all of it visible in the record.
"""

from __future__ import annotations

import importlib.util
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from provenance_gen.errors import MissingExtraError, ModelError
from provenance_gen.generation import (
    additions,
    ahead,
    checkpoints,
    components,
    models,
    schedulers,
    weights,
)
from provenance_gen.generation.adapters import AdapterLog
from provenance_gen.generation.interrupts import held
from provenance_gen.generation.models import ModelSource, Unsafe
from provenance_gen.generation.trouble import not_loaded
from provenance_gen.records.base import Text
from provenance_gen.records.generation import ModelIdentity, Task

_PURPOSE: Final = "generating images"
_AUTOMATIC: Final = {
    Task.TEXT_TO_IMAGE: "AutoPipelineForText2Image",
    Task.IMAGE_TO_IMAGE: "AutoPipelineForImage2Image",
    Task.INPAINT: "AutoPipelineForInpainting",
}
_LOADING: Final = threading.Lock()
"""Held while a model is loaded: diffusers and transformers cannot do so twice at once. The second
thread sees a half imported library, or weights that are still the first one's placeholders."""
_ERRORS: Final = (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True)
class Setup:
    """How a model is to be loaded and set up."""

    device: str = "auto"
    """``auto`` takes CUDA, then MPS, then the CPU."""
    dtype: str = "auto"
    """``auto`` takes float32 on the CPU and for the built-in model, else bfloat16."""
    task: Task = Task.TEXT_TO_IMAGE
    pipeline: str | None = None
    """Class that the loaded pipeline is turned into; overrides ``task``."""
    scheduler: str | None = None
    loras: tuple[tuple[Path, float], ...] = ()
    """Files and weights."""
    controlnet: str | None = None
    """Folder or hub id of a ControlNet."""
    ip_adapter: tuple[Path, float] | None = None
    """File and weight."""
    offload: str = "none"
    compile: bool = False
    config: str | None = None
    """For a single file: folder or hub id of a model of the same kind, for its configuration."""
    unsafe: Unsafe = field(default_factory=Unsafe)
    fetch: bool = True
    """Whether a hub model may be fetched; else only what is on this disk counts."""


@dataclass(frozen=True)
class Loaded:
    """A pipeline on its device, and what is known of what was loaded."""

    pipe: Any
    weights: weights.Hashing
    adapters: AdapterLog
    """What is known of the files of LoRAs and IP-Adapters in it."""


def load(name: str, setup: Setup | None = None) -> Loaded:
    """Load a pipeline by the name of its model; threads wait for each other.

    Args:
        name: ``builtin``, a folder in diffusers format, a ``.safetensors`` file, or a hub id
            (``owner/name@revision``).
        setup: how it is to be set up.

    Raises:
        MissingExtraError: torch, diffusers or peft is not installed.
        ModelError: the model cannot be found, loaded, accepted, or set up so.
    """
    with _LOADING:
        return _load(name, setup or Setup())


def _load(name: str, setup: Setup) -> Loaded:
    source = ahead.refuse(name, setup)
    torch = _torch()
    device = _device(torch, setup.device)
    diffusers = _diffusers()
    wanted = _dtype(torch, setup.dtype, device, builtin=source.kind == "builtin")
    diffusers.utils.logging.disable_progress_bar()
    control = additions.control(
        setup.controlnet, dtype=wanted, fetch=setup.fetch, unsafe=setup.unsafe
    )
    try:
        pipe = _from_disk(diffusers, source, setup, wanted)
        folder = _folder(source, pipe)
        pipe = _turned(diffusers, pipe, setup, dtype=wanted, **control.parts)
    except _ERRORS as error:
        raise not_loaded(name, error) from error
    if setup.scheduler is not None:
        pipe.scheduler = schedulers.other(pipe, setup.scheduler)
    adapters = AdapterLog()
    additions.add_loras(pipe, setup.loras, adapters, setup.unsafe)
    encoder = additions.add_ip_adapter(pipe, setup.ip_adapter, adapters, setup.unsafe)
    _place(pipe, device, setup)
    pipe.set_progress_bar_config(disable=True)
    if source.kind == "builtin" and device == "cpu" and "OMP_NUM_THREADS" not in os.environ:
        # The model is so small that threads cost more than they give, and on a busy machine
        # waiting for each other they take many times longer.
        torch.set_num_threads(1)
    label = name if source.kind in ("builtin", "hub") else Path(source.location).name
    more = (*control.places, *encoder)
    return Loaded(pipe, models.identify(source, folder, label, setup.unsafe, more), adapters)


def identify_loaded(pipe: Any) -> tuple[weights.Hashing, tuple[str, ...]]:
    """Name the model of a pipeline that somebody else has loaded, as far as it can be told.

    The files it says it came from may have changed since: the basis is ``path_after_load``.

    Returns:
        What will hash its weights, and codes for components whose files are not known.
    """
    places, missing = weights.of_pipeline(pipe)
    # A modular pipeline keeps what it was made from under another name.
    names = ("name_or_path", "_pretrained_model_name_or_path")
    location = next((str(said) for n in names if (said := getattr(pipe, n, None))), "")
    named = Path(location).name if Path(location).is_absolute() else location
    identity = ModelIdentity(
        kind="object",
        name=Text(named) if named else None,
        basis="path_after_load" if places else "unknown",
        licence=models.licence(Path(location) / "README.md") if location else None,
    )
    return weights.Hashing(identity, places), tuple(f"weights.{name}" for name in missing)


def _from_disk(diffusers: Any, source: ModelSource, setup: Setup, dtype: Any) -> Any:
    local = source.kind != "hub" or not setup.fetch
    if source.kind == "file":
        return checkpoints.load(source, setup.config, dtype=dtype, fetch=setup.fetch)
    return diffusers.DiffusionPipeline.from_pretrained(
        source.location,
        revision=source.revision,
        dtype=dtype,
        use_safetensors=None if setup.unsafe.pickle else True,
        trust_remote_code=setup.unsafe.remote_code,
        local_files_only=local,
    )


def _folder(source: ModelSource, pipe: Any) -> Path:
    if source.kind != "hub":
        return Path(source.location)
    # from_pretrained leaves the snapshot's folder, whose name is the commit, on the pipeline.
    return Path(str(getattr(pipe, "name_or_path", "")))


def _turned(diffusers: Any, pipe: Any, setup: Setup, *, dtype: Any, **parts: Any) -> Any:
    """Turn a pipeline into another kind of run that uses the same parts, and those given."""
    if setup.pipeline is not None:
        kind: Any = getattr(diffusers, setup.pipeline, None)
        if type(pipe).__name__ == setup.pipeline:
            return pipe
        if not components.is_kind(kind, diffusers.DiffusionPipeline):
            raise ModelError(f"this diffusers has no pipeline {setup.pipeline}")
        # Without a type it would be turned into float32.
        return kind.from_pipe(pipe, dtype=dtype, **parts)
    if setup.task not in _AUTOMATIC or (setup.task is Task.TEXT_TO_IMAGE and not parts):
        return pipe
    try:
        return getattr(diffusers, _AUTOMATIC[setup.task]).from_pipe(pipe, **parts)
    except ValueError as error:
        controlled = " with a ControlNet" if parts else ""
        raise ModelError(
            f"a {type(pipe).__name__} model cannot be used for {setup.task.value}{controlled}"
        ) from error


def _place(pipe: Any, device: str, setup: Setup) -> None:
    """Bring the weights to their device, and compile what denoises."""
    try:
        if setup.offload == "none":
            pipe.to(device)
        elif device == "cpu":
            raise ModelError("there is nothing to offload from: the model runs on the CPU")
        elif setup.offload == "model":
            pipe.enable_model_cpu_offload(device=device)
        else:
            pipe.enable_sequential_cpu_offload(device=device)
    except (RuntimeError, AssertionError, ImportError) as error:
        raise ModelError(f"the model cannot be brought to {device}: {error}") from error
    if setup.compile:
        for name in ("unet", "transformer"):
            if (part := components.parts(pipe).get(name)) is not None:
                part.compile()


def demand_libraries() -> None:
    """Refuse where what generating needs is not installed; nothing is loaded to find out.

    Raises:
        MissingExtraError: a library cannot be found.
    """
    if not all(map(importlib.util.find_spec, ("torch", "diffusers", "transformers"))):
        raise MissingExtraError(_PURPOSE, "generate")


def _torch() -> Any:
    with held():
        try:
            import torch
        except ImportError as error:
            raise MissingExtraError(_PURPOSE, "generate") from error
    return torch


def _diffusers() -> Any:
    # These libraries read the variables when they are imported, and not again.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
    with held():
        try:
            import diffusers
            import transformers

            # These are modules of their own, which would be imported later.
            _ = (
                diffusers.AutoModel,
                diffusers.DiffusionPipeline,
                diffusers.AutoPipelineForInpainting,
            )
        except ImportError as error:
            raise MissingExtraError(_PURPOSE, "generate") from error
        transformers.utils.logging.disable_progress_bar()
    return diffusers


def _device(torch: Any, device: str) -> str:
    """Choose the device, or refuse one that is not there before anything else is loaded."""
    if device == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        wanted = torch.device(device)
    except RuntimeError as error:
        raise ModelError(f"no device {device!r}: give auto, cuda, cuda:1, mps or cpu") from error
    there = {"cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}
    if wanted.type in there and (wanted.index or 0) >= there[wanted.type]:
        raise ModelError(
            f"PyTorch finds no device {device!r} on this computer: give --device cpu, or auto to"
            " take what there is"
        )
    return str(wanted)


def _dtype(torch: Any, dtype: str, device: str, *, builtin: bool) -> Any:
    if dtype == "auto":
        dtype = "float32" if builtin or device == "cpu" else "bfloat16"
    wanted = getattr(torch, dtype, None)
    if not isinstance(wanted, torch.dtype) or not wanted.is_floating_point:
        raise ModelError(f"no dtype {dtype!r}: give auto, float32, float16 or bfloat16")
    return wanted
