"""What marking policies find in the files that ``provgen verify`` checks: shown below each verdict.

It says what is there and what is missing. Whether that is enough in law it does not say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provenance_gen.cli import output
from provenance_gen.cli.policies import sources
from provenance_gen.policy.loader import load
from provenance_gen.records.finding import Evidence
from provenance_gen.records.marks import UNSEEN
from provenance_gen.studio import marking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.records.finding import FilledDraft, Finding
    from provenance_gen.records.marks import FileMarks
    from provenance_gen.records.policy import Policy
    from provenance_gen.records.verdict import Verdict

_WORDS: Final = {
    Evidence.PRESENT: "there",
    Evidence.ABSENT: "missing",
    Evidence.CONTRADICTING: "speaks against",
    Evidence.NOT_APPLICABLE: "does not apply",
}


class Judged:
    """Holds the marks of the file that is being shown up to the policies asked for."""

    def __init__(self, names: Sequence[str]) -> None:
        """Read the policies.

        Raises:
            PolicyError: one cannot be used, or judges no file.
        """
        self._policies = [load(name) for name in names]
        marking.demand_marking(self._policies)
        self._found: tuple[tuple[Policy, tuple[Finding, ...], tuple[FilledDraft, ...]], ...] = ()

    def on_marks(self, verdict: Verdict, marks: FileMarks) -> None:
        """Take in what stands in the next file."""
        self._found = marking.judge(verdict, marks, self._policies)

    def as_json(self) -> dict[str, Any]:
        """Return what is added to the file's verdict; an empty list where it cannot be read."""
        found, self._found = self._found, ()
        about = {"id", "version", "as_of", "jurisdiction", "title", "status", "sources"}
        told = [
            {
                "policy": policy.model_dump(mode="json", include=about),
                "findings": [finding.model_dump(mode="json") for finding in findings],
                "required_statements": [s.model_dump() for s in policy.required_statements],
                "drafts": [draft.model_dump(mode="json") for draft in drafts],
                "disclaimers": [said.model_dump() for said in policy.disclaimers],
            }
            for policy, findings, drafts in found
        ]
        return {"marking": told}

    def show(self) -> None:
        """Print what was found, below the verdict."""
        found, self._found = self._found, ()
        for policy, findings, drafts in found:
            output.title(f"Marks by {policy.id}: {policy.title.en}")
            rows = [(_word(f), f.factor.title.en, _told(f)) for f in findings]
            output.table(("mark", "what", "as the source puts it"), rows)
            output.say(*sources(policy, "en"))
            output.say(policy.status.en, *(said.en for said in policy.required_statements))
            for filled in drafts:
                _draft(filled)
            output.note("\n".join(said.en for said in policy.disclaimers), style="none")


def _draft(filled: FilledDraft) -> None:
    """Print a text that can be put beside the picture, where there is one."""
    if not filled.sentences:
        return
    output.say("", f"Draft, to be checked by a person: {filled.draft.title.en}")
    output.say(*(f"  {sentence.text}" for sentence in filled.sentences))
    if filled.draft.note:
        output.say(f"  {filled.draft.note.en}")


def _word(finding: Finding) -> str:
    factor = finding.factor
    looked = {condition.measure for condition in (*factor.present, *factor.present_any)}
    if finding.evidence is Evidence.ABSENT and looked <= UNSEEN:
        return "not looked for"
    return _WORDS[finding.evidence]


def _told(finding: Finding) -> str:
    factor = finding.factor
    said = f"{factor.rule.en} [{factor.source}, confidence {factor.confidence.value}]"
    if finding.evidence is Evidence.ABSENT and factor.would_help:
        said += f" {factor.would_help.en}"
    if factor.note:
        said += f" {factor.note.en}"
    return f"{said} Assessment left to a person." if factor.qualitative else said
