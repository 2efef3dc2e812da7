"""Evidence bundles of works whose report is a folder: whole, and caught at every change."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from provenance_gen.digests import sha256_hex
from provenance_gen.errors import PolicyError
from provenance_gen.ledger import bundle_files
from provenance_gen.policy.loader import content
from provenance_gen.records import payloads
from provenance_gen.records.event import Actor, ActorKind, Draft
from provenance_gen.reporting.pages import LARGE
from provenance_gen.studio.report import MAX_PICTURES
from provenance_gen.studio.verify_bundle import verify_bundle
from tests.fakes import SIDE
from tests.parts import ENVIRONMENT, MODEL, call_of
from tests.unit.studio.test_evidence import CONSISTENT, failed, judged

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records.evidence import Pictures
    from provenance_gen.records.image import StoredImage
    from provenance_gen.studio.work import Work

_SHOWN = re.compile(rb'(?:src|href)="([^"#]+)')


def attempt(work: Work, image: StoredImage, count: int) -> None:
    """Record an attempt that made one picture so many times."""
    person = Actor(kind=ActorKind.PERSON)
    started = payloads.AttemptStarted(
        work=work.id,
        attempt="many",
        call=call_of("a red boat", 1, count, [], {}),
        model=MODEL,
        environment=ENVIRONMENT,
    )
    shown = (payloads.GeneratedImage(image=image),)
    done = payloads.AttemptCompleted(
        work=work.id, attempt="many", images=shown * count, milliseconds=1
    )
    work.studio.ledger.append_many([Draft(payload=p, actor=person) for p in (started, done)])


@pytest.fixture
def large(work: Work) -> Work:
    """Return a work with more images than one page shows, most of them of the same pixels."""
    attempt(work, work.find("1.1").stored, LARGE)
    work.select("1.2", reason="low horizon")
    work.edit("1.2", Image.new("RGB", (SIDE, SIDE), "teal"), note="repainted")
    return work


def bundled(large: Work, path: Path, pictures: Pictures) -> dict[str, bytes]:
    """Return the files of a bundle that discloses everything."""
    policies, formats = ["us-usco-2025"], ("html", "prov")
    large.bundle(path, policies=policies, disclose=["all"], formats=formats, pictures=pictures)
    return bundle_files.read(path)


@pytest.mark.parametrize("pictures", ["full", "thumbnails", "none"])
def test_its_page_is_a_folder(large: Work, tmp_path: Path, pictures: Pictures) -> None:
    """Every link of it leads to a file of the bundle; a picture lies in it once."""
    parts = bundled(large, tmp_path / "e.zip", pictures)
    verdict = verify_bundle(tmp_path / "e.zip", key=large.studio.verifier_key)
    assert verdict.verdict == "confirmed", verdict.summary
    assert {"report/index.html", "report/measure-images.html"} & set(parts)
    assert "report/report.html" not in parts
    assert "`report/index.html`" in parts["README.md"].decode()
    led = set()
    for name, data in parts.items():
        if name.startswith("report/") and name.endswith(".html"):
            led |= set(_SHOWN.findall(data))
    local = {address.decode() for address in led if not address.startswith((b"https:", b"data:"))}
    reached = {f"report/{one}" if one[:3] != "../" else one[3:] for one in local}
    assert reached <= set(parts)
    of_images = {name for name in parts if name.startswith("images/")}
    small = {name for name in parts if name.startswith("report/pictures/")}
    assert len({sha256_hex(parts[name]) for name in of_images}) == len(of_images)
    match pictures:
        case "full":
            assert (len(of_images), len(small)) == (4, 5)  # and what the edit changed
            assert small <= reached
        case "thumbnails":
            assert (len(of_images), len(small)) == (4, 0)
            assert of_images <= reached
        case _:
            assert not of_images | small
    about = json.loads(parts["evidence.json"])
    assert len(about["images"]) == (0 if pictures == "none" else LARGE + 4)


@pytest.mark.parametrize("pictures", ["full", "thumbnails"])
def test_a_page_of_fewer_heavy_pictures_is_a_folder(
    work: Work, tmp_path: Path, pictures: Pictures
) -> None:
    """By their weight, not by their number: in one page each stands as often as it is shown."""
    noise = np.random.default_rng(2).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    stored = work.studio.store.put(Image.fromarray(noise))
    attempt(work, stored, count := LARGE // 3)
    assert count * noise.size * 4 // 3 > MAX_PICTURES
    work.bundle(tmp_path / "e", policies=["us-usco-2025"], formats=("html",), pictures=pictures)
    parts = bundle_files.read(tmp_path / "e")
    about = json.loads(parts["evidence.json"])
    assert about["paged"]
    assert "report/report.html" not in parts
    assert parts["report/index.html"].count(b"<img") > count
    verdict = verify_bundle(tmp_path / "e", key=work.studio.verifier_key)
    assert verdict.verdict == "confirmed", verdict.summary
    # A writer who says that it is one page all the same is not believed.
    said = {"evidence.json": json.dumps(about | {"paged": False}).encode()}
    assert failed(judged(parts | said, resigned=True))


def test_every_page_and_picture_is_compared(large: Work, tmp_path: Path) -> None:
    """Each changed, taken away, exchanged; one added; each with digests that fit."""
    parts = bundled(large, tmp_path / "e", "full")
    assert verify_bundle(tmp_path / "e").verdict == CONSISTENT
    pages = [name for name in parts if name.startswith("report/") and name.endswith(".html")]
    small = [name for name in parts if name.startswith("report/pictures/")]
    differences = [name for name in small if "difference" in name]
    swapped = dict(zip(small, [parts[name] for name in (*small[1:], small[0])], strict=True))
    forged = [
        *(parts | {name: parts[name].replace(b"</h", b" by hand</h", 1)} for name in pages[:1]),
        *(parts | {name: parts[name] + b" "} for name in pages[1:]),
        *({n: d for n, d in parts.items() if n != name} for name in (*pages, *small)),
        *(parts | {n: d} for n, d in swapped.items() if n not in differences),
        parts | {"report/more.html": b"<p>Painted by hand</p>"},
        parts | {"report/pictures/more.png": b"x"},
        parts | {"report/report.html": parts["report/index.html"]},
    ]
    for changed in forged:
        assert changed != parts
        assert {"report", "files"} & set(failed(judged(changed, resigned=True)))


def test_what_it_says_of_its_page_is_compared(large: Work, tmp_path: Path) -> None:
    """A folder cannot pass as no folder, nor the picture of another image as this one's."""
    parts = bundled(large, tmp_path / "e.zip", "thumbnails")
    about = json.loads(parts["evidence.json"])
    other = about["images"] | {"1.1": about["images"]["1.2"]}
    unnamed = about["images"] | {"1.1": "images/read-me-first.png"}
    for change in ({"paged": False}, {"images": other}, {"images": unnamed}):
        forged = parts | {"evidence.json": json.dumps(about | change).encode()}
        if change.get("images") == unnamed:
            forged["images/read-me-first.png"] = parts["images/1.1.png"]
        assert failed(judged(forged, resigned=True)), change


def test_a_large_page_that_says_what_is_forbidden_is_not_written(
    large: Work, tmp_path: Path
) -> None:
    """Nor the JSON alone; nothing is left of either."""
    own = tmp_path / "own.yaml"
    shipped = content("us-usco-2025")[0].decode()
    start = shipped.index("forbidden_statements:")
    pattern = (
        "forbidden_statements:\n  en:\n    - pattern: 'Attempt \\d+'\n      trips: Attempt 1\n"
    )
    following = re.search(r"\n(?=[a-z])", shipped[start:])
    assert following is not None
    own.write_text(shipped[:start] + pattern + shipped[start:][following.end() :])
    for formats in (("html",), ("json",)):
        with pytest.raises(PolicyError, match="forbids"):
            large.bundle(tmp_path / "e.zip", policies=[str(own)], formats=formats)
        assert not (tmp_path / "e.zip").exists()
        assert not list(tmp_path.glob(".provgen-*"))
