"""What a manifest says for each kind of chain and profile, and what it never says."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from provenance_gen.credentials import ingredients, rules, vocabulary
from provenance_gen.errors import SigningError
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import ActorKind, Basis
from provenance_gen.records.export import Disclosure, Lineage
from provenance_gen.records.generation import InputImage, ModelIdentity, Task
from provenance_gen.records.image import ImageRef
from provenance_gen.records.work import Edit
from tests.unit.credentials import samples

LINEAGES = {"plain": samples.PLAIN, "edited": samples.EDITED, "imported": samples.IMPORTED}
EVERY = [(name, profile) for name in LINEAGES for profile in Disclosure]


def _actions(definition: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _assertion(definition, "c2pa.actions")["actions"]
    return found


def _assertion(definition: dict[str, Any], label: str) -> dict[str, Any]:
    return next((a["data"] for a in definition["assertions"] if a["label"] == label), {})


@pytest.mark.parametrize(("name", "profile"), EVERY)
def test_every_profile_of_every_chain_keeps_the_rules(name: str, profile: Disclosure) -> None:
    """Definitions are valid, carry the AI mark, and name nothing of this machine."""
    definition = samples.definition(LINEAGES[name], profile)
    rules.check_definition(definition)
    text = json.dumps(definition)
    assert "trainedAlgorithmicMedia" in text or "WithTrainedAlgorithmicMedia" in text
    for private in ("/home", "somebody", str(Path.home()), socket.gethostname()):
        # A host's name of two letters stands in any digest by chance.
        assert len(private) < 5 or private not in text


def test_a_chain_recorded_here_is_created_and_then_edited() -> None:
    """One action for each operation, in order, each with its time and its agent."""
    definition = samples.definition(samples.EDITED)
    actions = _actions(definition)
    names = [action["action"] for action in actions]
    assert names == ["c2pa.created", "c2pa.cropped", "c2pa.drawing"]
    assert actions[0]["digitalSourceType"] == vocabulary.GENERATED
    assert {action["digitalSourceType"] for action in actions[1:]} == {vocabulary.HUMAN_EDITS}
    assert all(action["when"].endswith("Z") for action in actions)
    shape = actions[2]["changes"][0]["region"][0]["shape"]
    assert (shape["origin"], shape["width"], shape["height"]) == ({"x": 1, "y": 2}, 12, 20)
    assert _assertion(definition, "c2pa.actions")["allActionsIncluded"] is True


@pytest.mark.parametrize("actor", [ActorKind.PROGRAM, ActorKind.UNKNOWN])
def test_what_a_script_edits_is_no_humans_edit(actor: ActorKind) -> None:
    """Only what a person did is signed as human edits; the actor stands beside each edit."""
    edits = tuple(
        edit.model_copy(update={"citation": edit.citation.model_copy(update={"actor": actor})})
        for edit in samples.EDITED.steps
        if isinstance(edit, Edit)
    )
    definition = samples.definition(samples.EDITED.model_copy(update={"steps": edits}))
    later = _actions(definition)[1:]
    assert not any("digitalSourceType" in action for action in later)
    assert later[-1]["parameters"]["org.provenance-gen.edit"]["actor"] == actor


def test_an_imported_file_is_opened_with_one_parent() -> None:
    """Only there is a parent named; its name leaves in full alone, without its folder."""
    standard = samples.definition(samples.IMPORTED)
    names = [action["action"] for action in _actions(standard)]
    assert names == ["c2pa.opened", "c2pa.drawing", "c2pa.edited"]
    parent = standard["ingredients"][0]
    assert (parent["relationship"], parent["title"]) == ("parentOf", "imported file")
    assert parent["metadata"]["org.provenance-gen.sha256"] == samples.digest("photograph")
    assert _actions(standard)[1]["digitalSourceType"] == vocabulary.EDITED_BY_AI
    full = samples.definition(samples.IMPORTED, Disclosure.FULL)
    assert full["ingredients"][0]["title"] == "photograph.jpg"


def test_what_another_program_did_is_not_claimed_to_be_known() -> None:
    """No source type, no agent and no completeness for an external edit; its measured region is."""
    definition = samples.definition(samples.IMPORTED)
    action = _actions(definition)[-1]
    assert "digitalSourceType" not in action
    assert "softwareAgent" not in action
    assert action["changes"][0]["region"][0]["shape"]["width"] == 20
    assert "allActionsIncluded" not in _assertion(definition, "c2pa.actions")
    confirmed = samples.edit(1, EditAgent.EXTERNAL, [], confirmed=samples.citation())
    chain = samples.PLAIN.model_copy(update={"steps": (confirmed,)})
    again = samples.definition(chain)
    assert "digitalSourceType" not in _actions(again)[-1]
    assert "allActionsIncluded" not in _assertion(again, "c2pa.actions")


def _signed_of(edit: Edit) -> dict[str, Any]:
    chain = samples.PLAIN.model_copy(update={"steps": (edit,)})
    found: dict[str, Any] = _actions(samples.definition(chain))[-1]["parameters"][
        "org.provenance-gen.edit"
    ]
    return found


def test_it_is_signed_on_what_a_person_rests() -> None:
    """A person in another program is the maker's assertion, and nobody where none was made."""
    by_person = samples.citation()
    by_script = by_person.model_copy(update={"actor": ActorKind.PROGRAM})
    outside = samples.edit(1, EditAgent.EXTERNAL, [])
    assert outside.citation.actor is ActorKind.PERSON  # who had it recorded
    assert _signed_of(outside) == {"number": 1, "means": "anotherProgram", "actor": "unknown"}
    scripted = outside.model_copy(update={"confirmed": by_script})
    assert _signed_of(scripted) == _signed_of(outside)
    linked = outside.model_copy(update={"linked": by_person})
    assert _signed_of(linked) == _signed_of(outside)
    confirmed = _signed_of(outside.model_copy(update={"confirmed": by_person}))
    assert (confirmed["actor"], confirmed["basis"]) == ("person", "confirmed")
    here = _signed_of(samples.edit(1, EditAgent.HUMAN, [samples.CROP]))
    assert (here["actor"], here["basis"]) == ("person", "contemporaneous")


def test_a_guess_is_no_humans_edit() -> None:
    """An inferred fact is never signed as human edits."""
    cited = samples.citation().model_copy(update={"basis": Basis.INFERRED})
    guessed = samples.edit(1, EditAgent.HUMAN, [samples.CROP], citation=cited)
    chain = samples.PLAIN.model_copy(update={"steps": (guessed,)})
    assert "digitalSourceType" not in _actions(samples.definition(chain))[-1]


def test_minimal_links_to_nothing() -> None:
    """The AI mark and the tool; no digest, time, count, name, step or ledger."""
    for lineage in LINEAGES.values():
        definition = samples.definition(lineage, Disclosure.MINIMAL)
        text = json.dumps(definition)
        assert "sha256" not in text
        assert "when" not in text
        assert samples.ORIGIN not in text
        assert "title" not in definition
        assert "drawing" not in text
        assert "allActionsIncluded" not in text
        assert len(_actions(definition)) <= 2


def test_standard_adds_model_counts_and_kinds_of_step() -> None:
    """But neither prompt nor seed nor what a person typed."""
    definition = samples.definition(samples.EDITED)
    text = json.dumps(definition)
    assert [item["title"] for item in definition["ingredients"]] == ["builtin"]
    assert definition["ingredients"][0]["data_types"] == [{"type": "c2pa.types.model"}]
    record = _assertion(definition, "org.provenance-gen.record")
    assert record["counts"]["attempts"] == 2
    assert (record["origin"], record["event"]) == (samples.ORIGIN, 11)
    for withheld in ("red boat", samples.SEED, "repainted", "7.5"):
        assert withheld not in text


def test_full_adds_prompts_seeds_and_parameters() -> None:
    """Typed words stand in the gathered assertion and in ingredients, seeds as text."""
    definition = samples.definition(samples.EDITED, Disclosure.FULL)
    prompt = next(item for item in definition["ingredients"] if item["title"] == "prompt")
    assert prompt["description"] == samples.PROMPT
    assert prompt["metadata"]["org.provenance-gen.sha256"] == samples.digest(samples.PROMPT)
    executed = _actions(definition)[0]["parameters"]["org.provenance-gen.generation"]
    assert (executed["seed"], executed["guidance"]) == (samples.SEED, "7.5")
    operation = _actions(definition)[2]["parameters"]["org.provenance-gen.operation"]
    assert operation["points"] == "1,2 10.5,20"
    words = _assertion(definition, "org.provenance-gen.statements")
    assert words["statements"] == [{"about": "e1 note", "text": "repainted the sail"}]
    measured = json.dumps(
        [_actions(definition), _assertion(definition, "org.provenance-gen.record")]
    )
    assert "repainted" not in measured
    assert "red boat" not in measured


def test_names_of_models() -> None:
    """A hub's name is public; a folder's name is the user's, and is cut to its last part."""
    cases = [
        (ModelIdentity(kind="hub", name="someone/some-model"), "someone/some-model"),
        (ModelIdentity(kind="hub", name="../../etc/passwd"), "passwd"),
        (ModelIdentity(kind="folder", name="/home/somebody/portraits"), None),
        (ModelIdentity(kind="object"), None),
    ]
    for model, standard in cases:
        chain = Lineage(attempt=samples.attempt(model=model), counts=samples.COUNTS, tree_size=1)
        title = samples.definition(chain)["ingredients"][0]["title"]
        assert title == (standard or "model (name not disclosed)")
    chain = Lineage(attempt=samples.attempt(model=cases[2][0]), counts=samples.COUNTS, tree_size=1)
    assert samples.definition(chain, Disclosure.FULL)["ingredients"][0]["title"] == "portraits"


def test_input_images_and_inpainting() -> None:
    """Inputs are ingredients by their pixels; an inpainted picture is not all generated."""
    call = samples.attempt().call.model_copy(
        update={
            "task": Task.INPAINT,
            "inputs": (InputImage(argument="image", pixel_digest=samples.digest("sketch")),),
        }
    )
    chain = samples.PLAIN.model_copy(update={"attempt": samples.attempt(call=call)})
    definition = samples.definition(chain)
    item = definition["ingredients"][1]
    assert item["relationship"] == "inputTo"
    assert item["metadata"] == {"org.provenance-gen.pixel-digest": samples.digest("sketch")}
    assert _actions(definition)[0]["digitalSourceType"] == vocabulary.EDITED_BY_AI


def test_prompts_of_a_batch_belong_to_their_images() -> None:
    """With two prompts and two images of each, image 3 has the second prompt."""
    call = samples.attempt().call.model_copy(
        update={"prompts": {"prompt": ("one", "two")}, "count": 2}
    )
    chain = Lineage(
        attempt=samples.attempt(call=call), generated_index=3, counts=samples.COUNTS, tree_size=1
    )
    definition = samples.definition(chain, Disclosure.FULL)
    assert [i["description"] for i in definition["ingredients"] if "description" in i] == ["two"]


def test_a_prompt_that_is_too_long_leaves_its_digest() -> None:
    """Fifty thousand characters fit; a million do not, and the manifest says so."""
    for length, kept in ((50_000, True), (900_000, False)):
        text = "x" * length
        call = samples.attempt().call.model_copy(update={"prompts": {"prompt": (text,)}})
        chain = samples.PLAIN.model_copy(update={"attempt": samples.attempt(call=call)})
        item = samples.definition(chain, Disclosure.FULL)["ingredients"][1]
        assert (item.get("description") == text) is kept
        assert item["metadata"]["org.provenance-gen.sha256"] == samples.digest(text)
        assert ("org.provenance-gen.omitted" in item["metadata"]) is not kept


def test_a_chain_begins_once() -> None:
    """With neither beginning, or both, nothing is written."""
    both = samples.PLAIN.model_copy(update={"source": samples.SOURCE})
    neither = samples.PLAIN.model_copy(update={"attempt": None})
    for lineage in (both, neither):
        with pytest.raises(SigningError, match="begins with one"):
            samples.definition(lineage)


def test_titles_lose_their_folders() -> None:
    """Whatever is handed in, no path leaves."""
    assert samples.definition(title="/home/somebody/x\n.png")["title"] == "x.png"
    assert samples.definition(title="C:\\Users\\somebody\\x.png")["title"] == "x.png"


@pytest.mark.parametrize("disclosure", list(Disclosure))
def test_pictures_that_were_put_in(disclosure: Disclosure) -> None:
    """A placed one is a component; of one that a model painted, model and prompt are inputs."""
    own = samples.attempt(id="at9")
    placed = samples.CROP.model_copy(
        update={"action": "c2pa.placed", "source": ImageRef(origin="im1", pixel_digest="1" * 64)}
    )
    painted = samples.STROKE.model_copy(
        update={"action": "c2pa.edited", "source": ImageRef(origin="at9", pixel_digest="2" * 64)}
    )
    chain = samples.PLAIN.model_copy(
        update={
            "steps": (
                samples.edit(1, EditAgent.HUMAN, [samples.CROP, placed]),
                samples.edit(2, EditAgent.MODEL, [painted]),
            ),
            "references": (samples.SOURCE,),
            "painters": (own,),
        }
    )
    definition = samples.definition(chain, disclosure)
    labels = {item["label"]: item for item in definition["ingredients"]}
    if disclosure is Disclosure.MINIMAL:
        assert labels == {}
        return
    put_in = labels["step1-op2-placed"]
    assert put_in["relationship"] == "componentOf"
    assert put_in["metadata"]["org.provenance-gen.sha256"] == samples.SOURCE.source_digest
    assert ingredients.files(chain, definition) == {
        "step1-op2-placed": samples.SOURCE.source_digest
    }
    named = [action.get("parameters", {}).get("ingredientIds") for action in _actions(definition)]
    assert named[1:3] == [None, ["step1-op2-placed"]]
    assert named[3][0] == "step2-op1-model"
    assert ("step2-op1-prompt-prompt" in named[3]) == (disclosure is Disclosure.FULL)
