"""What is shown before an export, held up to what is in the file that leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import c2pa
import pytest
from PIL import Image

from provenance_gen import Studio
from provenance_gen.credentials import container
from provenance_gen.credentials.assertions import TO_COME
from provenance_gen.editing.steps import Crop
from provenance_gen.errors import CalledOffError
from provenance_gen.metadata import carriers
from provenance_gen.studio.export import Options
from tests import tsa
from tests.fakes import FakePipeline
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provenance_gen.studio import Work
    from provenance_gen.studio.preview import Preview

ADDED = frozenset(
    {
        "alg",
        "activeManifest",
        "c2pa.hash.data",
        "claimSignature",
        "created_assertions",
        "dc:format",
        "exclusions",
        "gathered_assertions",
        "hash",
        "ingredients",
        "instanceID",
        "org.contentauth.c2pa_rs",
        "pad",
        "redacted_assertions",
        "signature",
        "validationResults",
    }
)
"""Fields that the C2PA library fills in: digests, random numbers, references, its own version."""

LATER = ("event", "leaf", "treeSize", "inclusion", "checkpoint", "prepared", "withheld")


class Shown(list["Preview"]):
    """Keeps what was shown, and answers."""

    def __init__(self, *, answer: bool) -> None:
        self.answer = answer

    def __call__(self, preview: Preview) -> bool:
        """Look at a preview."""
        self.append(preview)
        return self.answer


def leaves(value: Any, key: str = "", but: frozenset[str] = frozenset()) -> Iterator[Any]:
    """Return every value that holds no others with its name, but for what some names hold."""
    if isinstance(value, dict):
        for name in value.keys() - but:
            yield from leaves(value[name], name, but)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, key, but)
    else:
        yield key, value


def manifest(path: Path) -> dict[str, Any]:
    """Return a file's own manifest as it is written."""
    data = path.read_bytes()
    with path.open("rb") as file, c2pa.Reader(container.media_type(data) or "", file) as opened:
        report = json.loads(opened.crjson())
        label = json.loads(opened.json())["active_manifest"]
    (found,) = [one for one in report["manifests"] if one["label"] == label]
    assert isinstance(found, dict)
    return found


@pytest.fixture
def names(work: Work, tmp_path: Path) -> dict[str, str]:
    """Return images of every kind: generated and edited, imported, made from an imported one."""
    edited = work.edit("1.1", [Crop(0, 0, 3, 3)], note="closer").image.name
    with Studio.init(tmp_path / "theirs") as theirs:
        other = theirs.new_work("Theirs")
        generate(other, "a ship")
        other.export("1.1", tmp_path / "theirs.png")
    brought = work.bring_in(tmp_path / "theirs.png", note="found at sea").image
    picture = work.studio.store.open(brought.ref.pixel_digest)
    work.record(FakePipeline())("like it", image=picture)
    given = work.history().attempts[-1].images[0].name
    return {"edited": edited, "imported": brought.name, "given": given}


@pytest.mark.parametrize("disclosure", ["minimal", "standard", "full"])
def test_nothing_leaves_that_was_not_shown(
    names: dict[str, str], work: Work, tmp_path: Path, disclosure: str
) -> None:
    """Each value in the signed manifest, in XMP and in the certificate stands in the preview."""
    for kind, name in names.items():
        path = tmp_path / f"{kind}.png"
        _compare(work, name, path, disclosure)


def _compare(work: Work, image: str, path: Path, disclosure: str) -> None:
    shown = Shown(answer=True)
    options = Options(
        disclosure=disclosure,
        confirm=shown,
        author="A. Painter",
        training="constrained",
        conditions="ask first",
    )
    work.export(image, path, options)
    (preview,) = shown
    found = manifest(path)
    statements = found["assertions"]
    record = statements.pop("org.provenance-gen.record", None)
    raw = {str(value) for _, value in leaves(preview.raw["manifest"])}
    told = [*leaves(found["claim.v2"], but=ADDED), *leaves(statements, but=ADDED)]
    assert len(told) > 12
    for name, value in told:
        # The library writes the numbers of regions with a fraction.
        assert {str(value), str(value).removesuffix(".0")} & raw, (name, value)
    _compare_record(preview, record, disclosure)
    _compare_unsigned(preview, path)
    _compare_certificate(preview, found["signature"]["certificateInfo"])
    kept = [item for item in statements.values() if "activeManifest" in item]
    # What a model was given, and its credentials, is no business of a minimal file's.
    with_one = {"imported"} if disclosure == "minimal" else {"imported", "given"}
    assert len(kept) == (path.stem in with_one)
    said = [line for line in preview.lines if "its own Content Credentials" in line]
    assert len(kept) == len(said) == len(preview.raw["kept_credentials"])


def _compare_record(preview: Preview, record: dict[str, Any] | None, disclosure: str) -> None:
    label = "org.provenance-gen.record"
    parts = {one["label"]: one["data"] for one in preview.raw["manifest"]["assertions"]}
    told = [line for line in preview.lines if "ledger" in line]
    assert (record is None) == (disclosure == "minimal") == (label not in parts) == (not told)
    if record is None:
        return
    before = parts[label]
    assert before.keys() == record.keys()
    assert before["withheld"].keys() == record["withheld"].keys()
    for name, value in record.items():
        assert name in LATER or before[name] == value
        assert name == "withheld" or (before[name] == TO_COME) == (name in LATER)


def _compare_unsigned(preview: Preview, path: Path) -> None:
    """Compare XMP as another parser reads it, and what else stands beside the pixels."""
    said = set(preview.raw["xmp"].values())
    packets = [one.raw for one in carriers.find(path.read_bytes(), "image/png") if one.packet]
    assert bool(packets) == bool(said)
    for packet in packets:
        elements = ET.fromstring(packet.decode()).iter()  # noqa: S314 - we wrote it
        assert {e.text for e in elements if (e.text or "").strip()} == said
    with Image.open(path) as picture:
        assert set(picture.info) <= {"XML:com.adobe.xmp", "xmp"}


def _compare_certificate(preview: Preview, about: dict[str, Any]) -> None:
    lines = "\n".join(line for line in preview.lines if line.startswith("certificate:"))
    names = [*about["subject"].values(), *about["issuer"].values()]
    assert all(name in lines for name in names)
    assert about["serialNumber"].lstrip("0") in lines
    assert f"until {about['validity']['notAfter'][:10]}" in lines


def test_the_time_stamp_and_the_label_are_shown(work: Work, tmp_path: Path) -> None:
    """They leave as well; who says no has exported nothing, and nobody was asked for a stamp."""
    shown = Shown(answer=False)
    size = work.studio.ledger.head().size
    with tsa.serving() as server:
        server.configure()
        options = Options(timestamp=True, mark="cn", producer="0011", confirm=shown)
        with pytest.raises(CalledOffError, match=r"^Nothing was exported\.$"):
            work.export("1.1", tmp_path / "x.png", options)
        assert server.asked == 0
    assert work.studio.ledger.head().size == size
    assert not (tmp_path / "x.png").exists()
    (preview,) = shown
    assert preview.raw["timestamp"] == "loopback"
    assert "0011" in preview.raw["xmp"]["TC260:AIGC"]
    assert [line for line in preview.lines if "time-stamp authority loopback" in line]
    assert [line for line in preview.lines if "0011" in line and line.endswith("TC260:AIGC]")]


def test_a_file_that_holds_no_xmp_says_nothing_in_it(work: Work, tmp_path: Path) -> None:
    """A bitmap; its manifest lies beside it."""
    shown = Shown(answer=True)
    work.export("1.1", tmp_path / "x.bmp", Options(sidecar=True, confirm=shown))
    assert shown[0].raw["xmp"] == {}
    assert not [line for line in shown[0].lines if "XMP" in line]


def test_several_prompts_have_a_line_each(work: Work, tmp_path: Path) -> None:
    """In the file they are one text, whose lines a prompt may have of its own."""
    work.record(FakePipeline())("a boat\nat dusk", negative_prompt="blurry")
    made = work.history().attempts[-1].images[0].name
    shown = Shown(answer=True)
    work.export(made, tmp_path / "a.png", Options(confirm=shown, disclosure="full"))
    place = "[XMP Iptc4xmpExt:AIPromptInformation]"
    assert [line for line in shown[0].lines if place in line] == [
        f"once more, unsigned: negative_prompt: blurry  {place}",
        f"once more, unsigned: prompt: a boat at dusk  {place}",
    ]
    _compare_unsigned(shown[0], tmp_path / "a.png")
