"""A made-up work of any size in a real studio: what ``twenty_thousand`` measures.

Its ledger, stored pictures, thumbnails and files are real. Of ten attempts one revises another
after looking, of two hundred three are picked, of four hundred one is edited.
"""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from provenance_gen import Studio
from provenance_gen.generation.builtin.drawing import draw_scene
from provenance_gen.generation.builtin.scenes import sample_scene
from provenance_gen.records import payloads as p
from provenance_gen.records.base import Text, decimal
from provenance_gen.records.edit import EditAgent, Operation
from provenance_gen.records.event import Actor, ActorKind, Draft
from provenance_gen.records.generation import Call, Environment, GeneratorState, ModelIdentity, Task
from provenance_gen.records.image import Difference, ImageRef, StoredImage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provenance_gen.images.store import ImageStore

SIDE = 1024
PERSON = Actor(kind=ActorKind.PERSON)
PROGRAM = Actor(kind=ActorKind.PROGRAM)
ENVIRONMENT = Environment(python="3.11.7", system="Linux-x86_64", device="cpu", dtype="float32")
MODEL = ModelIdentity(
    kind="folder", name=Text("a-model"), digest="5" * 64, basis="loaded_by_us", licence="Apache-2.0"
)
WORDS = ("harbour", "boat", "dusk", "lamp", "rain", "gull", "rope", "tide", "mist", "stone")
BATCH = 1_000
"""Events in one transaction."""
BOX = (400, 300, 200, 150)


def pictures(store: ImageStore, count: int) -> list[StoredImage]:
    """Store pictures with grain, so that their files are as large as those of real pictures."""
    rng, grain = random.Random("pictures"), np.random.default_rng(7)  # noqa: S311  # no secret
    stored = []
    for _ in range(count):
        small = draw_scene(sample_scene(rng), 128)
        drawn = np.asarray(small.resize((SIDE, SIDE), Image.Resampling.BICUBIC), np.int16)
        noisy = drawn + grain.normal(0, 2.5, drawn.shape).astype(np.int16)
        stored.append(store.put(Image.fromarray(noisy.clip(0, 255).astype(np.uint8))))
    return stored


def drafts(store: ImageStore, stored: list[StoredImage], attempts: int) -> Iterator[Draft]:
    """Give the events of the work in their order."""
    rng = random.Random("work")  # noqa: S311  # no secret
    prompt = [rng.choice(WORDS) for _ in range(40)]
    last: ImageRef | None = None
    for number in range(1, attempts + 1):
        revision = None
        if last is not None and number % 10 == 0:
            yield Draft(payload=p.ImageViewed(work="work", images=(last,)), actor=PERSON)
            place = rng.randrange(40)
            prompt[place] = rng.choice([word for word in WORDS if word != prompt[place]])
            revision = p.Revision(attempt=last.origin, viewed=last, basis="contemporaneous")
        name, image = f"attempt-{number}", stored[number % len(stored)]
        call = _call(" ".join(prompt), number)
        yield Draft(
            payload=p.AttemptStarted(
                work="work",
                attempt=name,
                call=call,
                model=MODEL,
                environment=ENVIRONMENT,
                revision=revision,
            ),
            actor=PERSON,
        )
        done = p.GeneratedImage(image=image)
        completed = p.AttemptCompleted(
            work="work", attempt=name, images=(done,), steps_run=30, milliseconds=4_200
        )
        yield Draft(payload=completed, actor=PROGRAM)
        earlier, last = last, ImageRef(origin=name, pixel_digest=image.pixel_digest)
        if earlier and number % 200 in {66, 133, 199}:
            reason = Text(f"the light of number {number} is calmer")
            picked = p.ImageSelected(work="work", image=last, over=(earlier,), reason=reason)
            yield Draft(payload=picked, actor=PERSON)
        if number % 400 == 0:
            yield _edit(store, number, last)


def _call(prompt: str, number: int) -> Call:
    return Call(
        pipeline="StableDiffusionXLPipeline",
        task=Task.TEXT_TO_IMAGE,
        prompts={"prompt": (Text(prompt),)},
        generators=(GeneratorState(device="cpu", seed=str(number)),),
        steps=30,
        guidance=decimal(7.5),
        width=SIDE,
        height=SIDE,
        count=1,
        scheduler="DDIMScheduler",
    )


def _edit(store: ImageStore, number: int, parent: ImageRef) -> Draft:
    left, top, width, height = BOX
    picture = store.open(parent.pixel_digest)
    colour = (number // 400 % 256, 90, 60)
    ImageDraw.Draw(picture).rectangle((left, top, left + width - 1, top + height - 1), colour)
    stroke = Operation(name="stroke", action="c2pa.drawing", width=SIDE, height=SIDE)
    recorded = p.EditRecorded(
        work="work",
        edit=f"edit-{number}",
        parent=parent,
        result=store.put(picture),
        agent=EditAgent.HUMAN,
        operations=(stroke,),
        difference=Difference(
            frame=(0, 0, SIDE, SIDE),
            changed=width * height,
            area=SIDE**2,
            bounds=BOX,
            regions=(BOX,),
            mean=decimal(3.5),
            maximum=200,
        ),
        note=Text("a lamp on the quay"),
    )
    return Draft(payload=recorded, actor=PERSON)


def make(root: Path, attempts: int, source: Path | None, count: int) -> None:
    """Make a studio with the work; pictures are taken from another studio if there is one."""
    with Studio.init(root, author="A. Painter", actor=ActorKind.PERSON) as studio:
        if source:
            for name in ("images", "thumbnails"):
                shutil.copytree(source / name, studio.store.root / name, dirs_exist_ok=True)
        stored = pictures(studio.store, count)
        begun = p.WorkCreated(work="work", title=Text("Harbour at dusk"))
        intent = p.IntentStated(work="work", intent=Text("One small boat, warm sky, cold water"))
        batch = [Draft(payload=item, actor=PERSON) for item in (begun, intent)]
        for draft in drafts(studio.store, stored, attempts):
            batch.append(draft)
            if len(batch) >= BATCH:
                studio.ledger.append_many(batch)
                batch.clear()
        if batch:
            studio.ledger.append_many(batch)
