"""JSON: exact words, a schema's name, no pictures, the same bytes."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from provenance_gen.policy.loader import load, shipped
from provenance_gen.records.contract import json_schema
from provenance_gen.records.policy import PolicyKind
from provenance_gen.records.report import SCHEMA, ReportContext
from provenance_gen.reporting.json import pieces, render
from tests.histories import Making
from tests.unit.reporting.conftest import everything
from tests.unit.reporting.test_html import HOSTILE

if TYPE_CHECKING:
    from tests.unit.reporting.conftest import Report

SHIPPED: dict[str, Any] = json.loads(
    files("provenance_gen.records").joinpath("report.schema.json").read_text(encoding="utf-8")
)
CONTRIBUTION = [name for name in shipped() if load(name).kind is PolicyKind.CONTRIBUTION]


def test_the_shipped_schema_is_made_from_the_records() -> None:
    """``make docs`` writes it; a field that is added shows as a change of this file."""
    assert json_schema(ReportContext, SCHEMA) == SHIPPED
    Draft202012Validator.check_schema(SHIPPED)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_reports_keep_the_schema(report: Report, whole: Making, language: str) -> None:
    """Full and empty ones, by every policy; one that lost a field or has an odd one does not."""
    judge = Draft202012Validator(SHIPPED)
    value = json.loads(render(report(whole, language, policies=CONTRIBUTION)))
    judge.validate(value)
    judge.validate(json.loads(render(report(Making(title=None, author=None), language))))
    for name in value:
        assert not judge.is_valid({key: held for key, held in value.items() if key != name}), name
    judge.validate(value | {"later": 1})  # as a verdict's: later versions may add fields
    value["attempts"][0]["images"][0]["figure"]["pixel_digest"] = "none"
    assert not judge.is_valid(value)


def test_words_are_exact(report: Report) -> None:
    """What a person wrote is what a program reads, whatever it holds."""
    text = HOSTILE + "\r\n" + "x" * 50_000
    value: dict[str, Any] = json.loads(render(report(everything(text))))
    assert value["title"] == text
    assert value["intents"][0]["text"] == text
    said = {"name": "prompt", "text": text, "deleted": False}
    assert value["attempts"][0]["prompts"][0] == said
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


ODD = (
    "".join(map(chr, range(0x20)))
    + '\x7f\x85\u2028\ufeff\U0001f58c \\ "quoted" </script> 創作\n  },\n'
)


@pytest.mark.parametrize("text", ["a boat", ODD, HOSTILE])
def test_the_form_is_that_of_the_standard_library(report: Report, text: str) -> None:
    """Pieces join to what ``json`` writes with an indent of two, whatever a text holds."""
    for made in (everything(text), Making(title=None, author=None)):
        context = report(made, policies=CONTRIBUTION)
        value = context.model_dump(mode="json")
        ordered = {"schema": value.pop("schema_"), **value}
        told = list(pieces(context))
        assert b"".join(told) == (json.dumps(ordered, ensure_ascii=False, indent=2) + "\n").encode()
        assert max(map(len, told)) < sum(map(len, told))


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
