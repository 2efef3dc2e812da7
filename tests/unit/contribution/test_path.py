"""What leads to an image, and nothing else."""

from __future__ import annotations

from provenance_gen.contribution.path import path_to, surely_to
from provenance_gen.records.edit import EditAgent, Operation
from provenance_gen.records.event import Basis
from provenance_gen.records.generation import Task
from tests.histories import Making


def everything() -> Making:
    """Return a work with three lines of attempts and two of edits."""
    made = Making()
    sketch = made.bring_in(own=True)
    other = made.bring_in()
    made.attempt("a boat", inputs=[sketch])
    made.attempt("a tree", inputs=[other])
    made.attempt("a red boat", revises=1, viewed="1.1")
    made.attempt("a red boat at dusk", revises=3, viewed="3.1", linked=Basis.INFERRED)
    made.view("2.1")
    made.pick("4.1", over=["4.2"], reason="low horizon")
    made.reject("2.1")
    made.edit("4.1")
    made.edit("2.2")
    made.edit("e1")
    made.export("e3")
    return made


def test_the_line_of_one_picture() -> None:
    """Its attempts by revision, a guessed link too; what was given to them; its edits."""
    path = path_to(everything().work(), "e3")
    assert [attempt.number for attempt in path.attempts] == [1, 3, 4]
    assert [edit.image.name for edit in path.edits] == ["e1", "e3"]
    assert [item.image.name for item in path.imports] == ["i1"]
    assert [choice.images for choice in path.selections] == [("4.1",)]
    assert path.views == ()
    assert len(path.exports) == 1


def test_another_picture_of_the_same_work() -> None:
    """Nothing of the first line."""
    path = path_to(everything().work(), "2.1")
    assert [attempt.number for attempt in path.attempts] == [2]
    assert path.edits == ()
    assert [item.image.name for item in path.imports] == ["i2"]
    assert [choice.images for choice in path.selections] == [("2.1",)]
    assert len(path.views) == 1
    assert path.exports == ()


def test_a_picture_that_was_brought_in() -> None:
    """It was made elsewhere: no attempt leads to it."""
    path = path_to(everything().work(), "i1")
    assert path.attempts == ()
    assert [item.image.name for item in path.imports] == ["i1"]


def test_what_only_a_guess_leads_to() -> None:
    """Attempts before a guessed revision, and what was before an edit with a guessed parent."""
    sure = surely_to(everything().work(), "e3")
    assert [attempt.number for attempt in sure.attempts] == [4]
    assert [edit.image.name for edit in sure.edits] == ["e1", "e3"]
    assert sure.imports == ()
    assert [choice.images for choice in sure.selections] == [("4.1",)]
    made = Making()
    made.attempt("a boat")
    made.pick("1.1", reason="low horizon")
    made.edit("1.1", agent=EditAgent.EXTERNAL, basis=Basis.INFERRED)
    made.edit("e1")
    sure = surely_to(made.work(), "e2")
    assert [edit.image.name for edit in sure.edits] == ["e1", "e2"]
    assert (sure.attempts, sure.selections) == ((), ())
    assert [attempt.number for attempt in path_to(made.work(), "e2").attempts] == [1]
    made.confirm("e1")
    assert [attempt.number for attempt in surely_to(made.work(), "e2").attempts] == [1]


def test_what_an_edit_took_pixels_from_leads_to_it_too() -> None:
    """The attempt of an inpainting, the picture pasted in, and what that was given."""
    made = Making()
    made.attempt("a harbour")
    made.attempt("a lighthouse", revises=1, viewed="1.1", call={"task": Task.INPAINT}, images=1)
    made.edit("1.1", agent=EditAgent.MODEL, operations=[taken(made, "inpaint", "2.1")])
    sketch = made.bring_in(own=True)
    made.attempt("a gull", inputs=[sketch])
    made.attempt("a whale")
    made.edit("3.2")
    made.edit("e1", operations=[taken(made, "paste", "e2")])
    path = path_to(made.work(), "e3")
    assert [attempt.number for attempt in path.attempts] == [1, 2, 3]
    assert [edit.image.name for edit in path.edits] == ["e1", "e2", "e3"]
    assert [item.image.name for item in path.imports] == ["i1"]
    assert [attempt.number for attempt in path_to(made.work(), "e1").attempts] == [1, 2]


def taken(made: Making, name: str, source: str) -> Operation:
    """Return an operation that takes pixels from another picture."""
    return Operation(
        name=name,
        action="c2pa.edited",
        region=(4, 4, 20, 20),
        source=made.refs[source],
        width=64,
        height=64,
    )
