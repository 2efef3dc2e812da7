"""The origin map in a report: who wrote which area, by the record, and nothing added up."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from provenance_gen.contribution.measures import measure
from provenance_gen.policy.loader import load, shipped
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import ActorKind
from provenance_gen.records.report import Hand
from provenance_gen.reporting import forbidden, html, origin_picture, pages
from provenance_gen.reporting import json as json_form
from provenance_gen.reporting.context import build
from provenance_gen.reporting.origin import MAX_MAPS, not_in_bundle, tags
from provenance_gen.reporting.strings import Phrases
from tests.histories import Making
from tests.origins import DrawnMaps, boxed
from tests.parts import FlatPictures

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance_gen.records.report import ReportContext
    from provenance_gen.records.work import Work
    from provenance_gen.reporting.origin import Maps

LANGUAGES = pytest.mark.parametrize("language", ["en", "ja"])


def by_boxes(work: Work) -> Maps:
    """Return maps by the boxes of the work's edits."""
    return DrawnMaps(work, boxed)


def no_maps(_work: Work) -> Maps:
    """Return what a bundle's report is given."""
    return not_in_bundle


def report(
    made: Making, language: str = "en", maps: Callable[[Work], Maps] = by_boxes
) -> ReportContext:
    """Return what a report with origin maps says."""
    history = made.history()
    (work,) = history.works
    return build(
        history,
        work,
        policies=[],
        contribution=measure(work),
        language=language,
        pictures=FlatPictures(),
        maps=maps(work),
    )


@pytest.fixture
def made() -> Making:
    """Return a work whose steps were done by all kinds of hands."""
    made = Making()
    made.attempt("a boat")
    made.edit("1.1", bounds=(2, 2, 10, 10))
    made.edit("e1", bounds=(20, 2, 10, 10), actor=ActorKind.PROGRAM)
    made.edit("e2", bounds=(40, 2, 10, 10), agent=EditAgent.MODEL)
    made.edit("e3", bounds=(2, 30, 10, 10), agent=EditAgent.EXTERNAL, operations=())
    made.edit("e4", bounds=(20, 30, 10, 10), agent=EditAgent.EXTERNAL, operations=())
    made.confirm("e4")
    made.export("e5")
    return made


def test_every_area_says_whose_it_is_by_the_record(made: Making) -> None:
    """A script is no person, and another program's work is nobody's until it is confirmed."""
    (view,) = report(made).origins
    assert [(layer.image, layer.hand, layer.area) for layer in view.layers] == [
        ("1.1", Hand.MODEL, 64 * 64 - 500),
        ("e1", Hand.PERSON, 100),
        ("e2", Hand.UNATTRIBUTED, 100),
        ("e3", Hand.MODEL, 100),
        ("e4", Hand.CONFIRMED, 100),
        ("e5", Hand.UNCONFIRMED, 100),
    ]
    assert [layer.regions[0].box for layer in view.layers[1:3]] == [(2, 2, 10, 10), (20, 2, 10, 10)]
    assert [len(layer.backing.events) for layer in view.layers] == [1, 1, 1, 1, 2, 1]
    assert view.missing is None


def test_what_began_with_a_file_says_whose_file() -> None:
    """As the person said when it was brought in; a script cannot say so for them."""
    for own, actor, hand in (
        (True, ActorKind.PERSON, Hand.OWN),
        (True, ActorKind.PROGRAM, Hand.FILE),
        (False, ActorKind.PERSON, Hand.FILE),
    ):
        made = Making()
        made.bring_in(own=own, actor=actor)
        made.edit("i1")
        made.export("e1")
        assert report(made).origins[0].layers[0].hand is hand


@LANGUAGES
def test_the_page_shows_picture_map_and_table(made: Making, language: str) -> None:
    """With a number over each area, and one row for each step; nothing is forbidden in it."""
    context = report(made, language)
    page, t = html.render(context), Phrases(language)
    section = page[page.index('<section id="map"') : page.index('<section id="timeline"')]
    assert section.count('<tr><th scope="row">') == len(context.origins[0].layers) == 6
    assert re.findall(r'class="tag"[^>]*><b>(\d)</b>', section) == ["2", "3", "4", "5", "6"]
    assert section.count('class="box"') == 2  # the person's, and what was confirmed
    for hand in ("model", "person", "unattributed", "confirmed", "unconfirmed"):
        assert t(f"map.hand.{hand}") in section
    assert "%" not in re.sub(r'style="[^"]*"', "", section)
    assert forbidden.search(page, [load(name) for name in shipped()]) == ()


def test_a_folder_holds_the_map_as_a_file(made: Making) -> None:
    """Beside the picture it is of; the words of the small lines lead to the first page."""
    made.attempt("many", images=501)
    context = report(made)
    assert pages.is_large(context)
    files = dict(pages.pages(context))
    assert files["pictures/origin-e5.png"] == context.origins[0].png
    assert "pictures/beside-e5.png" in files
    assert b'src="pictures/origin-e5.png"' in files["index.html"]
    assert b'href="index.html#standing"' in files["index.html"]


def test_json_holds_every_area_and_no_sum(made: Making) -> None:
    """No key but those of the schema; a whole-picture figure would be one more."""
    (view,) = json.loads(json_form.render(report(made)))["origins"]
    assert set(view) == {
        "image",
        "width",
        "height",
        "missing",
        "layers",
        "mixed",
        "tones",
        "kept",
        "unmeasured",
    }
    assert view["layers"][1]["regions"] == [{"box": [2, 2, 10, 10], "area": 100}]


def test_the_picture_first_then_other_exports_and_no_more_than_stated() -> None:
    """The newest exports; each image once."""
    made = Making()
    made.attempt(images=8)
    for place in range(1, 8):
        made.export(f"1.{place}")
    made.export("1.7")
    views = report(made).origins
    assert [view.image for view in views] == ["1.7", "1.6", "1.5", "1.4"]
    assert len(views) == MAX_MAPS
    # One step wrote all of it: there is nothing to draw.
    assert [view.png for view in views] == [None] * MAX_MAPS
    assert Phrases("en")("map.whole") in html.render(report(made))


def test_a_bundle_s_report_has_none_and_says_why(made: Making) -> None:
    """It is made again from events alone."""
    context = report(made, maps=no_maps)
    assert [(view.image, view.missing, view.layers) for view in context.origins] == [
        ("e5", "bundle", ())
    ]
    assert Phrases("en")("map.missing.bundle") in html.render(context)


def test_a_work_without_pictures_has_no_map() -> None:
    """Nor is there a section for one."""
    context = report(Making())
    assert context.origins == ()
    assert '<section id="map"' not in html.render(context)


@LANGUAGES
@pytest.mark.parametrize("reason", ["extra", "large", "gone", "unfit", "bundle"])
def test_a_map_that_is_missing_says_why(made: Making, language: str, reason: str) -> None:
    """In the reader's language."""
    context = report(made, language)
    view = context.origins[0].model_copy(update={"missing": reason, "drawn": None})
    page = html.render(context.model_copy(update={"origins": (view,)}))
    assert str(html.shown(Phrases(language)(f"map.missing.{reason}"))) in page


def test_colours_and_patterns_tell_hands_apart() -> None:
    """By colour, and in grey by their patterns alone; the same labels give the same bytes."""
    hands = list(Hand)
    samples = [origin_picture.swatch(name) for name in (origin_picture.MIXED, *hands)]
    assert len(set(samples)) == len(hands) + 1
    shapes = set()
    for sample in samples:
        image = Image.open(io.BytesIO(sample))
        inside = np.asarray(image)[1:-1, 1:-1]
        shapes.add((inside % 2).tobytes())
        assert len(np.unique(inside)) == (1 if sample == origin_picture.swatch(Hand.MODEL) else 2)
    assert len(shapes) == len(samples)
    labels = np.arange(len(hands) + 1, dtype=np.uint16).repeat(20)[None].repeat(40, axis=0)
    drawn = origin_picture.draw(labels, hands)
    assert drawn == origin_picture.draw(labels, hands)
    shown = np.asarray(Image.open(io.BytesIO(drawn)).convert("RGB"))
    assert tuple(shown[5, 30]) == (222, 222, 218)  # the first hand of all, between two lines
    assert tuple(shown[5, 40]) == (20, 20, 20)


@pytest.mark.parametrize(
    ("size", "drawn"),
    [
        ((3000, 2000), (600, 400)),
        ((64, 48), (640, 480)),
        ((10_000, 3), (625, 1)),
        ((1, 641), (1, 320)),
    ],
)
def test_a_map_is_drawn_at_a_bounded_size(size: tuple[int, int], drawn: tuple[int, int]) -> None:
    """Large ones sampled, small ones repeated; few bytes either way."""
    labels = np.ones((size[1], size[0]), dtype=np.uint16)
    labels[: size[1] // 2, : size[0] // 2] = 2
    png = origin_picture.draw(origin_picture.fitted(labels), [Hand.MODEL, Hand.PERSON])
    assert Image.open(io.BytesIO(png)).size == drawn
    assert max(drawn) <= origin_picture.SIDE
    assert len(png) < 10_000


def test_numbers_stand_at_the_largest_areas_of_each_later_step(made: Making) -> None:
    """The beginning lies below all others and has none."""
    found = list(tags(report(made).origins[0]))
    assert found[0] == (2, (2, 2, 10, 10))
    assert [number for number, _ in found] == [2, 3, 4, 5, 6]
