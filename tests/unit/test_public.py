"""The public surface is what the package says it is."""

from __future__ import annotations

import provenance_gen
from provenance_gen import errors


def test_exported_members() -> None:
    """``__all__`` is sorted, and each of its names is there."""
    assert sorted(provenance_gen.__all__) == list(provenance_gen.__all__)
    assert all(hasattr(provenance_gen, name) for name in provenance_gen.__all__)


def test_the_error_tree_is_drawn_whole() -> None:
    """Every error of ours descends from one root and stands in the drawing of the tree."""
    ours = [value for value in vars(errors).values() if isinstance(value, type)]
    assert errors.ProvenanceError in ours
    for error in ours:
        assert issubclass(error, errors.ProvenanceError)
        assert error.__name__ in (errors.__doc__ or "")
