"""An independent verifier for tests: ``@trustnxt/c2pa-ts``, which shares no code with our library.

It is installed as ``tests.node`` says. The override in ``package.json`` names a release whose
optional native parts exist; none is installed.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.node import install

if TYPE_CHECKING:
    import pytest

HERE: Final = Path(__file__).parent / "integration" / "c2pa_ts"


def judge(config: pytest.Config, files: list[Path]) -> list[dict[str, Any]]:
    """Judge files in one node process; one answer for each, in order."""
    folder = config.cache.mkdir("c2pa_ts")
    node = install(HERE, folder)
    done = subprocess.run(
        [*node, "verify.mjs", *map(str, files)],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]
