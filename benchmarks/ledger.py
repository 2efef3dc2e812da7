"""What the ledger costs: paired figures of one run, and the goals beside them.

Whatever else the machine does falls on both sides of a pair, since they are run in turn. The disk
decides the first figure, so that it has no goal. ``--events`` sets the size of the ledger that is
audited and proved from; the goals for large ledgers are meant for 10^6 events, which take some
minutes to write. Each ratio of an audit comes twice: of time that passed, which several processes
share where the machine has processors to spare, and of processors' time, which a busy machine
hardly changes.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import multiprocessing
import os
import random
import re
import resource
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from provenance_gen.ledger.audit import audit
from provenance_gen.ledger.database import reading
from provenance_gen.ledger.store import Ledger
from provenance_gen.ledger.tables import EVENT
from provenance_gen.records.base import Text
from provenance_gen.records.event import Actor, ActorKind, Draft
from provenance_gen.records.image import ImageRef, StoredImage
from provenance_gen.records.payloads import (
    AttemptCompleted,
    GeneratedImage,
    ImageSelected,
    ImageViewed,
    IntentStated,
)

PERSON = Actor(kind=ActorKind.PERSON, id="p0123456789abcdef")
SINGLE = 300
PRODUCERS = 64
ROUNDS = 3
SECONDS = 1.5
NAIVE = 10_000
PROOFS = 500
OFTEN = 200_000
"""Ledgers up to this size are audited more than once."""
Figures = dict[str, dict[str, Any]]


def draft(number: int) -> Draft:
    """Draft one of a mix of events as a person's work brings them."""
    digest = hashlib.sha256(str(number // 4).encode()).hexdigest()
    work, attempt = "w0123456789abcdef", f"a{number // 4:016x}"
    image = StoredImage(pixel_digest=digest, file_digest=digest[::-1], width=512, height=512)
    ref = ImageRef(origin=attempt, pixel_digest=digest)
    payload: Any
    match number % 4:
        case 0:
            images = tuple(GeneratedImage(image=image) for _ in range(4))
            payload = AttemptCompleted(work=work, attempt=attempt, images=images, milliseconds=900)
        case 1:
            payload = ImageViewed(work=work, images=(ref,))
        case 2:
            payload = ImageSelected(work=work, image=ref, over=(ref,) * 3, reason=Text("calm sky"))
        case _:
            payload = IntentStated(work=work, intent=Text("One small boat, warm sky, cold water"))
    return Draft(payload=payload, actor=PERSON)


def made(folder: Path) -> Ledger:
    """Make an empty ledger."""
    folder.mkdir()
    return Ledger.create(folder, origin="provgen-bench", key=Ed25519PrivateKey.generate())


def appending(folder: Path) -> Figures:
    """Append one by one, in turn with appending as many bytes to a file and flushing them."""
    ledger = made(folder)
    ours, bare, spent = [], [], []
    with (folder / "bare").open("ab", buffering=0) as file:
        for number in range(SINGLE):
            one = draft(number)
            started, used = time.perf_counter(), time.process_time()
            ledger.append(one)
            ours.append(time.perf_counter() - started)
            spent.append(time.process_time() - used)
            started = time.perf_counter()
            file.write(bytes(900))
            os.fsync(file.fileno())
            bare.append(time.perf_counter() - started)
    ledger.close()
    milliseconds = statistics.mean(spent) * 1000
    return {
        "append_over_file": figure(statistics.mean(bare) / statistics.mean(ours), None, "ratio"),
        "append_median": figure(statistics.median(ours) * 1000, None, "ms"),
        "cpu_per_event": figure(milliseconds, 1.5, "ms"),
    }


def producers(folder: Path) -> Figures:
    """Append from one thread and from 64, in turn."""
    ledger = made(folder)

    def rate(threads: int) -> float:
        ends = time.perf_counter() + SECONDS

        def produce(_: int) -> int:
            count = 0
            while time.perf_counter() < ends:
                ledger.append(draft(count))
                count += 1
            return count

        started = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            total = sum(pool.map(produce, range(threads)))
        return total / (time.perf_counter() - started)

    pairs = [(rate(1), rate(PRODUCERS)) for _ in range(ROUNDS)]
    ledger.close()
    ratio = statistics.median(many / one for one, many in pairs)
    return {
        "producers_64_over_1": figure(ratio, 4, "ratio"),
        "producers_64": figure(statistics.median(many for _, many in pairs), None, "events/s"),
    }


def auditing(ledger: Ledger, events: int) -> Figures:
    """Audit, in turn with the naive loop over events that are in memory already."""
    query = select(EVENT.c.body).where(EVENT.c.seq < NAIVE).order_by(EVENT.c.seq)
    with reading(ledger.engine) as connection:
        bodies = list(connection.execute(query).scalars())
    pairs = []
    for _ in range(ROUNDS if events <= OFTEN else 1):
        started, used = time.perf_counter(), processor_time()
        for body in bodies:
            hashlib.sha256(b"\0" + rfc8785.dumps(json.loads(body))).digest()
        naive = (
            (time.perf_counter() - started) / len(bodies),
            (processor_time() - used) / len(bodies),
        )
        started, used = time.perf_counter(), processor_time()
        demand(audit(ledger).passed)
        pairs.append(
            (*naive, (time.perf_counter() - started) / events, (processor_time() - used) / events)
        )
    passed = statistics.median(naive / ours for naive, _, ours, _ in pairs)
    worked = statistics.median(naive / ours for _, naive, _, ours in pairs)
    return {
        "audit_over_naive": figure(passed, 5, "ratio"),
        "audit_over_naive_cpu": figure(worked, None, "ratio"),
        "audit": figure(max(1 / ours for _, _, ours, _ in pairs), 60_000, "events/s"),
        "audit_cpu": figure(min(ours for *_, ours in pairs) * 1e6, None, "us/event"),
        "body": figure(statistics.mean(map(len, bodies)), None, "bytes"),
    }


def processor_time() -> float:
    """Return the processors' time that this process and those that it has ended took, in s."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def proving(ledger: Ledger, events: int) -> Figures:
    """Prove random events of the largest tree, and that old trees are its beginnings.

    What a proof needs lies all over a large file: the first time the disk decides, which has no
    goal; the second time the same is asked of a file that the system holds in memory.
    """
    figures: Figures = {}
    for suffix, goal in (("_first", None), ("", 1)):
        draw = random.Random(1)  # noqa: S311  # no secret
        times: dict[str, list[float]] = {"inclusion": [], "consistency": []}
        for number in [draw.randrange(1, events) for _ in range(PROOFS)]:
            started = time.perf_counter()
            ledger.prove(number, events)
            between = time.perf_counter()
            ledger.prove_consistency(number, events)
            times["inclusion"].append(between - started)
            times["consistency"].append(time.perf_counter() - between)
        for name, taken in times.items():
            value = statistics.median(taken) * 1000
            figures[f"{name}_proof{suffix}"] = figure(value, goal, "ms")
    return figures


def peak(folder: Path, answer: Any) -> None:
    """Audit in a process of its own; answer its largest memory before and after, in MiB.

    The third answer is what the largest of the processes that helped it had at most; 0 without.
    They read the file from memory, where it belongs to nobody and goes when room is wanted: it is
    left out where the system tells the two apart.
    """
    ledger = Ledger(folder)
    before, ended = largest(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        helpers = pool.submit(watched, ended)
        demand(audit(ledger).passed)
        ended.set()
    helper = helpers.result()
    if helper is None:
        helper = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    answer.put((before, largest(), helper))
    ledger.close()


def watched(ended: threading.Event) -> float | None:
    """Return the most memory of its own that a child of this process held meanwhile, in MiB."""
    children = Path("/proc/self/task") / str(os.getpid()) / "children"
    if not children.exists():
        return None
    most = 0
    while not ended.wait(0.02):
        for child in children.read_text().split():
            with contextlib.suppress(OSError):
                status = Path("/proc", child, "status").read_text()
                most = max([most, *map(int, re.findall(r"RssAnon:\s*(\d+) kB", status))])
    return most / 1024


def largest() -> float:
    """Return the most memory that this process has held, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage says of a new process includes its parent's.
        return int(re.findall(r"VmHWM:\s*(\d+) kB", status.read_text())[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def memory(folder: Path) -> Figures:
    """Measure the memory that an audit takes."""
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=peak, args=(folder, answer))
    process.start()
    before, after, helper = answer.get()
    process.join()
    return {
        "audit_memory": figure(after - before, None, "MiB"),
        "audit_process": figure(after, None, "MiB"),
        "audit_helper": figure(helper, None, "MiB"),
    }


def demand(passed: bool) -> None:  # noqa: FBT001  # the one thing it is given
    """Measure nothing that does not hold."""
    if not passed:
        raise SystemExit("the audit of a ledger that was just written does not pass")


def figure(value: float, goal: float | None, unit: str) -> dict[str, Any]:
    """Round a figure, and put its goal and unit beside it."""
    return {"value": round(value, 2 if value < 100 else 0), "goal": goal, "unit": unit}  # noqa: PLR2004


def main() -> None:
    """Print every figure, and all of them as JSON in the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where to write; else a temporary folder")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as temporary:
        folder = Path(temporary)
        figures = appending(folder / "single") | producers(folder / "many")
        ledger = made(folder / "large")
        started = time.perf_counter()
        for start in range(0, chosen.events, 1000):
            stop = min(start + 1000, chosen.events)
            ledger.append_many([draft(number) for number in range(start, stop)])
        rate = chosen.events / (time.perf_counter() - started)
        figures["append_by_1000"] = figure(rate, None, "events/s")
        ledger.checkpoint()
        figures["events"] = figure(chosen.events, None, "events")
        figures |= auditing(ledger, chosen.events) | proving(ledger, chosen.events)
        ledger.close()
        figures |= memory(folder / "large")
    for name, found in figures.items():
        goal = f" (goal {found['goal']})" if found["goal"] is not None else ""
        print(f"{name:22} {found['value']:>10} {found['unit']}{goal}")
    print(json.dumps({"benchmark": "ledger", "figures": figures}))


if __name__ == "__main__":
    main()
