"""The same as test_pipelines.py where a CUDA device is; run with ``make gpu``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from provenance_gen import Studio
from provenance_gen.generation.replay import Grade
from provenance_gen.studio.replay import Means
from tests import pipelines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from provenance_gen.studio import Work

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.filterwarnings("ignore:.*__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning"),
]


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    """Return a work in a studio of its own."""
    with Studio.init(tmp_path / "art") as studio:
        yield studio.new_work("CUDA")


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("builder", pipelines.BUILDERS, ids=lambda builder: builder.__name__)
def test_recorded_is_bare_and_replays(work: Work, builder: Callable[[], Any], device: str) -> None:
    """Bit for bit with generators on either device, and identical when replayed."""
    pipe, given = pipelines.build(builder)
    pipe.to("cuda")
    given = {n: v.cuda() if isinstance(v, torch.Tensor) else v for n, v in given.items()}
    bare = pipe(**given, generator=torch.Generator(device).manual_seed(3))
    recorded = work.record(pipe)(**given, generator=torch.Generator(device).manual_seed(3))
    one, other = pipelines.flat(bare), pipelines.flat(recorded)
    assert [a.tobytes() for a in one] == [b.tobytes() for b in other]
    attempt = work.history().attempts[0]
    assert attempt.environment.device.startswith("cuda")
    assert {"cuda", "cudnn"} <= set(attempt.environment.libraries)
    if not attempt.call.arrays:  # tensors come back on the CPU; their owner moves them
        assert work.replay("1", Means(pipe=pipe)).comparison.grade is Grade.IDENTICAL


def test_global_generators_and_offload(work: Work) -> None:
    """Without a generator CUDA's own state is kept; with offload the picture is the same."""
    pipe, given = pipelines.build(pipelines.stable_diffusion)
    recorded = work.record(pipe)
    recorded.enable_model_cpu_offload()
    torch.manual_seed(5)
    bare = pipe(**given).images[0]
    torch.manual_seed(5)
    assert recorded(**given).images[0].tobytes() == bare.tobytes()
    attempt = work.history().attempts[0]
    assert {state.device for state in attempt.call.generators} >= {"cpu", "cuda:0"}
    assert attempt.call.settings["model_cpu_offload"] is True
    assert work.replay("1", Means(pipe=pipe)).comparison.grade is Grade.IDENTICAL
