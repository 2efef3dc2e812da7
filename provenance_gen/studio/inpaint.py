"""Have a model paint an area of an image anew, recorded as an attempt and as an edit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from provenance_gen.editing import pasting
from provenance_gen.errors import GenerationError, UsageError
from provenance_gen.generation.builtin import MODEL_ID
from provenance_gen.records.edit import EditAgent
from provenance_gen.studio.edit import mask_of, record_made
from provenance_gen.studio.gates import Gates
from provenance_gen.studio.request import Request
from provenance_gen.studio.select import find_shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image as Picture

    from provenance_gen.editing.areas import Area
    from provenance_gen.records import work as records
    from provenance_gen.records.image import ImageRef
    from provenance_gen.studio.work import ImageLike, Work

__all__ = ["Painting", "inpaint"]


@dataclass(frozen=True)
class Painting:
    """What a model is to paint, and how; what is None is left to the model."""

    prompt: str
    model: str = MODEL_ID
    negative: str | None = None
    strength: float | None = None
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    gates: Gates = field(default_factory=Gates)
    """What is judged before it is painted, beside the gates of the user's ``config.yaml``."""


def inpaint(
    work: Work,
    image: ImageLike,
    area: Area,
    painting: Painting,
    *,
    note: str | None,
    on_step: Callable[[int, int], None],
) -> records.Edit:
    """Paint an area anew; see ``Work.inpaint``."""
    work.studio.demand_own()
    if area.is_whole:
        raise UsageError("say where to paint: --mask FILE or --box LEFT,TOP,WIDTH,HEIGHT")
    chosen = find_shown(work.history(), image)
    parent = work.studio.store.open(chosen.ref.pixel_digest)
    if area.mask is not None:
        area = replace(area, mask=mask_of(work, area.mask))

    def painter(_picture: Picture, mask: Picture) -> tuple[Picture, ImageRef]:
        return _painted(work, chosen, mask, painting, on_step=on_step)

    child, done = pasting.inpaint(parent, area=area, painter=painter, keep=work.studio.store.put)
    return record_made(work, chosen, parent, child, (done,), agent=EditAgent.MODEL, note=note)


def _painted(
    work: Work,
    chosen: records.Image,
    mask: Picture,
    painting: Painting,
    *,
    on_step: Callable[[int, int], None],
) -> tuple[Picture, ImageRef]:
    """Make the attempt; return its image."""
    request = Request(
        prompt=painting.prompt,
        negative=painting.negative,
        model=painting.model,
        seed=painting.seed,
        steps=painting.steps,
        guidance=painting.guidance,
        image=chosen.ref,
        mask=mask,
        strength=painting.strength,
        based_on=chosen.ref,
        gates=painting.gates,
    )
    attempt = work.generate(request, on_step=on_step)
    if not attempt.images:
        raise GenerationError(f"attempt {attempt.number} made no image to take pixels from")
    made = attempt.images[0]
    return work.studio.store.open(made.ref.pixel_digest), made.ref
