"""Write the example reports again: ``python reports/samples/build.py``.

The work in them is made up, and so is its record: the events are put together here and no ledger
keeps them. The pictures are drawn by the program that draws the training pictures of the built-in
model. Everything else is the real way from events to a report. A test compares the files.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from story import SCENES, STORIES, Story  # noqa: E402

from provenance_gen.generation.builtin.drawing import draw_scene  # noqa: E402
from provenance_gen.images.difference import difference, difference_image  # noqa: E402
from provenance_gen.images.pixels import encode_png, pixel_digest  # noqa: E402
from provenance_gen.images.thumbnails import make_thumbnail  # noqa: E402
from provenance_gen.policy.loader import load  # noqa: E402
from provenance_gen.records.anchor import Span, StudioTimes, TrustedTimes  # noqa: E402
from provenance_gen.records.edit import EditAgent  # noqa: E402
from provenance_gen.reporting import html, pdf  # noqa: E402
from provenance_gen.reporting import json as json_form  # noqa: E402
from provenance_gen.reporting.context import build  # noqa: E402
from provenance_gen.studio.found import found  # noqa: E402
from tests.histories import Making  # noqa: E402
from tests.origins import DrawnMaps  # noqa: E402

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from provenance_gen.records.event import Event, Payload
    from provenance_gen.records.report import ReportContext
    from provenance_gen.records.work import Edit

SIDE = 256
POLICIES = ("jp-bunka-2024", "us-usco-2025", "eu-originality", "cn-courts", "kr-kcc-2025")
LAMP = (78, 96)
"""Where the lamp is painted: left and top in pixels."""


@cache
def picture(name: str) -> Image.Image:
    """Draw an image of the example by its name."""
    if name == "e1":
        return _with_lamp(picture("4.2"))
    if name == "e2":
        return _darkened(picture("e1"))
    return draw_scene(SCENES[name], SIDE)


def _with_lamp(image: Image.Image) -> Image.Image:
    painted, (x, y) = image.copy(), LAMP
    pen = ImageDraw.Draw(painted)
    pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=(255, 236, 150))
    pen.ellipse((x - 2, y - 2, x + 2, y + 2), fill=(255, 252, 230))
    for step in range(5):
        half, row = 6 - step, y + 96 + 9 * step
        pen.line((x - half, row, x + half, row), (255, 214, 120), 2)
    return painted


def _darkened(image: Image.Image) -> Image.Image:
    painted, box = image.copy(), (0, 158, SIDE, 172)
    painted.paste(ImageEnhance.Brightness(image.crop(box)).enhance(0.8), box)
    return painted


class Drawn(Making):
    """A work whose images have the digests of the pictures drawn for them; a step takes a while."""

    def add(self, payload: Payload, **how: Any) -> Event:
        """Append one event."""
        return super().add(payload, **{"seconds": 95, **how})

    def pixels(self, name: str) -> str:
        """Return the digest of a picture's pixels."""
        return pixel_digest(picture(name))


class Pictures:
    """Gives the report the drawn pictures."""

    def __init__(self, made: Making) -> None:
        """Take the images of a work."""
        self._names = {ref.pixel_digest: name for name, ref in made.refs.items()}

    def thumbnail(self, digest: str) -> bytes | None:
        """Return a small picture."""
        return encode_png(make_thumbnail(picture(self._names[digest])))

    def full(self, digest: str) -> bytes | None:
        """Return the whole picture."""
        return encode_png(picture(self._names[digest]))

    def difference(self, edit: Edit) -> bytes | None:
        """Return a picture of what an edit changed."""
        child = picture(edit.image.name)
        return encode_png(difference_image(picture(edit.parent), child))


def making(story: Story) -> Making:
    """Return the events of the example."""
    made = Drawn(title=story.title, author=story.author, size=SIDE)
    made.intent(story.intents[0])
    sketch = made.bring_in(own=True, name=story.sketch)
    size = {"width": SIDE, "height": SIDE}
    made.attempt(story.prompts[0], call=size)
    made.view("1.1", "1.2", "1.3", "1.4")
    made.attempt(story.prompts[1], revises=1, viewed="1.2", call=size)
    made.view("2.1", "2.2", "2.3", "2.4")
    made.reject("2.1", "2.2", "2.3", "2.4", reason=story.rejected)
    made.intent(story.intents[1])
    made.attempt(story.prompts[2], revises=2, viewed="2.3", inputs=[sketch], call=size)
    made.view("3.1", "3.2", "3.3", "3.4")
    made.attempt(story.prompts[3], revises=3, viewed="3.2", inputs=[sketch], call=size)
    made.view("4.1", "4.2", "4.3", "4.4")
    made.pick("4.2", over=["4.1", "4.3", "4.4"], reason=story.picked[0])
    made.attempt(story.prompts[4], revises=4, viewed="4.2", images=2, call=size)
    made.attempt(story.prompts[4], ending="failed", call=size)
    made.reject("5.1", "5.2", reason=story.picked[1])
    for name, parent, note, agent, tool in (
        ("e1", "4.2", story.note, EditAgent.HUMAN, None),
        ("e2", "e1", story.other, EditAgent.EXTERNAL, "Krita"),
    ):
        found = difference(picture(parent), picture(name))
        own = {"agent": agent, "tool": tool, "note": note}
        if agent is EditAgent.EXTERNAL:
            own["operations"] = ()
        made.edit(parent, changed=found.changed, bounds=found.bounds, **own)
    made.confirm("e2")
    made.export("e2", file=story.file)
    return made


def times(made: Making) -> StudioTimes:
    """Return what two outside time-stamps say: one after attempt 4, one after the edits."""
    first = next(e.sequence for e in made.events if e.type == "image.selected")
    last = next(e.sequence for e in made.events if e.type == "fact.confirmed") + 1
    # By other people's clocks, half a second after the event before.
    half, end = (made.events[n - 1].timestamp.replace("Z", ".500000Z") for n in (first, last))
    spans = (
        Span(first=0, stop=first, not_after=half),
        Span(first=first, stop=last, not_before=half, not_after=end),
        Span(first=last, stop=len(made.events), not_before=end),
    )
    return StudioTimes(logs=(TrustedTimes(spans=spans),))


def written(edit: Edit) -> NDArray[np.float32]:
    """Return where an edit of the example wrote: the pixels that its two pictures differ in."""
    before, after = (
        np.asarray(picture(name).convert("RGB")) for name in (edit.parent, edit.image.name)
    )
    changed: NDArray[np.float32] = (before != after).any(axis=2).astype(np.float32)
    return changed


def context(language: str) -> ReportContext:
    """Return what the example report says in a language."""
    made = making(STORIES[language])
    history = made.history()
    (work,) = history.works
    loaded = [load(name) for name in POLICIES]
    return build(
        history,
        work,
        **found(work, loaded)._asdict(),
        language=language,
        pictures=Pictures(made),
        times=times(made),
        maps=DrawnMaps(work, written),
    )


def files() -> dict[str, bytes]:
    """Return the example reports by their files' names."""
    made = {}
    for language in STORIES:
        gathered = context(language)
        made[f"boat.{language}.html"] = html.render(gathered).encode()
        made[f"boat.{language}.json"] = json_form.render(gathered)
        made[f"boat.{language}.pdf"] = pdf.render(gathered)
    return made


if __name__ == "__main__":
    for file, content in files().items():
        (HERE / file).write_bytes(content)
        sys.stdout.write(f"wrote {file}\n")
