"""The contract of ``provgen verify --json``: shipped, made from the records, kept by verdicts."""

from __future__ import annotations

import copy
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from provenance_gen.records.verdict import Verdict
from provenance_gen.studio.verify import verify_all
from tests.unit.credentials import foreign, samples, tamper

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED: dict[str, Any] = json.loads(
    files("provenance_gen.records").joinpath("verdict.schema.json").read_text(encoding="utf-8")
)


def test_the_shipped_schema_is_made_from_the_records() -> None:
    """``make docs`` writes it; a field that is added shows as a change of this file."""
    assert Verdict.json_schema() == SHIPPED
    Draft202012Validator.check_schema(SHIPPED)


def test_verdicts_of_every_kind_keep_it(tmp_path: Path) -> None:
    """Valid, changed, stripped, unsigned and unreadable files, and one with unsigned claims."""
    who = foreign.stranger()
    whole, _ = foreign.sign(samples.encoded(), "image/png", who)
    other, _ = foreign.sign(samples.encoded(seed=2), "image/png", who)
    cases = {name: change(whole, other) for name, (change, *_) in tamper.MATRIX.items()}
    cases |= {"whole": whole, "plain": samples.encoded("WEBP"), "none": b"", "text": b"hello"}
    for name, data in cases.items():
        (tmp_path / name).write_bytes(data)
    names = [*cases, "missing"]
    validator = Draft202012Validator(SHIPPED)
    found = verify_all([tmp_path / name for name in names], trust_pem=who.root)
    assert {str(one.verdict) for one in found} == {"trusted", "invalid", "unsigned", "unreadable"}
    for verdict in found:
        validator.validate(json.loads(json.dumps(verdict.as_json())))
        for file in (verdict.file, "schema_", "船.png\u2028\U0001f6a2"):
            line = verdict.model_copy(update={"file": file}).as_line()
            assert line.isascii()
            assert "\n" not in line
            assert json.loads(line) == json.loads(json.dumps(verdict.as_json())) | {"file": file}


@pytest.mark.parametrize("wrong", ["verdict", "checks", "schema", "credentials", "ai", "record"])
def test_what_is_no_verdict_is_refused(wrong: str, tmp_path: Path) -> None:
    """Each field is asked for, and by its kind."""
    (verdict,) = verify_all([tmp_path / "missing"])
    value = json.loads(json.dumps(verdict.as_json()))
    validator = Draft202012Validator(SHIPPED)
    validator.validate(value)
    without = copy.deepcopy(value)
    del without[wrong]
    assert not validator.is_valid(without)
    assert not validator.is_valid(value | {wrong: 7})
