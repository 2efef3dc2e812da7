"""The public surface is what the package says it is."""

from __future__ import annotations

import subprocess
import sys

import pytest

import provenance_gen
from provenance_gen import errors


def test_exported_members() -> None:
    """``__all__`` is sorted, and each of its names is there."""
    assert sorted(provenance_gen.__all__) == list(provenance_gen.__all__)
    assert all(hasattr(provenance_gen, name) for name in provenance_gen.__all__)


@pytest.mark.parametrize(
    "used",
    [
        "from provenance_gen import verify; print(verify('no such file').verdict)",
        "import provenance_gen as p; p.verify; p.verify; print(p.verify('no such file').verdict)",
        "from provenance_gen import Studio, Work, verify; print(verify('no such file').verdict)",
    ],
)
def test_public_names_stay_what_they_are(used: str) -> None:
    """However a fresh program comes by a public name, the second time too, it is no module."""
    done = subprocess.run(
        [sys.executable, "-c", used], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.stdout.strip(), done.returncode) == ("unreadable", 0), done.stderr


def test_the_error_tree_is_drawn_whole() -> None:
    """Every error of ours descends from one root and stands in the drawing of the tree."""
    ours = [value for value in vars(errors).values() if isinstance(value, type)]
    assert errors.ProvenanceError in ours
    for error in ours:
        assert issubclass(error, errors.ProvenanceError)
        assert error.__name__ in (errors.__doc__ or "")
