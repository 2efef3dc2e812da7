"""Judge the marks in a file by marking policies: what is there and what is missing, never more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.credentials.vocabulary import RETIRED, AiRole, ai_role
from provenance_gen.errors import PolicyKindError
from provenance_gen.policy.drafts import fill
from provenance_gen.policy.evaluate import evaluate
from provenance_gen.records.finding import Contribution, Measure
from provenance_gen.records.policy import PolicyKind
from provenance_gen.records.verdict import CheckStatus, VerdictKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provenance_gen.records.finding import FilledDraft, Finding
    from provenance_gen.records.marks import FileMarks
    from provenance_gen.records.policy import Policy
    from provenance_gen.records.verdict import Verdict

_AI = (AiRole.GENERATED, AiRole.PARTLY)


def judge(
    verdict: Verdict, marks: FileMarks, policies: Sequence[Policy]
) -> tuple[tuple[Policy, tuple[Finding, ...], tuple[FilledDraft, ...]], ...]:
    """Return the findings of marking policies for one file.

    Args:
        verdict: what ``verify`` found of the file.
        marks: what its texts hold besides.
        policies: of kind ``marking``.

    Raises:
        PolicyError: a policy is of another kind.
    """
    demand_marking(policies)
    found = Contribution(
        measures={name: Measure(value=value) for name, value in values(verdict, marks).items()}
    )
    return tuple((policy, evaluate(policy, found), fill(policy, found)) for policy in policies)


def demand_marking(policies: Sequence[Policy]) -> None:
    """Refuse policies that judge no file.

    Raises:
        PolicyError: a policy is of another kind.
    """
    for policy in policies:
        if policy.kind is not PolicyKind.MARKING:
            raise PolicyKindError(
                policy.id,
                f"a policy of kind {policy.kind.value} judges no file; see provgen report",
            )


def values(verdict: Verdict, marks: FileMarks) -> Mapping[str, int]:
    """Return the value of every mark of ``records.marks.MARKS``."""
    return {**_manifest(verdict), **_texts(marks)}


def _manifest(verdict: Verdict) -> dict[str, int]:
    held = verdict.credentials
    readable = held.presence in ("embedded", "sidecar", "remote")
    valid = verdict.verdict in (VerdictKind.VALID, VerdictKind.TRUSTED)
    stated = verdict.ai.statement in ("generated", "partly")
    # A prompt or a model is listed as an input too, but is no file with credentials to lose.
    inputs = [i for i in held.ingredients if i.relationship in ("parentOf", "componentOf")]
    kept = [i for i in inputs if i.status != "none"]
    signer = bool(held.signer and held.signer.name)
    return {
        "ai_stated": int(stated),
        "ai_stated_signed": int(stated and verdict.ai.signed and valid),
        "c2pa_manifest": int(readable),
        "c2pa_valid": int(valid),
        "c2pa_trusted": int(verdict.verdict is VerdictKind.TRUSTED),
        "c2pa_timestamped": int(held.timestamped),
        "c2pa_signer": int(signer),
        "c2pa_system": int(any(c.isdigit() for c in held.claim_generator or "")),
        "c2pa_time": int(bool(held.signed_at) or any(a.when for a in held.actions)),
        "c2pa_identifier": int(valid),
        "c2pa_inputs": len(inputs),
        "c2pa_inputs_kept": len(kept),
        "record_matched": int(
            verdict.record.status == "matched"
            or any(c.id == "ledger" and c.status is CheckStatus.PASSED for c in verdict.checks)
        ),
        "watermark": 0,
        "visible_label": 0,
    }


def _texts(marks: FileMarks) -> dict[str, int]:
    types = marks.source_types
    return {
        "iptc_source_type": int(any(ai_role(one) for one in types)),
        "iptc_source_type_ai": int(any(ai_role(one) in _AI for one in types)),
        "iptc_source_type_retired": int(any(one in RETIRED for one in types)),
        "iptc_ai_system": int(bool(marks.systems)),
        "iptc_ai_version": int(bool(marks.versions)),
        "iptc_prompt": int(bool(marks.prompts)),
        "iptc_prompt_writer": int(bool(marks.prompt_writers)),
        "aigc_blocks": len(marks.aigc),
        "aigc_blocks_valid": sum(not block.faults for block in marks.aigc),
    }
