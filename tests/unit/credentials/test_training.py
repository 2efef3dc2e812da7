"""Terms of PLUS in XMP against entries of CAWG in a manifest: which contradict which."""

from __future__ import annotations

import pytest

from provenance_gen.credentials.training import PLUS, contradicted
from provenance_gen.records.claim import FoundClaim

ENTRIES = ("ai_generative_training", "ai_inference", "ai_training", "data_mining")
CASES = [
    # Term, use that is signed of all entries, whether they contradict.
    ("DMI-ALLOWED", "allowed", False),
    ("DMI-ALLOWED", "notAllowed", True),
    ("DMI-ALLOWED", "constrained", True),
    ("DMI-PROHIBITED", "notAllowed", False),
    ("DMI-PROHIBITED", "allowed", True),
    ("DMI-PROHIBITED", "constrained", True),
    ("DMI-PROHIBITED-SEECONSTRAINT", "constrained", False),
    ("DMI-PROHIBITED-SEECONSTRAINT", "notAllowed", False),
    ("DMI-PROHIBITED-SEECONSTRAINT", "allowed", True),
    ("DMI-PROHIBITED-AIMLTRAINING", "allowed", True),
    ("DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING", "allowed", True),
    ("DMI-UNSPECIFIED", "allowed", False),
    ("DMI-UNSPECIFIED", "notAllowed", False),
    ("NOBODY-KNOWS", "allowed", False),
]


def claim(term: str | None) -> FoundClaim:
    """Return a claim in XMP."""
    return FoundClaim(tool="XMP/IPTC", carrier="XMP", data_mining=term)


@pytest.mark.parametrize("written", [PLUS, "", "plus-vocab:", "https://ns.useplus.org/LDF/vocab/"])
@pytest.mark.parametrize(("term", "use", "expected"), CASES)
def test_terms_and_uses(term: str, use: str, expected: bool, written: str) -> None:  # noqa: FBT001
    """However the term is written; one that says nothing contradicts nothing."""
    found = contradicted(dict.fromkeys(ENTRIES, use), [claim(f"{written}{term}")])
    assert found == ((term,) if expected else ())


def test_only_what_both_speak_of() -> None:
    """A term on training says nothing of mining; where nothing is signed, nothing contradicts."""
    mining = {"data_mining": "allowed", "ai_inference": "allowed"}
    training = claim(f"{PLUS}DMI-PROHIBITED-AIMLTRAINING")
    generative = claim(f"{PLUS}DMI-PROHIBITED-GENAIMLTRAINING")
    assert contradicted(mining, [training, generative]) == ()
    both = {**mining, "ai_training": "allowed"}
    assert contradicted(both, [training, generative, training]) == ("DMI-PROHIBITED-AIMLTRAINING",)
    assert contradicted({}, [training, claim(None)]) == ()
