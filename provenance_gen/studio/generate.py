"""Make an attempt, or record the attempts that somebody's own script makes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.errors import GenerationError, MissingExtraError, ProvenanceError, UsageError
from provenance_gen.generation import pipelines
from provenance_gen.generation.builtin import MODEL_ID
from provenance_gen.generation.recorder import Recorded, RecordedPipeline, Recorder, Session
from provenance_gen.records.event import Basis
from provenance_gen.records.payloads import Revision
from provenance_gen.records.work import Choice
from provenance_gen.studio.select import find

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance_gen.records import work as records
    from provenance_gen.records.generation import ModelIdentity
    from provenance_gen.records.image import ImageRef
    from provenance_gen.studio.work import ImageLike, Work

MAX_SEED: Final = 2**64 - 1
_MAX_COUNT: Final = 1000
_BUILTIN: Final = {"num_inference_steps": 20, "guidance_scale": 4.0}
"""What the built-in model works best with; its library's defaults are for larger models."""


@dataclass(frozen=True)
class Request:
    """What to generate."""

    prompt: str
    negative: str | None = None
    model: str = MODEL_ID
    count: int = 1
    """Images in this attempt; each has a seed of its own, one above the other."""
    seed: int | None = None
    """Seed of the first image, 0 to 2^64-1; random where none is given."""
    steps: int | None = None
    guidance: float | None = None
    size: tuple[int, int] | None = None
    """Width and height in pixels."""
    based_on: ImageLike | None = None
    """The image looked at when the input was revised."""
    device: str = "auto"
    dtype: str = "auto"

    def check(self) -> None:
        """Refuse what no model can do.

        Raises:
            UsageError: a value is outside its range.
        """
        if not 1 <= self.count <= _MAX_COUNT:
            raise UsageError(f"the number of images must be 1 to {_MAX_COUNT}, not {self.count}")
        if self.seed is not None and not 0 <= self.seed <= MAX_SEED:
            raise UsageError(f"a seed must be 0 to {MAX_SEED}, not {self.seed}")
        if self.steps is not None and self.steps < 1:
            raise UsageError(f"the number of steps must be at least 1, not {self.steps}")
        if self.size is not None and (min(self.size) < 1 or any(side % 8 for side in self.size)):
            raise UsageError("width and height must be multiples of 8, such as 512x512")
        try:
            self.prompt.encode()
        except UnicodeEncodeError as error:
            raise UsageError("the prompt is not valid text (a lone surrogate)") from error


def generate(
    work: Work, request: Request, *, on_step: Callable[[int, int], None]
) -> records.Attempt:
    """Make one attempt; see ``Work.generate``."""
    work.studio.demand_own()
    request.check()
    revision = _revision(work, request.based_on)
    pipe, model = pipelines.load(request.model, device=request.device, dtype=request.dtype)
    recorder = Recorder(pipe, _session(work, model, lambda: revision, on_step))
    try:
        recorded = recorder.run(**_arguments(request))
    except (ProvenanceError, MissingExtraError):
        raise
    except Exception as error:
        raise GenerationError(f"the model failed: {type(error).__name__}: {error}") from error
    return _attempt(work, recorded)


def record(work: Work, pipe: Any, *, based_on: ImageLike | None) -> RecordedPipeline:
    """Record a pipeline's calls; see ``Work.record``."""
    work.studio.demand_own()
    session = _session(work, pipelines.identify_loaded(pipe), lambda: _revision(work, based_on))
    return RecordedPipeline(Recorder(pipe, session))


def _session(
    work: Work,
    model: ModelIdentity,
    revision: Callable[[], Revision | None],
    on_step: Callable[[int, int], None] = lambda _step, _of: None,
) -> Session:
    studio = work.studio
    return Session(
        sink=studio.ledger,
        store=studio.store,
        work=work.id,
        actor=studio.actor,
        model=model,
        lock=studio.attempt_lock,
        known=lambda digest: _known(work, digest),
        revision=revision,
        on_step=on_step,
    )


def _known(work: Work, pixel_digest: str) -> ImageRef | None:
    images = [image.ref for image in work.history().images]
    return next((ref for ref in reversed(images) if ref.pixel_digest == pixel_digest), None)


def _revision(work: Work, based_on: ImageLike | None) -> Revision | None:
    """Tell which attempt the next one revises, and how that is known."""
    history = work.history()
    if based_on is not None:
        looked_at, basis = find(history, based_on), Basis.CONTEMPORANEOUS
    else:
        guess = _last_noticed(history)
        if guess is None:
            return None
        looked_at, basis = guess, Basis.INFERRED
    origin = history.lineage(looked_at.name)[0].ref.origin
    if not any(attempt.id == origin for attempt in history.attempts):
        return None
    return Revision(attempt=origin, viewed=looked_at.ref, basis=basis)


def _last_noticed(history: records.Work) -> records.Image | None:
    """Return the image last picked, else the last of those shown to a person."""
    noticed = [
        (selection.citation.sequence, selection.images[-1])
        for selection in history.selections
        if selection.choice is Choice.SELECTED and selection.images
    ]
    noticed += [(v.citation.sequence, v.images[-1]) for v in history.views if v.images]
    return history.image(max(noticed)[1]) if noticed else None


def _arguments(request: Request) -> dict[str, Any]:
    """Return what the pipeline is called with. Only here is a generator made, with a seed."""
    # Imported here: models are loaded by now, and a command that makes none needs no torch.
    from provenance_gen.generation.seeds import generators  # noqa: PLC0415

    seed = secrets.randbits(64) if request.seed is None else request.seed
    arguments: dict[str, Any] = dict(_BUILTIN) if request.model == MODEL_ID else {}
    arguments |= {
        "prompt": request.prompt,
        "num_images_per_prompt": request.count,
        "generator": generators(seed, request.count),
    }
    given = {
        "negative_prompt": request.negative,
        "num_inference_steps": request.steps,
        "guidance_scale": request.guidance,
        "width": request.size[0] if request.size else None,
        "height": request.size[1] if request.size else None,
    }
    return arguments | {name: value for name, value in given.items() if value is not None}


def _attempt(work: Work, recorded: Recorded) -> records.Attempt:
    return next(a for a in work.history().attempts if a.id == recorded.attempt)
