"""Reports of made-up works, for every test of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from provenance_gen.policy.loader import load
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import Basis
from provenance_gen.reporting.context import build
from provenance_gen.studio.found import found
from tests.histories import Making
from tests.origins import DrawnMaps, boxed
from tests.parts import FlatPictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.records.anchor import StudioTimes
    from provenance_gen.records.report import ReportContext


class Report(Protocol):
    """Builds the context of a report."""

    def __call__(
        self,
        made: Making,
        language: str = "en",
        image: str | None = None,
        times: StudioTimes | None = None,
        policies: Sequence[str] = ("jp-bunka-2024",),
    ) -> ReportContext:
        """Return what a report of the work says."""
        ...


def gathered(
    made: Making,
    language: str = "en",
    image: str | None = None,
    times: StudioTimes | None = None,
    policies: Sequence[str] = ("jp-bunka-2024",),
) -> ReportContext:
    """Return what a report of a work says."""
    history = made.history()
    (work,) = history.works
    loaded = [load(name) for name in policies]
    return build(
        history,
        work,
        **found(work, loaded, image)._asdict(),
        language=language,
        pictures=FlatPictures(),
        image=image,
        times=times,
        maps=DrawnMaps(work, boxed),
    )


@pytest.fixture
def report() -> Report:
    """Build a report, with the Japanese policy where no other is asked for."""
    return gathered


@pytest.fixture
def whole() -> Making:
    """Return a work with every kind of step in it."""
    return everything("Harbour at dusk")


def everything(text: str) -> Making:
    """Return a work with every kind of step, in which a person wrote the text wherever they can."""
    made = Making(title=text, author=text)
    made.intent(text)
    sketch = made.bring_in(own=True, name=text)
    made.bring_in(name=text)
    made.attempt(text, inputs=[sketch], call={"words": {"note": text}})
    made.view("1.1", "1.2")
    made.attempt(f"{text} again", revises=1, viewed="1.2", call={"guidance": "3"})
    made.attempt("other", revises=2, linked=Basis.INFERRED, ending="failed")
    made.attempt("hidden", revises=2, withhold=["/call/prompts/prompt/0"], ending="interrupted")
    made.attempt(None, ending="none", call={"completeness": ("prompt_embeds",)})
    made.pick("2.1", over=["2.2", "2.3"], reason=text)
    made.reject("2.2", "2.3", reason=text)
    made.pick("2.4")
    made.edit("2.1", tool=text, note=text)
    made.edit("e1", uniform=True, changed=4096)
    made.edit("e2", agent=EditAgent.EXTERNAL, tool="Krita")
    made.edit("e3", agent=EditAgent.EXTERNAL, changed=0, bounds=None)
    made.confirm("e4", note=text)
    made.edit("e1", agent=EditAgent.MODEL)
    made.export("e2", file=text)
    made.export("e3", signed=False)
    return made
