"""The built-in model through the recorder: the same pixels as the bare call."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from provenance_gen import Studio
from provenance_gen.errors import ModelError
from provenance_gen.generation import pipelines
from provenance_gen.generation.pipelines import Setup
from provenance_gen.generation.seeds import generators
from provenance_gen.images.pixels import pixel_digest

if TYPE_CHECKING:
    from pathlib import Path


def test_recorded_pixels_are_the_bare_ones(tmp_path: Path) -> None:
    """A real diffusion model gives bit-identical pictures, recorded or not."""
    loaded = pipelines.load("builtin", Setup(device="cpu"))
    pipe, identity = loaded.pipe, loaded.weights.result()
    assert identity is not None
    wanted = {"prompt": "a boat on the sea", "num_inference_steps": 2, "num_images_per_prompt": 2}
    bare = pipe(**wanted, generator=generators(3, 2)).images
    with Studio.init(tmp_path / "art") as studio:
        work = studio.new_work("Test")
        recorded = work.record(pipe)(**wanted, generator=generators(3, 2)).images
        assert [pixel_digest(i) for i in bare] == [pixel_digest(i) for i in recorded]
        attempt = work.history().attempts[0]
        assert [i.ref.pixel_digest for i in attempt.images] == [pixel_digest(i) for i in bare]
        assert attempt.steps_run == 2
        # Somebody else's pipeline: its folder is hashed after it was loaded, and that is said.
        assert attempt.model.basis == "path_after_load"
        assert attempt.model.digest == identity.digest
    assert identity.basis == "loaded_by_us"


@pytest.mark.parametrize(
    ("device", "dtype"), [("warp", "auto"), ("cpu", "float7"), ("cpu", "int8")]
)
def test_unknown_device_or_dtype(device: str, dtype: str) -> None:
    """What torch does not know is refused in one sentence."""
    with pytest.raises(ModelError, match="give auto"):
        pipelines.load("builtin", Setup(device=device, dtype=dtype))


@pytest.mark.slow  # loads all libraries anew
def test_threads_may_all_begin_with_loading() -> None:
    """The first use of a fresh process may come from several threads at once."""
    program = """
        import threading
        from concurrent.futures import ThreadPoolExecutor
        from provenance_gen.generation import pipelines

        together = threading.Barrier(3)

        def weights(_number):
            together.wait()
            unet = pipelines.load("builtin").pipe.unet
            return sum(float(part.detach().sum()) for part in unet.parameters())

        with ThreadPoolExecutor(3) as threads:
            print(len(set(threads.map(weights, range(3)))))
    """
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.stdout.strip(), done.returncode) == ("1", 0), done.stderr
