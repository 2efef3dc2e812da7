"""The lines that a person reads before signing: plain, and nothing is missing among them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from provenance_gen.credentials.assertions import TO_COME, foreseen, manifest_definition
from provenance_gen.credentials.preview import told
from provenance_gen.credentials.report import RECORD_LABEL
from provenance_gen.records.edit import EditAgent, Operation
from provenance_gen.records.export import Disclosure, Stated, Training
from tests.unit.credentials import samples

if TYPE_CHECKING:
    from collections.abc import Iterator

STATED = Stated(author="A. Painter", training=Training.CONSTRAINED, conditions="ask me first")
EDITED = samples.PLAIN.model_copy(
    update={
        "steps": (
            samples.edit(
                1,
                EditAgent.HUMAN,
                [
                    Operation(
                        name="crop",
                        action="c2pa.cropped",
                        region=(3, 5, 40, 30),
                        width=64,
                        height=64,
                    )
                ],
            ),
            samples.edit(2, EditAgent.EXTERNAL, []),
        )
    }
)


def made(disclosure: Disclosure) -> dict[str, Any]:
    """Return a manifest with everything in it that a profile lets in."""
    return manifest_definition(
        EDITED,
        disclosure=disclosure,
        proof=samples.proof(),
        title="harbour.png",
        media_type="image/png",
        software_version="0.1.0",
        now=samples.NOW,
        stated=STATED,
    )


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Return every value that holds no others, with the keys that lead to it."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))
    else:
        yield path, value


def at(value: Any, path: tuple[Any, ...]) -> Any:
    """Return what a path leads to."""
    for key in path:
        value = value[key]
    return value


NOT_SAID = {"kind"}
"""How an assertion is encoded tells nothing of the picture."""


@pytest.mark.parametrize("disclosure", Disclosure)
def test_every_value_is_among_the_lines(disclosure: Disclosure) -> None:
    """Each in turn is exchanged for a word of its own, which must be found."""
    whole = made(disclosure)
    found = [(path, value) for path, value in leaves(whole) if path[-1] not in NOT_SAID]
    assert len(found) > {"minimal": 15, "standard": 60, "full": 90}[disclosure.value]
    for path, value in found:
        if path[-1] in ("label", "relationship") or path[-2:] == ("@context", "dc"):
            # They choose the words, and stand in the brackets.
            continue
        changed = copy.deepcopy(whole)
        at(changed, path[:-1])[path[-1]] = "Zanzibar"
        lines = "\n".join(told(changed))
        assert "Zanzibar" in lines, (path, value)


@pytest.mark.parametrize("disclosure", Disclosure)
def test_what_is_added_is_said(disclosure: Disclosure) -> None:
    """A field that nobody thought of here, wherever it stands, has a line all the same."""
    whole = made(disclosure)
    places = {path[:n] for path, _ in leaves(whole) for n in range(len(path))}
    for path in places:
        changed = copy.deepcopy(whole)
        inner = at(changed, path)
        if isinstance(inner, dict) and path != ("assertions",):
            inner["novelField"] = "Zanzibar"
            lines = [line for line in told(changed) if "Zanzibar" in line]
            assert lines, path
            assert "novel field" in lines[0], path


def test_they_are_plain() -> None:
    """No braces, quotation marks or fractions of seconds; each says where it stands."""
    lines = told(made(Disclosure.FULL))
    for line in lines:
        assert line.endswith("]"), line
        assert not set('{}"') & set(line.replace(samples.PROMPT, "")), line
        assert ".123456" not in line
    begun = "step 1: created, created using generative AI (trainedAlgorithmicMedia), on "
    assert any(line.startswith(f"{begun}2026-11-22 at 09:00:02 UTC, by") for line in lines)
    assert any("where: 40 x 30 pixels at 3,5 of a picture of 64 x 64" in line for line in lines)
    (use,) = [line for line in lines if line.endswith("[cawg.training-mining]")]
    assert use.startswith("use for AI generative training, AI inference, AI training, data mining:")
    assert "constrained, on these conditions: ask me first" in use


def test_kept_credentials_are_named() -> None:
    """What they tell is not ours, and leaves with the file all the same."""
    whole = made(Disclosure.FULL)
    label = whole["ingredients"][0]["label"]
    lines = [line for line in told(whole, frozenset({label})) if "its own Content Cred" in line]
    assert len(lines) == 1
    assert lines[0].endswith(f"[ingredient {label}]")


def test_the_record_is_foreseen_in_its_own_form() -> None:
    """It has the fields of the one that is signed, and the same values where they are known."""
    proof = samples.proof().model_copy(update={"withheld": {"work": "x", "attempt": "y"}})
    whole = samples.definition(proof=proof)
    (signed,) = [a["data"] for a in whole["assertions"] if a["label"] == RECORD_LABEL]
    before = foreseen(samples.PLAIN, proof.origin, ["work", "attempt"])
    assert before.keys() == signed.keys()
    assert before["withheld"].keys() == signed["withheld"].keys()
    known = [key for key in before if key != "withheld" and before[key] != TO_COME]
    assert known == ["version", "origin", "counts"]
    assert [before[key] for key in known] == [signed[key] for key in known]


def test_what_a_person_rests_on_is_said() -> None:
    """That a person edited elsewhere is called the maker's assertion before it is signed."""
    outside = samples.edit(1, EditAgent.EXTERNAL, [], confirmed=samples.citation())
    chain = samples.PLAIN.model_copy(update={"steps": (outside,)})
    (line,) = [one for one in told(samples.definition(chain)) if "anotherProgram" in one]
    assert "actor person, basis confirmed (asserted by the maker" in line
    lines = told(made(Disclosure.STANDARD))
    (unknown,) = [one for one in lines if "anotherProgram" in one]
    assert "actor unknown" in unknown
    (here,) = [one for one in lines if "builtInEditor" in one]
    assert "actor person, basis contemporaneous (recorded as it happened)" in here
