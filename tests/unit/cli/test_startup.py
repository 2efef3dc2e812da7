"""Starting up stays light: no torch before a model is asked for, no database before a studio."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "torch",
    "diffusers",
    "transformers",
    "numpy",
    "sqlmodel",
    "sqlalchemy",
    "c2pa",
    "pydantic",
)


def loaded(code: str) -> set[str]:
    """Return the top-level modules that are loaded after some code has run."""
    script = f"{code}\nimport sys\nprint(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import provenance_gen.cli", ()),
        ("import provenance_gen.cli.app", ()),
        ("import provenance_gen", ()),
        ("from provenance_gen import verify", ("pydantic",)),
        ("import provenance_gen.studio.verify", ("pydantic",)),
        ("import provenance_gen.studio.verify_bundle", ("pydantic",)),
        ("from provenance_gen import Studio", ("pydantic", "numpy", "sqlmodel", "sqlalchemy")),
        ("import provenance_gen.studio.report", ("pydantic", "numpy")),
    ],
)
def test_only_what_is_needed(code: str, allowed: tuple[str, ...]) -> None:
    """Importing loads nothing heavy that it does not need."""
    assert loaded(code) & set(HEAVY) <= set(allowed)
