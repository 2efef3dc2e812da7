"""What can be refused before torch is loaded: options and files that no model can do with.

Loading the libraries takes seconds and a large model takes minutes, and a slip of the keyboard
should not cost that. What needs torch (whether a device is there) or the model itself (whether a
scheduler fits it) is left to ``pipelines``.
"""

from __future__ import annotations

import difflib
import functools
import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provenance_gen.errors import ModelError
from provenance_gen.generation import additions, models, schedulers

if TYPE_CHECKING:
    from provenance_gen.generation.models import ModelSource
    from provenance_gen.generation.pipelines import Setup

OFFLOADS: Final = ("none", "model", "sequential")
"""Where weights wait: on the device, or in main memory by model or by layer."""

_DEVICE: Final = re.compile(r"[a-z]+(:\d{1,3})?")
_DTYPE: Final = re.compile(r"auto|b?float\d+\w*")
_SCHEDULER: Final = re.compile(r'"(\w+Scheduler)"')


def refuse(name: str, setup: Setup) -> ModelSource:
    """Refuse a model or a setup that cannot be, and tell what the model's name stands for.

    Raises:
        ModelError: an option stands for nothing, or loading would run a stranger's code.
        MissingModelError: a file or folder that was named is not there.
    """
    source = models.find(name)
    models.refuse_unsafe(source, setup.unsafe)
    if not _DEVICE.fullmatch(setup.device):
        raise ModelError(f"no device {setup.device!r}: give auto, cuda, cuda:1, mps or cpu")
    if not _DTYPE.fullmatch(setup.dtype):
        raise ModelError(f"no dtype {setup.dtype!r}: give auto, float32, float16 or bfloat16")
    if setup.offload not in OFFLOADS:
        raise ModelError(f"no offload {setup.offload!r}: give one of {', '.join(OFFLOADS)}")
    if setup.offload != "none" and setup.device == "cpu":
        raise ModelError("there is nothing to offload from: the model runs on the CPU")
    if setup.scheduler is not None:
        _demand_scheduler(setup.scheduler)
    if setup.controlnet is not None:
        models.find_part(setup.controlnet, "ControlNet")
    for path, _ in setup.loras:
        additions.refuse_file(path, "LoRA", setup.unsafe)
    if setup.ip_adapter is not None:
        additions.refuse_file(setup.ip_adapter[0], "IP-Adapter", setup.unsafe)
    return source


def _demand_scheduler(name: str) -> None:
    """Refuse a name that no scheduler of the installed diffusers goes by."""
    known = {short: kind for kind in _schedulers() for short in schedulers.names(kind)}
    wanted = schedulers.plain(name)
    if not known or wanted in known:
        return
    near = dict.fromkeys(known[n] for n in difflib.get_close_matches(wanted, known, n=3))
    said = f"did you mean {' or '.join(near)}?" if near else "give one such as euler or ddim"
    raise ModelError(f"no scheduler {name!r} is known: {said}")


@functools.cache
def _schedulers() -> frozenset[str]:
    """Name the schedulers of the installed diffusers, from the table it loads them by.

    Importing it would load torch. Where the table is not as it is known, nothing is named.
    """
    found = importlib.util.find_spec("diffusers")
    for folder in (found and found.submodule_search_locations) or ():
        try:
            text = (Path(folder) / "schedulers" / "__init__.py").read_text(encoding="utf-8")
        except OSError:
            continue
        return frozenset(_SCHEDULER.findall(text))
    return frozenset()
