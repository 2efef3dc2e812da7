"""Verification with a ledger at hand: records confirmed, copies recognised, changes named."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from provenance_gen.studio.lookup import KnownImage
from provenance_gen.studio.verify import verify
from tests.unit.credentials import samples, tamper

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.credentials.manifest import Signed
    from provenance_gen.records.verdict import Check, Verdict

KNOWN = KnownImage(
    work="Harbour at dusk",
    image="e1",
    event=12,
    file_name="harbour.png",
    when="2026-11-22T10:00:00Z",
    exported=True,
    source_type="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
)


@dataclass(frozen=True)
class Scene:
    """One signed picture."""

    keys: samples.Keys
    path: Path
    signed: Signed
    folder: Path


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Sign a picture."""
    folder = tmp_path_factory.mktemp("scene")
    keys = samples.keys(folder / "keys")
    path, signed = samples.sign(folder, keys, made=samples.definition(samples.EDITED))
    return Scene(keys, path, signed, folder)


def _check(verdict: Verdict, step: int) -> Check:
    return next(check for check in verdict.checks if check.step == step)


def test_a_ledger_at_hand_confirms_its_record(scene: Scene) -> None:
    """Checkpoint signature and leaf are checked against it, and the picture is named."""
    digest = scene.signed.file_digest
    verdict = verify(
        scene.path,
        ledgers=[samples.Ledger(files={digest: KNOWN})],
        own_roots=scene.keys.anchors,
    )
    assert _check(verdict, 8).code == "provgen.ledger.confirmed"
    assert verdict.record.model_dump() == {
        "status": "matched",
        "work": "Harbour at dusk",
        "image": "e1",
        "event": 12,
        "inclusion": True,
        "checkpoint": True,
        "matches": (
            {
                "work": "Harbour at dusk",
                "image": "e1",
                "event": 12,
                "exported_as": "harbour.png",
                "when": "2026-11-22T10:00:00Z",
            },
        ),
    }
    assert "image e1 of 'Harbour at dusk', exported 2026-11-22" in verdict.summary


def test_a_ledger_that_contradicts_the_record(scene: Scene) -> None:
    """Another key, another leaf: the file does not pass, although its credentials do."""
    path = scene.path
    other_key = samples.other_ledger_key()
    shorter = verify(path, ledgers=[samples.Ledger(size=5)], own_roots=scene.keys.anchors)
    assert (_check(shorter, 8).code, shorter.verdict) == ("provgen.ledger.leaf.mismatch", "invalid")
    forged = verify(
        path, ledgers=[samples.Ledger(verifier_key=other_key)], own_roots=scene.keys.anchors
    )
    assert _check(forged, 8).code == "provgen.ledger.checkpoint.mismatch"
    assert forged.record.checkpoint is False
    elsewhere = verify(path, ledgers=[samples.Ledger(origin="provgen.local/other")])
    assert (_check(elsewhere, 8).code, elsewhere.record.status) == (
        "provgen.ledger.included",
        "not_found",
    )


def test_a_record_that_does_not_prove_itself(scene: Scene, tmp_path: Path) -> None:
    """A signer can write anything; a proof that leads nowhere is caught all the same."""
    wrong = samples.proof().model_copy(update={"leaf": samples.digest("another")})
    malformed = samples.definition()
    malformed["assertions"][1]["data"]["inclusion"] = "none"
    cases = {
        "provgen.ledger.inclusion.mismatch": samples.definition(proof=wrong),
        "provgen.record.malformed": malformed,
    }
    for code, made in cases.items():
        path, _ = samples.sign(tmp_path, scene.keys, made=made)
        verdict = verify(path, own_roots=scene.keys.anchors)
        assert (_check(verdict, 8).code, verdict.verdict) == (code, "invalid")
        assert "Not valid" in verdict.summary


def test_a_record_of_a_later_version_is_not_called_wrong(scene: Scene, tmp_path: Path) -> None:
    """It is skipped, and said so."""
    made = samples.definition()
    made["assertions"][1]["data"] = {"version": 2, "something": "new"}
    path, _ = samples.sign(tmp_path, scene.keys, made=made)
    verdict = verify(path, own_roots=scene.keys.anchors)
    assert (_check(verdict, 8).status, verdict.verdict) == ("skipped", "valid")


def test_a_stripped_copy_is_known_by_its_pixels(scene: Scene) -> None:
    """No manifest, another compression; the ledger knows the pixels and says what they are."""
    buffer = io.BytesIO()
    Image.open(scene.path).save(buffer, "PNG", compress_level=1)
    path = scene.folder / "stripped.png"
    path.write_bytes(buffer.getvalue())
    ledger = samples.Ledger(pixels={scene.signed.pixel_digest: KNOWN})
    verdict = verify(path, ledgers=[ledger], own_roots=scene.keys.anchors)
    assert (verdict.verdict, verdict.credentials.presence) == ("unsigned", "stripped")
    assert _check(verdict, 2).code == "provgen.manifest.stripped"
    assert verdict.record.status == "matched"
    assert verdict.summary.startswith(
        "These pixels are image e1 of 'Harbour at dusk', exported 2026-11-22 as 'harbour.png'; "
        "its credentials are not in this file: removed since, or it is from before the export."
    )
    assert (verdict.ai.statement, verdict.ai.source, verdict.ai.signed) == (
        "generated",
        "ledger",
        False,
    )
    never = replace(KNOWN, exported=False)
    kept = samples.Ledger(pixels={scene.signed.pixel_digest: never})
    again = verify(path, ledgers=[kept])
    assert again.credentials.presence == "none"
    assert "never exported" in again.summary
    assert verify(path, ledgers=[samples.Ledger()]).record.status == "not_found"


def test_a_changed_pixel_is_called_modified(scene: Scene) -> None:
    """The record in it names a ledger at hand; its binding fails."""
    path = scene.folder / "pixel.png"
    path.write_bytes(tamper.pixel(scene.path.read_bytes(), b""))
    assert path.read_bytes() != scene.path.read_bytes()
    ledger = samples.Ledger(manifests={scene.signed.manifest_digest: KNOWN})
    verdict = verify(path, ledgers=[ledger], own_roots=scene.keys.anchors)
    assert (verdict.verdict, verdict.record.status) == ("invalid", "modified")
    assert _check(verdict, 3).code == "assertion.dataHash.mismatch"
    assert (verdict.record.work, verdict.record.image) == ("Harbour at dusk", "e1")
    assert "the file was changed after it was signed" in verdict.summary
    unknown = verify(path, ledgers=[samples.Ledger()], own_roots=scene.keys.anchors)
    assert (unknown.record.status, unknown.record.work) == ("modified", None)


def test_a_ledger_without_a_known_key_is_asked_and_not_believed(scene: Scene) -> None:
    """In a folder that somebody else made it neither confirms nor contradicts a record."""
    foreign = samples.Ledger(files={scene.signed.file_digest: KNOWN}, verifier_key="", size=5)
    verdict = verify(scene.path, ledgers=[foreign], own_roots=scene.keys.anchors)
    assert (verdict.verdict, verdict.record.checkpoint) == ("valid", None)
    assert _check(verdict, 8).code == "provgen.ledger.included"
    assert verdict.record.status == "matched"
    assert "according to a ledger that somebody else made" in verdict.summary
