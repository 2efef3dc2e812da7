"""What a policy finds in a work's record, and the measures it looks at."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal

from provenance_gen.records.base import Count, Record
from provenance_gen.records.event import Basis, Citation
from provenance_gen.records.origin import Origin
from provenance_gen.records.policy import Draft, Factor, Localized

MEASURES: Final[Mapping[str, str]] = {
    "intents": "statements of intent",
    "intent_before_first_attempt": "1 if an intent was recorded, as it was said, before attempt 1",
    "attempts": "calls of a generator, however they ended",
    "attempts_contemporaneous": "attempts recorded as they happened",
    "licences_recorded": "attempts whose model names its licence",
    "attempts_completed": "attempts that gave images",
    "attempts_failed": "attempts that ended in an error",
    "attempts_interrupted": "attempts that were stopped",
    "images": "images that generators gave",
    "prompts_nonempty": "attempts with a worded prompt that is disclosed",
    "prompts_withheld": "attempts with a prompt whose words are withheld",
    "attempts_without_prompt": "attempts that were given no words at all",
    "attempts_in_region": "attempts that painted a masked region of a picture anew",
    "prompt_words_max": "words of the longest prompt",
    "prompts_distinct": "different prompts",
    "prompts_rewritten": "prompts that a program reworded for the model; version 1 records none",
    "own_inputs": "images given to a generator that the person says they made",
    "revisions": "attempts by a person whose input differs from the attempt they revise",
    "revisions_after_viewing": "revisions for which the person named the image looked at",
    "revisions_inferred": "revisions that only the program linked; not counted as revisions",
    "revisions_not_by_person": "revisions run by a program or by an unknown actor",
    "views": "times that images were shown to a person",
    "selections": "picks by a person",
    "selections_with_reason": "picks by a person for which a reason is recorded",
    "selected_over": "images over which a person picked another",
    "rejections": "rejections by a person",
    "images_rejected": "different images that a person rejected",
    "choices_not_by_person": "picks and rejections by a program or by an unknown actor",
    "human_edits": "edits by a person in the built-in editor",
    "human_edit_operations": "operations of those edits",
    "human_changed_pixels": "pixels changed by those edits, changes of tone not counted",
    "human_tone_edits": "edits by a person that changed the tone or practically every pixel",
    "human_minor_edits": "edits by a person that changed only size, place or tone",
    "placements": "other images and texts that a person put into the picture",
    "model_edits": "edits by a model",
    "model_edits_placed": "edits by a model, by a person's command, in a region of the picture",
    "external_unconfirmed": "edits in another program that no person confirmed",
    "external_confirmed": "edits in another program that a person confirmed as their own",
    "edits_by_person": "edits by a person, in the built-in editor or confirmed",
    "edits_not_attributed": "edits in the built-in editor that no person is recorded for",
    "imports": "images brought in from files",
    "own_imports": "imported images that the person says they made",
    "exports": "signed files that left the studio",
    "active_seconds": "seconds between events less than ten minutes apart, by the maker's clock",
    "pauses": "gaps of ten minutes or more between events",
    "similarity_checks": "recorded comparisons with existing works; version 1 records none",
}
"""The vocabulary of conditions. Formulas and limits stand in ``contribution.measures``."""


class Evidence(StrEnum):
    """Whether the record holds material for a factor."""

    PRESENT = "present"
    """Material exists to be read. It says nothing of what the material is worth."""
    ABSENT = "absent"
    CONTRADICTING = "contradicting"
    NOT_APPLICABLE = "not_applicable"


class Measure(Record):
    """A count over the record, with the events it was counted from."""

    value: Count
    citations: tuple[Citation, ...] = ()


class Passage(Record):
    """Words of a text that stayed, came or went."""

    op: Literal["equal", "insert", "delete"]
    words: str
    """With the spaces that follow them, so that passages join to the text again."""


class TextChange(Record):
    """How one text of the input changed."""

    name: str
    """Argument, such as ``prompt`` or ``negative_prompt``."""
    passages: tuple[Passage, ...] = ()
    """Empty where the words of either side are withheld."""
    withheld: bool = False


INPUT_DIGITS: Final = 12
"""Of an input image's pixel digest, this many digits stand in a ``ValueChange``."""


class ValueChange(Record):
    """How one parameter of the input changed."""

    name: str
    before: str | None = None
    after: str | None = None


class InputChange(Record):
    """What changed in the input from one attempt to the one that revises it."""

    attempt: Count
    revises: Count
    viewed: str | None = None
    """Name of the image the person had looked at."""
    basis: Basis
    """How the link between the two attempts is known."""
    citation: Citation
    texts: tuple[TextChange, ...] = ()
    values: tuple[ValueChange, ...] = ()
    """Parameters, in the order of their names; a new seed or model stands here too."""
    revised: bool
    """Whether more changed than the seed, the model or the number of images."""


class Contribution(Record):
    """The measures of one work: pure counts and areas, no judgement.

    Facts whose basis is ``inferred`` and external edits that nobody confirmed are never counted,
    except where a field says so.
    """

    measures: dict[str, Measure]
    """By the names of ``MEASURES``."""
    changes: tuple[InputChange, ...] = ()
    """One for each attempt that is linked to an earlier one, in order."""
    origin: Origin | None = None
    """Where the steps show in one picture; of a whole work, None."""


class Finding(Record):
    """What the record says about one factor."""

    factor: Factor
    evidence: Evidence
    citations: tuple[Citation, ...] = ()
    measures: dict[str, Count] = {}
    """The values that the conditions looked at."""
    of_picture: Evidence | None = None
    """The same, looked for only in what is known to have led to the picture that is asked about;
    None where no one picture is."""
    elsewhere: tuple[Citation, ...] = ()
    """Those of the citations that are not known to have led to it."""


class FilledSentence(Record):
    """A sentence of a draft with the values of its measures put in."""

    text: str
    meaning: Localized | None = None


class FilledDraft(Record):
    """A policy's draft, with what the record holds material for; a person checks it."""

    draft: Draft
    sentences: tuple[FilledSentence, ...] = ()
