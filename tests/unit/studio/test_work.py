"""A work: attempts, revisions, choices and edits, as they are read back."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from provenance_gen.editing.parsing import parse_crop, parse_stroke
from provenance_gen.errors import UnknownReferenceError, UsageError
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import Basis
from provenance_gen.records.work import Choice, Outcome
from provenance_gen.studio.chains import lineage
from provenance_gen.studio.generate import Request
from tests.fakes import FakePipeline
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from provenance_gen.studio import Work


def test_attempts_are_numbered_in_order(work: Work) -> None:
    """Images are named by attempt and place."""
    generate(work, "a red boat", count=2)
    history = work.history()
    assert [image.name for image in history.images] == ["1.1", "1.2", "1.3", "2.1", "2.2"]
    assert history.attempts[1].prompt == "a red boat"


def test_revision_of_a_named_image(work: Work) -> None:
    """Who says which image they looked at has it recorded as said."""
    generate(work, "a red boat", based_on="1.2")
    attempt = work.history().attempts[1]
    assert (attempt.revises, attempt.viewed) == (1, "1.2")
    assert attempt.revision_basis is Basis.CONTEMPORANEOUS


def test_revision_that_is_only_guessed(work: Work) -> None:
    """Without a word the image last picked is taken, and the record says that it is a guess."""
    work.view(["1.1", "1.2"])
    work.select("1.3")
    generate(work, "a red boat")
    attempt = work.history().attempts[1]
    assert (attempt.viewed, attempt.revision_basis) == ("1.3", Basis.INFERRED)


def test_a_guessed_revision_is_not_counted_in_what_is_signed(work: Work) -> None:
    """A credential counts the links that a person named, and no guess."""
    generate(work, "a red boat", based_on="1.2")
    work.select("2.1")
    generate(work, "a blue boat")
    assert [attempt.revises for attempt in work.history().attempts] == [None, 1, 2]
    assert lineage(work, "3.1").counts.revisions == 1


def test_first_attempt_revises_nothing(work: Work) -> None:
    """Where nothing was shown or picked, nothing is inferred."""
    generate(work, "another")
    assert [attempt.revises for attempt in work.history().attempts] == [None, None]


def test_changes_of_mind(work: Work) -> None:
    """The last word counts; the earlier one stays in the record."""
    work.reject(["1.1", "1.2"], reason="too dark")
    work.select("1.2", reason="no, this one")
    history = work.history()
    assert [i.choice for i in history.images] == [Choice.REJECTED, Choice.SELECTED, Choice.NONE]
    assert [s.choice for s in history.selections] == [Choice.REJECTED, Choice.SELECTED]
    assert history.selections[1].over == ("1.1", "1.3")


def test_selected_by_pixels(work: Work) -> None:
    """A script selects with the pictures that the pipeline gave it."""
    images = generate(work, "x", count=2, seed=50)
    work.select(images[1], over=images[:1])
    selection = work.history().selections[0]
    assert (selection.images, selection.over) == (("2.2",), ("2.1",))


def test_unknown_image(work: Work) -> None:
    """An image that is not there is answered with the nearest ones; nothing is recorded."""
    size = work.studio.ledger.head().size
    with pytest.raises(UnknownReferenceError) as caught:
        work.select("1.9")
    assert "1.1" in caught.value.nearest
    with pytest.raises(UnknownReferenceError):
        work.reject([Image.new("RGB", (4, 4))])
    with pytest.raises(UsageError):
        work.reject([])
    assert work.studio.ledger.head().size == size


def test_edit_keeps_the_original(work: Work) -> None:
    """An edit is a new image with its own measured change; the one before stays as it is."""
    before = work.studio.store.open(work.find("1.1").ref.pixel_digest).tobytes()
    cropped = work.edit("1.1", [parse_crop("0,4,16,8")], note="lower")
    painted = work.edit("e1", [parse_stroke("2,2 6,2;width=2;color=#ff0000")])
    assert (cropped.image.name, cropped.parent, painted.parent) == ("e1", "1.1", "e1")
    assert (cropped.agent, cropped.difference.changed) == (EditAgent.HUMAN, 0)
    assert painted.difference.bounds == painted.operations[0].region
    assert [i.name for i in work.history().lineage("e2")] == ["1.1", "e1", "e2"]
    after = work.studio.store.open(work.find("1.1").ref.pixel_digest).tobytes()
    assert before == after


def test_edit_by_another_program(work: Work) -> None:
    """What another program made is external: who acted there is not known."""
    picture = work.studio.store.open(work.find("1.1").ref.pixel_digest).copy()
    picture.putpixel((3, 5), (1, 2, 3))
    edit = work.edit("1.1", picture, tool="Krita", note="repainted")
    assert (edit.agent, edit.tool, edit.confirmed) == (EditAgent.EXTERNAL, "Krita", None)
    assert edit.difference.bounds == (3, 5, 1, 1)
    assert edit.citation.basis is Basis.CONFIRMED


@pytest.mark.parametrize(
    "request_",
    [
        Request("x", count=0),
        Request("x", seed=2**64),
        Request("x", seed=-1),
        Request("x", steps=0),
        Request("x", size=(0, 8)),
        Request("x", size=(10, 64)),
        Request("\ud800"),
    ],
)
def test_impossible_requests(work: Work, request_: Request) -> None:
    """What no model can do is refused before anything is loaded or recorded."""
    size = work.studio.ledger.head().size
    with pytest.raises(UsageError):
        work.generate(request_)
    assert work.studio.ledger.head().size == size


def test_running_and_interrupted_are_told_apart(work: Work) -> None:
    """While its lock is held an attempt runs; when its process is gone it was interrupted."""
    seen: list[Outcome] = []

    def look(
        _pipe: object, _step: int, _time: int, tensors: dict[str, object]
    ) -> dict[str, object]:
        seen.append(work.history().attempts[-1].outcome)
        return tensors

    work.record(FakePipeline())("x", num_inference_steps=1, callback_on_step_end=look)
    assert seen == [Outcome.RUNNING]
    with contextlib.suppress(KeyboardInterrupt):
        work.record(FakePipeline(failure=KeyboardInterrupt()))("x")
    assert work.history().attempts[-1].outcome is Outcome.INTERRUPTED
    assert not any(work.studio.folder.locks.iterdir())
