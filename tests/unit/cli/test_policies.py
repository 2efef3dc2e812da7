"""``provgen policy``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from provenance_gen.policy.loader import shipped
from provenance_gen.resources import policies

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Run


def test_list(run: Run) -> None:
    """Every shipped policy, for people and for programs."""
    shown = run("policy", "list")
    assert all(name in shown.out for name in shipped())
    listed = json.loads(run("policy", "list", "--json").out)
    assert [item["id"] for item in listed] == list(shipped())
    assert {"en", "ja"} == set(listed[0]["title"])


def test_show(run: Run) -> None:
    """What it looks at, whose reading it is, and how sure; in either language."""
    english = run("policy", "show", "us-usco-2025")
    assert "our reading: neutral" in english.out
    assert "confidence A" in english.out
    assert "revisions is more than 0" in english.out
    japanese = run("policy", "show", "us-usco-2025", "--language", "ja")
    assert "プロンプトのみ" in japanese.out
    whole = json.loads(run("policy", "show", "us-usco-2025", "--json").out)
    assert whole["id"] == "us-usco-2025"
    refused = run("policy", "show", "us-usco-2025", "--language", "fr")
    assert (refused.code, "not in 'fr'" in refused.err) == (2, True)


def test_check_names_the_line_of_a_fault_and_goes_on(run: Run, tmp_path: Path) -> None:
    """A broken file does not hide what the others are."""
    (tmp_path / "mine.yaml").write_text("id: mine\nversion: one\n", encoding="utf-8")
    (tmp_path / "empty.yaml").write_text("", encoding="utf-8")
    found = run("policy", "check", "mine.yaml", "empty.yaml", "jp-bunka-2024", "gone.yaml")
    assert found.code == 3
    assert "mine.yaml:2: version" in found.err
    assert "empty.yaml:1: the file is empty" in found.err
    assert "gone.yaml: no such file" in found.err
    assert "8 factors; can be used" in found.out
    assert run("policy", "check", "empty.yaml", "jp-bunka-2024").code == 1
    lines = run("policy", "check", "mine.yaml", "jp-bunka-2024", "--json").out.splitlines()
    assert [json.loads(line)["ok"] for line in lines] == [False, True]
    told = json.loads(lines[0])
    assert (told["line"], told["faults"][1]["line"]) == (2, 1)


def test_check_finds_what_no_report_may_say(run: Run, tmp_path: Path) -> None:
    """Such a file is well formed, and every report on it would be refused."""
    shipped_file = policies().joinpath("uk-cdpa-9-3.yaml").read_text(encoding="utf-8")
    said = "The author owns the copyright in a work that was made for a person."
    rule = "In the case of a work which is computer-generated"
    place = shipped_file.index(rule)
    mine = shipped_file[:place] + said + shipped_file[shipped_file.index("\n", place) :]
    (tmp_path / "mine.yaml").write_text(mine.replace("id: uk-cdpa-9-3", "id: mine", 1), "utf-8")
    found = run("policy", "check", "mine.yaml")
    assert (found.code, said in found.err) == (1, True)
    assert "can be used" not in found.out
    told = json.loads(run("policy", "check", "mine.yaml", "--json").out)
    assert (told["ok"], told["line"], len(told["faults"])) == (False, None, 1)
    assert (run("init").code, run("new", "A boat").code) == (0, 0)
    refused = run("report", "--policy", "mine.yaml")
    assert (refused.code, said in refused.err) == (3, True)
    assert "what no report says" in refused.err


def test_every_shipped_policy_can_be_used(run: Run) -> None:
    """None of them says what no report may."""
    found = run("policy", "check", *shipped())
    assert (found.code, found.out.count("can be used")) == (0, len(shipped()))


@pytest.mark.parametrize("arguments", [("show",), ("check",), ("show", "nothing")])
def test_misuse(run: Run, arguments: tuple[str, ...]) -> None:
    """Clear words and the code for wrong use."""
    refused = run("policy", *arguments)
    assert refused.code == 2
    assert refused.err
