"""Which wording of reports this is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import provenance_gen
from provenance_gen.reporting.edition import edition
from provenance_gen.version import VERSION

_TOP: Final = Path(provenance_gen.__file__).resolve().parents[1]
_SAY: Final = "from provenance_gen.reporting.edition import edition; print(edition())"


def _of(checkout: Path) -> str:
    said = subprocess.run(
        [sys.executable, "-c", _SAY], cwd=checkout, check=True, capture_output=True, text=True
    )
    return said.stdout.strip()


def test_a_changed_word_is_another_edition_and_line_ends_are_not(tmp_path: Path) -> None:
    """A copy of the program names itself alike until a sentence in it changes."""
    for name in ("provenance_gen", "policies", "reports/templates"):
        ignored = shutil.ignore_patterns("__pycache__", "*.safetensors", "samples")
        shutil.copytree(_TOP / name, tmp_path / name, ignore=ignored)
    shutil.copy(_TOP / "pyproject.toml", tmp_path)
    assert _of(tmp_path) == edition()
    strings = tmp_path / "reports" / "templates" / "strings.en.yaml"
    strings.write_bytes(strings.read_bytes().replace(b"\n", b"\r\n"))
    assert _of(tmp_path) == edition()
    strings.write_bytes(strings.read_bytes().replace(b"Timeline", b"Chronicle"))
    assert _of(tmp_path) != edition()
    assert _of(tmp_path).startswith(f"{VERSION}+")
