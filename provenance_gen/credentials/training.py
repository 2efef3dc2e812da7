"""What a manifest says of training and mining, held up to what stands unsigned in XMP. Pure.

The manifest says it by entry (CAWG training and data mining 1.1), XMP by one term of the PLUS
vocabulary (IPTC Photo Metadata 2023.1, ``plus:DataMining``). Only an entry that a term speaks of
can contradict it; a term that we do not know says nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provenance_gen.records.claim import FoundClaim

PLUS: Final = "http://ns.useplus.org/ldf/vocab/"
"""What the addresses of the vocabulary's terms begin with."""

_TRAINING: Final = ("ai_generative_training", "ai_training")
_ALL: Final = (*_TRAINING, "ai_inference", "data_mining")
_YES: Final = ("allowed",)
_NO: Final = ("notAllowed",)
# Forbidden but for what some condition lets through: whoever signs conditions says the same.
_EXCEPT: Final = ("notAllowed", "constrained")
_TERMS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "DMI-ALLOWED": dict.fromkeys(_ALL, _YES),
    "DMI-PROHIBITED": dict.fromkeys(_ALL, _NO),
    "DMI-PROHIBITED-AIMLTRAINING": dict.fromkeys(_TRAINING, _NO),
    "DMI-PROHIBITED-GENAIMLTRAINING": {"ai_generative_training": _NO},
    "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING": dict.fromkeys(_ALL, _EXCEPT),
    "DMI-PROHIBITED-SEECONSTRAINT": dict.fromkeys(_ALL, _EXCEPT),
    "DMI-PROHIBITED-SEEEMBEDDEDRIGHTSEXPR": dict.fromkeys(_ALL, _EXCEPT),
    "DMI-PROHIBITED-SEELINKEDRIGHTSEXPR": dict.fromkeys(_ALL, _EXCEPT),
}
"""What each term says of which entry: the uses that are in accord with it. ``DMI-UNSPECIFIED`` is
missing here, as it says nothing."""


def contradicted(signed: Mapping[str, str], claims: Sequence[FoundClaim]) -> tuple[str, ...]:
    """Return the terms in unsigned claims that say something else than a manifest, each once.

    Args:
        signed: what the manifest says, by entry (``credentials.parts.training``).
        claims: what nobody signed.
    """
    found: dict[str, None] = {}
    for claim in claims:
        term = _term(claim)
        accord = _TERMS.get(term, {})
        if any(use not in accord[entry] for entry, use in signed.items() if entry in accord):
            found[term] = None
    return tuple(found)


def forbidding(claims: Sequence[FoundClaim]) -> tuple[str, ...]:
    """Return the terms in unsigned claims that forbid a use of the picture, each once."""
    found = (_term(claim) for claim in claims)
    known = (term for term in found if any(use != _YES for use in _TERMS.get(term, {}).values()))
    return tuple(dict.fromkeys(known))


def _term(claim: FoundClaim) -> str:
    # Some writers give the term without the vocabulary's address, or with its short name.
    return (claim.data_mining or "").strip().rpartition("/")[2].rpartition(":")[2].upper()
