"""From records to a C2PA manifest definition: pure, and the only place that decides what leaves.

A chain recorded wholly in one studio is one manifest: ``c2pa.created``, then one action for each
recorded operation. ``c2pa.opened`` with a parent stands only where the chain begins at an imported
file. Three profiles say how much leaves (``records.export.Disclosure``). What the program measured
stands in created assertions, words that a person typed in gathered ones. No path, user or host
name has a way in: records carry none, and names are cut to their last part here again.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.credentials import ingredients, rules
from provenance_gen.credentials.edits import (
    change,
    edit_actions,
    edit_words,
    has_gaps,
    is_by_model,
    moment,
)
from provenance_gen.credentials.ingredients import MAX_WORDS, last_part, of_image
from provenance_gen.credentials.report import RECORD_LABEL
from provenance_gen.credentials.vocabulary import EDITED_BY_AI, GENERATED
from provenance_gen.errors import SigningError
from provenance_gen.records.export import Disclosure, LedgerProof, Lineage, Repaint, Stated
from provenance_gen.records.generation import Call, Task
from provenance_gen.records.work import Edit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance_gen.records.work import Attempt

STATEMENTS_LABEL: Final = "org.provenance-gen.statements"
"""Label of the gathered assertion with words that a person typed."""

TRAINING_LABEL: Final = "cawg.training-mining"
"""Label of the assertion on training and data mining (CAWG, version 1.1)."""

AUTHOR_LABEL: Final = "cawg.metadata"
"""Label of the assertion with the name that a person signs as (CAWG metadata, version 1.1)."""

_USES: Final = (
    "cawg.ai_generative_training",
    "cawg.ai_inference",
    "cawg.ai_training",
    "cawg.data_mining",
)
"""What may be done with a picture (CAWG training and data mining, version 1.1)."""

DUBLIN_CORE: Final = "http://purl.org/dc/elements/1.1/"

TO_COME: Final = "(made when the export is recorded)"
"""Stands in a preview for what is not known before."""


def manifest_definition(
    lineage: Lineage,
    *,
    disclosure: Disclosure,
    proof: LedgerProof | None,
    title: str | None,
    media_type: str,
    software_version: str,
    now: datetime,
    stated: Stated | None = None,
) -> dict[str, Any]:
    """Describe how a picture was made, as a definition for the C2PA library.

    Args:
        lineage: the recorded chain from its beginning to the exported picture.
        disclosure: how much of it leaves.
        proof: what ties the file to its ledger; left out of a minimal manifest.
        title: name of the picture, such as the file's name; left out of a minimal manifest.
        media_type: of the file to sign.
        software_version: of this program.
        now: the maker's clock, written into the record assertion.
        stated: what the person has put in, whatever the profile.

    Raises:
        SigningError: the lineage has no beginning or two, or the result breaks a rule.
    """
    if (lineage.attempt is None) == (lineage.source is None):
        raise SigningError("a lineage begins with one attempt or with one imported file")
    tool = {"name": "provenance-gen", "version": software_version}
    open_ = disclosure is not Disclosure.MINIMAL
    first = ingredients.of_beginning(lineage, disclosure)
    actions = [_beginning(lineage, disclosure, tool, first)]
    later, taken = _later(lineage, disclosure, tool)
    data: dict[str, Any] = {"actions": actions + later}
    if open_ and lineage.source is None and not has_gaps(lineage.steps):
        data["allActionsIncluded"] = True
    assertions: list[dict[str, Any]] = [{"label": "c2pa.actions", "data": data}]
    if open_ and proof is not None:
        assertions.append({"label": RECORD_LABEL, "data": _record(lineage, proof, now)})
    if disclosure is Disclosure.FULL and (words := _statements(lineage)):
        assertions.append({"label": STATEMENTS_LABEL, "data": words})
    assertions += _stated(stated or Stated())
    definition: dict[str, Any] = {
        "claim_generator_info": [tool],
        "format": media_type,
        "ingredients": first + taken,
        "assertions": assertions,
    }
    if open_ and title:
        definition["title"] = last_part(title)
    rules.check_definition(definition)
    return definition


def _beginning(
    lineage: Lineage,
    disclosure: Disclosure,
    tool: dict[str, str],
    taken: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return ``c2pa.created`` for a generation, ``c2pa.opened`` for an imported file."""
    labels = [item["label"] for item in taken]
    parameters: dict[str, Any] = {"ingredientIds": labels} if labels else {}
    action: dict[str, Any] = {"action": "c2pa.opened", "softwareAgent": tool}
    cited = lineage.source.citation if lineage.source else None
    if attempt := lineage.attempt:
        action |= {"action": "c2pa.created", "digitalSourceType": _created_type(attempt)}
        cited = attempt.ended or attempt.citation
        parameters |= _parameters(attempt, lineage.generated_index, disclosure)
    # The exact time is the same in every export of one attempt, so it would link two minimal ones.
    if cited and disclosure is not Disclosure.MINIMAL:
        action["when"] = moment(cited.timestamp)
    if parameters:
        action["parameters"] = parameters
    return action


def _created_type(attempt: Attempt) -> str:
    # A chain that begins so has lost the picture that was painted in, which may be anybody's work.
    return EDITED_BY_AI if attempt.call.task is Task.INPAINT else GENERATED


def _later(
    lineage: Lineage, disclosure: Disclosure, tool: dict[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the actions of the steps, and the ingredients that they took in."""
    actions: list[dict[str, Any]] = []
    taken: list[dict[str, Any]] = []
    if disclosure is Disclosure.MINIMAL:
        # The AI mark is all that a minimal manifest owes: one action for it, no kind or count.
        if lineage.source is not None and any(map(is_by_model, lineage.steps)):
            mark = {"digitalSourceType": EDITED_BY_AI, "softwareAgent": tool}
            actions.append({"action": "c2pa.edited", **mark})
        return actions, taken
    full = disclosure is Disclosure.FULL
    for number, step in enumerate(lineage.steps, 1):
        new = ingredients.of_step(step, number, lineage, disclosure)
        labels = [item["label"] for item in new]
        taken += new
        if isinstance(step, Edit):
            actions += edit_actions(step, tool, full=full, taken=labels)
        else:
            actions.append(_repainted(step, disclosure, tool, labels))
    return actions, taken


def _repainted(
    step: Repaint, disclosure: Disclosure, tool: dict[str, str], labels: list[str]
) -> dict[str, Any]:
    """Return the action of an inpainting; its region is what the mask asked for."""
    action: dict[str, Any] = {
        "action": "c2pa.edited",
        "digitalSourceType": EDITED_BY_AI,
        "softwareAgent": tool,
        "description": "inpaint",
        "when": moment((step.attempt.ended or step.attempt.citation).timestamp),
        "parameters": {
            "ingredientIds": labels,
            **_parameters(step.attempt, step.index, disclosure),
        },
    }
    if step.region:
        action["changes"] = [change(step.region, step.width, step.height)]
    return action


def _stated(stated: Stated) -> list[dict[str, Any]]:
    """Return what the person has put in: gathered assertions, as the program knows none of it."""
    found: list[dict[str, Any]] = []
    if stated.training is not None:
        use = {"use": stated.training.value}
        if stated.conditions:
            use["constraint_info"] = stated.conditions
        entries = {name: dict(use) for name in _USES}
        found.append({"label": TRAINING_LABEL, "data": {"entries": entries}})
    if stated.author:
        data: dict[str, Any] = {"@context": {"dc": DUBLIN_CORE}, "dc:creator": [stated.author]}
        found.append({"label": AUTHOR_LABEL, "data": data, "kind": "Json"})
    return found


def _parameters(attempt: Attempt, index: int, disclosure: Disclosure) -> dict[str, Any]:
    if disclosure is Disclosure.MINIMAL:
        return {}
    model = attempt.model
    about = {"kind": model.kind, "sha256": model.digest, "licence": model.licence}
    found: dict[str, Any] = {f"{rules.OWN_PREFIX}model": _known(about)}
    if disclosure is Disclosure.FULL:
        found[f"{rules.OWN_PREFIX}generation"] = _executed(attempt.call, index)
    return found


def _executed(call: Call, index: int) -> dict[str, Any]:
    """Return the executed parameters; seeds and decimals are text, for no reader to round."""
    state = of_image(call.generators, index, 1)
    values = {
        "pipeline": call.pipeline,
        "task": call.task.value,
        "seed": state.seed if state else None,
        "steps": call.steps,
        "guidance": call.guidance,
        "strength": call.strength,
        "width": call.width,
        "height": call.height,
        "scheduler": call.scheduler,
    }
    return _known(values)


def _statements(lineage: Lineage) -> dict[str, Any]:
    """Return what a person typed, for the gathered assertion; prompts are ingredients."""
    words = edit_words(step for step in lineage.steps if isinstance(step, Edit))
    if lineage.source and lineage.source.note:
        words.insert(0, {"about": "imported file", "text": str(lineage.source.note)})
    if len(json.dumps(words)) > MAX_WORDS:
        return {"omitted": "too long"}
    return {"statements": words} if words else {}


def sealed(proof: LedgerProof, now: datetime) -> dict[str, Any]:
    """Return what every record assertion says: where the ledger holds the event, and the proof.

    Args:
        proof: leads to the event; digests in hexadecimal.
        now: when the assertion is made.
    """
    return {
        "version": 1,
        "origin": proof.origin,
        "event": proof.sequence,
        "leaf": proof.leaf,
        "treeSize": proof.tree_size,
        "inclusion": list(proof.inclusion),
        "checkpoint": proof.checkpoint,
        "prepared": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _record(lineage: Lineage, proof: LedgerProof, now: datetime) -> dict[str, Any]:
    found = sealed(proof, now) | {"counts": lineage.counts.model_dump(mode="json")}
    if proof.withheld:
        found["withheld"] = dict(proof.withheld)
    return found


def foreseen(lineage: Lineage, origin: str, withheld: Iterable[str]) -> dict[str, Any]:
    """Return the record assertion as it will be, as far as that is known before it is recorded.

    Args:
        lineage: the recorded chain.
        origin: name of the ledger.
        withheld: what the salted commitments will be of.
    """
    later = ("event", "leaf", "treeSize", "inclusion", "checkpoint", "prepared")
    return {
        "version": 1,
        "origin": origin,
        **dict.fromkeys(later, TO_COME),
        "counts": lineage.counts.model_dump(mode="json"),
        "withheld": dict.fromkeys(withheld, TO_COME),
    }


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
