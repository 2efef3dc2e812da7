"""Documents that cite tests as evidence cite tests that are there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_CITED: Final = re.compile(r"`(?:([\w/]+\.py)::)?(test_\w+)`")


def test_every_test_that_signing_cites_is_there() -> None:
    """A name without a file stands in the file that was named before it."""
    rows = (ROOT / "docs" / "signing.md").read_text(encoding="utf-8").splitlines()
    cited = 0
    for row in rows:
        file = None
        for named, test in _CITED.findall(row):
            file = named or file
            assert file, row
            text = (ROOT / "tests" / file).read_text(encoding="utf-8")
            assert f"def {test}(" in text, f"{file} has no {test}"
            cited += 1
    assert cited > 20
