"""The W3C PROV form: it reads back as it was written, and says what the report says."""

from __future__ import annotations

import json
from itertools import combinations
from typing import TYPE_CHECKING, Any

from prov.model import (
    ProvActivity,
    ProvAgent,
    ProvCommunication,
    ProvDerivation,
    ProvDocument,
    ProvEntity,
    ProvGeneration,
    ProvRelation,
    ProvUsage,
)

from provenance_gen.reporting import provo
from tests.histories import Making

if TYPE_CHECKING:
    from tests.unit.reporting.conftest import Report


def test_it_reads_back_as_it_was_written(report: Report, whole: Making) -> None:
    """By the reference library, into an equal graph; the same context gives the same bytes."""
    context = report(whole)
    written = provo.render(context)
    assert ProvDocument.deserialize(content=written, format="json") == provo.build(context)
    assert provo.render(report(whole)) == written


def test_it_reads_back_from_xml_as_well(report: Report, whole: Making) -> None:
    """W3C PROV-XML, written and read by the reference library."""
    graph = provo.build(report(whole))
    written = graph.serialize(format="xml") or ""
    assert ProvDocument.deserialize(content=written.encode(), format="xml") == graph


def test_it_keeps_the_constraints_of_prov(report: Report, whole: Making) -> None:
    """W3C PROV-CONSTRAINTS, 30 April 2013, as far as they apply to what we write."""
    context = report(whole)
    graph = provo.build(context)
    # 22-29: records of one identifier can be merged, none contradicts another.
    assert len(list(graph.unified().get_records())) == len(list(graph.get_records()))
    kinds = {
        kind: {str(one.identifier) for one in graph.get_records(kind)}
        for kind in (ProvEntity, ProvActivity, ProvAgent)
    }
    # 55: nothing is an entity and an activity; ours are no agents either.
    assert not any(kinds[one] & kinds[other] for one, other in combinations(kinds, 2))
    # Whatever is spoken of stands in the document.
    named = {str(v) for one in graph.get_records(ProvRelation) for v in one.args[:2] if v}
    assert named <= set().union(*kinds.values())
    # 24: an entity is generated once by one activity.
    made = [str(one.args[0]) for one in graph.get_records(ProvGeneration)]
    assert len(made) == len(set(made)) > 5
    by = {str(one.args[0]): str(one.args[1]) for one in graph.get_records(ProvGeneration)}
    used = {(str(one.args[1]), str(one.args[0])) for one in graph.get_records(ProvUsage)}
    # Inference 11: an activity that made the one used the other.
    for one in graph.get_records(ProvDerivation):
        later, earlier, activity = (str(one.args[place]) for place in range(3))
        assert by[later] == activity
        assert (earlier, activity) in used
    acted: dict[str, Any] = {str(one.identifier): one for one in graph.get_records(ProvActivity)}
    starts = {name: one.get_startTime() for name, one in acted.items()}
    ends = {name: one.get_endTime() for name, one in acted.items()}
    # 30: an activity starts before it ends. 37: what is used was generated before.
    assert all(starts[name] <= ends[name] for name in starts)
    assert all(starts[by[entity]] <= ends[activity] for entity, activity in used if entity in by)
    # 35: who informs began before whoever is informed ended.
    for one in graph.get_records(ProvCommunication):
        informed, informant = map(str, one.args[:2])
        assert starts[informant] <= ends[informed]


def test_every_step_is_an_activity_of_its_agent(report: Report, whole: Making) -> None:
    """With what it used and what it gave."""
    context = report(whole)
    graph = json.loads(provo.render(context))
    activities = graph["activity"]
    assert {f"log:attempt-{a.number}" for a in context.attempts} <= set(activities)
    assert {f"log:edit-{e.number}" for e in context.edits} <= set(activities)
    assert sum(name.startswith("log:choice-") for name in activities) == len(context.choices)
    associated = {a["prov:activity"] for a in graph["wasAssociatedWith"].values()}
    assert associated == set(activities)
    made = {g["prov:entity"] for g in graph["wasGeneratedBy"].values()}
    assert {f"log:image-{v.figure.name}" for a in context.attempts for v in a.images} <= made
    first = activities["log:attempt-1"]
    assert first["provgen:standing"] == "asserted"
    assert first["prov:startTime"] <= first["prov:endTime"]


def test_what_an_edit_was_made_from(report: Report) -> None:
    """Derivation, use and generation agree."""
    made = Making()
    made.attempt("a boat")
    made.edit("1.1")
    graph = json.loads(provo.render(report(made)))
    (derived,) = graph["wasDerivedFrom"].values()
    assert (derived["prov:generatedEntity"], derived["prov:usedEntity"]) == (
        "log:image-e1",
        "log:image-1.1",
    )


def test_withheld_words_stay_out(report: Report) -> None:
    """That there was a prompt is said, its words are not."""
    made = Making()
    made.attempt("a secret", withhold=["/call/prompts/prompt/0"])
    text = provo.render(report(made)).decode()
    assert "secret" not in text
    assert '"provgen:withheld"' in text


def test_hostile_words_stay_values(report: Report) -> None:
    """Text that looks like PROV or JSON changes no structure."""
    made = Making(title='"},"agent":{')
    made.attempt('log:person", "prov:type": "prov:Person"} \u202e\x00')
    context = report(made)
    graph = json.loads(provo.render(context))
    assert list(graph["agent"]) == ["log:person"]
    values = [e["prov:value"] for e in graph["entity"].values() if "prov:value" in e]
    assert values == [str(context.attempts[0].prompts[0].text)]
