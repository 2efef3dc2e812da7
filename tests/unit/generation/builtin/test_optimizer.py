"""The optimizer and the loop: balanced updates, resuming, stopping gently."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

torch = pytest.importorskip("torch")

from provenance_gen.generation.builtin.loop import (  # noqa: E402  (needs torch)
    Stage,
    run_stage,
    stopping_gently,
)
from provenance_gen.generation.builtin.optimizer import (  # noqa: E402
    Optimizer,
    orthogonalised,
)
from provenance_gen.generation.builtin.team import Team  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

ALONE = Team(0, 1, torch.device("cpu"))


def test_orthogonalised_matrices_have_singular_values_near_one() -> None:
    """The quintic's known range: near one, not at one."""
    torch.manual_seed(0)
    stack = torch.randn(3, 16, 64)
    values = torch.linalg.svdvals(orthogonalised(stack))
    assert values.min() > 0.6
    assert values.max() < 1.3


def test_the_optimizer_fits_a_linear_map() -> None:
    """Both kinds of update go downhill: Muon's matrix and AdamW's bias."""
    torch.manual_seed(0)
    target = torch.randn(16, 24)
    layer = torch.nn.Linear(24, 16)
    optimizer = Optimizer(layer.named_parameters(), ALONE)
    inputs = torch.randn(64, 24)

    def loss() -> Any:
        return (layer(inputs) - inputs @ target.T).square().mean()

    before = loss().item()
    for step in range(150):
        loss().backward()
        optimizer.step(0.2 * (1 - step / 150))
    assert loss().item() < 0.05 * before


def test_an_interrupted_stage_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Ctrl-C ends the step, saves, and costs nothing later."""
    stop_at = 3

    def stage() -> Stage:
        layer = torch.nn.Linear(16, 16)
        calls = {"made": 0}

        def loss() -> Any:
            calls["made"] += 1
            if calls["made"] == stop_at:
                os.kill(os.getpid(), signal.SIGINT)
            return layer(torch.ones(2, 16)).square().mean()

        return Stage("toy", 60.0, {"layer": layer}, loss, batch=2, rate=0.01)

    for runs in (1, 2):
        with stopping_gently(), pytest.raises(KeyboardInterrupt):
            run_stage(stage(), ALONE, tmp_path)
        state = torch.load(tmp_path / "toy.pt", weights_only=True)
        assert state["tally"]["steps"] == runs * stop_at
        assert state["tally"]["samples"] == runs * stop_at * 2
