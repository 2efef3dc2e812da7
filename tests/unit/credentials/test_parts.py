"""What a manifest says of use by AI, in both forms of the statement and whoever wrote it."""

from __future__ import annotations

from typing import Any

import pytest

from provenance_gen.credentials.parts import authors, training


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


@pytest.mark.parametrize(
    ("assertions", "found"),
    [
        (
            {"cawg.metadata": {"dc:creator": ["A. Painter", "B. Singer"]}},
            ("A. Painter", "B. Singer"),
        ),
        ({"c2pa.metadata": {"dc:creator": " A. Painter "}}, ("A. Painter",)),
        (
            {
                "stds.schema-org.CreativeWork": {
                    "author": [{"@type": "Person", "name": "A. Painter"}, {"@type": "Person"}, 7]
                },
                "cawg.metadata__1": {"dc:creator": ["A. Painter"]},
            },
            ("A. Painter",),
        ),
        ({"stds.schema-org.CreativeWork": {"author": {"name": "A. Painter"}}}, ("A. Painter",)),
        ({"org.example.metadata": {"dc:creator": ["A. Painter"]}}, ()),
        ({"cawg.metadata": {"dc:creator": [["x"], "", None]}, "c2pa.metadata": "x"}, ()),
        (
            {"cawg.metadata": {"dc:creator": [str(n) for n in range(99)]}},
            tuple(map(str, range(16))),
        ),
    ],
)
def test_authors(assertions: dict[str, Any], found: tuple[str, ...]) -> None:
    """Each name once, from metadata of either kind; nothing that is no name."""
    assert authors(assertions) == found
