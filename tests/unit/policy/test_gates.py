"""Gate policies: which factors fire for what is asked, and what a gate's file must agree on."""

from __future__ import annotations

from typing import Any

import pytest

from provenance_gen import resources
from provenance_gen.errors import PolicyError
from provenance_gen.policy.gates import fired, values
from provenance_gen.policy.loader import load, parse, shipped
from provenance_gen.records.gates import GATES, Asked, GivenPicture
from provenance_gen.records.policy import Demand, PolicyKind, Use

EXAMPLE = load("ask-first")
FLUX = "flux-1-dev-non-commercial-license"


def picture(*, noted: bool = True, **training: str) -> GivenPicture:
    """Return a picture that is given to the generator."""
    return GivenPicture(rights_recorded=noted, training=training)


FREE = picture()
FIRES: dict[str, list[Asked]] = {
    "ask.style": [Asked(("a boat, Style Of Sesshu",)), Asked(("a boat", "雪舟風の絵"))],
    "ask.input.notallowed": [Asked(pictures=(FREE, picture(ai_inference="notAllowed")))],
    "ask.input.training": [Asked(pictures=(picture(ai_generative_training="notAllowed"),))],
    "ask.input.rights": [Asked(pictures=(picture(noted=False),))],
    "ask.licence": [
        Asked(licence=FLUX.upper(), use=Use.COMMERCIAL),
        Asked(licence="cc-by-nc-4.0", use=Use.COMMERCIAL),
    ],
    "ask.use": [Asked(licence="cc-by-nc-sa-4.0")],
}
PASSES: dict[str, list[Asked]] = {
    "ask.style": [Asked(("a stylish boat", ""))],
    "ask.input.notallowed": [Asked(pictures=(FREE, picture(ai_inference="constrained")))],
    "ask.input.training": [
        Asked(pictures=(picture(ai_generative_training="allowed"),)),
        # Refused already: nobody need be asked about the lesser thing.
        Asked(
            pictures=(picture(ai_inference="notAllowed", ai_generative_training="notAllowed"),),
        ),
    ],
    "ask.input.rights": [Asked(("a boat",)), Asked(pictures=(FREE,))],
    "ask.licence": [
        Asked(licence=FLUX, use=Use.RESEARCH),
        Asked(licence="apache-2.0", use=Use.COMMERCIAL),
        Asked(use=Use.COMMERCIAL),
        Asked(licence=FLUX),
        Asked(licence=FLUX, use=Use.COMMERCIAL, card_read=False),
    ],
    "ask.use": [Asked(licence=FLUX, use=Use.NONCOMMERCIAL), Asked(licence="mit"), Asked()],
}


def named(asked: Asked) -> list[str]:
    """Return the factors of the example that fire."""
    return [factor.id for factor in fired(EXAMPLE, asked)]


@pytest.mark.parametrize("factor", [factor.id for factor in EXAMPLE.factors])
def test_each_factor_fires_and_lets_pass(factor: str) -> None:
    """By what is asked alone."""
    assert FIRES[factor]
    assert PASSES[factor]
    assert all(factor in named(asked) for asked in FIRES[factor])
    assert not any(factor in named(asked) for asked in PASSES[factor])


def test_the_shipped_gate() -> None:
    """It is the only one, and nothing that it refuses can be overridden."""
    gates = [name for name in shipped() if load(name).kind is PolicyKind.GATE]
    assert gates == ["ask-first"]
    demands = {factor.id: factor.gate for factor in EXAMPLE.factors}
    refused = {name for name, demand in demands.items() if demand is Demand.REFUSE}
    assert refused == {"ask.input.notallowed", "ask.licence"}
    assert not EXAMPLE.overridable


def test_values_cover_the_vocabulary() -> None:
    """Every name has a value, and every picture is counted once."""
    pictures = (picture(ai_inference="constrained", ai_generative_training="constrained"), FREE)
    counted = values(EXAMPLE, EXAMPLE.factors[0], Asked(("画風",), pictures))
    assert counted.keys() == GATES.keys()
    assert (counted["inputs"], counted["inputs_constrained"], counted["terms_found"]) == (2, 1, 1)


def changed(*pairs: tuple[str, str]) -> bytes:
    """Return the example's file with words replaced."""
    text = resources.policies().joinpath("ask-first.yaml").read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return text.encode()


@pytest.mark.parametrize(
    ("pairs", "line_of", "reason"),
    [
        ([("    gate: reason\n", "")], "- id: ask.style", "say what happens"),
        ([("gate: reason", "gate: maybe")], "gate: maybe", "write reason or refuse here"),
        ([("      - style of", "      - sty*le")], "- sty*le", r"\* may stand only"),
        ([("      - style of", '      - "-"')], '- "-"', "no letter"),
        ([("measure: terms_found", "measure: inputs")], "terms:", "never looked for"),
        (
            [("measure: inputs_rights_unrecorded", "measure: terms_found")],
            "ask.input.rights",
            "ter",
        ),
        ([("measure: terms_found", "measure: revisions")], "measure: revisions", "no measure"),
        ([("id: cc-by-nc-4.0", "id: CC-BY-NC-SA-4.0")], "id: cc-by-nc-sa-4.0", "twice"),
        ([("forbids: [commercial]", "forbids: [art]")], "forbids: [art]", "noncommercial"),
        ([("source: flux-ncl}", "source: nobody}")], "source: nobody}", "no source"),
        ([("id: ask.style", "id: ask style")], "id: ask style", "an event names it"),
        ([("kind: gate", "kind: marking")], "licences:", "only a policy of kind gate"),
    ],
)
def test_faults_are_named_with_their_line(
    pairs: list[tuple[str, str]], line_of: str, reason: str
) -> None:
    """A gate that could not be judged as it is meant is an error."""
    data = changed(*pairs)
    with pytest.raises(PolicyError, match=reason) as caught:
        parse(data, "mine.yaml")
    lines = data.decode().splitlines()
    assert caught.value.line is not None
    assert line_of in lines[caught.value.line - 1]


def test_a_table_is_needed_where_it_is_asked() -> None:
    """Without licences the conditions on them could never hold."""
    data = changed()
    start, end = data.index(b"licences:"), data.index(b"factors:")
    with pytest.raises(PolicyError, match="no table of licences"):
        parse(data[:start] + data[end:], "mine.yaml")


@pytest.mark.parametrize("field", ["overridable: true", "licences: []"])
def test_other_kinds_have_no_gates(field: str) -> None:
    """``overridable`` elsewhere is refused; an empty table says nothing."""
    data = resources.policies().joinpath("jp-bunka-2024.yaml").read_bytes()
    text: Any = data + f"\n{field}\n".encode()
    if field == "licences: []":
        assert parse(text, "mine.yaml").licences == ()
        return
    with pytest.raises(PolicyError, match="only a policy of kind gate"):
        parse(text, "mine.yaml")
