"""Policies and their findings, as a report shows them: in one language, with what was looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from provenance_gen.records.finding import Evidence
from provenance_gen.records.report import (
    Counted,
    DraftView,
    FindingView,
    PolicyView,
    SourceView,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from provenance_gen.records.finding import Contribution, FilledDraft, Finding
    from provenance_gen.records.policy import Policy
    from provenance_gen.reporting.backing import Grounds


class Spoken(NamedTuple):
    """What the views of findings are made from, beside the findings."""

    contribution: Contribution
    """The measures of the whole work."""
    led: Contribution | None
    """Those of what is known to have led to the picture that the report is of."""
    image: str | None
    """The name of that picture."""
    language: str
    backing: Grounds

    def counted(self, names: Iterable[str]) -> tuple[Counted, ...]:
        """Return measures with the events they were counted from."""
        whole, led = self.contribution.measures, self.led and self.led.measures
        return tuple(
            Counted(
                name=name,
                value=whole[name].value,
                events=tuple(item.number for item in whole[name].citations),
                of_picture=led[name].value if led else None,
            )
            for name in names
        )


def policies(
    found: Sequence[tuple[Policy, tuple[Finding, ...], tuple[FilledDraft, ...]]], of: Spoken
) -> tuple[PolicyView, ...]:
    """Return every policy with its findings, in the order they were asked for."""
    return tuple(
        _policy(policy, findings, of).model_copy(
            update={"drafts": tuple(_draft(policy, draft, of) for draft in drafts)}
        )
        for policy, findings, drafts in found
    )


def _policy(policy: Policy, findings: tuple[Finding, ...], of: Spoken) -> PolicyView:
    language = of.language
    return PolicyView(
        id=policy.id,
        version=policy.version,
        as_of=policy.as_of,
        jurisdiction=policy.jurisdiction,
        language=policy.language,
        title=policy.title.text(language),
        status=policy.status.text(language),
        sources=tuple(
            SourceView(
                id=source.id,
                title=source.title.text(language),
                date=source.date,
                address=source.address,
                confidence=source.confidence,
                note=source.note.text(language) if source.note else None,
            )
            for source in policy.sources
        ),
        findings=tuple(_finding(found, of) for found in findings),
        required_statements=tuple(s.text(language) for s in policy.required_statements),
        disclaimers=tuple(s.text(language) for s in policy.disclaimers),
    )


def _draft(policy: Policy, filled: FilledDraft, of: Spoken) -> DraftView:
    draft, language = filled.draft, of.language
    return DraftView(
        id=draft.id,
        term=draft.term,
        title=draft.title.text(language),
        # Readers of the form's language need no gloss.
        sentences=tuple(
            (
                sentence.text,
                sentence.meaning.text(language)
                if sentence.meaning and language != policy.language
                else None,
            )
            for sentence in filled.sentences
        ),
        note=draft.note.text(language) if draft.note else None,
        image=of.image if of.led else None,
    )


def _finding(finding: Finding, of: Spoken) -> FindingView:
    factor, language = finding.factor, of.language
    lacking = {finding.evidence, finding.of_picture} & {Evidence.ABSENT, Evidence.CONTRADICTING}
    return FindingView(
        id=factor.id,
        term=factor.term,
        title=factor.title.text(language),
        question=factor.question.text(language),
        evidence=finding.evidence,
        measures=of.counted(finding.measures),
        rule=factor.rule.text(language),
        quoted=factor.quoted,
        our_reading=factor.our_reading,
        qualitative=factor.qualitative,
        source=factor.source,
        place=factor.place,
        confidence=factor.confidence,
        note=factor.note.text(language) if factor.note else None,
        would_help=factor.would_help.text(language) if factor.would_help and lacking else None,
        backing=of.backing(*finding.citations),
        of_picture=finding.of_picture,
        elsewhere=tuple(item.number for item in finding.elsewhere),
    )
