"""Denoising steps as they run: how many, at which timesteps, and whether the numbers stay sound.

Pipelines tell of their steps through a callback; ours is put in its place and calls the user's
own, which may still alter tensors. Nothing is read from the device while steps run: that would
make it wait.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.records.base import decimal
from provenance_gen.records.generation import Schedule

if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable, Mapping

_LONGEST: Final = 2000
"""Most timesteps that a record lists."""


class StepCounter:
    """Counts the steps of one call.

    Attributes:
        run: steps run so far, or None where they cannot be seen.
    """

    def __init__(self, on_step: Callable[[int, int], None], total: int | None) -> None:
        """Tell ``on_step`` of each step's number and of their total, 0 where it is not known."""
        self.run: int | None = None
        self._on_step = on_step
        self._total = total or 0
        self._chained: Callable[..., Any] | None = None
        self._timesteps: list[Any] = []
        self._latents: Any = None

    def attach(self, bound: inspect.BoundArguments, values: Mapping[str, Any]) -> bool:
        """Put the counter into a call's arguments; False where the pipeline has no place for it.

        Args:
            bound: the call's arguments; changed.
            values: the same with defaults.
        """
        if "callback_on_step_end" in bound.signature.parameters:
            self._chained = values["callback_on_step_end"]
            if wanted := getattr(self._chained, "tensor_inputs", None):
                # Pipelines read this from diffusers' own callback classes, which ours hides.
                bound.arguments["callback_on_step_end_tensor_inputs"] = wanted
            bound.arguments["callback_on_step_end"] = self._step
        elif _has_legacy_callback(bound, values):
            self._chained = values["callback"]
            bound.arguments["callback"] = self._legacy_step
        else:
            return False
        self.run = 0
        return True

    def schedule(self, pipe: Any) -> Schedule | None:
        """Return the noise schedule that was used, from the steps seen and the scheduler."""
        scheduler = getattr(pipe, "scheduler", None)
        seen = self._timesteps or _listed(getattr(scheduler, "timesteps", None))
        timesteps = tuple(decimal(n) for step in seen if (n := _number(step)) is not None)
        listed = _listed(getattr(scheduler, "sigmas", None))
        sigmas = tuple(decimal(n) for sigma in listed if (n := _number(sigma)) is not None)
        if not timesteps and not sigmas:
            return None
        return Schedule(timesteps=timesteps[:_LONGEST], sigmas=sigmas[:_LONGEST])

    def finite(self) -> bool | None:
        """Tell whether the last latents seen held numbers only; None where none were seen."""
        test = getattr(self._latents, "isfinite", None)
        return bool(test().all()) if callable(test) else None

    def settled(self, pipe: Any) -> int | None:
        """Return the steps run, from the scheduler's own count where none could be seen."""
        if self.run is None:
            index = getattr(getattr(pipe, "scheduler", None), "step_index", None)
            return index if isinstance(index, int) and index > 0 else None
        return self.run

    def _step(self, pipe: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> Any:
        self._note(timestep)
        result = self._chained(pipe, step, timestep, tensors) if self._chained else tensors
        self._latents = result.get("latents") if isinstance(result, dict) else None
        return result

    def _legacy_step(self, step: int, timestep: Any, latents: Any) -> None:
        self._note(timestep)
        self._latents = latents
        if self._chained is not None:
            self._chained(step, timestep, latents)

    def _note(self, timestep: Any) -> None:
        self.run = (self.run or 0) + 1
        if len(self._timesteps) < _LONGEST:
            self._timesteps.append(timestep)
        self._on_step(self.run, self._total)


def _has_legacy_callback(bound: inspect.BoundArguments, values: Mapping[str, Any]) -> bool:
    """Tell whether a pipeline has the older callback, called at every step.

    Where the user wants it at every n-th step only, it is left alone.
    """
    named = bound.signature.parameters
    return "callback" in named and "callback_steps" in named and values["callback_steps"] == 1


def _listed(values: Any) -> list[Any]:
    """Return a scheduler's array as a list of numbers; one transfer for the whole of it."""
    try:
        return list(values.tolist() if hasattr(values, "tolist") else values or ())
    except (TypeError, ValueError, RuntimeError):
        return []


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, RuntimeError):
        return None
    return number if math.isfinite(number) else None
