"""Another scheduler for a pipeline, by its name."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

from provenance_gen.errors import GenerationError, ImageError, ModelError
from provenance_gen.generation import components

if TYPE_CHECKING:
    from provenance_gen.images.store import ImageStore
    from provenance_gen.records.generation import Call

_ENDINGS = ("discretescheduler", "multistepscheduler", "scheduler")


def other(pipe: Any, name: str) -> Any:
    """Return a scheduler that fits the pipeline, configured as its present one.

    Args:
        pipe: the pipeline.
        name: class of the scheduler; upper and lower case, and the endings ``Scheduler``,
            ``DiscreteScheduler`` and ``MultistepScheduler``, may be left out.

    Raises:
        ModelError: no such scheduler fits; the error names those that do.
    """
    present: Any = getattr(pipe, "scheduler", None)
    fitting = {kind.__name__: kind for kind in getattr(present, "compatibles", ())}
    wanted = plain(name)
    for kind in fitting.values():
        if wanted in names(kind.__name__):
            return kind.from_config(present.config)
    if not fitting:
        raise ModelError(f"a {type(pipe).__name__} takes no other scheduler")
    short = {min(names(kind), key=len): kind for kind in fitting}
    near = [short[n] for n in difflib.get_close_matches(wanted, short, n=3)] or sorted(fitting)
    raise ModelError(f"no scheduler {name!r} for this model; there are: {', '.join(near)}")


def recorded(pipe: Any, call: Call, store: ImageStore) -> Any:
    """Return the scheduler that a recorded call used, made from its stored configuration.

    Raises:
        GenerationError: its configuration was not kept, or it is not known here.
    """
    present = getattr(pipe, "scheduler", None)
    if call.scheduler is None or call.scheduler_config is None:
        return present
    same_kind = type(present).__name__ == call.scheduler
    if same_kind and components.keep_config(present, store) == call.scheduler_config:
        return present
    import diffusers

    kind: Any = getattr(diffusers, call.scheduler, None)
    if not components.is_kind(kind, diffusers.SchedulerMixin):
        raise GenerationError(f"this diffusers has no scheduler {call.scheduler}")
    try:
        return kind.from_config(json.loads(store.blob(call.scheduler_config)))
    except (ImageError, ValueError, TypeError) as error:
        raise GenerationError("the configuration of its scheduler cannot be read") from error


def steps_left(pipe: Any, steps: int, strength: float) -> int | None:
    """Tell how many steps would run from an image; None where only the run itself can tell.

    The scheduler is set as the call sets it anew; a pipeline that is to be recorded for somebody
    else is not asked.
    """
    try:
        pipe.scheduler.set_timesteps(steps)
        return len(pipe.get_timesteps(steps, strength, "cpu")[0])
    except (AttributeError, TypeError, ValueError, RuntimeError):
        return None


def plain(name: str) -> str:
    """Return a name as names are compared: its letters and digits, small."""
    return "".join(c for c in name.lower() if c.isalnum())


def names(kind: str) -> set[str]:
    """Return what a scheduler's class may be called, in the form of ``plain``."""
    whole = plain(kind)
    return {whole} | {whole.removesuffix(ending) for ending in _ENDINGS}
