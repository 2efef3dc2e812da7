"""What is asked of a generator, as gates look at it: the vocabulary of gate policies.

Plain values, and the names that conditions may use (``GATES``). The words of a prompt are looked at
here and never enter an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from provenance_gen.records.policy import Use

GATES: Final[Mapping[str, str]] = {
    "terms_found": "terms of the factor that stand in a prompt; negative prompts are not looked at",
    "inputs": "pictures given to the generator, masks not counted",
    "inputs_rights_unrecorded": (
        "those that came from outside and that the person neither calls their own nor has a note on"
    ),
    "inputs_inference_not_allowed": (
        "those whose own credentials do not allow AI to work with them (`cawg.ai_inference`)"
    ),
    "inputs_training_not_allowed": (
        "those whose own credentials do not allow generative AI to be trained on them"
        " (`cawg.ai_generative_training`)"
    ),
    "inputs_constrained": "those whose own credentials allow either only under conditions",
    "licence_recorded": "1 if the model's card names a licence",
    "licence_listed": "1 if that licence stands in the policy's table",
    "licence_forbids_use": "1 if the table says that it forbids the use that was declared",
    "use_declared": "1 if the person said what the pictures are for",
}
"""Names that the conditions of a gate policy may use, with their meanings."""

LICENCE: Final = frozenset({"licence_recorded", "licence_listed", "licence_forbids_use"})
"""Those that cannot be told before the model's card can be read."""

INFERENCE: Final = "ai_inference"
GENERATIVE_TRAINING: Final = "ai_generative_training"
"""Entries of a statement on training and data mining (CAWG 1.1) that gates look at."""


@dataclass(frozen=True, slots=True)
class GivenPicture:
    """A picture that the generator is given."""

    rights_recorded: bool
    """Whether it was made here, or the person calls it their own or has a note on it."""
    training: Mapping[str, str]
    """What its own credentials say of use by AI, by entry; see ``FileStatement.training``."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a generator is asked for, before it runs."""

    prompts: tuple[str, ...] = ()
    """The words that say what is wanted."""
    pictures: tuple[GivenPicture, ...] = ()
    licence: str | None = None
    """Licence that the model's card names."""
    card_read: bool = True
    """False while the model is not on this disk yet, so that its card cannot be read."""
    use: Use | None = None
