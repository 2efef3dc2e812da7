"""Files signed here, judged by an independent verifier that shares no code with our library.

See ``tests/c2pa_ts.py``; the whole product of formats, algorithms and chains is in
``test_signing_product``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from provenance_gen.records.export import Disclosure
from provenance_gen.studio.verify import verify_all
from tests import c2pa_ts
from tests.unit.credentials import samples, tamper

if TYPE_CHECKING:
    from pathlib import Path

_LINEAGES = {"plain": samples.PLAIN, "edited": samples.EDITED, "imported": samples.IMPORTED}
_KINDS = {"png": "image/png", "jpg": "image/jpeg"}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> samples.Keys:
    """Return an identity."""
    return samples.keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, keys: samples.Keys) -> dict[str, Path]:
    """Sign every lineage with every profile as PNG and JPEG, and tamper with one of each."""
    folder = tmp_path_factory.mktemp("files")
    found: dict[str, Path] = {}
    for kind, media_type in _KINDS.items():
        for name, lineage in _LINEAGES.items():
            for profile in Disclosure:
                made = samples.definition(lineage, profile, media_type)
                label = f"{kind} {name} {profile}"
                found[label], _ = samples.sign(folder, keys, f"{name}-{profile}.{kind}", made)
        data = found[f"{kind} edited standard"].read_bytes()
        other, _ = samples.sign(
            folder, keys, f"other.{kind}", samples.definition(media_type=media_type), seed=2
        )
        for name, (change, *_rest) in tamper.MATRIX.items():
            changed = change(data, other.read_bytes())
            assert changed != data, f"{name} changed nothing"
            found[f"{kind} tampered: {name}"] = folder / f"{name}.{kind}"
            found[f"{kind} tampered: {name}"].write_bytes(changed)
    return found


@pytest.fixture(scope="module")
def judged(pytestconfig: pytest.Config, files: dict[str, Path]) -> dict[str, dict[str, Any]]:
    """Judge all files in one node process."""
    lines = c2pa_ts.judge(pytestconfig, list(files.values()))
    return dict(zip(files, lines, strict=True))


def test_what_we_sign_is_valid_elsewhere(
    files: dict[str, Path], judged: dict[str, dict[str, Any]]
) -> None:
    """Every lineage and profile, as PNG and as JPEG."""
    whole = [label for label in files if "tampered" not in label]
    assert len(whole) == 18
    assert {label: judged[label]["failures"] for label in whole if not judged[label]["valid"]} == {}


def test_what_was_tampered_with_is_invalid_elsewhere(
    files: dict[str, Path], judged: dict[str, dict[str, Any]]
) -> None:
    """And by the same code as here, where there is one."""
    for label in files:
        kind, _, name = label.partition(" tampered: ")
        if not name:
            continue
        assert not judged[label]["valid"], label
        _, verdict, _, code = tamper.MATRIX[name]
        if verdict == "invalid":
            assert code in judged[label]["failures"], (kind, judged[label])


def test_both_agree(
    files: dict[str, Path], judged: dict[str, dict[str, Any]], keys: samples.Keys
) -> None:
    """No file is valid for one and invalid for the other."""
    verdicts = verify_all(list(files.values()), own_roots=keys.anchors)
    ours = {
        label: verdict.verdict == "valid" for label, verdict in zip(files, verdicts, strict=True)
    }
    assert ours == {label: judged[label]["valid"] for label in files}


def test_the_lock_file_names_no_address() -> None:
    """Packages are bound by their hashes; where they come from is the reader's own registry."""
    packages = json.loads((c2pa_ts.HERE / "package-lock.json").read_text())["packages"]
    named = {name: value for name, value in packages.items() if name}
    assert len(named) > 20
    assert all(value["integrity"].startswith("sha512-") for value in named.values())
    hosts = {str(value.get("resolved", "https://registry.npmjs.org/")) for value in named.values()}
    assert all(host.startswith("https://registry.npmjs.org/") for host in hosts)
