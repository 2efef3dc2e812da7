"""What leads to an image, and nothing else."""

from __future__ import annotations

from provenance_gen.contribution.path import path_to
from provenance_gen.records.event import Basis
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
