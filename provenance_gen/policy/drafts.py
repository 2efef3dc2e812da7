"""Fill a policy's drafts from the measures of a work: text for a person to check, never a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.policy.evaluate import hold
from provenance_gen.policy.references import BLANK
from provenance_gen.records.finding import FilledDraft, FilledSentence

if TYPE_CHECKING:
    from provenance_gen.records.finding import Contribution, Measure
    from provenance_gen.records.policy import DraftSentence, Policy


def fill(policy: Policy, contribution: Contribution) -> tuple[FilledDraft, ...]:
    """Return every draft of a policy with the sentences for which the record holds material."""
    return tuple(
        FilledDraft(
            draft=draft,
            sentences=tuple(
                _filled(sentence, contribution.measures)
                for sentence in draft.sentences
                if hold(sentence.when, contribution.measures)
            ),
        )
        for draft in policy.drafts
    )


def _filled(sentence: DraftSentence, measures: dict[str, Measure]) -> FilledSentence:
    def put(text: str) -> str:
        return BLANK.sub(lambda blank: str(measures[blank[1]].value), text)

    meaning = sentence.meaning
    if meaning:
        meaning = meaning.model_copy(update={"en": put(meaning.en), "ja": put(meaning.ja)})
    return FilledSentence(text=put(sentence.text), meaning=meaning)
