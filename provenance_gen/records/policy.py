"""A policy: which facts a source of law or a standard looks at, in its own terms."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from provenance_gen.records.base import Record


class PolicyKind(StrEnum):
    """What a policy speaks of."""

    CONTRIBUTION = "contribution"
    MARKING = "marking"
    GATE = "gate"


class Weight(StrEnum):
    """Our reading of how a source weighs a factor; always shown as ours."""

    DECISIVE = "decisive"
    STRONG = "strong"
    SUPPORTING = "supporting"
    NEUTRAL = "neutral"
    """The source says that it has no effect."""
    NEGATIVE = "negative"
    DUTY = "duty"
    """A thing to do or to state."""
    LIMIT = "limit"
    """It restricts what can be claimed."""


class Confidence(StrEnum):
    """How well the authors of the policy file know the source."""

    A = "A"
    """The primary text was seen."""
    B = "B"
    """Several or reputable secondary sources were seen."""
    C = "C"
    """One weak or indirect source was seen."""
    K = "K"
    """Background knowledge, not verified."""


class Demand(StrEnum):
    """What a gate does when it fires."""

    REASON = "reason"
    """It asks for a reason to go on."""
    REFUSE = "refuse"
    """It stops; going on needs a policy that lets refusals be overridden."""


class Use(StrEnum):
    """What the pictures are for, as the person declares it."""

    COMMERCIAL = "commercial"
    NONCOMMERCIAL = "noncommercial"
    RESEARCH = "research"


class Localized(Record):
    """A sentence in English and Japanese."""

    en: str = Field(min_length=1)
    ja: str = Field(min_length=1)

    def text(self, language: str) -> str:
        """Return the sentence in a language, English where there is no other."""
        return self.ja if language == "ja" else self.en


class PolicySource(Record):
    """An official document that a policy rests on."""

    id: str
    title: Localized
    date: str = Field(pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?|undated)$")
    """A day, a month, a year, or ``undated``."""
    address: str | None = Field(default=None, pattern=r"^https://")
    confidence: Confidence
    note: Localized | None = None
    """How the source was read, where it was not read itself."""


class Condition(Record):
    """A comparison of one measure with a number."""

    measure: str
    """A name of ``records.finding.MEASURES``; of ``records.marks.MARKS`` to judge a file, of
    ``records.gates.GATES`` to judge what a generator is asked for."""
    operator: Literal[">", ">=", "==", "<=", "<"] = ">"
    value: int = 0


class Factor(Record):
    """One thing that the source looks at."""

    id: str
    term: str
    """In the source's own language."""
    title: Localized
    question: Localized
    present: tuple[Condition, ...] = ()
    """Material exists to be read when all of these hold."""
    present_any: tuple[Condition, ...] = ()
    """And one of these, where any is given."""
    contradicting: tuple[Condition, ...] = ()
    """The record speaks against the factor when all of these hold; none given: never."""
    applies: tuple[Condition, ...] = ()
    """The factor is looked at only when all of these hold; none given: always."""
    evidence: tuple[str, ...] = ()
    """Names of the event types that can be cited for it; none where a policy judges a file."""
    looks_at: tuple[str, ...] = ()
    """Measures shown and cited beside those of the conditions; they decide nothing."""
    rule: Localized
    """What the source says, as it puts it."""
    quoted: bool = False
    """Whether the rule, in the policy's language, is a quotation rather than a summary."""
    our_reading: Weight
    qualitative: bool
    """Whether a person must judge what the material is worth."""
    source: str
    """Identifier of one of the policy's sources."""
    confidence: Confidence
    place: str | None = None
    """Where in the source, such as its pages."""
    note: Localized | None = None
    """What a reader of the finding must know, in our words."""
    would_help: Localized | None = None
    """What could be recorded, where nothing is; of a gate, what to do instead of going on."""
    gate: Demand | None = None
    """What happens when a gate's factor is present; None in other policies."""
    terms: tuple[str, ...] = ()
    """Words that ``terms_found`` looks for in prompts; see ``policy.terms``."""

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return every condition, those that decide whether it is looked at first."""
        return (*self.applies, *self.present, *self.present_any, *self.contradicting)


class LicenceRule(Record):
    """What a licence of models says of uses."""

    id: str = Field(min_length=1)
    """As model cards name it; case does not matter."""
    forbids: tuple[Use, ...] = Field(min_length=1)
    source: str
    """Identifier of one of the policy's sources."""


class DraftSentence(Record):
    """One sentence of a draft, used where the record holds what it speaks of."""

    when: tuple[Condition, ...] = ()
    """All of these hold; none given: always."""
    text: str = Field(min_length=1)
    """In the policy's language. ``{measure}`` stands for a measure's value, ``[...]`` for words
    that only the person can add."""
    meaning: Localized | None = None
    """The same for readers of other languages."""


class Draft(Record):
    """Text for a field of a form or an accompanying statement, to be checked by a person."""

    id: str
    term: str
    """Name of the field, in the policy's language."""
    title: Localized
    sentences: tuple[DraftSentence, ...] = Field(min_length=1)
    note: Localized | None = None


class Forbidden(Record):
    """A conclusion that no output may draw, and a sentence that draws it."""

    pattern: str = Field(min_length=1, max_length=400)
    """A regular expression, searched in what we say; quoted words of the person are left out."""
    trips: str = Field(min_length=1)
    """A sentence that the pattern must find, so that a pattern which finds nothing is noticed."""


class Policy(Record):
    """A policy file."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    version: int
    as_of: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    """The day on which its authors last looked at the sources."""
    jurisdiction: str
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}$")
    """Language of the sources; a quotation shown in another is our translation."""
    kind: PolicyKind
    title: Localized
    status: Localized
    sources: tuple[PolicySource, ...] = Field(min_length=1)
    factors: tuple[Factor, ...] = Field(min_length=1)
    required_statements: tuple[Localized, ...] = ()
    drafts: tuple[Draft, ...] = ()
    licences: tuple[LicenceRule, ...] = ()
    """Of a gate: licences of models, and the uses that they forbid."""
    overridable: bool = False
    """Of a gate: whether a person with a reason may go on where it refuses."""
    forbidden_statements: dict[str, tuple[Forbidden, ...]] = {}
    """By language."""
    disclaimers: tuple[Localized, ...] = Field(min_length=1)
