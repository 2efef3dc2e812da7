"""Make an attempt, or record the attempts that somebody's own script makes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provenance_gen.errors import GenerationError, ProvenanceError
from provenance_gen.generation import ahead, determinism, pipelines
from provenance_gen.generation.arguments import Source
from provenance_gen.generation.recorder import Recorder, Session
from provenance_gen.generation.trouble import running_trouble
from provenance_gen.generation.wrapper import RecordedPipeline, unwrapped
from provenance_gen.images.pixels import pixel_digest
from provenance_gen.studio import inputs
from provenance_gen.studio import request as asked
from provenance_gen.studio.gates import Gates, Keeper
from provenance_gen.studio.noticing import Noticed
from provenance_gen.studio.request import Request
from provenance_gen.studio.statements import Readings, of_verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from PIL.Image import Image as Picture

    from provenance_gen.generation.weights import Hashing
    from provenance_gen.records import work as records
    from provenance_gen.records.image import ImageRef
    from provenance_gen.studio.work import ImageLike, Work

__all__ = ["Gates", "Request", "generate", "generate_each", "record"]


def generate(
    work: Work, request: Request, *, on_step: Callable[[int, int], None]
) -> records.Attempt:
    """Make one attempt; see ``Work.generate``."""
    return next(generate_each(work, request, [request.prompt], on_step=on_step))


def generate_each(
    work: Work,
    request: Request,
    prompts: Sequence[str],
    *,
    on_step: Callable[[int, int], None],
) -> Iterator[records.Attempt]:
    """Make one attempt for each prompt, with one loaded model; see ``Work.generate_each``."""
    work.studio.demand_own()
    requests = [replace(request, prompt=prompt) for prompt in prompts]
    for one in requests:
        one.check()
    keeper = Keeper(work, request.gates)
    noticed = Noticed(work, request.based_on)
    noticed.revision()  # refuses an unknown image before a model is loaded
    ahead.refuse(request.model, asked.setup(request))
    given = inputs.gather(work, request.pictures)
    keeper.look_ahead(request.model, prompts, given)
    if request.deterministic:
        determinism.prepare()
    loaded = pipelines.load(request.model, asked.setup(request))
    pictures = inputs.fit(given, asked.size_of(request, loaded.pipe))
    session = _session(
        work, loaded.weights, noticed, keeper, sources=pictures.sources, on_step=on_step
    )
    recorder = Recorder(loaded.pipe, session, loaded.adapters)
    for one in requests:
        arguments = asked.arguments(one, loaded.pipe, pictures.arguments)
        try:
            with determinism.deterministic(wanted=request.deterministic):
                recorded = recorder.run(**arguments)
        except ProvenanceError:
            raise
        except Exception as error:
            raise GenerationError(running_trouble(error)) from error
        yield next(a for a in work.history().attempts if a.id == recorded.attempt)


def record(
    work: Work, pipe: Any, *, based_on: ImageLike | None, gates: Gates | None
) -> RecordedPipeline:
    """Record a pipeline's calls; see ``Work.record``."""
    work.studio.demand_own()
    keeper = Keeper(work, gates or Gates())
    pipe = unwrapped(pipe)  # else each call would be recorded twice
    weights, unseen = pipelines.identify_loaded(pipe)
    session = _session(work, weights, Noticed(work, based_on), keeper, unseen=unseen)
    return RecordedPipeline(Recorder(pipe, session))


def _session(
    work: Work,
    weights: Hashing,
    noticed: Noticed,
    keeper: Keeper,
    *,
    sources: Mapping[str, Source] | None = None,
    unseen: tuple[str, ...] = (),
    on_step: Callable[[int, int], None] = lambda _step, _of: None,
) -> Session:
    studio = work.studio

    readings = Readings(studio)

    def known(image: Picture, digest: str) -> Source:
        if (source := (sources or {}).get(digest)) is not None:
            return source
        return Source(image=ref) if (ref := _known(work, digest)) else _from_file(readings, image)

    return Session(
        sink=studio.ledger,
        store=studio.store,
        work=work.id,
        actor=studio.actor,
        model=weights.identity(),
        weights=weights,
        lock=studio.attempt_lock,
        known=known,
        revision=noticed.revision,
        gate=keeper.judge,
        use=keeper.use,
        finish=studio.finisher.submit,
        unseen=unseen,
        on_step=on_step,
    )


def _known(work: Work, pixel_digest: str) -> ImageRef | None:
    images = [image.ref for image in work.history().images]
    return next((ref for ref in reversed(images) if ref.pixel_digest == pixel_digest), None)


def _from_file(readings: Readings, image: Picture) -> Source:
    """Tell which file a picture was opened from, where Pillow remembers it and it still holds."""
    name = getattr(image, "filename", "")
    verdict = readings.of(Path(name)) if name and isinstance(name, str | Path) else None
    if verdict is None or verdict.pixel_digest != pixel_digest(image):
        return Source()
    return Source(file=verdict.file_digest, statement=of_verdict(verdict))
