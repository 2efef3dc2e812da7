"""The training loop that all stages share: budget by the clock, progress lines, resuming.

A stage brings modules and a loss; what is learned is left to it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from provenance_gen.generation.builtin.optimizer import Optimizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from provenance_gen.generation.builtin.team import Team

__all__ = ["Stage", "Tally", "load_state", "run_stage", "stopping_gently"]

_WARM_UP = 20
_SAVE_EVERY = 150.0
_SAY_EVERY = 15.0
_STOP = {"asked": False}


@dataclass
class Tally:
    """What a stage has cost so far."""

    steps: int = 0
    samples: int = 0
    """Samples seen by the whole team."""
    seconds: float = 0.0
    """Wall-clock seconds."""
    core_seconds: float = 0.0
    """Processor seconds of the whole team, taken as equal among its members."""
    loss: float = 0.0
    """Running mean of the loss."""


@dataclass
class Stage:
    """One stage of the training."""

    name: str
    seconds: float
    """Wall-clock budget."""
    modules: Mapping[str, Any]
    """What is saved; only parameters that require gradients are trained."""
    loss: Callable[[], Any]
    """Computes the loss of one batch."""
    batch: int
    """Samples per process and step."""
    rate: float
    """Learning rate before it decays."""
    steady: float = 0.4
    """Share of the budget before the rate starts to fall linearly to nothing."""
    after_step: Callable[[int], None] = lambda _: None
    snapshot: Callable[[Tally], None] = lambda _: None
    """Called by the leader now and then, when the state has been saved."""
    tally: Tally = field(default_factory=Tally)


@contextlib.contextmanager
def stopping_gently() -> Iterator[None]:
    """Let Ctrl-C end the current step, save and stop, instead of losing the work."""
    _STOP["asked"] = False
    kept = [
        (number, signal.signal(number, lambda *_: _STOP.update(asked=True)))
        for number in (signal.SIGINT, signal.SIGTERM)
    ]
    try:
        yield
    finally:
        for number, handler in kept:
            signal.signal(number, handler)


def load_state(path: Path) -> dict[str, Any] | None:
    """Return a saved state, or None where there is none."""
    if not path.is_file():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def run_stage(stage: Stage, team: Team, folder: Path) -> Tally:
    """Train until the budget is spent; go on where an earlier run stopped.

    Raises KeyboardInterrupt, after saving, when a person or the system asked to stop.
    """
    named = [
        (f"{key}.{name}", parameter)
        for key, module in stage.modules.items()
        for name, parameter in module.named_parameters()
        if parameter.requires_grad
    ]
    optimizer = Optimizer(named, team)
    path = folder / f"{stage.name}.pt"
    _resume(stage, optimizer, load_state(path), team)
    saved = said = time.monotonic()
    while stage.tally.seconds < stage.seconds:
        stop = _step(stage, optimizer, team)
        now = time.monotonic()
        if team.leads and now - said > _SAY_EVERY:
            _say(stage)
            said = now
        if team.leads and (stop or now - saved > _SAVE_EVERY):
            _save(stage, optimizer, path)
            stage.snapshot(stage.tally)
            saved = time.monotonic()
        if stop:
            raise KeyboardInterrupt
    if team.leads:
        _say(stage)
        _save(stage, optimizer, path)
    team.wait()
    return stage.tally


def _step(stage: Stage, optimizer: Optimizer, team: Team) -> bool:
    """Make one step; return whether to stop. The leader's clock and wishes count for all."""
    begun, worked = time.monotonic(), time.process_time()
    tally = stage.tally
    loss = stage.loss()
    loss.backward()
    notes = torch.tensor(
        [tally.seconds if team.leads else 0.0, float(_STOP["asked"]), float(loss.detach())],
        device=team.device,
    )
    gradients = [parameter.grad for parameter in optimizer.parameters()]
    team.add_up([*gradients, notes])
    for gradient in gradients:
        gradient.div_(team.size)
    seconds, stop, total = notes.tolist()
    done = min(1.0, seconds / stage.seconds)
    warm = min(1.0, (tally.steps + 1) / _WARM_UP)
    fall = min(1.0, (1.0 - done) / (1.0 - stage.steady))
    optimizer.step(stage.rate * warm * fall)
    tally.steps += 1
    tally.samples += stage.batch * team.size
    share = max(0.02, 1 / tally.steps)
    tally.loss += share * (total / team.size - tally.loss)
    stage.after_step(tally.steps)
    tally.core_seconds += (time.process_time() - worked) * team.size
    # Followers take over the leader's clock, so that all stop at the same step.
    tally.seconds = _agreed(team, tally.seconds + time.monotonic() - begun)
    return bool(stop)


def _agreed(team: Team, seconds: float) -> float:
    """Return the leader's value."""
    value = torch.tensor([seconds if team.leads else 0.0], dtype=torch.float64)
    team.add_up([value])
    return float(value)


def _resume(stage: Stage, optimizer: Optimizer, state: dict[str, Any] | None, team: Team) -> None:
    if state is None:
        return
    for key, module in stage.modules.items():
        module.load_state_dict(state["modules"][key])
    optimizer.load_state_dict(state["optimizer"])
    stage.tally = Tally(**state["tally"])
    if team.leads:
        sys.stdout.write(f"{stage.name}: going on after {stage.tally.seconds:.0f} s\n")


def _save(stage: Stage, optimizer: Optimizer, path: Path) -> None:
    """Save the whole state of a stage; a killed process leaves the earlier file intact."""
    modules = {key: module.state_dict() for key, module in stage.modules.items()}
    state = {
        "modules": modules,
        "optimizer": optimizer.state_dict(),
        "tally": vars(stage.tally).copy(),
    }
    fresh = path.with_suffix(".new")
    torch.save(state, fresh)
    os.replace(fresh, path)  # noqa: PTH105  (its atomicity is the point)


def _say(stage: Stage) -> None:
    tally = stage.tally
    sys.stdout.write(
        f"{stage.name}: {tally.seconds:5.0f} of {stage.seconds:.0f} s, {tally.steps} steps, "
        f"{tally.samples} samples, loss {tally.loss:.4f}\n"
    )
    sys.stdout.flush()
