"""The training loop that all stages share: budget by the clock, progress lines, resuming.

A stage brings modules and a loss; what is learned is left to it.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from provenance_gen.generation.builtin.facts import Tally
from provenance_gen.generation.builtin.optimizer import Optimizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from provenance_gen.generation.builtin.team import Team

__all__ = ["Stage", "load_state", "run_stage", "stopping_gently"]

_WARM_UP = 20
_SAVE_EVERY = 150.0
_SAY_EVERY = 15.0
_LOOK_EVERY = 16
"""Steps between two looks at the loss; on a GPU each look waits for all work in its queue."""
_STOP = {"asked": False, "deadline": math.inf}


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
    running: Any = None
    """Running mean of the loss, kept on the device that computes it."""


@contextlib.contextmanager
def stopping_gently(seconds: float = math.inf) -> Iterator[None]:
    """Let Ctrl-C, or the end of `seconds`, end the current step, save and stop."""
    _STOP.update(asked=False, deadline=time.monotonic() + seconds)
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


def run_stage(stage: Stage, team: Team, folder: Path, *, seed: int = 0) -> Tally:
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
    # From where it goes on, so that a resumed run does not see the same lots again.
    torch.manual_seed((1000 * seed + team.rank) * 2**24 + stage.tally.steps)
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
    stop = bool(_STOP["asked"]) or begun > _STOP["deadline"]
    if team.size > 1:
        stop = _share(team, [parameter.grad for parameter in optimizer.parameters()], stop=stop)
    done = min(1.0, tally.seconds / stage.seconds)
    warm = min(1.0, (tally.steps + 1) / _WARM_UP)
    fall = min(1.0, (1.0 - done) / (1.0 - stage.steady))
    optimizer.step(stage.rate * warm * fall)
    tally.steps += 1
    tally.samples += stage.batch * team.size
    if stage.running is None:
        stage.running = torch.full_like(loss.detach(), tally.loss)
    stage.running.lerp_(loss.detach(), max(0.02, 1 / tally.steps))
    if tally.steps % _LOOK_EVERY == 0:
        _look(stage)
    stage.after_step(tally.steps)
    tally.core_seconds += (time.process_time() - worked) * team.size
    # Followers take over the leader's clock, so that all stop at the same step.
    tally.seconds = _agreed(team, tally.seconds + time.monotonic() - begun)
    return stop


def _look(stage: Stage) -> None:
    """Bring the running mean of the loss into the tally."""
    if stage.running is not None:
        stage.tally.loss = float(stage.running)


def _share(team: Team, gradients: list[Any], *, stop: bool) -> bool:
    """Average the gradients over the team; return whether any member wants to stop."""
    wish = torch.tensor([float(stop)], device=team.device)
    team.add_up([*gradients, wish])
    for gradient in gradients:
        gradient.div_(team.size)
    return bool(wish)


def _agreed(team: Team, seconds: float) -> float:
    """Return the leader's value."""
    if team.size == 1:
        return seconds
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
    _look(stage)
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
    _look(stage)
    tally = stage.tally
    sys.stdout.write(
        f"{stage.name}: {tally.seconds:5.0f} of {stage.seconds:.0f} s, {tally.steps} steps, "
        f"{tally.samples} samples, loss {tally.loss:.4f}\n"
    )
    sys.stdout.flush()
