"""Signing: whole or not at all, never in place, and no pixel changed."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import c2pa
import pytest

from provenance_gen.credentials import container, manifest, reader
from provenance_gen.digests import file_digest, sha256_hex
from provenance_gen.errors import ProvenanceError, SigningError, StorageError
from provenance_gen.images import pixels
from provenance_gen.records.export import Disclosure
from provenance_gen.studio import worker
from tests.unit.credentials import samples

_TELLING = 5


@pytest.mark.parametrize(("kind", "name"), [("PNG", "harbour.png"), ("JPEG", "harbour.jpg")])
def test_signing_changes_no_pixel(kind: str, name: str, tmp_path: Path, keys: samples.Keys) -> None:
    """The file is trusted under the own root, and its digests are those that were returned."""
    target, signed = samples.sign(tmp_path, keys, name)
    data = target.read_bytes()
    assert pixels.pixel_digest(pixels.decode(data)) == signed.pixel_digest
    assert pixels.pixel_digest(pixels.decode(samples.encoded(kind))) == signed.pixel_digest
    assert (file_digest(target), len(data)) == (signed.file_digest, signed.size)
    assert sha256_hex(container.manifest_store(data) or b"") == signed.manifest_digest
    assert signed.certificate_digest == keys.signer.certified.certificate_digest
    report = reader.read(data, f"image/{kind.lower()}", keys.anchors)
    assert (report.state, report.vouched_by) == ("Trusted", "own studio")
    assert report.manifest_digest == signed.manifest_digest
    assert report.record is not None
    assert report.record["inclusion"] == list(samples.proof().inclusion)
    assert report.all_actions_included


def test_measured_facts_are_created_and_typed_words_gathered(
    signed: dict[str, Path], keys: samples.Keys
) -> None:
    """As read back by the library itself (C2PA 2.2, section 10.3)."""
    context = c2pa.Context.from_dict({"trust": {"user_anchors": keys.root.decode()}})
    data = io.BytesIO(signed["png"].read_bytes())
    with c2pa.Reader("image/png", data, context=context) as opened:
        claim = json.loads(opened.crjson())["manifests"][0]["claim.v2"]
    created = [item["url"].rpartition("/")[2] for item in claim["created_assertions"]]
    gathered = [item["url"].rpartition("/")[2] for item in claim["gathered_assertions"]]
    assert {"c2pa.actions.v2", "org.provenance-gen.record"} <= set(created)
    assert "org.provenance-gen.statements" in gathered
    assert all(label.startswith("c2pa.ingredient") for label in gathered[:-1])


def test_through_a_worker_the_file_is_judged_in_another_process(
    tmp_path: Path, keys: samples.Keys
) -> None:
    """The way the studio signs."""
    source = tmp_path / "source.png"
    source.write_bytes(samples.encoded())
    target = tmp_path / "harbour.png"
    manifest.sign(
        source,
        target,
        samples.definition(),
        keys.signing(inspect=worker.inspect),
    )
    assert source.read_bytes() == samples.encoded()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["harbour.png", "source.png"]


def test_a_signed_file_names_nothing_of_this_machine(
    signed: dict[str, Path], keys: samples.Keys
) -> None:
    """Neither folders nor the host, and no key, in any byte of it."""
    for path in signed.values():
        data = path.read_bytes()
        for private in (str(path.parent), str(Path.home()), socket.gethostname(), "PRIVATE KEY"):
            # A name of two letters stands in any file by chance.
            assert len(private) < _TELLING or private.encode() not in data
        assert keys.root not in data


def _refused(folder: Path, keys: samples.Keys, error: type[ProvenanceError], **changes: Any) -> str:
    """Sign over an existing file and make sure that nothing happened to it."""
    source, target = folder / "source.png", folder / "harbour.png"
    source.write_bytes(changes.pop("data", samples.encoded()))
    target.write_bytes(b"as it was")
    before = source.read_bytes()
    asked: dict[str, Any] = {
        "source": source,
        "destination": target,
        "definition": samples.definition(),
    }
    for name in asked.keys() & changes.keys():
        asked[name] = changes.pop(name)
    with pytest.raises(error) as caught:
        manifest.sign(**asked, signing=keys.signing(**changes))
    assert source.read_bytes() == before
    assert target.read_bytes() == b"as it was"
    assert sorted(path.name for path in folder.iterdir()) == ["harbour.png", "source.png"]
    return str(caught.value)


def test_a_file_is_never_signed_in_place(tmp_path: Path, keys: samples.Keys) -> None:
    """The library would truncate it."""
    message = _refused(tmp_path, keys, SigningError, destination=tmp_path / "source.png")
    assert "in place" in message


def test_credentials_are_not_dropped(
    tmp_path: Path, keys: samples.Keys, signed: dict[str, Path]
) -> None:
    """Signing a signed file again would lose its history without a word."""
    message = _refused(tmp_path, keys, SigningError, data=signed["png"].read_bytes())
    assert "already" in message


def test_what_cannot_be_signed(tmp_path: Path, keys: samples.Keys) -> None:
    """Another format, a fragment, a broken definition, a signer whom no anchor vouches for."""
    assert "takes no manifest" in _refused(tmp_path, keys, SigningError, data=b"GIF89a nothing")
    cut = samples.encoded()[:2000]
    assert "refused to sign" in _refused(tmp_path, keys, SigningError, data=cut)
    broken = samples.definition()
    broken["assertions"][0]["label"] = "com.example.\u00fc"
    assert "label" in _refused(tmp_path, keys, SigningError, definition=broken)
    assert "cannot be read" in _refused(tmp_path, keys, SigningError, source=tmp_path / "none.png")


def test_a_file_that_does_not_pass_is_not_kept(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, keys: samples.Keys
) -> None:
    """With a stranger's root the signed file is not trusted, so there is none."""
    stranger = samples.keys(tmp_path_factory.mktemp("stranger"))
    message = _refused(tmp_path, keys, SigningError, anchors=stranger.anchors)
    assert "untrusted" in message or "does not pass" in message


def test_a_reader_that_dies_leaves_nothing(tmp_path: Path, keys: samples.Keys) -> None:
    """The worker is killed by the clock; the destination is as it was."""

    def dying(paths: Any, anchors: Any) -> Any:
        return worker.inspect(paths, anchors, limits=worker.Limits(seconds=0.01))

    message = _refused(tmp_path, keys, SigningError, inspect=dying)
    assert "longer than" in message


def test_a_place_that_cannot_be_written(tmp_path: Path, keys: samples.Keys) -> None:
    """A folder that is not there, and one that is a file."""
    (tmp_path / "plain").write_bytes(b"")
    for folder in ("missing", "plain"):
        source = tmp_path / "source.png"
        source.write_bytes(samples.encoded())
        with pytest.raises(StorageError):
            manifest.sign(
                source,
                tmp_path / folder / "harbour.png",
                samples.definition(),
                keys.signing(),
            )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plain", "source.png"]


_FULL = """
import pathlib, resource, sys, tempfile
from provenance_gen.errors import StorageError
from tests.unit.credentials import samples
folder = pathlib.Path(sys.argv[1])
keys = samples.keys(pathlib.Path(sys.argv[2]))
(folder / "harbour.png").write_bytes(b"as it was")
(folder / "source-harbour.png").write_bytes(samples.encoded())
resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))
try:
    samples.sign(folder, keys)
except StorageError as error:
    print("StorageError", error)
"""


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    """Files of this process may not grow beyond 12,000 bytes, so writing breaks off midway."""
    pytest.importorskip("resource", reason="the limit that stands for a full disk is POSIX's")
    out, secret = tmp_path / "out", tmp_path / "keys"
    out.mkdir()
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(out), str(secret)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("StorageError"), done.stderr
    assert (out / "harbour.png").read_bytes() == b"as it was"
    assert sorted(path.name for path in out.iterdir()) == ["harbour.png", "source-harbour.png"]


def test_every_chain_and_profile_signs(tmp_path: Path, keys: samples.Keys) -> None:
    """And the more is disclosed, the larger the manifest."""
    for lineage in (samples.PLAIN, samples.EDITED, samples.IMPORTED):
        sizes = [
            samples.sign(tmp_path, keys, made=samples.definition(lineage, profile))[1].size
            for profile in (Disclosure.MINIMAL, Disclosure.STANDARD, Disclosure.FULL)
        ]
        assert sizes == sorted(sizes)
