"""Run a recorded call again, and grade what comes out against what came out then.

A replay is a simulation: that it gives the same picture shows that the record is enough to make
it, not that it was made then. Where the weights, the arguments or the machine differ, what
differs is named beside the grade.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from provenance_gen.errors import GenerationError
from provenance_gen.generation import (
    arrays,
    determinism,
    outputs,
    parameters,
    restoring,
    schedulers,
)
from provenance_gen.generation.steps import StepCounter
from provenance_gen.generation.trouble import running_trouble
from provenance_gen.images.difference import difference
from provenance_gen.images.pixels import array_digest, pixel_digest
from provenance_gen.images.similarity import psnr, ssim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PIL import Image

    from provenance_gen.images.store import ImageStore
    from provenance_gen.records.generation import Call, GeneratedArray

_CLOSE_MAXIMUM: Final = 16
_CLOSE_MEAN: Final = 1.0
_SIMILAR_PSNR: Final = 25.0
_SIMILAR_SSIM: Final = 0.8
_CLOSE_ARRAY: Final = 1e-3


class Grade(StrEnum):
    """How near a replay came, best first."""

    IDENTICAL = "identical"
    """Every output is the same, bit for bit."""
    CLOSE = "close"
    """No channel differs by more than 16 of 255, nor by more than 1 on average; arrays by no
    more than a thousandth of their largest value."""
    SIMILAR = "similar"
    """PSNR of 25 dB or more and SSIM of 0.8 or more."""
    DIFFERENT = "different"


_ORDER: Final = tuple(Grade)


@dataclass(frozen=True)
class Comparison:
    """One output against the one recorded, or the worst of several."""

    grade: Grade
    maximum: int | None = 0
    """Largest absolute difference of an 8-bit channel value; None for arrays."""
    mean: float | None = 0.0
    psnr: float | None = math.inf
    ssim: float | None = 1.0


def run(
    call: Call,
    pipe: Any,
    store: ImageStore,
    *,
    deterministic: bool,
    on_step: Callable[[int, int], None],
) -> Any:
    """Call a pipeline as a record says, and return what it gives back.

    Torch's own random generators are put back afterwards.

    Args:
        call: the record.
        pipe: the same kind of pipeline; it gets the recorded scheduler for the time of the call.
        store: holds what the call was given.
        deterministic: whether the attempt ran with deterministic algorithms.
        on_step: told of each denoising step.

    Raises:
        GenerationError: something was not captured, or the pipeline failed.
    """
    if type(pipe).__name__ != call.pipeline:
        raise GenerationError(f"the attempt used a {call.pipeline}, not a {type(pipe).__name__}")
    values = restoring.arguments(call, pipe, store)
    bound = parameters.bind(pipe, (), values)
    StepCounter(on_step, call.steps).attach(bound, parameters.executed(bound))
    try:
        with (
            _scheduler(pipe, call, store),
            _generators_kept(),
            determinism.deterministic(wanted=deterministic),
        ):
            restoring.set_global_generators(call, store)
            return pipe(*bound.args[1:], **bound.kwargs)
    except GenerationError:
        raise
    except Exception as error:
        raise GenerationError(running_trouble(error)) from error


def grade(
    output: Any, images: Sequence[str], made: Sequence[GeneratedArray], store: ImageStore
) -> Comparison:
    """Grade a replay's whole output: the worst of its parts counts.

    Args:
        output: what the pipeline gave back.
        images: pixel digests of the recorded images.
        made: the recorded arrays.
        store: holds both.

    Raises:
        ImageError: a recorded output is missing or altered.
    """
    again = outputs.pictures(output)
    fields = [array for _, _, array in outputs.arrays_of(output)]
    if len(again) != len(images) or len(fields) != len(made):
        return Comparison(Grade.DIFFERENT, None, None, None, None)
    compared = [_image(digest, image, store) for digest, image in zip(images, again, strict=True)]
    compared += [_array(was, now, store) for was, now in zip(made, fields, strict=True)]
    return max(compared, key=_badness, default=Comparison(Grade.IDENTICAL))


def compare(first: Image.Image, second: Image.Image) -> Comparison:
    """Grade one picture against another."""
    if pixel_digest(first) == pixel_digest(second):
        return Comparison(Grade.IDENTICAL)
    if first.size != second.size:
        return Comparison(Grade.DIFFERENT, None, None, None, None)
    measured = difference(first, second)
    maximum, mean = measured.maximum, float(measured.mean)
    likeness = psnr(first, second), ssim(first, second)
    if maximum <= _CLOSE_MAXIMUM and mean <= _CLOSE_MEAN:
        reached = Grade.CLOSE
    elif likeness[0] >= _SIMILAR_PSNR and likeness[1] >= _SIMILAR_SSIM:
        reached = Grade.SIMILAR
    else:
        reached = Grade.DIFFERENT
    return Comparison(reached, maximum, mean, *likeness)


def _image(digest: str, again: Image.Image, store: ImageStore) -> Comparison:
    if pixel_digest(again) == digest:
        return Comparison(Grade.IDENTICAL)
    return compare(store.open(digest), again)


def _array(was: GeneratedArray, again: Any, store: ImageStore) -> Comparison:
    array, _ = arrays.to_numpy(again)
    if array_digest(array) == was.array.digest:
        return Comparison(Grade.IDENTICAL)
    reached = Grade.DIFFERENT
    if was.array.stored and tuple(array.shape) == was.array.shape:
        old = np.asarray(arrays.restore(store, was.array, torch=False), dtype=np.float64)
        limit = _CLOSE_ARRAY * float(np.abs(old).max(initial=0))
        if np.abs(old - array).max(initial=0) <= limit:
            reached = Grade.CLOSE
    return Comparison(reached, None, None, None, None)


def _badness(compared: Comparison) -> tuple[int, float]:
    return _ORDER.index(compared.grade), compared.mean or 0.0


@contextlib.contextmanager
def _scheduler(pipe: Any, call: Call, store: ImageStore) -> Iterator[None]:
    before = getattr(pipe, "scheduler", None)
    wanted = schedulers.recorded(pipe, call, store)
    if wanted is before:
        yield
        return
    pipe.scheduler = wanted
    try:
        yield
    finally:
        pipe.scheduler = before


@contextlib.contextmanager
def _generators_kept() -> Iterator[None]:
    import torch

    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    with torch.random.fork_rng(devices=list(devices)):
        yield
