"""Exports as a whole: every format, what they carry, what they tell, and what never leaves."""

from __future__ import annotations

import base64
import getpass
import io
import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import c2pa
import pytest
from PIL import Image

from provenance_gen import Studio
from provenance_gen.credentials import container
from provenance_gen.errors import CalledOffError, SigningError, UsageError
from provenance_gen.images.pixels import decode, pixel_digest
from provenance_gen.ledger import disclosure as salted
from provenance_gen.metadata import carriers, xmp
from provenance_gen.studio import signing
from provenance_gen.studio.encoding import FORMATS, encode
from provenance_gen.studio.export import Options
from provenance_gen.studio.verify import verify
from tests import tsa
from tests.fakes import FakePipeline
from tests.unit.credentials import tamper
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from provenance_gen.studio import Work
    from provenance_gen.studio.preview import Preview

LOSSLESS = ("png", "webp", "tif")
KINDS = (*LOSSLESS, "jpg", "avif")


_TELLING = 5
_LEAVING = {kind: [("i1", "full")] for kind in KINDS} | {
    "png": [("1.1", "minimal"), ("1.1", "standard"), ("1.1", "full"), ("i1", "standard")]
}


class FakeInpaintPipeline(FakePipeline):
    """A pipeline of the kind that paints in a part of a picture."""


def manifests(path: Path, work: Work) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a file's active manifest and all of them, as the library reads them."""
    data = path.read_bytes()
    media_type = container.media_type(data) or ""
    anchors = "".join(one.pem for one in signing.own_roots(work.studio))
    context = c2pa.Context.from_dict({"trust": {"user_anchors": anchors}})
    with c2pa.Reader(media_type, io.BytesIO(data), context=context) as opened:
        assert opened.get_validation_state() == "Trusted"
        report = json.loads(opened.json())
    return report["manifests"][report["active_manifest"]], report["manifests"]


def _bytes(path: Path) -> tuple[bytes, str | None]:
    data = path.read_bytes()
    return data, container.media_type(data)


def assertion(manifest: dict[str, Any], label: str) -> Any:
    """Return an assertion's data."""
    return next((a["data"] for a in manifest["assertions"] if a["label"] == label), None)


def actions(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a manifest's actions."""
    found: list[dict[str, Any]] = assertion(manifest, "c2pa.actions.v2")["actions"]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_format(kind: str, work: Work, tmp_path: Path) -> None:
    """Lossless ones hold the recorded pixels; all hold the AI mark, signed and in XMP."""
    target = tmp_path / f"harbour.{kind}"
    made = work.export("1.1", target)
    recorded = work.history().image("1.1").ref.pixel_digest
    assert (made.signed.pixel_digest == recorded) == (kind in LOSSLESS)
    assert pixel_digest(decode(target)) == made.signed.pixel_digest
    verdict = verify(target, own_roots=signing.own_roots(work.studio))
    assert (verdict.verdict, verdict.ai.statement) == ("valid", "generated")
    assert verdict.claims[0].tool == "XMP/IPTC"
    export = work.history().exports[-1]
    assert (export.manifest_digest, export.file_digest) == (
        made.signed.manifest_digest,
        verdict.file_digest,
    )


@pytest.mark.parametrize("mode", ["I;16", "LA", "P", "1"])
@pytest.mark.parametrize("ending", FORMATS)
def test_every_kind_of_pixels(ending: str, mode: str) -> None:
    """16 bits, transparency, a palette: written in each format, without loss where it can be."""
    picture = Image.new("L", (32, 24), 90).convert(mode) if mode != "I;16" else None
    picture = picture or Image.new("I;16", (32, 24), 40_000)
    packet = xmp.packet("http://example.org/type")
    data = encode(picture, FORMATS[ending], packet)
    found = decode(data)
    assert found.size == picture.size
    if ending in (".png", ".tif", ".tiff") or (ending == ".webp" and mode != "I;16"):
        assert pixel_digest(found) == pixel_digest(picture)
    media_type = FORMATS[ending].media_type
    assert container.media_type(data) == media_type
    carried = [c.properties for c in carriers.find(data, media_type) if c.packet]
    assert bool(carried) == FORMATS[ending].embeds
    assert all(p["DigitalSourceType"] == ("http://example.org/type",) for p in carried)


def test_a_sidecar_leaves_the_file_alone(work: Work, tmp_path: Path) -> None:
    """The manifest lies beside; the file holds none, and needs not be able to."""
    for name in ("harbour.bmp", "other.png"):
        made = work.export("1.1", tmp_path / name, Options(sidecar=True))
        assert made.signed.sidecar == (tmp_path / name).with_suffix(".c2pa")
        assert b"jumb" not in (tmp_path / name).read_bytes()
        verdict = verify(tmp_path / name, own_roots=signing.own_roots(work.studio))
        assert (verdict.verdict, verdict.credentials.presence) == ("valid", "sidecar")
    with pytest.raises(UsageError, match=r"other\.c2pa exists"):
        work.export("1.1", tmp_path / "other.jpg", Options(sidecar=True))
    with pytest.raises(UsageError, match="--sidecar"):
        work.export("1.1", tmp_path / "new.bmp")
    assert not list(tmp_path.glob(".provgen-*"))


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Return a signed file that somebody else made."""
    with Studio.init(tmp_path / "theirs") as theirs:
        their_work = theirs.new_work("Theirs")
        generate(their_work, "a ship")
        their_work.export("1.1", tmp_path / "theirs.png")
    return tmp_path / "theirs.png"


@pytest.mark.parametrize("profile", ["minimal", "standard", "full"])
def test_credentials_of_an_import_are_kept(
    profile: str, work: Work, foreign: Path, tmp_path: Path
) -> None:
    """As the parent's own manifest, under every profile; the AI mark in it is found."""
    work.bring_in(foreign)
    work.export("i1", tmp_path / "again.png", disclosure=profile)
    active, every = manifests(tmp_path / "again.png", work)
    assert len(every) == 2
    parent = active["ingredients"][0]
    assert (parent["relationship"], parent["active_manifest"] in every) == ("parentOf", True)
    assert actions(active)[0]["action"] == "c2pa.opened"
    assert "allActionsIncluded" not in assertion(active, "c2pa.actions.v2")
    verdict = verify(tmp_path / "again.png", own_roots=signing.own_roots(work.studio))
    assert verdict.ai.statement == "generated"
    if profile != "standard":
        return
    # A second time: the manifest of ours is the parent now, and theirs stays below it.
    work.bring_in(tmp_path / "again.png")
    work.export("i2", tmp_path / "third.jpg", disclosure=profile)
    assert len(manifests(tmp_path / "third.jpg", work)[1]) == 3


def test_a_tampered_parent_is_kept_with_its_failure(
    work: Work, foreign: Path, tmp_path: Path
) -> None:
    """It is recorded as what it is, and never made good by signing it again."""
    whole = foreign.read_bytes()
    foreign.write_bytes(tamper.text(whole, b""))
    assert foreign.read_bytes() != whole
    work.bring_in(foreign)
    work.export("i1", tmp_path / "again.png")
    active, _ = manifests(tmp_path / "again.png", work)
    found = active["ingredients"][0]["validation_results"]["activeManifest"]["failure"]
    assert "assertion.dataHash.mismatch" in [item["code"] for item in found]


def test_a_reference_image_keeps_its_credentials(work: Work, foreign: Path, tmp_path: Path) -> None:
    """It was given to the generator, so it is an input and no parent."""
    work.bring_in(foreign)
    work.record(FakePipeline())("like it", image=decode(foreign))
    work.export("2.1", tmp_path / "new.webp")
    active, every = manifests(tmp_path / "new.webp", work)
    given = next(i for i in active["ingredients"] if i["title"].startswith("input image"))
    assert (given["relationship"], len(every)) == ("inputTo", 2)
    assert given["active_manifest"] in every
    work.export("2.1", tmp_path / "minimal.webp", disclosure="minimal")
    active, every = manifests(tmp_path / "minimal.webp", work)
    assert (active.get("ingredients"), len(every)) == (None, 1)


def repaint(work: Work, name: str) -> None:
    """Paint in the right half of an image."""
    picture = work.studio.store.open(work.history().image(name).ref.pixel_digest)
    mask = Image.new("L", picture.size, 0)
    mask.paste(255, (picture.width // 2, 0, *picture.size))
    work.record(FakeInpaintPipeline())("a gull", image=picture, mask_image=mask)


def test_an_inpainting_is_a_step_of_one_chain(work: Work, tmp_path: Path) -> None:
    """Created by AI, then edited by AI where the mask asked for it; nothing hides in a parent."""
    repaint(work, "1.1")
    work.export("2.1", tmp_path / "painted.png", disclosure="full")
    active, every = manifests(tmp_path / "painted.png", work)
    first, second = actions(active)
    assert len(every) == 1
    assert first["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert second["digitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")
    shape = second["changes"][0]["region"][0]["shape"]
    assert (shape["origin"]["x"], shape["width"]) == (shape["width"], shape["width"])
    titles = [item["title"] for item in active["ingredients"]]
    assert titles.count("prompt") == 2
    assert assertion(active, "c2pa.actions.v2")["allActionsIncluded"] is True


def test_an_inpainting_of_a_photograph_has_it_as_parent(work: Work, tmp_path: Path) -> None:
    """Opened, then edited by AI; under minimal the mark alone remains."""
    Image.new("RGB", (48, 48), "grey").save(tmp_path / "photo.png")
    work.bring_in(tmp_path / "photo.png")
    repaint(work, "i1")
    for profile in ("minimal", "standard"):
        path = tmp_path / f"{profile}.png"
        work.export("2.1", path, disclosure=profile)
        active, _ = manifests(path, work)
        assert [action["action"] for action in actions(active)] == ["c2pa.opened", "c2pa.edited"]
        kinds = [action.get("digitalSourceType", "") for action in actions(active)]
        assert kinds[1].endswith("/compositeWithTrainedAlgorithmicMedia")
        assert verify(path).ai.statement == "partly"


def test_what_a_person_puts_in(work: Work, tmp_path: Path) -> None:
    """Name and wishes stand in gathered assertions, whatever the profile."""
    options = Options(
        disclosure="minimal",
        author="A. Painter",
        training="constrained",
        conditions="ask first",
    )
    work.export("1.1", tmp_path / "named.png", options)
    active, _ = manifests(tmp_path / "named.png", work)
    assert assertion(active, "cawg.metadata")["dc:creator"] == ["A. Painter"]
    packet = next(c.raw for c in carriers.find(*_bytes(tmp_path / "named.png")) if c.packet)
    assert b"<dc:creator><rdf:Seq><rdf:li>A. Painter</rdf:li>" in packet
    entries = assertion(active, "cawg.training-mining")["entries"]
    assert set(entries) == {
        "cawg.data_mining",
        "cawg.ai_inference",
        "cawg.ai_generative_training",
        "cawg.ai_training",
    }
    assert entries["cawg.ai_training"] == {"use": "constrained", "constraint_info": "ask first"}
    for wrong in (
        Options(training="constrained"),
        Options(conditions="x"),
        Options(training="no"),
    ):
        with pytest.raises(UsageError, match="training"):
            work.export("1.1", tmp_path / "no.png", wrong)


def test_it_is_shown_first_and_can_be_called_off(work: Work, tmp_path: Path) -> None:
    """Nothing is recorded before a person agreed, and all that is told is among the lines."""
    shown: list[Preview] = []

    def refuse(preview: Preview) -> bool:
        shown.append(preview)
        return False

    size = work.studio.ledger.head().size
    with pytest.raises(CalledOffError, match=r"^Nothing was exported\.$"):
        work.export("1.1", tmp_path / "x.png", Options(disclosure="full", confirm=refuse))
    assert work.studio.ledger.head().size == size
    assert not (tmp_path / "x.png").exists()
    lines = "\n".join(shown[0].lines)
    for told in ("file: x.png", "a boat", "seed", "trainedAlgorithmicMedia", "ledger:"):
        assert told in lines
    assert shown[0].development


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_this_machine_leaves(kind: str, work: Work, tmp_path: Path) -> None:
    """No path, user or host name and no key, in any byte, in base64, or in UTF-16."""
    work.bring_in(_named_photograph(tmp_path))
    private = [str(tmp_path), str(Path.home()), socket.gethostname(), getpass.getuser()]
    private += [str(work.studio.actor.id), "PRIVATE KEY"]
    for name, profile in _LEAVING[kind]:
        path = tmp_path / f"{profile}-{name}.{kind}"
        work.export(name, path, disclosure=profile)
        data = path.read_bytes()
        # A name of few letters stands in any file by chance.
        for text in (each for each in private if len(each) >= _TELLING):
            encoded = base64.b64encode(text.encode()).rstrip(b"=")[:-1]
            for form in (text.encode(), text.encode("utf-16-le"), encoded):
                assert form not in data


def _named_photograph(folder: Path) -> Path:
    path = folder / "photo of somebody.png"
    Image.new("RGB", (40, 30), "grey").save(path)
    return path


def test_commitments_lead_to_the_sealed_events(work: Work, tmp_path: Path) -> None:
    """Whoever is shown a disclosure finds the event's leaf; the salts are new in each export."""
    found = []
    for name in ("one.png", "two.png"):
        work.export("1.1", tmp_path / name)
        active, _ = manifests(tmp_path / name, work)
        found.append(assertion(active, "org.provenance-gen.record")["withheld"])
    assert set(found[0]) == set(found[1]) == {"work", "attempt", "attempt-ended"}
    assert not set(found[0].values()) & set(found[1].values())
    events = [e for e in work.studio.ledger.events() if e.type == "export.prepared"]
    kept = json.loads(events[0].payload["withheld"])
    leaves = {event.leaf for event in work.studio.ledger.events()}
    for place, name in enumerate(("work", "attempt", "attempt-ended")):
        leaf = salted.reveal(kept[place], f"/withheld/{name}", found[0][name])
        assert leaf in leaves


def test_a_time_stamp_by_the_users_authority(work: Work, tmp_path: Path) -> None:
    """Named in the configuration; what it cannot give is an error, and nothing is left behind."""
    with pytest.raises(UsageError, match="no time-stamp authority is configured in"):
        work.export("1.1", tmp_path / "x.png", Options(timestamp=True))
    with tsa.serving() as server:
        server.configure()
        made = work.export("1.1", tmp_path / "stamped.png", Options(timestamp="loopback"))
        assert made.signed.stamped is not None
        assert work.export("1.1", tmp_path / "plain.png").signed.stamped is None
        server.body = b"nothing"
        with pytest.raises(SigningError, match="time-stamp authority: loopback"):
            work.export("1.1", tmp_path / "x.png", Options(timestamp=True))
    assert not (tmp_path / "x.png").exists()
