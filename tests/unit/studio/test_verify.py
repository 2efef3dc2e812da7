"""Verdicts on signed, tampered, stripped and hostile files."""

from __future__ import annotations

import base64
import json
import os
import random
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from provenance_gen.credentials import authority, container
from provenance_gen.errors import CredentialError
from provenance_gen.records.export import Disclosure
from provenance_gen.studio import worker
from provenance_gen.studio.verify import verify, verify_all
from tests.unit.credentials import samples, tamper

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.credentials.manifest import Signed
    from provenance_gen.records.verdict import Check, Verdict

KINDS = ("png", "jpg")
CUTS = (0.0, 0.001, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 0.999)


@dataclass(frozen=True)
class Scene:
    """Signed files, and the verdicts on everything that was done to them."""

    keys: samples.Keys
    files: dict[str, Path]
    signed: dict[str, Signed]
    verdicts: dict[str, Verdict]
    folder: Path


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Sign two pictures, tamper with copies in every way, and judge all in one worker."""
    folder = tmp_path_factory.mktemp("scene")
    keys = samples.keys(folder / "keys")
    files: dict[str, Path] = {}
    results: dict[str, Signed] = {}
    todo: dict[str, Path] = {}
    for kind in KINDS:
        media = "image/jpeg" if kind == "jpg" else "image/png"
        made = samples.definition(samples.EDITED, media_type=media)
        path, results[kind] = samples.sign(folder, keys, f"harbour.{kind}", made)
        # The title of the claim is what the claim's tampering looks for.
        other, _ = samples.sign(folder, keys, f"other.{kind}", made, seed=2)
        files[kind] = todo[f"{kind} whole"] = path
        data, theirs = path.read_bytes(), other.read_bytes()
        for name, (change, *_rest) in tamper.MATRIX.items():
            changed = change(data, theirs)
            assert changed != data, f"{name} changed nothing"
            todo[f"{kind} {name}"] = folder / f"{name}.{kind}"
            todo[f"{kind} {name}"].write_bytes(changed)
        for part in CUTS:
            todo[f"{kind} cut {part}"] = folder / f"cut-{part}.{kind}"
            todo[f"{kind} cut {part}"].write_bytes(tamper.cut(data, part))
    found = verify_all(list(todo.values()), own_roots=keys.anchors)
    return Scene(keys, files, results, dict(zip(todo, found, strict=True)), folder)


def _check(verdict: Verdict, step: int) -> Check:
    return next(check for check in verdict.checks if check.step == step)


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_file_is_valid_under_the_own_root(scene: Scene, kind: str) -> None:
    """Every check that there is something to check for passes; the words claim no more.

    No authority saw the time, and what went in carries no credentials that could be checked.
    """
    verdict = scene.verdicts[f"{kind} whole"]
    assert (verdict.verdict, verdict.credentials.trust.status) == ("valid", "own")
    assert [check.step for check in verdict.checks] == list(range(1, 11))
    assert {check.status.value for check in verdict.checks} == {"passed", "skipped"}
    skipped = [check.id for check in verdict.checks if check.status == "skipped"]
    assert skipped == ["time", "ingredients", "claims"]
    assert verdict.file_digest == scene.signed[kind].file_digest
    assert verdict.pixel_digest == scene.signed[kind].pixel_digest
    assert verdict.ai.model_dump() == {
        "statement": "generated",
        "basis": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        "source": "active manifest",
        "signed": True,
    }
    assert "nobody vouches for the name" in verdict.summary
    assert "changed since signing: no" in verdict.summary
    assert (verdict.record.status, verdict.record.inclusion) == ("not_checked", True)
    assert verdict.credentials.actions[0].action == "c2pa.created"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", tamper.MATRIX)
def test_tampering_is_caught_under_its_own_name(scene: Scene, kind: str, name: str) -> None:
    """Each is caught by the step that it concerns, with the standard's code."""
    _, kind_of_verdict, step, code = tamper.MATRIX[name]
    verdict = scene.verdicts[f"{kind} {name}"]
    assert verdict.verdict == kind_of_verdict
    check = _check(verdict, step)
    assert (check.status, check.code) == ("failed", code)
    others = {c.step for c in verdict.checks if c.status == "failed"} - {step}
    assert not others, verdict.checks
    assert not verdict.ai.signed
    if verdict.verdict == "invalid":
        assert code in verdict.credentials.failures
        assert verdict.summary.startswith("Not valid")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", CUTS)
def test_a_cut_file_is_never_valid(scene: Scene, kind: str, part: float) -> None:
    """Unreadable or invalid, never more."""
    verdict = scene.verdicts[f"{kind} cut {part}"]
    assert verdict.verdict in ("unreadable", "invalid")
    assert any(check.status == "failed" for check in verdict.checks)


def test_random_damage_is_caught_wherever_anything_is_hashed(scene: Scene) -> None:
    """One byte changed at random. Only padding and box heads in the manifest are free to change.

    C2PA leaves those out of every hash (2.2, section 13.2: the pad of a COSE header), and nothing
    that is shown is read from them.
    """
    chance = random.Random(7)
    paths, free = [], []
    for number in range(60):
        data = bytearray(scene.files[KINDS[number % 2]].read_bytes())
        store = container.manifest_store(bytes(data)) or b""
        place = chance.randrange(len(data))
        start = data.find(store[:64])
        free.append(start <= place < start + len(store))
        data[place] ^= 1 << chance.randrange(7)
        paths.append(scene.folder / f"damage-{number}")
        paths[-1].write_bytes(data)
    whole = scene.verdicts["png whole"]
    found = verify_all(paths, own_roots=scene.keys.anchors)
    for verdict, in_manifest in zip(found, free, strict=True):
        if verdict.verdict in ("valid", "trusted"):
            assert in_manifest
            assert verdict.credentials.claim_generator == whole.credentials.claim_generator
            assert verdict.credentials.actions == whole.credentials.actions
            assert _check(verdict, 8).status == "passed"


def test_trust_is_told_apart(scene: Scene) -> None:
    """Given lists make it trusted, a stranger's do not, and having none is said."""
    path = scene.files["png"]
    given = verify(path, trust_pem=scene.keys.root, own_roots=scene.keys.anchors)
    assert (given.verdict, given.credentials.trust.status) == ("trusted", "trusted")
    stranger = authority.issue(datetime.now(UTC))
    other = verify(path, trust_pem=stranger.root)
    assert (other.verdict, other.credentials.trust.status) == ("valid", "untrusted")
    assert _check(other, 5).code == "signingCredential.untrusted"
    nobody = verify(path)
    assert (_check(nobody, 5).status, nobody.verdict) == ("skipped", "valid")
    assert "no trust list" in _check(nobody, 5).reason
    both = verify(path, trust_pem=stranger.root, own_roots=scene.keys.anchors)
    assert (both.credentials.trust.status, both.credentials.trust.list) == ("own", "own studio")
    with pytest.raises(CredentialError):
        verify(path, trust_pem=b"garbage")


def test_an_expired_certificate_fails_its_own_check(tmp_path: Path) -> None:
    """Signed while it was valid, read after it was not; no time-stamp speaks for it."""
    begun = datetime.now(UTC)
    lifetime = timedelta(seconds=2)
    keys = samples.keys(tmp_path / "keys", authority.issue(begun, leaf_lifetime=lifetime))
    path, _ = samples.sign(tmp_path, keys)
    time.sleep(max(0.0, (begun + lifetime - datetime.now(UTC)).total_seconds()) + 1.1)
    verdict = verify(path, own_roots=keys.anchors)
    check = _check(verdict, 6)
    assert (check.status, check.code) == ("failed", "signingCredential.expired")
    assert verdict.verdict == "invalid"
    assert verdict.credentials.trust.status == "expired"
    assert _check(verdict, 3).status == _check(verdict, 4).status == "passed"


def test_minimal_disclosure_carries_no_record(scene: Scene, tmp_path: Path) -> None:
    """Valid, AI-generated, and step 8 has nothing to check."""
    made = samples.definition(samples.EDITED, Disclosure.MINIMAL)
    path, _ = samples.sign(tmp_path, scene.keys, made=made)
    verdict = verify(path, own_roots=scene.keys.anchors)
    assert (verdict.verdict, verdict.ai.statement) == ("valid", "generated")
    assert _check(verdict, 8).status == "skipped"


def test_a_missing_file_and_a_worker_that_is_stopped(scene: Scene, tmp_path: Path) -> None:
    """Unreadable, with the reason, and nothing else is said to have been checked."""
    missing = verify(tmp_path / "none.png")
    assert missing.verdict == "unreadable"
    assert "no such file" in missing.summary
    stopped = verify(scene.files["png"], limits=worker.Limits(seconds=0.01))
    assert stopped.verdict == "unreadable"
    assert "longer than" in _check(stopped, 1).reason
    for verdict in (missing, stopped):
        assert {check.status for check in verdict.checks[1:]} == {"skipped"}


def test_the_longest_name_that_a_system_takes(scene: Scene, tmp_path: Path) -> None:
    """The manifest beside it would have a longer one, and is therefore not there."""
    path = tmp_path / f"{'n' * 251}.jpg"
    path.write_bytes(scene.files["jpg"].read_bytes())
    assert verify(path, own_roots=scene.keys.anchors).verdict == "valid"


def test_hostile_words_come_through_as_text(scene: Scene, tmp_path: Path) -> None:
    """Control, escape and bidirectional characters survive; escaping is the printer's."""
    made = samples.definition()
    hostile = "\x1b[31m[red]\u202e<script>"
    made["claim_generator_info"][0]["name"] = hostile
    path, _ = samples.sign(tmp_path, scene.keys, made=made)
    verdict = verify(path, own_roots=scene.keys.anchors)
    assert verdict.credentials.claim_generator == f"{hostile} 0.1.0"
    assert verdict.as_json()["schema"] == "provenance-gen/verdict/1"


@pytest.mark.skipif(sys.platform != "linux", reason="names here are text")
def test_names_that_read_the_same_can_be_told_apart(tmp_path: Path) -> None:
    """One is no text and another only looks as that is written; what is text needs no bytes."""
    names = [b"a\xff.png", rb"a\xff.png", "船.png".encode()]
    paths = [tmp_path / os.fsdecode(name) for name in names]
    for path in paths:
        path.write_bytes(samples.encoded())
    found = [json.loads(one.as_line()) for one in verify_all(paths)]
    assert found[0]["file"] == found[1]["file"] == str(tmp_path / r"a\xff.png")
    told = base64.b64encode(os.fsencode(paths[0])).decode()
    assert [one["file_bytes"] for one in found] == [told, None, None]
    assert found[2]["file"] == str(paths[2])
