"""What a very large work costs to audit, to report and to bundle: 20,000 attempts.

After a case of 2025 in which the maker of a picture spoke of some 20,000 prompts. The work is
made up, its ledger, stored pictures, thumbnails and files are real: 20,000 attempts of one picture
each, 2,000 revisions after looking, 300 picks, 50 edits. Pictures of 1024 x 1024 pixels are shared
among attempts (``--pictures`` different ones). Evidence bundles disclose every text, once with
thumbnails and once with pictures as they are stored, and are then checked. Every measurement is a
process of its own on one core; seconds are of its processor. The same is done for a tenth of the
work, since what grows faster than the work would be out of reach sooner or later. ::

    python -m benchmarks.twenty_thousand
    python -m benchmarks.twenty_thousand --attempts 2000 --pictures 40
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.large_work import make
from provenance_gen import Studio
from provenance_gen.records.bundle import BundleVerdictKind
from provenance_gen.records.event import ActorKind
from provenance_gen.settings import CONFIG_VARIABLE
from provenance_gen.studio.verify_bundle import verify_bundle

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance_gen.records.evidence import Pictures

ATTEMPTS = 20_000
TENTH = 10
POLICIES = ("jp-bunka-2024", "us-usco-2025", "eu-originality", "cn-courts", "kr-kcc-2025")
SECONDS = 60
BUNDLE_SECONDS = 120
"""A bundle holds the report in three forms beside what it rests on; its check makes them again."""
MEMORY = 1000
"""MiB."""
GROWTH = 1.25
"""For the ratio of costs over ten times the work, divided by ten; fixed costs make it smaller."""
WHOSE = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
Figures = dict[str, dict[str, Any]]


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


def do_prov(root: Path, output: Path) -> None:
    """Write the report as W3C PROV."""
    do_report(root, output, "prov")


def do_bundle(root: Path, output: Path, pictures: Pictures = "thumbnails") -> None:
    """Write an evidence bundle with thumbnails, in which every text is disclosed."""
    bundle = output / f"{pictures}.zip"
    bundle.unlink(missing_ok=True)
    with Studio.open(root, actor=ActorKind.PERSON) as studio:
        studio.work().bundle(
            bundle,
            policies=POLICIES,
            disclose=("all",),
            pictures=pictures,
            formats=("html", "json", "prov"),
        )


def do_verify(_root: Path, output: Path, pictures: Pictures = "thumbnails") -> None:
    """Check that bundle as a stranger would."""
    verdict = verify_bundle(output / f"{pictures}.zip")
    if verdict.verdict is not BundleVerdictKind.CONSISTENT:
        raise SystemExit(f"a bundle that was just made is {verdict.verdict}: {verdict.summary}")


def do_bundle_whole(root: Path, output: Path) -> None:
    """Write an evidence bundle with the pictures as they are stored."""
    do_bundle(root, output, "full")


def do_verify_whole(root: Path, output: Path) -> None:
    """Check that bundle as a stranger would."""
    do_verify(root, output, "full")


STEPS: dict[str, Callable[[Path, Path], None]] = {
    "audit": do_audit,
    "html": do_html,
    "json": do_json,
    "pdf": do_pdf,
    "prov": do_prov,
    "bundle": do_bundle,
    "verify": do_verify,
    "bundle_whole": do_bundle_whole,
    "verify_whole": do_verify_whole,
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
    begun, started = _used(), time.perf_counter()
    STEPS[step](root, output)
    used, passed = _used() - begun, time.perf_counter() - started
    # A bundle is checked by a process that this one starts.
    peak = max(resource.getrusage(whose).ru_maxrss for whose in WHOSE)
    queue.put((used, passed, peak / 1024))


def _used() -> float:
    spent = map(resource.getrusage, WHOSE)
    return sum(one.ru_utime + one.ru_stime for one in spent)


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
                goal = BUNDLE_SECONDS if step.startswith(("bundle", "verify")) else SECONDS
                seconds = {"value": round(cpu, 2), "goal": goal, "unit": "s of one processor"}
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
