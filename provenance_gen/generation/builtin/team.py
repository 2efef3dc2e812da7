"""The processes that train together: one per core on a CPU, one alone on a GPU.

Several processes with one thread each are quicker than one process with several threads, above
all on a machine that others use too. Which work is done is left to the stages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import distributed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Team", "join_team"]


@dataclass(frozen=True)
class Team:
    """One process's place among the training processes."""

    rank: int
    """Number of this process, from 0."""
    size: int
    """Number of processes."""
    device: Any
    """Where this process computes."""
    bfloat16: bool = False
    """Whether it computes in mixed precision."""

    @property
    def leads(self) -> bool:
        """Whether this process writes the files and the progress lines."""
        return self.rank == 0

    def arithmetic(self) -> Any:
        """Return the context that the forward passes of a training step run in."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16)

    def owns(self, number: int) -> bool:
        """Return whether work item `number` is this process's share."""
        return number % self.size == self.rank

    def add_up(self, tensors: Sequence[Any]) -> None:
        """Replace each tensor by its sum over the team, in one message."""
        if self.size == 1:
            return
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        distributed.all_reduce(flat)
        start = 0
        for tensor in tensors:
            tensor.copy_(flat[start : start + tensor.numel()].view_as(tensor))
            start += tensor.numel()

    def wait(self) -> None:
        """Wait until every process has come here."""
        if self.size > 1:
            distributed.barrier()


def join_team(rank: int, size: int, device: str, meeting: Path, *, bfloat16: bool = False) -> Team:
    """Join the team that meets at the file `meeting` (fresh for every start)."""
    if device == "cpu":
        torch.set_num_threads(1)
    else:
        torch.set_float32_matmul_precision("high")
    if size > 1:
        distributed.init_process_group(
            "gloo", init_method=meeting.as_uri(), rank=rank, world_size=size
        )
    return Team(rank, size, torch.device(device), bfloat16)
