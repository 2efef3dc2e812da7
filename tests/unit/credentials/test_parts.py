"""What a manifest says of use by AI, in both forms of the statement and whoever wrote it."""

from __future__ import annotations

from typing import Any

import pytest

from provenance_gen.credentials.parts import training


def said(label: str, **entries: Any) -> dict[str, Any]:
    """Return the assertions of a manifest with one statement."""
    return {label: {"entries": entries}}


@pytest.mark.parametrize(
    ("assertions", "found"),
    [
        (
            said("cawg.training-mining", **{"cawg.ai_inference": {"use": "notAllowed"}}),
            {"ai_inference": "notAllowed"},
        ),
        (
            said("c2pa.training-mining", **{"c2pa.ai_training": {"use": "allowed"}}),
            {"ai_training": "allowed"},
        ),
        (
            said(
                "cawg.training-mining",
                **{"cawg.data_mining": {"use": "constrained", "constraint_info": "ask me"}},
            ),
            {"data_mining": "constrained"},
        ),
        (
            said("cawg.training-mining", **{"cawg.data_mining": {"use": "constrained"}}),
            {"data_mining": "notAllowed"},
        ),
        (
            said("cawg.training-mining", **{"cawg.ai_inference": {"use": "allowed"}})
            | said("cawg.training-mining__1", **{"cawg.ai_inference": {"use": "notAllowed"}}),
            {"ai_inference": "notAllowed"},
        ),
        (said("cawg.training-mining", **{"cawg.other": {"use": "notAllowed"}}), {}),
        (said("cawg.training-mining", **{"cawg.ai_inference": {"use": "maybe"}}), {}),
        (said("cawg.training-mining", **{"cawg.ai_inference": "notAllowed"}), {}),
        ({"cawg.training-mining": {"entries": ["x"]}}, {}),
        ({"cawg.training-mining": 7, "c2pa.actions": {}}, {}),
        (said("org.example.training", **{"cawg.ai_inference": {"use": "notAllowed"}}), {}),
    ],
)
def test_training(assertions: dict[str, Any], found: dict[str, str]) -> None:
    """The narrowest word counts; what is not of the standard's form says nothing."""
    assert training(assertions) == found
