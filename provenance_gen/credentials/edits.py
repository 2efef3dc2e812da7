"""From recorded edits to C2PA actions: one for each operation, with what was measured.

Regions are in the pixels of the picture as the step left it, which later steps may have cropped
or resized; each says so. A part of ``credentials.assertions``, and as pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provenance_gen.credentials.ingredients import operation_label
from provenance_gen.credentials.rules import OWN_PREFIX
from provenance_gen.credentials.vocabulary import EDITED_BY_AI, HUMAN_EDITS
from provenance_gen.records.edit import EditAgent, Operation
from provenance_gen.records.event import ActorKind, Basis
from provenance_gen.records.export import Repaint
from provenance_gen.records.work import Edit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from provenance_gen.records.image import Difference

_MEANS: Final = {
    EditAgent.HUMAN: "builtInEditor",
    EditAgent.MODEL: "model",
    EditAgent.EXTERNAL: "anotherProgram",
    EditAgent.PROGRAM: "markDrawnByThisProgram",
}
"""By what means an edit was made. Who made it stands beside it, as far as it is known."""


def edit_actions(
    edit: Edit, tool: dict[str, str], *, full: bool, taken: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return an edit's actions in order.

    Args:
        edit: the edit.
        tool: this program, as a software agent.
        full: whether parameters are disclosed.
        taken: labels of the ingredients that its operations took in.
    """
    common: dict[str, Any] = {"when": moment(edit.citation.timestamp)}
    if edit.agent is EditAgent.HUMAN:
        common["softwareAgent"] = tool
        if edit.citation.by_person:
            # Edits that a script made with the built-in editor are not signed as a human's.
            common["digitalSourceType"] = HUMAN_EDITS
    elif edit.agent is EditAgent.MODEL:
        common |= {"digitalSourceType": EDITED_BY_AI, "softwareAgent": tool}
    elif edit.agent is EditAgent.PROGRAM:
        common["softwareAgent"] = tool
    # Who or what acted in another program is not known, so neither a source type nor an agent is
    # stated; a person's confirmation is a statement of theirs and changes no measured fact.
    if not edit.operations:
        actions = [{"action": "c2pa.edited", **common}]
    else:
        actions = [
            _action(
                operation, common, [t for t in taken if f"-{operation_label(n)}" in t], full=full
            )
            for n, operation in enumerate(edit.operations, 1)
        ]
    parameters = actions[-1].setdefault("parameters", {})
    parameters[f"{OWN_PREFIX}edit"] = {
        "number": edit.number,
        "means": _MEANS[edit.agent],
        **_who(edit),
    }
    if full:
        parameters[f"{OWN_PREFIX}difference"] = _difference(edit.difference)
    if not edit.operations and edit.difference.bounds:
        # Of an edit made elsewhere the measured difference is all that is known.
        size = edit.image.stored
        actions[-1]["changes"] = [
            change(region, size.width, size.height)
            for region in edit.difference.regions or (edit.difference.bounds,)
        ]
    return actions


def _who(edit: Edit) -> dict[str, str]:
    """Say who made an edit, and on what that rests (``records.event.Basis``).

    In another program nobody of ours saw who acted. Whoever had the result recorded is not said to
    have made it; and that a person confirmed it as theirs is their word and nothing more.
    """
    if edit.agent is not EditAgent.EXTERNAL:
        return {"actor": edit.citation.actor.value, "basis": edit.citation.basis.value}
    if edit.theirs:
        return {"actor": ActorKind.PERSON.value, "basis": Basis.CONFIRMED.value}
    return {"actor": ActorKind.UNKNOWN.value}


def has_gaps(steps: Iterable[Edit | Repaint]) -> bool:
    """Tell whether some step is known only by its result."""
    edits = (step for step in steps if isinstance(step, Edit))
    return any(edit.agent is EditAgent.EXTERNAL or not edit.operations for edit in edits)


def is_by_model(step: Edit | Repaint) -> bool:
    """Tell whether a model painted in this step."""
    return isinstance(step, Repaint) or step.agent is EditAgent.MODEL


def edit_words(edits: Iterable[Edit]) -> list[dict[str, str]]:
    """Return what a person typed about edits and in them."""
    found = []
    for edit in edits:
        name = edit.image.name
        typed = [("tool", edit.tool), ("note", edit.note)]
        typed += [item for operation in edit.operations for item in operation.words.items()]
        found += [{"about": f"{name} {key}", "text": str(text)} for key, text in typed if text]
    return found


def _action(
    operation: Operation, common: dict[str, Any], taken: list[str], *, full: bool
) -> dict[str, Any]:
    action: dict[str, Any] = {"action": operation.action, **common, "description": operation.name}
    parameters: dict[str, Any] = {}
    if taken:
        parameters["ingredientIds"] = taken
    if operation.region:
        action["changes"] = [change(operation.region, operation.width, operation.height)]
    if full:
        details: dict[str, Any] = {"name": operation.name, **operation.numbers}
        if operation.points:
            # As text: arrays of numbers are corrupted by the library when it reads them.
            details["points"] = " ".join(f"{x},{y}" for x, y in operation.points)
        parameters[f"{OWN_PREFIX}operation"] = details
    if parameters:
        action["parameters"] = parameters
    return action


def moment(timestamp: str) -> str:
    """Return a recorded time to the second: finer than that it is nobody's business."""
    return timestamp.partition(".")[0].removesuffix("Z") + "Z"


def change(region: tuple[int, int, int, int], width: int, height: int) -> dict[str, Any]:
    """Return a region of interest (C2PA 2.2, section 18.2)."""
    left, top, wide, high = region
    return {
        "description": f"pixels of the {width} x {height} picture that this step left",
        "region": [
            {
                "type": "spatial",
                "shape": {
                    "type": "rectangle",
                    "unit": "pixel",
                    "origin": {"x": left, "y": top},
                    "width": wide,
                    "height": high,
                    "inside": True,
                },
            }
        ],
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "changedPixels": difference.changed,
        "comparedPixels": difference.area,
        "meanDifference": difference.mean,
        "largestDifference": difference.maximum,
        "uniform": difference.uniform,
        "tone": difference.tone,
    }
