"""``provgen generate`` with gates: exit codes, words, and the person at the terminal."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Run

MANNER = "a boat in the style of Sesshu"
GATED = ("generate", MANNER, "--gate", "ask-first", "--steps", "1")


@pytest.fixture
def begun(run: Run) -> Run:
    """Return ``run`` in a studio with a work."""
    run("init")
    run("new", "Harbour")
    return run


def test_a_gate_stops_and_says_what_to_do(begun: Run) -> None:
    """A check failed; policy, factor and the way on are named, and nothing was made."""
    stopped = begun(*GATED)
    assert stopped.code == 1
    for words in ("ask-first (ask.style)", "asks for a reason", "on record", '--override "REASON"'):
        assert words in stopped.err
    assert json.loads(begun("show", "--json").out)["attempts"] == []


def test_an_override_goes_on(begun: Run) -> None:
    """With the reason and the declared use in what is printed as JSON."""
    made = begun(*GATED, "--override", "a study of ink", "--use", "research", "--json")
    assert made.code == 0
    assert json.loads(made.out)["use"] == "research"
    (gate,) = json.loads(begun("show", "--json").out)["gates"]
    assert (gate["factor"], gate["reason"]) == ("ask.style", "a study of ink")


def test_a_gate_stops_painting_an_area_and_an_override_goes_on(begun: Run, tmp_path: Path) -> None:
    """As with generating; without --inpaint there is nothing to judge."""
    Image.new("RGB", (64, 64), "grey").save(tmp_path / "photo.png")
    begun("import", "photo.png", "--own")
    painting = ("edit", "i1", "--inpaint", MANNER, "--box", "8,8,16,16", "--gate", "ask-first")
    stopped = begun(*painting)
    assert (stopped.code, "ask-first (ask.style)" in stopped.err) == (1, True)
    assert json.loads(begun("show", "--json").out)["edits"] == []
    done = begun(*painting, "--override", "a study of ink", "--use", "research")
    assert done.code == 0
    shown = json.loads(begun("show", "--json").out)
    assert [gate["reason"] for gate in shown["gates"]] == [None, "a study of ink"]
    assert (len(shown["edits"]), shown["attempts"][0]["use"]) == (1, "research")
    assert begun("edit", "i1", "--rotate", "90", "--gate", "ask-first").code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--gate", "jp-bunka-2024"), 2, "is no gate"),
        (("--gate", "mine"), 2, "no shipped policy of this name"),
        (("--gate", "mine.yaml"), 3, "no such file"),
        (("--use", "fun"), 2, "commercial, noncommercial, research"),
        (("--override", " "), 2, "in words"),
    ],
)
def test_misuse(begun: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    """Refused before a model is loaded: 2 asks for another command, 3 for another file."""
    refused = begun("generate", "a boat", *arguments)
    assert (refused.code, words in refused.err) == (code, True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
@pytest.mark.parametrize(("typed", "code"), [("a study of ink\n", 0), ("\n", 1)])
def test_a_person_at_the_terminal_is_asked(begun: Run, typed: str, code: int) -> None:
    """No words stop it, as without a terminal."""
    ours, theirs = os.openpty()
    os.write(ours, typed.encode())
    with os.fdopen(theirs, encoding="utf-8") as terminal, pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "stdin", terminal)
        done = begun(*GATED)
    os.close(ours)
    assert "To go on all the same, say why" in done.err
    assert done.code == code
    gates = json.loads(begun("show", "--json").out)["gates"]
    assert [gate["reason"] for gate in gates] == [typed.strip() or None]


def test_policy_show_names_what_a_gate_looks_for(run: Run) -> None:
    """Its terms, its table, and what happens when it fires."""
    shown = run("policy", "show", "ask-first").out
    for words in ("when it fires: refuses", "when it fires: asks for a reason", "画風"):
        assert words in shown
    assert "flux-1-dev-non-commercial-license: not for commercial" in shown
