"""The README's quick start runs as it stands, and the documents name what is there."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from PIL import Image

from docs.build import (
    COMMANDS,
    POLICIES,
    POLICY_SCHEMA,
    command_reference,
    policy_reference,
)
from provenance_gen.policy.loader import load, parse, shipped
from provenance_gen.records.policy import Policy
from tests.fakes import SIDE, FakePipeline

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_quick_start(tmp_path: Path) -> None:
    """Every command of the quick start succeeds, in order, in an empty folder."""
    block = re.search(r"<!-- quick start:.*?-->\n```sh\n(.*?)```", README, re.DOTALL)
    assert block is not None
    folder = tmp_path
    environment = os.environ | {"PROVGEN_CONFIG_DIR": str(tmp_path / "config")}
    commands = block[1].strip().splitlines()
    assert len(commands) > 10
    for line in commands:
        words = shlex.split(line)
        if words[0] == "cd":
            folder /= words[1]
            continue
        assert words[0] == "provgen"
        done = subprocess.run(
            [sys.executable, "-m", "provenance_gen.cli", *words[1:]],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    assert (folder / "harbour.png").is_file()
    assert (folder / "report.html").is_file()


def test_python_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python example runs as it stands, with a pipeline and a retouched picture at hand."""
    block = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert block is not None
    monkeypatch.chdir(tmp_path)
    names = {"pipe": FakePipeline(), "retouched": Image.new("RGB", (SIDE, SIDE), "teal")}
    exec(compile(block[1], "README.md", "exec"), names)  # noqa: S102 - our own document
    assert names["verdict"].verdict == "valid"  # type: ignore[attr-defined]
    assert (tmp_path / "harbour.html").is_file()


def test_command_reference_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/commands.md is what ``make docs`` would write."""
    monkeypatch.setenv("COLUMNS", "80")
    assert COMMANDS.read_text(encoding="utf-8") == command_reference()


def test_policy_reference_is_current() -> None:
    """docs/policy-reference.md is what ``make docs`` would write."""
    assert POLICIES.read_text(encoding="utf-8") == policy_reference()


def test_the_example_in_docs_policies_is_a_policy() -> None:
    """What a reader copies from there can be used."""
    text = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    block = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert block is not None
    assert parse(block[1].encode(), "docs").id == "my-guild"


def test_the_policy_schema_accepts_policies_and_nothing_else() -> None:
    """Editors that use the file say what the program says."""
    schema = json.loads(POLICY_SCHEMA.read_text(encoding="utf-8"))
    check = jsonschema.Draft202012Validator(schema)
    assert set(schema["properties"]) == set(Policy.model_fields)
    for name in shipped():
        value = load(name).model_dump(mode="json")
        check.validate(value)
        assert not check.is_valid(value | {"score": 5})
        assert not check.is_valid(value | {"kind": "score"})


@pytest.mark.parametrize(
    "document",
    [path.relative_to(ROOT) for path in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]],
)
def test_links_lead_somewhere(document: Path) -> None:
    """Every relative link of a document leads to a file."""
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", text):
        assert (ROOT / document.parent / target).exists(), target
