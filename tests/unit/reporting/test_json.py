"""JSON: exact words, a schema's name, no pictures, the same bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from provenance_gen.reporting.json import render
from tests.unit.reporting.conftest import everything
from tests.unit.reporting.test_html import HOSTILE

if TYPE_CHECKING:
    from tests.histories import Making
    from tests.unit.reporting.conftest import Report


def test_words_are_exact(report: Report) -> None:
    """What a person wrote is what a program reads, whatever it holds."""
    text = HOSTILE + "\r\n" + "x" * 50_000
    value: dict[str, Any] = json.loads(render(report(everything(text))))
    assert value["title"] == text
    assert value["intents"][0]["text"] == text
    assert value["attempts"][0]["prompts"][0] == {"name": "prompt", "text": text}
    assert value["choices"][0]["reason"] == text
    assert value["edits"][0]["note"] == text


def test_the_shape_is_named_and_pictures_are_left_out(report: Report, whole: Making) -> None:
    """Their digests stand in their places."""
    content = render(report(whole, "ja"))
    value: dict[str, Any] = json.loads(content)
    assert next(iter(value)) == "schema"
    assert value["schema"] == "provenance-gen/report/1"
    assert value["language"] == "ja"
    assert set(value["final"]) == {"name", "pixel_digest", "width", "height"}
    assert "difference" not in value["edits"][0]
    assert b"iVBOR" not in content
    assert "創作意図".encode() in content


def test_the_same_record_gives_the_same_bytes(report: Report) -> None:
    """No clock and no chance."""
    assert render(report(everything("a boat"))) == render(report(everything("a boat")))


def test_findings_carry_what_a_reader_needs(report: Report, whole: Making) -> None:
    """The rule, our reading as its own field, the confidence, the events."""
    value: dict[str, Any] = json.loads(render(report(whole)))
    (policy,) = value["policies"]
    finding = next(item for item in policy["findings"] if item["id"] == "jp.edit")
    assert finding["evidence"] == "present"
    assert finding["our_reading"] == "strong"
    assert finding["confidence"] == "B"
    assert finding["backing"]["events"]
    assert finding["backing"]["standing"] == "asserted"
