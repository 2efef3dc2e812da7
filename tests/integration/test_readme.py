"""The README's quick start runs as it stands, and the documents name what is there."""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import jsonschema
import pytest
import yaml
from PIL import Image

from docs.build import (
    COMMANDS,
    POLICIES,
    POLICY_SCHEMA,
    command_reference,
    policy_reference,
)
from provenance_gen import Studio
from provenance_gen.cli import main
from provenance_gen.policy.loader import load, parse, shipped
from provenance_gen.records.policy import Policy
from provenance_gen.reporting import forbidden
from tests.fakes import SIDE, FakePipeline

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS: Final = [
    path.relative_to(ROOT) for path in [*ROOT.glob("README*.md"), *ROOT.glob("docs/**/*.md")]
]
SPOKEN: Final = frozenset({"new", "--author", "--intent", "--reason", "--note"})
"""What a person says in their own words comes after one of these."""


@pytest.fixture(scope="module")
def policies() -> list[Policy]:
    """Read all policies once: they are YAML, and there are as many documents."""
    return [load(name) for name in shipped()]


def block(document: str, name: str) -> list[str]:
    """Return the commands that stand in a document under the comment of this name."""
    text = (ROOT / document).read_text(encoding="utf-8")
    found = re.search(rf"<!-- {name}:.*?-->\n```sh\n(.*?)```", text, re.DOTALL)
    assert found is not None
    lines = found[1].strip().splitlines()
    assert len(lines) > 5
    return lines


def run_here(lines: list[str]) -> None:
    """Run the commands in this process, which loads torch once for all of them."""
    for words in map(shlex.split, lines):
        if words[0] == "cd":
            os.chdir(words[1])
            continue
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(sys, "argv", words)
            with pytest.raises(SystemExit) as end:
                main()
            assert not end.value.code, words


def run_apart(lines: list[str]) -> None:
    """Run each command in a process of its own, as a person would."""
    for words in map(shlex.split, lines):
        if words[0] == "cd":
            os.chdir(words[1])
            continue
        assert words[0] == "provgen"
        command = [sys.executable, "-m", "provenance_gen.cli", *words[1:]]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"


# Both give the same commands, which a test below says: so one of them is enough in every run.
@pytest.mark.parametrize(
    ("document", "run"),
    [
        ("README.ja.md", run_here),
        pytest.param("README.md", run_apart, marks=pytest.mark.slow),
    ],
)
def test_the_commands_for_a_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: str, run: Callable[[list[str]], None]
) -> None:
    """Every command succeeds, in order, in an empty folder: first those of the quick start.

    Then those with files of one's own.
    """
    monkeypatch.chdir(tmp_path)
    lines = block(document, "quick start")
    run(lines)
    studio = tmp_path / "art"
    assert (studio / "harbour.png").is_file()
    reason = next(words[4] for words in map(shlex.split, lines) if words[1:2] == ["pick"])
    assert reason in (studio / "report.html").read_text(encoding="utf-8")
    own_work(block(document, "own work"), studio, run)


def own_work(lines: list[str], studio: Path, run: Callable[[list[str]], None]) -> None:
    """Lay a drawing and a retouched picture beside the studio, and run the commands in it."""
    folder = studio.parent
    Image.linear_gradient("L").resize((SIDE, SIDE)).save(folder / "sketch.png")
    made = next(number for number, line in enumerate(lines) if "retouched.png" in line)
    run(lines[:made])
    with Studio.open(studio) as opened:
        name = opened.work().history().attempts[-1].images[0].stored.pixel_digest
    with Image.open(studio / ".provgen" / "images" / name[:2] / f"{name}.png") as picture:
        picture.paste("teal", (8, 8, 24, 24))
        picture.save(folder / "retouched.png")
    with zipfile.ZipFile(folder / "retouched.kra", "w") as layered:
        layered.writestr("mimetype", "application/x-krita")
    run(lines[made:])
    assert (studio / "evidence.zip").is_file()


@pytest.mark.parametrize("name", ["quick start", "own work"])
def test_both_languages_give_the_same_commands(name: str) -> None:
    """Only the words of the person who makes the picture are translated."""

    def skeleton(document: str) -> list[list[str]]:
        return [
            [
                "…" if before in SPOKEN else word
                for before, word in itertools.pairwise(["", *shlex.split(line)])
            ]
            # What a reader of Japanese hands over is in Japanese.
            for line in (one.replace(" --language ja", "") for one in block(document, name))
        ]

    assert skeleton("README.md") == skeleton("README.ja.md")


def test_the_japanese_table_of_factors_is_that_of_the_policy() -> None:
    """Each factor stands in it by its name, with our reading in the words that reports use."""
    text = (ROOT / "README.ja.md").read_text(encoding="utf-8")
    strings = ROOT / "reports" / "templates" / "strings.ja.yaml"
    weights = yaml.safe_load(strings.read_text(encoding="utf-8"))["weight"]
    for factor in load("jp-bunka-2024").factors:
        assert f"| {factor.title.ja} | {weights[factor.our_reading]} |" in text


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_say_nothing_that_a_report_must_not(
    document: Path, policies: list[Policy]
) -> None:
    """The statements that policies forbid are forbidden to the documents too."""
    text = (ROOT / document).read_text(encoding="utf-8")
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\n|\n(?=[-|])", text)]
    assert forbidden.find(paragraphs, policies) == ()


def test_python_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python example runs as it stands, with a pipeline and a retouched picture at hand."""
    found = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert found is not None
    monkeypatch.chdir(tmp_path)
    names = {"pipe": FakePipeline(), "retouched": Image.new("RGB", (SIDE, SIDE), "teal")}
    exec(compile(found[1], "README.md", "exec"), names)  # noqa: S102 - our own document
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
    found = re.search(r"```yaml\n(id: my-guild\n.*?)```", text, re.DOTALL)
    assert found is not None
    assert parse(found[1].encode(), "docs").id == "my-guild"


def test_the_policy_schema_accepts_policies_and_nothing_else(policies: list[Policy]) -> None:
    """Editors that use the file say what the program says."""
    schema = json.loads(POLICY_SCHEMA.read_text(encoding="utf-8"))
    check = jsonschema.Draft202012Validator(schema)
    assert set(schema["properties"]) == set(Policy.model_fields)
    for policy in policies:
        value = policy.model_dump(mode="json")
        check.validate(value)
        assert not check.is_valid(value | {"score": 5})
        assert not check.is_valid(value | {"kind": "score"})


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: Path) -> None:
    """Every relative link of a document leads to a file, and to a heading that is in it."""
    text = (ROOT / document).read_text(encoding="utf-8")
    for target, heading in re.findall(r"\]\((?!https?://)([^)#]*)#?([^)]*)\)", text):
        file = ROOT / document.parent / target if target else ROOT / document
        assert file.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in [slug(title) for title in titles], heading


def slug(title: str) -> str:
    """Return a heading's fragment, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
