"""Two pictures beside each other as one HTML page: what is recorded of each, and where it shows.

It ranks nobody: there is no sum, no difference and no colour that says better. What a side lacks a
record of is said to be unknown, not to be nothing. Computing is ``studio.compare``'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.records.event import ActorKind
from provenance_gen.reporting.context import spoken
from provenance_gen.reporting.html import environment
from provenance_gen.reporting.site import OnePage
from provenance_gen.reporting.strings import Phrases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.records.base import Region
    from provenance_gen.records.comparison import Comparison, Side
    from provenance_gen.records.report import Figure

GROUPS: Final[dict[ActorKind | None, tuple[str, ...]]] = {
    None: ("intents", "edits_not_attributed"),
    ActorKind.PERSON: (
        "own_inputs",
        "revisions_after_viewing",
        "selections",
        "selections_with_reason",
        "images_rejected",
        "human_edits",
        "human_changed_pixels",
        "human_tone_edits",
        "placements",
        "external_confirmed",
    ),
    ActorKind.PROGRAM: ("attempts", "images", "model_edits"),
    ActorKind.UNKNOWN: ("revisions_inferred", "external_unconfirmed"),
}
"""Measures that are set side by side, by who or what acted; the groups are those of a report.

Those of None may be a person's, a program's or nobody known's: the measure counts them together.
"""


def render(found: Comparison, pictures: Sequence[Figure | None], language: str) -> str:
    """Return the page.

    Args:
        found: the comparison.
        pictures: of its two sides, in their order; None where there is none to show.
        language: ``en`` or ``ja``.

    Raises:
        UsageError: there are no sentences in that language.
        ResourceError: a template or a sentence is missing: the installation is damaged.
    """
    chosen = spoken(language)
    sides = (found.a, found.b)
    template = environment().get_template("comparison.html.j2")
    return template.render(
        found=found,
        sides=[
            {"of": side, "figure": figure, "boxes": _boxes(side)}
            for side, figure in zip(sides, pictures, strict=True)
        ],
        groups={
            actor and actor.value: [
                name for name in names if any(side.measures.get(name) for side in sides)
            ]
            for actor, names in GROUPS.items()
        },
        language=chosen,
        t=Phrases(chosen),
        s=OnePage(),
    )


def _boxes(side: Side) -> tuple[Region, ...]:
    """Return where a person's steps show, as far as the record says that they are a person's.

    The built-in editor counts only where a person is recorded at it; a script can use it too.
    """
    theirs = {
        edit.image
        for edit in side.edits
        if edit.confirmed or (edit.agent == "human" and edit.actor is ActorKind.PERSON)
    }
    return tuple(box for layer in side.written if layer.image in theirs for box in layer.regions)
