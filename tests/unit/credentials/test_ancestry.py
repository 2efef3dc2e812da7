"""Origins are found however far down they stand, and each ingredient is called what it is."""

from __future__ import annotations

from typing import Any

import pytest

from provenance_gen.credentials import ingredient_checks
from provenance_gen.credentials.ancestry import Ancestry, actions_of, origins_of
from provenance_gen.credentials.report import CredentialReport, IngredientReport, Origin
from provenance_gen.credentials.statement import ai_statement
from provenance_gen.credentials.vocabulary import AI_DISCLOSURE, IPTC

AI = IPTC + "trainedAlgorithmicMedia"
CAMERA = IPTC + "digitalCapture"
MISMATCH = "assertion.dataHash.mismatch"


def manifest(*actions: dict[str, Any], inputs: tuple[Any, ...] = (), **more: Any) -> dict[str, Any]:
    """Return a manifest in the library's JSON; inputs are (label, relationship, codes)."""
    assertions = [{"label": "c2pa.actions.v2", "data": {"actions": list(actions)} | more}]
    ingredients = [
        {
            "title": label,
            "relationship": how,
            "active_manifest": label,
            "label": f"c2pa.ingredient.v3__{number}",
            "validation_results": {"activeManifest": {"failure": [{"code": c} for c in codes]}},
        }
        for number, (label, how, *codes) in enumerate(inputs)
    ]
    return {"assertions": assertions, "ingredients": ingredients}


def created(kind: str) -> dict[str, Any]:
    """Return the action that begins a picture."""
    return {"action": "c2pa.created", "digitalSourceType": kind}


def store(**manifests: dict[str, Any]) -> dict[str, Any]:
    """Return a report whose active manifest is the one named ``top``."""
    return {"active_manifest": "top", "manifests": manifests}


def said(report: dict[str, Any]) -> tuple[str, str | None, bool]:
    """Return what is said about AI, where, and whether that is signed."""
    above = report["manifests"]["top"]["assertions"]
    assertions = {one["label"]: one["data"] for one in above}
    origins = origins_of(actions_of(assertions)[0], assertions)
    ingredients = Ancestry(report).ingredients()
    found = CredentialReport(presence="embedded", origins=origins, ingredients=ingredients)
    ai = ai_statement(found, holds=True)
    return ai.statement, ai.source, ai.signed


OPENED = {"action": "c2pa.opened"}


@pytest.mark.parametrize("depth", [1, 2, 5, 200])
def test_an_origin_is_found_at_any_depth(depth: int) -> None:
    """Opened and saved again and again, it is still the picture that a model made."""
    chain = {f"m{n}": manifest(OPENED, inputs=((f"m{n + 1}", "parentOf"),)) for n in range(depth)}
    chain[f"m{depth}"] = manifest(created(AI))
    top = manifest(OPENED, inputs=(("m0", "parentOf"),))
    assert said(store(top=top, **chain)) == ("generated", "ingredient", True)


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ((("ai", "parentOf"),), "generated"),
        ((("ai", "componentOf"), ("camera", "parentOf")), "partly"),
        ((("ai", "inputTo"),), "unknown"),
        ((("camera", "parentOf"),), "none"),
        # The parent is a photograph of which a part was generated: no more is true of its child.
        ((("partly", "parentOf"),), "partly"),
        ((("collage", "parentOf"),), "partly"),
        ((("drawn", "parentOf"),), "none"),
        # Where it comes from is not said by what was done to it, nor by what was put in.
        ((("retouched", "parentOf"),), "unknown"),
        ((("camera", "componentOf"),), "unknown"),
        ((("gone", "parentOf"),), "unknown"),
    ],
)
def test_what_is_inherited(inputs: tuple[Any, ...], expected: str) -> None:
    """A part stays a part, an input to a model is no part, and what is not there says nothing."""
    edited = {"action": "c2pa.edited", "digitalSourceType": AI}
    by_hand = {"action": "c2pa.drawing", "digitalSourceType": IPTC + "humanEdits"}
    known = {
        "ai": manifest(created(AI)),
        "camera": manifest(created(CAMERA)),
        "partly": manifest(OPENED, edited, inputs=(("camera", "parentOf"),)),
        "collage": manifest({"action": "c2pa.placed"}, inputs=(("ai", "componentOf"),)),
        "retouched": manifest(OPENED, by_hand),
        "drawn": manifest(created(IPTC + "digitalCreation"), inputs=(("ai", "inputTo"),)),
    }
    assert said(store(top=manifest(OPENED, inputs=inputs), **known))[0] == expected


def test_circles_end_and_crowds_are_bounded() -> None:
    """Links come from the file: they may lead back, or to the same manifest a thousand times."""
    ring = store(
        top=manifest(OPENED, inputs=(("a", "parentOf"),)),
        a=manifest(OPENED, inputs=(("b", "parentOf"), ("a", "componentOf"))),
        b=manifest(created(AI), inputs=(("a", "parentOf"), ("top", "parentOf"))),
    )
    assert said(ring)[0] == "generated"
    each = {
        f"m{n}": manifest(OPENED, inputs=tuple((f"m{n + 1}", "parentOf") for _ in range(20)))
        for n in range(40)
    }
    crowd = store(top=manifest(OPENED, inputs=(("m0", "parentOf"),)), **each)
    assert said(crowd) == ("unknown", None, False)
    assert Ancestry(crowd).deeper() == ()


def test_a_statement_in_an_altered_ingredient_is_not_called_signed() -> None:
    """Neither where the ingredient is altered, nor where one in between is."""
    for codes, signed in (((), True), ((MISMATCH,), False), (("signingCredential.expired",), True)):
        top = manifest(OPENED, inputs=(("a", "parentOf", *codes),))
        assert said(store(top=top, a=manifest(created(AI)))) == ("generated", "ingredient", signed)
    between = manifest(OPENED, inputs=(("b", "parentOf", MISMATCH),))
    top = manifest(OPENED, inputs=(("a", "parentOf"),))
    whole = store(top=top, a=between, b=manifest(created(AI)))
    assert said(whole) == ("generated", "ingredient", False)
    (item,) = Ancestry(whole).deeper()
    assert (item.title, item.failures) == ("b", (MISMATCH,))


def test_what_came_up_since_belongs_to_the_ingredient_that_is_named() -> None:
    """Two manifests name their ingredients alike; a later finding says whose it is."""
    report = store(
        top=manifest(OPENED, inputs=(("a", "parentOf"),)),
        a=manifest(OPENED, inputs=(("b", "parentOf"),)),
        b=manifest(created(AI)),
    )
    named = "self#jumbf=/c2pa/a/c2pa.assertions/c2pa.ingredient.v3__0"
    report["validation_results"] = {
        "ingredientDeltas": [
            {
                "ingredientAssertionURI": named,
                "validationDeltas": {"failure": [{"code": MISMATCH}]},
            }
        ]
    }
    ancestry = Ancestry(report)
    assert [item.failures for item in ancestry.ingredients()] == [()]
    assert [(item.title, item.failures) for item in ancestry.deeper()] == [("b", (MISMATCH,))]


def test_older_manifests_keep_their_codes_in_one_list() -> None:
    """Versions 1 and 2 of the assertion: failures count, what was found right does not."""
    report = store(top=manifest(OPENED, inputs=(("a", "parentOf"),)), a=manifest(created(AI)))
    item = report["manifests"]["top"]["ingredients"][0]
    del item["validation_results"]
    fine = ("claimSignature.validated", "assertion.hashedURI.match", "signingCredential.trusted")
    item["validation_status"] = [{"code": code} for code in (*fine, MISMATCH)]
    assert Ancestry(report).ingredients()[0].failures == (MISMATCH,)


def test_templates_say_what_actions_leave_out() -> None:
    """By the action's name, or for all; what the action says itself counts first."""
    assertion = {
        "actions": [
            created(CAMERA),
            {"action": "c2pa.edited", "softwareAgentIndex": 0},
            {"action": "c2pa.cropped", "softwareAgentIndex": 7},
        ],
        "templates": [
            {"action": "c2pa.edited", "digitalSourceType": AI},
            {"action": "*", "description": "by hand"},
        ],
        "softwareAgents": [{"name": "Filler", "version": "2"}],
    }
    found, _ = actions_of({"c2pa.actions.v2": assertion})
    assert [(one.digital_source_type, one.software) for one in found] == [
        (CAMERA, None),
        (AI, "Filler 2"),
        (None, None),
    ]
    assert {one.description for one in found} == {"by hand"}


@pytest.mark.parametrize(
    ("label", "content", "expected"),
    [
        (AI_DISCLOSURE, {"modelType": "c2pa.types.model"}, Origin(AI_DISCLOSURE, whole=False)),
        ("c2pa.metadata", {"@context": {}, "Iptc4xmpExt:DigitalSourceType": AI}, Origin(AI)),
        ("cawg.metadata__1", {"Iptc4xmpExt:DigitalSourceType": AI}, Origin(AI)),
        (
            "stds.schema-org.CreativeWork",
            {"digitalSourceType": "https://schema.org/TrainedAlgorithmicMediaDigitalSource"},
            Origin("https://schema.org/TrainedAlgorithmicMediaDigitalSource"),
        ),
    ],
)
def test_origins_outside_of_actions(label: str, content: dict[str, Any], expected: Origin) -> None:
    """Signed metadata and the disclosure of a model count as actions do."""
    assert origins_of((), {label: content}) == (expected,)
    report = CredentialReport(presence="embedded", origins=(expected,))
    wanted = "partly" if label == AI_DISCLOSURE else "generated"
    assert ai_statement(report, holds=True).statement == wanted
    assert origins_of((), {"org.example.metadata": content}) == ()


def test_words_for_ingredients() -> None:
    """Altered, badly certified, and further down: each in its own words, under the worst code."""
    expired = IngredientReport(
        "old.png",
        "componentOf",
        has_manifest=True,
        failures=("signingCredential.untrusted", "signingCredential.expired"),
    )
    altered = IngredientReport("new.png", "componentOf", has_manifest=True, failures=(MISMATCH,))
    fine = IngredientReport("fine.png", "parentOf", has_manifest=True)

    def check(
        *items: IngredientReport, deeper: tuple[IngredientReport, ...] = ()
    ) -> tuple[Any, Any]:
        report = CredentialReport(presence="embedded", ingredients=items, deeper=deeper)
        found = ingredient_checks.ingredients(report)
        return found.code, found.reason

    assert check(expired) == (
        "signingCredential.expired",
        "signed with a certificate that did not hold: 'old.png'",
    )
    assert check(altered)[1] == "not as it was signed: 'new.png'"
    assert check(expired, altered)[1].startswith("not as it was signed: 'new.png'; signed with")
    assert check(fine, fine) == (
        "manifest.multipleParents",
        "the manifest names 2 parents, and the standard allows one",
    )
    assert check(fine, deeper=(altered,)) == (
        MISMATCH,
        "further down in its history, not as it was signed: 'new.png'",
    )
