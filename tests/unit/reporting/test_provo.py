"""The W3C PROV form: it reads back as it was written, and says what the report says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from prov.model import ProvDocument

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
