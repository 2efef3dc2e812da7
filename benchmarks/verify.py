"""What isolation costs: ``verify`` against a bare loop over the C2PA library in one process.

The same signed files are read in turn by a bare loop in a process of its own, and by the pool of
workers with all that a verdict needs. Figures are shares of the bare loop's rate per core. First
both have one and the same core, by the processor's time, of the quickest round of each: others
share this machine, and what they do only ever adds. Then both have all of them: as many bare loops
as there are cores, by the clock. A bare loop that has the whole machine to itself is quicker than
one beside others, which share caches and memory with it; what it takes of the processor's time,
against ours on all cores, has the same goal and is the harder for it.

Beside them stands the floor: what is left of the bare loop's rate where it also reads each file
once and digests it, which every verdict names.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import c2pa
import numpy as np
from PIL import Image

from provenance_gen.credentials import authority
from provenance_gen.credentials.trust import own_root
from provenance_gen.studio.child import Limits
from provenance_gen.studio.pool import Pool, cores
from provenance_gen.studio.verify import verify_each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SIZE: Final = 512
BARE: Final = """
import hashlib, io, sys
import c2pa
from PIL import Image
context = c2pa.Context.from_dict({
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "trust": {"user_anchors": open(sys.argv[1]).read()},
})
pixels = sys.argv[2] == "pixels"
for line in sys.stdin:
    path = line.rstrip()
    kind = "image/jpeg" if path.endswith("jpg") else "image/png"
    if sys.argv[2] == "digests":
        data = open(path, "rb").read()
        hashlib.sha256(data).hexdigest()
        with c2pa.Reader(kind, io.BytesIO(data), context=context) as reader:
            reader.json(), reader.crjson()
        continue
    if not pixels:
        with open(path, "rb") as file, c2pa.Reader(kind, file, context=context) as reader:
            reader.json()
        continue
    data = open(path, "rb").read()
    hashlib.sha256(data).hexdigest()
    with c2pa.Reader(kind, io.BytesIO(data), context=context) as reader:
        reader.json()
    image = Image.open(io.BytesIO(data))
    hashlib.sha256(image.convert("RGBA").tobytes()).hexdigest()
"""
ACTIONS: Final = {
    "actions": [
        {
            "action": "c2pa.created",
            "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/"
            "trainedAlgorithmicMedia",
        }
    ]
}


def signed_files(folder: Path, number: int) -> tuple[list[Path], bytes]:
    """Sign pictures, half of them PNG and half JPEG; return them and the root."""
    identity = authority.issue(datetime.now(UTC))
    info = c2pa.C2paSignerInfo(
        alg=b"es256", sign_cert=identity.chain, private_key=identity.key, ta_url=None
    )
    signer = c2pa.Signer.from_info(info)
    settings: dict[str, Any] = {
        "builder": {"thumbnail": {"enabled": False}},
        "trust": {"user_anchors": identity.root.decode()},
    }
    context = c2pa.Context.from_dict(settings)
    made = {
        "claim_generator_info": [{"name": "benchmark"}],
        "assertions": [{"label": "c2pa.actions", "data": ACTIONS}],
    }
    plain = [(_picture(seed, "PNG"), _picture(seed, "JPEG")) for seed in range(8)]
    paths = []
    for place in range(number):
        end = ("png", "jpg")[place % 2]
        path = folder / f"{place:05d}.{end}"
        target = io.BytesIO()
        kind = "image/png" if end == "png" else "image/jpeg"
        builder = c2pa.Builder(json.dumps(made), context=context)
        builder.sign(signer, kind, io.BytesIO(plain[place % 8][place % 2]), target)
        path.write_bytes(target.getvalue())
        paths.append(path)
    return paths, identity.root


def _picture(seed: int, kind: str) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 24, (SIZE, SIZE, 3), dtype=np.uint8)
    ramp = np.linspace(0, 200, SIZE, dtype=np.uint8)[:, None, None]
    buffer = io.BytesIO()
    Image.fromarray(noise + ramp).save(buffer, kind)
    return buffer.getvalue()


def cost(work: Callable[[], None]) -> tuple[float, float]:
    """Return the processor's time, children's with it, and the wall clock's, in seconds."""
    before, begun = _used(), time.perf_counter()
    work()
    return _used() - before, time.perf_counter() - begun


def _used() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in usage)


def bare(paths: Sequence[Path], root: Path, pixels: str) -> None:
    """Run the bare loop in a process of its own."""
    names = "".join(f"{path}\n" for path in paths)
    command = [sys.executable, "-c", BARE, str(root), pixels]
    subprocess.run(command, input=names, text=True, check=True)


def everywhere(paths: Sequence[Path], root: Path, pixels: str) -> None:
    """Run as many bare loops at once as there are cores, each over its share of the files."""
    loops = [
        threading.Thread(target=bare, args=(paths[place :: cores()], root, pixels))
        for place in range(cores())
    ]
    for loop in loops:
        loop.start()
    for loop in loops:
        loop.join()


def ours(paths: Sequence[Path], root: bytes, *, pixels: bool, workers: int) -> None:
    """Run the pool, and write every verdict as JSON."""
    with Pool(Limits(), workers=workers) as pool:
        lists = (own_root(root),)
        for verdict in verify_each(paths, own_roots=lists, pixels=pixels, pool=pool):
            assert verdict.verdict == "valid", verdict.summary  # noqa: S101 - else nothing is measured
            verdict.as_line()


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Keep this process, and those that it starts, on one core, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def rates(
    paths: Sequence[Path], root: bytes, folder: Path, rounds: int
) -> Iterator[tuple[str, float]]:
    """Yield shares of the bare loop's rate per core."""
    pem = folder / "root.pem"
    pem.write_bytes(root)
    workers = cores()
    for name, pixels in (("pixels", True), ("no_pixels", False)):

        def theirs(name: str = name) -> None:
            bare(paths, pem, name)

        def every(name: str = name) -> None:
            everywhere(paths, pem, name)

        def mine(workers: int, *, pixels: bool = pixels) -> None:
            ours(paths, root, pixels=pixels, workers=workers)

        bare(paths[:2], pem, name)
        ours(paths[:2], root, pixels=pixels, workers=1)  # each compiles its modules once
        one: tuple[list[float], list[float]] = ([], [])
        all_, alone = [], []
        for _ in range(rounds):
            with one_core():
                one[0].append(cost(theirs)[0])
                one[1].append(cost(lambda: mine(1))[0])
            by_itself, beside, ours_on_all = cost(theirs), cost(every), cost(lambda: mine(workers))
            all_.append(beside[1] / ours_on_all[1])
            alone.append(by_itself[0] / ours_on_all[0])
        yield f"{name}_share_on_one_core", min(one[0]) / min(one[1])
        yield f"{name}_share_on_all_cores_wall", statistics.median(all_)
        yield f"{name}_cpu_share", statistics.median(alone)


def floor(paths: Sequence[Path], folder: Path, rounds: int) -> Iterator[tuple[str, float]]:
    """Yield the bare loop's share of itself once it reads each file once and digests it.

    Without pixels no isolation, however cheap, can come nearer than this, since a verdict names
    the file's digest, and the certificate, which only the second of the library's outputs shows.
    """
    found = []
    for _ in range(rounds):
        plain = cost(lambda: bare(paths, folder / "root.pem", "no_pixels"))
        digested = cost(lambda: bare(paths, folder / "root.pem", "digests"))
        found.append(plain[0] / digested[0])
    yield "no_pixels_floor_cpu_share", statistics.median(found)


def start_up(file: Path, folder: Path, rounds: int) -> Iterator[tuple[str, float]]:
    """Yield how often longer one verification takes than importing the library."""
    environment = os.environ | {"PROVGEN_CONFIG_DIR": str(folder / "config")}
    provgen = [sys.executable, "-m", "provenance_gen.cli"]
    studio, outside = folder / "studio", folder / "outside"
    outside.mkdir()
    subprocess.run(
        [*provgen, "init", str(studio)], env=environment, check=True, stdout=subprocess.DEVNULL
    )

    def run(command: list[str], place: Path) -> None:
        subprocess.run(command, cwd=place, env=environment, check=False, stdout=subprocess.DEVNULL)

    for name, place in (("outside", outside), ("inside", studio)):
        pairs = []
        for _ in range(rounds + 1):
            theirs = cost(lambda place=place: run([sys.executable, "-c", "import c2pa"], place))  # type: ignore[misc]
            mine = cost(lambda place=place: run([*provgen, "verify", str(file)], place))  # type: ignore[misc]
            pairs.append((mine[0] / theirs[0], mine[1] / theirs[1]))
        cpu, wall = zip(*pairs[1:], strict=True)
        yield f"start_{name}_studio_wall", statistics.median(wall)
        yield f"start_{name}_studio_cpu", statistics.median(cpu)


GOALS: Final = {
    "pixels_share_on_one_core": 0.9,
    "pixels_cpu_share": 0.9,
    "no_pixels_share_on_one_core": 0.7,
    "no_pixels_cpu_share": 0.7,
    "start_outside_studio_wall": 4,
    "start_inside_studio_wall": 8,
}


def keep_bytecode(folder: Path) -> None:
    """Let every process keep and find compiled modules, as installed ones do.

    Where a checkout may write none, each run would compile our half anew, and not the library's.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")


def main() -> None:
    """Print every figure, and all of them as JSON in the last line."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--files", type=int, default=1_000)
    asked.add_argument("--rounds", type=int, default=5)
    given = asked.parse_args()
    figures: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keep_bytecode(folder)
        paths, root = signed_files(folder, given.files)
        found = (
            *rates(paths, root, folder, given.rounds),
            *floor(paths, folder, given.rounds),
            *start_up(paths[0], folder, max(7, given.rounds)),
        )
    for figure, value in found:
        goal = GOALS.get(figure)
        wanted = "" if goal is None else f"  (goal {'at least' if goal < 1 else 'at most'} {goal})"
        print(f"{figure} {value:.2f}{wanted}")
        figures[figure] = {"value": round(value, 2), "goal": goal, "unit": "ratio"}
    print(json.dumps({"benchmark": "verify", "figures": figures}))


if __name__ == "__main__":
    main()
