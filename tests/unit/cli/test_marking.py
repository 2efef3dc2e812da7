"""``provgen export --mark`` and ``provgen verify --policy``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch

from provenance_gen import Studio
from tests.fakes import FakePipeline

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Run

CODE = "00119100000000000000"


@pytest.fixture
def art(run: Run, tmp_path: Path) -> Run:
    """Return ``run`` in a studio with an attempt."""
    with Studio.init(tmp_path) as studio:
        pipe = studio.new_work("Harbour").record(FakePipeline())
        pipe("a boat", generator=torch.Generator().manual_seed(1))
    return run


def test_a_label_goes_out_and_is_found(art: Run) -> None:
    """What the file will tell names it; the policy finds it, in words and as JSON."""
    made = art("export", "1.1", "a.png", "--mark", "cn", "--producer", CODE)
    assert made.code == 0
    assert f"the label of GB 45438-2025, with the producer {CODE}" in made.err
    shown = art("verify", "a.png", "--policy", "cn-label-2025", "--policy", "iptc-2025-1").out
    assert "Marks by cn-label-2025" in shown
    assert "Marks by iptc-2025-1" in shown
    assert "there" in shown
    assert "not looked for" in shown  # whether the picture shows a label
    assert "A person looks." in shown
    assert "[gb] GB 45438-2025, with the practice guide" in shown
    assert "    confidence B. Read through summaries" in shown
    assert "Draft, to be checked by a person: Text for the visible label\n  AI生成\n" in shown
    assert "compliant" not in shown.lower()
    told = json.loads(art("verify", "a.png", "--policy", "cn-label-2025", "--json").out)
    (judged,) = told["marking"]
    assert judged["policy"]["id"] == "cn-label-2025"
    found = {f["factor"]["id"]: f["evidence"] for f in judged["findings"]}
    assert found == {"cn.implicit": "present", "cn.explicit": "absent"}
    assert "marking" not in json.loads(art("verify", "a.png", "--json").out)


def test_each_file_has_its_own_marks(art: Run, tmp_path: Path) -> None:
    """Also among files that cannot be read."""
    art("export", "1.1", "a.png", "--mark", "cn", "--producer", CODE)
    art("export", "1.1", "b.png")
    (tmp_path / "c.png").write_bytes(b"nothing")
    done = art(
        "verify", "a.png", "c.png", "b.png", "--policy", "cn-label-2025", "--json", "--ordered"
    )
    assert done.code == 3
    marks = [
        [finding["evidence"] for one in json.loads(line)["marking"] for finding in one["findings"]]
        for line in done.out.splitlines()
    ]
    assert marks == [["present", "absent"], [], ["absent", "absent"]]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("export", "1.1", "a.png", "--mark", "cn"), 2, "none is invented"),
        (("export", "1.1", "a.png", "--producer", CODE), 2, "belongs to --mark cn"),
        (("verify", "a.png", "--policy", "jp-bunka-2024"), 2, "judges no file"),
        (("verify", "a.png", "--policy", "mine.yaml"), 3, "no such file"),
    ],
)
def test_misuse(art: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    """Clear words: wrong use, or a file that is not there."""
    refused = art(*arguments)
    assert (refused.code, words in refused.err) == (code, True)
