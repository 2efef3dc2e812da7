"""The RO-Crate: an independent reader takes it, and nothing in it leads nowhere or is invented."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rocrate.rocrate import ROCrate  # type: ignore[import-untyped]

from provenance_gen.reporting import crate
from tests.histories import Making
from tests.unit.reporting.conftest import everything

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.reporting.conftest import Report

FILES = {"README.md": 5, "report.html": 9, "images/2.1.png": 4, "images/e1.png": 4}
PICTURES = {"2.1": "images/2.1.png", "e1": "images/e1.png"}


def graph(report: Report, made: Making) -> dict[str, dict[str, Any]]:
    """Return the entries of a crate by their names."""
    written = json.loads(b"".join(crate.pieces(report(made), FILES, PICTURES)))
    assert written["@context"] == "https://w3id.org/ro/crate/1.1/context"
    return {entry["@id"]: entry for entry in written["@graph"]}


def test_another_reader_takes_it(report: Report, whole: Making, tmp_path: Path) -> None:
    """Files with their sizes, and the steps that made them."""
    for name, size in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"." * size)
    context = report(whole)
    (tmp_path / crate.NAME).write_bytes(b"".join(crate.pieces(context, FILES, PICTURES)))
    read = ROCrate(tmp_path)
    assert {entity.id for entity in read.data_entities} == set(FILES)
    actions = {entity.id for entity in read.get_by_type("CreateAction")}
    assert actions == {f"#attempt-{a.number}" for a in context.attempts} | {
        f"#edit-{e.number}" for e in context.edits
    }
    assert read.get("#edit-1")["object"].id == "images/2.1.png"
    assert read.get("#edit-1")["result"].id == "images/e1.png"


def test_nothing_leads_nowhere(report: Report, whole: Making) -> None:
    """Whatever is pointed at stands in the crate, and whatever stands is pointed at."""
    entries = graph(report, whole)

    def pointed(value: Any) -> set[str]:
        if isinstance(value, dict):
            return {value["@id"]} if set(value) == {"@id"} else set()
        return (
            {name for item in value for name in pointed(item)} if isinstance(value, list) else set()
        )

    names = set().union(*(pointed(value) for one in entries.values() for value in one.values()))
    assert names - {"https://w3id.org/ro/crate/1.1"} <= set(entries)
    assert set(entries) - names == {crate.NAME}


def test_it_names_a_person_only_where_the_record_does(report: Report) -> None:
    """The author is as stated; who acted has no name; what a program did has no agent."""
    made = Making(author="A. Painter")
    made.attempt("a boat")
    made.edit("1.1")
    entries = graph(report, made)
    assert entries["./"]["author"] == {"@id": "#author"}
    assert entries["#author"]["name"] == "A. Painter"
    assert entries["#person"]["name"] == "A person"
    assert entries["#attempt-1"]["agent"] == {"@id": "#person"}
    assert entries["#attempt-1"]["object"] == {"@id": "#prompt-1-1"}
    assert entries["#prompt-1-1"]["text"] == "a boat"
    assert entries["#attempt-1"]["startTime"] <= entries["#attempt-1"]["endTime"]
    others = graph(report, everything("x"))
    agents = {name for name, one in others.items() if "agent" in one}
    edits = {f"#edit-{one.number}" for one in report(everything("x")).edits if one.agent != "human"}
    assert edits
    assert not agents & edits


def test_withheld_words_stay_out(report: Report) -> None:
    """No entry stands for them."""
    made = Making(author=None)
    made.attempt("a secret", withhold=["/call/prompts/prompt/0"])
    entries = graph(report, made)
    assert "secret" not in json.dumps(entries)
    assert "object" not in entries["#attempt-1"]
    assert "author" not in entries["./"]
