"""A model that runs out of memory: recorded as failed, with advice where we speak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from provenance_gen.errors import GenerationError
from provenance_gen.records.work import Outcome
from provenance_gen.studio.replay import Means
from tests.fakes import FakePipeline

if TYPE_CHECKING:
    from provenance_gen.studio import Work

WORDS = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.79 GiB"


def test_out_of_gpu_memory(work: Work) -> None:
    """The caller gets torch's own error; the record says failed; a replay says what to try."""
    exhausted = FakePipeline(failure=torch.OutOfMemoryError(WORDS))
    recorded: Any = work.record(exhausted)
    with pytest.raises(torch.OutOfMemoryError, match=r"2\.00 GiB"):
        recorded("a boat", generator=torch.Generator().manual_seed(1))
    attempt = work.history().attempts[-1]
    assert (attempt.outcome, attempt.failure_code) == (Outcome.FAILED, "OutOfMemoryError")
    assert attempt.failure == WORDS
    with pytest.raises(GenerationError, match=r"ran out of memory; try .*--size.*--offload"):
        work.replay("1", Means(pipe=exhausted))
    # The studio is as good as before: the next call is recorded and completes.
    exhausted.failure = None
    recorded("a boat", generator=torch.Generator().manual_seed(1))
    assert work.history().attempts[-1].outcome is Outcome.COMPLETED
