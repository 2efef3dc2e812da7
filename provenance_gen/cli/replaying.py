"""The work behind ``provgen replay``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from provenance_gen.cli import output
from provenance_gen.errors import GenerationError, UsageError

if TYPE_CHECKING:
    from provenance_gen.studio import Work
    from provenance_gen.studio.replay import Means, Replayed


def replay(
    work: Work, reference: str | None, count: int | None, means: Means, *, json: bool
) -> bool:
    """Replay one attempt or a sample, print the grades, and tell whether none was different.

    Raises:
        UsageError: neither or both were asked for.
    """
    from provenance_gen.studio.replay import sample

    if (reference is None) == (count is None):
        raise UsageError("give an attempt, such as 2.3, or --sample with a number")
    chosen = (reference,) if reference is not None else sample(work, count or 0)
    done = []
    for one in chosen:
        try:
            with output.progress(f"replaying {one}") as moved:
                replayed = work.replay(one, means, on_step=moved)
        except GenerationError as error:
            if reference is not None:
                raise
            output.note(f"attempt {one}: {error}")
            continue
        done.append(replayed)
        if json:
            output.put_json(facts(replayed))
        else:
            output.say(*lines(replayed))
    if len(chosen) > 1 and not json:
        output.say(f"{len(done)} of {len(chosen)} attempts could be replayed.")
    return all(one.comparison.grade != "different" for one in done)


def facts(replayed: Replayed) -> dict[str, Any]:
    """Return a replay as JSON prints it."""
    compared = replayed.comparison
    likeness = compared.psnr
    return {
        "attempt": replayed.attempt,
        "simulation": True,
        "grade": compared.grade.value,
        "maximum": compared.maximum,
        "mean": compared.mean,
        "psnr": None if likeness is None or math.isinf(likeness) else likeness,
        "ssim": compared.ssim,
        "changes": list(replayed.changes),
    }


def lines(replayed: Replayed) -> list[str]:
    """Return what is printed of a replay."""
    compared = replayed.comparison
    said = [f"Simulation of attempt {replayed.attempt}: {_graded(replayed)}"]
    if compared.maximum:
        said.append(
            f"  largest difference {compared.maximum} of 255, mean {compared.mean:.3g};"
            f" PSNR {compared.psnr:.1f} dB, SSIM {compared.ssim:.4f}"
        )
    if replayed.changes:
        said.append(f"  not as it was then: {', '.join(replayed.changes)}")
    return said


def _graded(replayed: Replayed) -> str:
    return {
        "identical": "identical, bit for bit",
        "close": "close, not identical",
        "similar": "similar to look at",
        "different": "different",
    }[replayed.comparison.grade.value]
