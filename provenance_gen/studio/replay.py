"""Run an attempt again from its record, and record how near the result came.

Replaying fetches nothing and runs no stranger's code: what the attempt was allowed does not count
here, only what is allowed afresh. Its pictures are compared and not kept.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from provenance_gen.errors import UnknownReferenceError, UsageError
from provenance_gen.generation import components, environment, outputs, pipelines, replay
from provenance_gen.generation import weights as weights_of
from provenance_gen.generation.adapters import AdapterLog
from provenance_gen.generation.builtin import MODEL_ID
from provenance_gen.generation.models import Unsafe
from provenance_gen.generation.wrapper import unwrapped
from provenance_gen.images.pixels import pixel_digest
from provenance_gen.records import payloads
from provenance_gen.records.base import decimal
from provenance_gen.records.nearest import nearest
from provenance_gen.records.work import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from provenance_gen.generation.replay import Comparison
    from provenance_gen.records import work as records
    from provenance_gen.records.generation import Adapter, ModelIdentity
    from provenance_gen.studio.work import Work


@dataclass(frozen=True)
class Means:
    """What a replay may use."""

    model: str | None = None
    """The model's name here; left out, the recorded name where that is enough."""
    loras: tuple[tuple[Path, float], ...] = ()
    """The attempt's LoRA files, in its order; their weights are the recorded ones."""
    controlnet: str | None = None
    """Folder or hub id of the attempt's ControlNet."""
    ip_adapter: Path | None = None
    """The attempt's IP-Adapter file; its weight is the recorded one."""
    config: str | None = None
    unsafe: Unsafe = field(default_factory=Unsafe)
    pipe: Any = None
    """A pipeline that is loaded already, in place of a model."""


@dataclass(frozen=True)
class Replayed:
    """How near a replay came. It is a simulation, whatever its grade."""

    attempt: int
    """Number of the attempt."""
    comparison: Comparison
    changes: tuple[str, ...]
    """What differs from then: of the machine, the libraries, the model."""


def replay_attempt(
    work: Work, reference: str, means: Means, *, on_step: Callable[[int, int], None]
) -> Replayed:
    """Run one attempt again; see ``Work.replay``."""
    work.studio.demand_own()
    attempt = _attempt(work.history(), reference)
    if attempt.outcome is not Outcome.COMPLETED or not (attempt.images or attempt.arrays):
        raise UsageError(
            f"attempt {attempt.number} made nothing to compare with: it was {attempt.outcome.value}"
        )
    standing = bring_back(attempt, means)
    pipe = standing.pipe
    output = replay.run(
        attempt.call,
        pipe,
        work.studio.store,
        deterministic=attempt.environment.deterministic,
        on_step=on_step,
    )
    differences = environment.differences(attempt.environment, environment.describe(pipe))
    changes = (*differences, *standing.changes(attempt))
    digests = [image.ref.pixel_digest for image in attempt.images]
    compared = replay.grade(output, digests, attempt.arrays, work.studio.store)
    made = tuple(pixel_digest(image) for image in outputs.pictures(output))
    work.studio.append(
        payloads.ReplayCompleted(
            work=work.id,
            attempt=attempt.id,
            grade=compared.grade.value,
            maximum=compared.maximum,
            mean=_rounded(compared.mean),
            psnr=_rounded(compared.psnr),
            ssim=_rounded(compared.ssim),
            pixel_digests=made,
            changes=changes,
            environment=environment.describe(pipe),
        )
    )
    return Replayed(attempt.number, compared, changes)


def sample(work: Work, count: int) -> tuple[str, ...]:
    """Draw attempts at random from those that can be compared.

    Raises:
        UsageError: there is none, or the count is below 1.
    """
    if count < 1:
        raise UsageError(f"--sample takes a number of at least 1, not {count}")
    able = [
        str(a.number)
        for a in work.history().attempts
        if a.outcome is Outcome.COMPLETED and (a.images or a.arrays)
    ]
    if not able:
        raise UsageError("the work has no completed attempt to replay")
    return tuple(sorted(random.SystemRandom().sample(able, min(count, len(able))), key=int))


@dataclass(frozen=True)
class Standing:
    """What an attempt ran with, loaded again."""

    pipe: Any
    weights: weights_of.Hashing
    """Being hashed."""
    adapters: AdapterLog | None = None

    def changes(self, attempt: records.Attempt) -> tuple[str, ...]:
        """Name what of the model differs from then: components, weights, adapters."""
        parts = components.differences(attempt.call.components, components.describe(self.pipe)[0])
        found = (*parts, *_model_changes(attempt.model, self.weights.result()))
        now, missing = (self.adapters or AdapterLog()).describe(self.pipe)
        same = _same_files if self.adapters is not None else _same_settings
        then = [adapter for adapter in attempt.call.adapters if adapter.active]
        kept = same(then, now) and "adapters.fused" not in missing
        return found if kept else (*found, "adapters")


def bring_back(attempt: records.Attempt, means: Means) -> Standing:
    """Load what an attempt ran with, or take the pipeline that is given.

    Raises:
        UsageError: where the model lies is not recorded, or adapters are to be given.
        ModelError: it cannot be loaded.
    """
    if means.pipe is not None:
        pipe = unwrapped(means.pipe)
        standing = Standing(pipe, pipelines.identify_loaded(pipe)[0])
    else:
        loaded = pipelines.load(_model(attempt, means), _setup(attempt, means))
        standing = Standing(loaded.pipe, loaded.weights, loaded.adapters)
    standing.weights.start()
    return standing


def _attempt(history: records.Work, reference: str) -> records.Attempt:
    number = reference.partition(".")[0]
    for attempt in history.attempts:
        if str(attempt.number) == number:
            if "." in reference:
                history.image(reference)
            return attempt
    names = [str(attempt.number) for attempt in history.attempts]
    raise UnknownReferenceError("attempt", reference, nearest(reference, names))


def _model(attempt: records.Attempt, means: Means) -> str:
    """Name the model to load; a folder's path is not recorded, so it must be given."""
    if means.model is not None:
        return means.model
    identity = attempt.model
    if identity.kind == MODEL_ID:
        return MODEL_ID
    if identity.kind == "hub" and identity.name:
        return f"{identity.name.partition('@')[0]}@{identity.revision}"
    named = f" ({identity.name})" if identity.name else ""
    raise UsageError(
        f"where the model of attempt {attempt.number}{named} lies is not recorded;"
        " give it with --model"
    )


def _setup(attempt: records.Attempt, means: Means) -> pipelines.Setup:
    recorded = [a for a in attempt.call.adapters if a.kind == "lora" and a.active]
    if len(recorded) != len(means.loras):
        raise UsageError(
            f"attempt {attempt.number} used {len(recorded)} LoRA files; give as many with --lora,"
            " in their order"
        )
    loras = tuple(
        (path, _weight(adapter)) for (path, _), adapter in zip(means.loras, recorded, strict=True)
    )
    looks = [a for a in attempt.call.adapters if a.kind == "ip_adapter"]
    if bool(looks) != (means.ip_adapter is not None):
        used = "used an IP-Adapter; give its file" if looks else "used none; leave out the file"
        raise UsageError(f"attempt {attempt.number} {used} with --ip-adapter")
    controlled = any(part.name == "controlnet" for part in attempt.call.components)
    if controlled and means.controlnet is None:
        raise UsageError(
            f"attempt {attempt.number} used a ControlNet; give its folder with --controlnet"
        )
    return pipelines.Setup(
        device=attempt.environment.device if attempt.environment.device == "cpu" else "auto",
        dtype=attempt.environment.dtype,
        pipeline=attempt.call.pipeline,
        loras=loras,
        controlnet=means.controlnet if controlled else None,
        ip_adapter=(means.ip_adapter, _weight(looks[0])) if means.ip_adapter else None,
        config=means.config,
        unsafe=means.unsafe,
        fetch=False,
    )


def _weight(adapter: Adapter) -> float:
    return float(next(iter(adapter.scales.values()), "1"))


def _same_files(then: Sequence[Adapter], now: Sequence[Adapter]) -> bool:
    return [adapter.digest for adapter in then] == [adapter.digest for adapter in now]


def _same_settings(then: Sequence[Adapter], now: Sequence[Adapter]) -> bool:
    """Compare with those in a pipeline that was given, whose files nobody saw."""

    def told(adapters: Sequence[Adapter]) -> list[tuple[str, str | None, list[tuple[str, str]]]]:
        # An IP-Adapter has no name in a pipeline.
        return [
            (a.kind, a.name if a.kind == "lora" else None, sorted(a.scales.items()))
            for a in adapters
            if a.active
        ]

    return told(then) == told(now)


def _model_changes(then: ModelIdentity, now: ModelIdentity | None) -> tuple[str, ...]:
    if then.digest is None or now is None or now.digest is None:
        return ("model.unknown",)
    return () if then.digest == now.digest else ("model.weights",)


def _rounded(value: float | None) -> str | None:
    return None if value is None else decimal(float(f"{value:.6g}"))
