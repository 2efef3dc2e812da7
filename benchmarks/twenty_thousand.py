"""What a very large work costs to audit, to report and to bundle: 20,000 attempts.

After a case of 2025 in which the maker of a picture spoke of some 20,000 prompts. The work is
made up, its ledger, stored pictures, thumbnails and files are real: 20,000 attempts of one picture
each, 2,000 revisions after looking, 300 picks, 50 edits. Pictures of 1024 x 1024 pixels are shared
among attempts (``--pictures`` different ones). Every measurement is a process of its own on one
core; seconds are of its processor. The same is done for a tenth of the work, since what grows
faster than the work would be out of reach sooner or later. ::

    python -m benchmarks.twenty_thousand
    python -m benchmarks.twenty_thousand --attempts 2000 --pictures 40
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import resource
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from provenance_gen.settings import CONFIG_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance_gen.images.store import ImageStore

SIDE = 1024
ATTEMPTS = 20_000
TENTH = 10
POLICIES = ("jp-bunka-2024", "us-usco-2025", "eu-originality", "cn-courts", "kr-kcc-2025")
SECONDS = 60
MEMORY = 1024
"""MiB."""
GROWTH = 1.25
"""For the ratio of costs over ten times the work, divided by ten; fixed costs make it smaller."""
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
Figures = dict[str, dict[str, Any]]


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


def do_audit(root: Path, _output: Path) -> None:
    """Audit the ledger and every stored file."""
    with Studio.open(root) as studio:
        if not studio.audit().passed:
            raise SystemExit("the audit found something in a ledger that was just made")


def do_report(root: Path, output: Path, *formats: str) -> None:
    """Write the report."""
    with Studio.open(root, actor=ActorKind.PERSON) as studio:
        studio.work().report(output / "report", policies=POLICIES, formats=formats, overwrite=True)


def do_html(root: Path, output: Path) -> None:
    """Write the report as pages."""
    do_report(root, output, "html")


def do_json(root: Path, output: Path) -> None:
    """Write the report as JSON."""
    do_report(root, output, "json")


def do_pdf(root: Path, output: Path) -> None:
    """Write the report as PDF."""
    do_report(root, output, "pdf")


def do_bundle(root: Path, output: Path) -> None:
    """Write an evidence bundle with thumbnails."""
    with Studio.open(root, actor=ActorKind.PERSON) as studio:
        studio.work().bundle(
            output / "evidence.zip", policies=POLICIES, disclose=("all",), pictures="thumbnails"
        )


STEPS: dict[str, Callable[[Path, Path], None]] = {
    "audit": do_audit,
    "html": do_html,
    "json": do_json,
    "pdf": do_pdf,
    "bundle": do_bundle,
}


def measured(step: str, root: Path, output: Path) -> tuple[float, float, float]:
    """Run a step in a process of its own; return processor and wall seconds and peak MiB."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_measure, args=(step, root, output, queue))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{step} failed")
    cpu, wall, peak = queue.get()
    return cpu, wall, peak


def _measure(step: str, root: Path, output: Path, queue: Any) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    begun, started = time.process_time(), time.perf_counter()
    STEPS[step](root, output)
    used, passed = time.process_time() - begun, time.perf_counter() - started
    queue.put((used, passed, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def figures(sizes: tuple[int, int], count: int, steps: list[str], place: Path) -> Figures:
    """Make both works and measure every step on each."""
    found: Figures = {}
    spent: dict[str, list[float]] = {step: [] for step in steps}
    source: Path | None = None
    for attempts in sizes:
        root, output = place / f"studio-{attempts}", place / f"output-{attempts}"
        output.mkdir(exist_ok=True)
        if not root.is_dir():
            make(root, attempts, source, count)
        with Studio.open(root) as studio:
            source = studio.store.root
        for step in steps:
            cpu, wall, peak = measured(step, root, output)
            print(
                f"{step} of {attempts:,}: {cpu:.1f} s cpu, {wall:.1f} s wall, {peak:.0f} MiB",
                flush=True,
            )
            spent[step].append(cpu)
            if attempts == sizes[-1]:
                seconds = {"value": round(cpu, 2), "goal": SECONDS, "unit": "s of one processor"}
                found[f"{step}_seconds"] = seconds
                memory = {"value": round(peak), "goal": MEMORY, "unit": "MiB at most"}
                found[f"{step}_memory"] = memory
        index = output / "report" / "index.html"
        if index.is_file():
            size = round(index.stat().st_size / 2**20, 2)
            found["index_size"] = {"value": size, "goal": 20, "unit": "MiB"}
    for step, (small, large) in spent.items():
        growth = round(large / small / (sizes[1] / sizes[0]), 3)
        found[f"{step}_growth"] = {"value": growth, "goal": GROWTH, "unit": "1 = linear"}
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--attempts", type=int, default=ATTEMPTS)
    parser.add_argument("--pictures", type=int, default=200, help="different pictures")
    parser.add_argument("--steps", default=",".join(STEPS))
    parser.add_argument(
        "--keep", type=Path, help="folder to make everything in, and take it from the next time"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="provgen-") as name:
        place = given.keep or Path(name)
        place.mkdir(parents=True, exist_ok=True)
        os.environ[CONFIG_VARIABLE] = str(place / "config")
        sizes = (given.attempts // TENTH, given.attempts)
        found = figures(sizes, given.pictures, given.steps.split(","), place)
    print(json.dumps({"benchmark": "twenty_thousand", "figures": found}))


if __name__ == "__main__":
    main()
