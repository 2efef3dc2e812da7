"""Origin maps in reports of a real studio: measured from stored pixels, within limits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from provenance_gen.editing.parsing import parse_stroke
from provenance_gen.studio.redact import withdraw
from provenance_gen.studio.report_origin import OriginMaps
from tests.fakes import SIDE

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.studio import Studio, Work


def origins(work: Work, file: Path, **how: Any) -> list[dict[str, Any]]:
    """Write a report and return the origin maps that its JSON tells."""
    written = work.report(file, formats=("html", "json"), **how)
    found: list[dict[str, Any]] = json.loads(written.files["json"].read_bytes())["origins"]
    return found


def test_a_report_tells_where_a_person_painted(work: Work, tmp_path: Path) -> None:
    """Of the picture it is of; the same events and pixels give the same files."""
    work.edit("1.1", [parse_stroke("0,8 16,8;width=4;color=#ff0000")])
    work.export("e1", tmp_path / "boat.png")
    (view,) = origins(work, tmp_path / "a")
    first, second = view["layers"]
    assert (first["image"], first["hand"]) == ("1.1", "model")
    assert (second["image"], second["hand"], second["writer"]) == ("e1", "person", "stroke")
    assert second["regions"][0]["box"][2] == SIDE
    assert first["area"] + second["area"] + view["mixed"] == SIDE * SIDE
    size = work.studio.ledger.head().size - 1
    again = origins(work, tmp_path / "b", at=size)
    assert again == [view]
    for ending in (".html", ".json"):
        assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()
    assert 'id="map"' in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_deleted_pixels_leave_no_map(work: Work, studio: Studio, tmp_path: Path) -> None:
    """Neither would their outline be anybody's business."""
    work.edit("1.1", [parse_stroke("0,8 16,8;width=4")])
    withdraw(studio, "e1", reason="a face")
    (view,) = origins(work, tmp_path / "a", image="e1")
    assert (view["missing"], view["layers"]) == ("gone", [])


def test_a_large_picture_is_left_to_the_command(work: Work) -> None:
    """And so is the rest once a report has measured as much as is stated."""
    history, store, area = work.history(), work.studio.store, SIDE**2
    small = OriginMaps(history, store, largest=area - 1)
    assert small(history.image("1.1")).missing == "large"
    maps = OriginMaps(history, store, largest=area, most=2 * area)
    missing = [maps(history.image(name)).missing for name in ("1.1", "1.2", "1.3")]
    assert missing == [None, None, "large"]
