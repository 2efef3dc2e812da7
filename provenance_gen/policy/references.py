"""What a policy's fields must agree on beyond their types: names that lead somewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from provenance_gen.records.finding import MEASURES
from provenance_gen.records.marks import MARKS
from provenance_gen.records.payloads import PAYLOADS
from provenance_gen.records.policy import PolicyKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provenance_gen.records.policy import Draft, Factor, Policy

LANGUAGES: Final = ("en", "ja")

BLANK: Final = re.compile(r"\{([^{}]*)\}")
"""Stands in a draft for the value of a measure."""

_Place = tuple[int | str, ...]


def check(policy: Policy) -> Iterator[tuple[_Place, str]]:
    """Yield every fault as its place in the file and the reason."""
    yield from _repeated("sources", [source.id for source in policy.sources])
    yield from _repeated("factors", [factor.id for factor in policy.factors])
    sources = {source.id for source in policy.sources}
    measures = MARKS if policy.kind is PolicyKind.MARKING else MEASURES
    for number, factor in enumerate(policy.factors):
        for place, reason in _factor(factor, sources, measures):
            yield ("factors", number, *place), reason
        if policy.kind is PolicyKind.CONTRIBUTION and not factor.evidence:
            yield ("factors", number), "evidence: name at least one event type"
    yield from _repeated("drafts", [draft.id for draft in policy.drafts])
    for number, draft in enumerate(policy.drafts):
        for place, reason in _draft(draft, measures):
            yield ("drafts", number, "sentences", *place), reason
    yield from _forbidden(policy)


def _draft(draft: Draft, measures: Mapping[str, str]) -> Iterator[tuple[_Place, str]]:
    for number, sentence in enumerate(draft.sentences):
        for place, condition in enumerate(sentence.when):
            if condition.measure not in measures:
                yield (number, "when", place), f"no measure is named {condition.measure!r}"
        texts = {"text": sentence.text}
        if sentence.meaning:
            texts["meaning"] = f"{sentence.meaning.en} {sentence.meaning.ja}"
        for field, text in texts.items():
            unknown = [name for name in BLANK.findall(text) if name not in measures]
            if unknown:
                yield (number, field), f"no measure is named {unknown[0]!r}"


def _forbidden(policy: Policy) -> Iterator[tuple[_Place, str]]:
    for language, statements in policy.forbidden_statements.items():
        if language not in LANGUAGES:
            yield ("forbidden_statements", language), f"not one of {', '.join(LANGUAGES)}"
        for number, statement in enumerate(statements):
            place = ("forbidden_statements", language, number)
            try:
                found = re.search(statement.pattern, statement.trips)
            except re.error as error:
                yield (*place, "pattern"), f"no regular expression: {error}"
                continue
            if not found:
                yield (*place, "trips"), "the pattern does not find this sentence"


def _factor(
    factor: Factor, sources: set[str], measures: Mapping[str, str]
) -> Iterator[tuple[_Place, str]]:
    if factor.source not in sources:
        yield ("source",), f"no source has the id {factor.source!r}"
    for field in ("present", "contradicting", "applies"):
        for number, condition in enumerate(getattr(factor, field)):
            if condition.measure not in measures:
                yield (field, number, "measure"), f"no measure is named {condition.measure!r}"
    for number, measure in enumerate(factor.looks_at):
        if measure not in measures:
            yield ("looks_at", number), f"no measure is named {measure!r}"
    for number, event in enumerate(factor.evidence):
        if event not in PAYLOADS:
            yield ("evidence", number), f"no event type is named {event!r}"


def _repeated(field: str, ids: list[str]) -> Iterator[tuple[_Place, str]]:
    for number, name in enumerate(ids):
        if name in ids[:number]:
            yield (field, number, "id"), f"{name!r} stands here twice"
