"""What recording costs: a recorded call against the bare one, in turn.

On the CPU the built-in model makes batches, and processor time is compared: what the recorder adds
is work of the same processor. The bare call is also followed by ``image.save()``, the usual way to
keep a picture. Where there is a GPU, an SDXL-shaped pipeline with random weights makes pictures of
1024 x 1024 in 30 steps, and wall time is compared. The figures are ratios bare / recorded of the
medians over 15 pairs, so 1 is free and 0.5 is twice as slow. Peak memory is the growth of the
process's largest size.

Further arguments: ``--pairs N`` and ``--cuda-only``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provenance_gen import Studio
from provenance_gen.generation import pipelines
from provenance_gen.generation.seeds import generators
from provenance_gen.settings import CONFIG_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH = 8
STEPS = 20
PROMPT = "a red boat on the sea at sunset"
Figures = dict[str, dict[str, float | str]]


def interleaved(
    sides: dict[str, Callable[[], Any]], clock: Callable[[], float], pairs: int
) -> dict[str, float]:
    """Return each side's median time; the sides take turns, and who begins changes."""
    for side in sides.values():
        side()
    times: dict[str, list[float]] = {name: [] for name in sides}
    for pair in range(pairs):
        order = list(sides) if pair % 2 else list(reversed(sides))
        for name in order:
            started = clock()
            sides[name]()
            times[name].append(clock() - started)
    return {name: statistics.median(spent) for name, spent in times.items()}


def ratios(prefix: str, medians: dict[str, float], goal: float) -> Figures:
    """Return the figures of one comparison."""
    bare, saved, recorded = (medians[name] for name in ("bare", "saved", "recorded"))
    print(f"{prefix}: bare {bare:.3f} s, saved {saved:.3f} s, recorded {recorded:.3f} s")
    return {
        f"{prefix}_bare_over_recorded": figure(bare / recorded, goal, "ratio"),
        f"{prefix}_saved_over_recorded": figure(saved / recorded, 1, "ratio"),
    }


def figure(value: float, goal: float, unit: str) -> dict[str, float | str]:
    """Return one figure with its goal."""
    return {"value": round(value, 4), "goal": goal, "unit": unit}


def peak() -> float:
    """Return the largest size of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def sides(
    pipe: Any, work: Any, folder: Path, call: Callable[[Any], Any]
) -> dict[str, Callable[[], Any]]:
    """Return the three ways: bare, kept as usual, recorded."""
    recorded = work.record(pipe)

    def saved() -> None:
        for place, image in enumerate(call(pipe)):
            image.save(folder / f"{place}.png")

    return {
        "bare": lambda: call(pipe),
        "saved": saved,
        "recorded": lambda: (call(recorded), work.settle()),
    }


def on_cpu(work: Any, folder: Path, pairs: int) -> Figures:
    """Compare processor time with the built-in model."""
    pipe = pipelines.load("builtin", pipelines.Setup(device="cpu")).pipe

    def call(pipe: Any) -> Any:
        return pipe(
            PROMPT,
            num_inference_steps=STEPS,
            num_images_per_prompt=BATCH,
            generator=generators(7, BATCH),
        ).images

    compared = sides(pipe, work, folder, call)
    compared["bare"]()
    before = peak()
    figures = ratios("cpu", interleaved(compared, time.process_time, pairs), 0.97)
    return figures | {"cpu_peak_growth": figure(peak() - before, 64, "MiB")}


def on_cuda(work: Any, folder: Path, pairs: int) -> Figures:
    """Compare wall time with an SDXL-shaped pipeline."""
    import torch  # noqa: PLC0415 - only where a GPU was asked for

    from benchmarks.sdxl_shaped import build  # noqa: PLC0415

    pipe = build("cuda")

    def call(pipe: Any) -> Any:
        images = pipe(
            PROMPT, num_inference_steps=30, generator=generators(7, 1), height=1024, width=1024
        ).images
        torch.cuda.synchronize()
        return images

    compared = sides(pipe, work, folder, call)
    compared["bare"]()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.max_memory_allocated()
    figures = ratios("cuda", interleaved(compared, time.perf_counter, pairs), 0.99)
    growth = (torch.cuda.max_memory_allocated() - before) / 2**20
    return figures | {"cuda_peak_growth": figure(growth, 64, "MiB")}


def main() -> None:
    """Print what was compared, and the figures as JSON in the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--cuda-only", action="store_true")
    wanted = parser.parse_args()
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as name:
        os.environ[CONFIG_VARIABLE] = str(Path(name) / "config")
        with Studio.init(Path(name) / "art") as studio:
            work = studio.new_work("Benchmark")
            if not wanted.cuda_only:
                figures |= on_cpu(work, Path(name), wanted.pairs)
            import torch  # noqa: PLC0415 - the models are loaded by now

            if torch.cuda.is_available():
                figures |= on_cuda(work, Path(name), wanted.pairs)
            else:
                print("cuda: skipped, there is no GPU here")
    print(json.dumps({"benchmark": "recording", "figures": figures}))


if __name__ == "__main__":
    main()
