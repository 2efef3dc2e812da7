"""The test files of ``tests/vectors`` against the command line, as a stranger would try them.

They are made anew, checked by one run of ``provgen verify --json``, and every line is compared with
the index: the verdict, the steps that failed with their codes and no others, the unsigned claims.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from provenance_gen.settings import CONFIG_VARIABLE
from tests import tsa
from tests.unit.credentials import tamper
from tests.unit.metadata.test_tools import TOOLS
from tests.vectors import build, signed
from tests.vectors.compare import differences
from tests.vectors.vector import CHECKS

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Tried:
    """The files' entries in the index, and what was printed for each."""

    expected: dict[str, dict[str, Any]]
    verdicts: dict[str, dict[str, Any]]
    code: int


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """Run the script, then the command that its own words name, from an empty folder."""
    place = tmp_path_factory.mktemp("vectors")
    environment = os.environ | {CONFIG_VARIABLE: str(place / "config")}
    script = [sys.executable, str(ROOT / "tests" / "vectors" / "build.py"), "made"]
    subprocess.run(script, check=True, cwd=place, env=environment, capture_output=True)
    index = json.loads((place / "made" / build.INDEX).read_text(encoding="utf-8"))
    assert index["schema"] == build.SCHEMA
    assert bool(index["left_out"]) == (tsa.OPENSSL is None)
    command = ["-m", "provenance_gen.cli", "verify", "made", "--json", "--ordered"]
    done = subprocess.run(
        [sys.executable, *command, "--trust", f"made/{index['trusted']}"],
        check=False,
        cwd=place,
        env=environment,
        capture_output=True,
    )
    assert not done.stderr, done.stderr.decode()
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    verdicts = {Path(line["file"]).relative_to("made").as_posix(): line for line in lines}
    return Tried({one["file"]: one for one in index["vectors"]}, verdicts, done.returncode)


def test_every_file_is_judged_as_its_index_says(tried: Tried) -> None:
    """None is missing, none is called by a wrong name."""
    assert tried.expected.keys() == tried.verdicts.keys()
    found = {
        file: wrong
        for file, expected in tried.expected.items()
        if (wrong := differences(expected, tried.verdicts[file]))
    }
    assert found == {}
    assert tried.code == 3  # some cannot be read


def test_every_line_keeps_the_schema(tried: Tried) -> None:
    """What is printed of hostile and foreign files has the form that is promised of all."""
    schema = files("provenance_gen.records").joinpath("verdict.schema.json")
    validator = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    wrong = {
        file: [error.message for error in found]
        for file, verdict in tried.verdicts.items()
        if (found := list(validator.iter_errors(verdict)))
    }
    assert wrong == {}


def test_there_is_one_for_each_thing_that_can_go_wrong(tried: Tried) -> None:
    """Every format with every tampering, every step that can fail, every tool that is known."""
    for kind in signed.KINDS:
        names = {Path(file).stem for file in tried.expected if file.startswith(f"{kind}/")}
        assert {name.replace(" ", "-") for name in tamper.MATRIX} <= names
        assert len([name for name in names if name.startswith("cut-")]) == signed.CUTS
    failing = {step["step"] for one in tried.expected.values() for step in one["failed"] or ()}
    # What nobody signed proves nothing, and silence on AI is no fault: these two never fail.
    assert failing == CHECKS.keys() - {9, 10}
    tools = {claim["tool"] for one in tried.expected.values() for claim in one["claims"]}
    assert tools == set(TOOLS)


def test_the_comparison_sees_every_point(tried: Tried) -> None:
    """A verdict with one thing changed is no longer the one expected."""
    expected = tried.expected["png/pixel.png"]
    verdict = tried.verdicts["png/pixel.png"]
    assert differences(expected, verdict) == []
    changes: tuple[dict[str, Any], ...] = (
        {"verdict": "valid"},
        {"checks": []},
        {"claims": [{"tool": "x", "carrier": "y"}]},
        {"ai": verdict["ai"] | {"signed": True}},
    )
    for changed in changes:
        assert differences(expected, verdict | changed)
    whole = tried.expected["png/whole.png"]
    said = tried.verdicts["png/whole.png"]
    assert differences(whole, said | {"ai": said["ai"] | {"statement": "none"}})
    noted = tried.expected["manifest/signed-camera-unsigned-prompt.png"]
    assert any("not noted" in each for each in differences(noted, said))


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    """Nothing is written between somebody's own files."""
    (tmp_path / "mine.txt").write_text("mine")
    assert build.main([str(tmp_path)]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
