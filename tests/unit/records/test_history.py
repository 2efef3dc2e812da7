"""What events tell of works, where whoever wrote them means no good."""

from __future__ import annotations

import pytest

from provenance_gen.records import payloads as p
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import ActorKind
from provenance_gen.studio.left import made_from
from tests.histories import Making
from tests.parts import said


def again(made: Making, kind: str, **changed: object) -> None:
    """Record the last event of a kind once more, with other fields."""
    event = next(event for event in reversed(made.events) if event.type == kind)
    made.add(p.PAYLOADS[kind].model_validate({**event.payload, **changed}))


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("work.created", {"title": said("Painted by hand")}),
        ("attempt.started", {}),
        ("image.imported", {"own": True}),
        ("edit.recorded", {"note": said("by hand")}),
        ("export.prepared", {}),
    ],
)
def test_nothing_is_put_out_of_sight_by_recording_it_again(
    kind: str, changed: dict[str, object]
) -> None:
    """The first event with an identifier counts, and all that followed it stays."""
    made = Making()
    made.attempt(images=2)
    made.bring_in()
    made.edit("1.1")
    made.export("e1")
    before = made.work()
    again(made, kind, **changed)
    assert made.work() == before


def test_no_picture_comes_from_itself() -> None:
    """An edit under an identifier that is taken ends no search for the beginning."""
    made = Making()
    made.attempt(images=1)
    made.edit("1.1")
    made.edit("e1")
    first, second = [e.payload for e in made.events if e.type == "edit.recorded"]
    circle = {**first, "parent": {**second["parent"], "origin": second["edit"]}}
    for payload in (circle, {**circle, "edit": "edit-9", "parent": second["parent"]}):
        made.add(p.EditRecorded.model_validate(payload))
    work = made.work()
    assert [image.name for image in work.lineage("e2")] == ["1.1", "e1", "e2"]
    assert [image.name for image in work.lineage("e3")] == ["1.1", "e1", "e3"]
    assert made_from(work, ["1.1"]) == {"e1", "e2", "e3"}
    assert made_from(work, ["e1", "e2"]) == {"e3"}
    assert made_from(work, ["e3"]) == made_from(work, ["1.2"]) == frozenset()


def test_records_share_what_is_the_same() -> None:
    """Of thousands of attempts on one machine; and a changed copy changes nobody else."""
    made = Making()
    for number in range(3):
        made.attempt(f"a boat {number}")
    first, second, third = made.history().works[0].attempts
    assert first.environment is second.environment is third.environment
    assert first.model is third.model
    assert first.citation.model_fields_set is second.citation.model_fields_set
    before = set(first.citation.model_fields_set)
    changed = first.citation.model_copy(update={"log": 2})
    assert changed.model_fields_set == before | {"log"}
    assert second.citation.model_fields_set == before
    assert "log" not in second.citation.model_dump(exclude_unset=True) or "log" in before


def test_nobody_undoes_what_a_person_confirmed() -> None:
    """A later confirmation by a script counts for nobody, and takes nothing away."""
    made = Making()
    made.attempt(images=1)
    made.edit("1.1", agent=EditAgent.EXTERNAL)
    made.confirm("e1", actor=ActorKind.UNKNOWN)
    assert not made.work().edits[0].theirs
    made.confirm("e1")
    assert made.work().edits[0].theirs
    made.confirm("e1", actor=ActorKind.PROGRAM)
    assert made.work().edits[0].theirs
