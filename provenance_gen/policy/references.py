"""What a policy's fields must agree on beyond their types: names that lead somewhere."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from provenance_gen.policy import terms
from provenance_gen.policy.faults import alike
from provenance_gen.records.finding import MEASURES
from provenance_gen.records.gates import GATES
from provenance_gen.records.marks import MARKS
from provenance_gen.records.payloads import PAYLOADS
from provenance_gen.records.policy import PolicyKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provenance_gen.records.policy import Draft, Factor, Policy

LANGUAGES: Final = ("en", "ja")

VOCABULARIES: Final[Mapping[PolicyKind, Mapping[str, str]]] = {
    PolicyKind.CONTRIBUTION: MEASURES,
    PolicyKind.MARKING: MARKS,
    PolicyKind.GATE: GATES,
}
"""The names that conditions may use, by the kind of policy."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9_.:+\-]{1,128}")
"""What enters an event's body as it is (``records.base.Token``)."""

BLANK: Final = re.compile(r"\{([^{}]*)\}")
"""Stands in a draft for the value of a measure."""

_Place = tuple[int | str, ...]


def check(policy: Policy) -> Iterator[tuple[_Place, str]]:
    """Yield every fault as its place in the file and the reason."""
    for place, date in _dates(policy):
        if not _exists(date):
            yield place, f"no calendar has {date}"
    yield from _repeated("sources", [source.id for source in policy.sources])
    yield from _repeated("factors", [factor.id for factor in policy.factors])
    sources = {source.id for source in policy.sources}
    measures = VOCABULARIES[policy.kind]
    for number, factor in enumerate(policy.factors):
        for place, reason in _factor(factor, sources, measures):
            yield ("factors", number, *place), reason
        if policy.kind is PolicyKind.CONTRIBUTION and not factor.evidence:
            yield (
                ("factors", number),
                "evidence: name at least one event type, as in [edit.recorded]",
            )
    yield from _repeated("drafts", [draft.id for draft in policy.drafts])
    for number, draft in enumerate(policy.drafts):
        for place, reason in _draft(draft, measures):
            yield ("drafts", number, "sentences", *place), reason
    yield from _gate(policy) if policy.kind is PolicyKind.GATE else _no_gate(policy)
    yield from _forbidden(policy)


def _dates(policy: Policy) -> Iterator[tuple[_Place, str]]:
    yield ("as_of",), policy.as_of
    for number, source in enumerate(policy.sources):
        if source.date != "undated":
            yield ("sources", number, "date"), source.date


def _exists(date: str) -> bool:
    """Tell whether a year, a month or a day in ISO form is one."""
    try:
        dt.date.fromisoformat(f"{date}-01-01"[:10])
    except ValueError:
        return False
    return True


def _unknown(name: str, measures: Mapping[str, str]) -> str:
    return f"no measure is named {name!r}{alike(name, measures)}"


def _gate(policy: Policy) -> Iterator[tuple[_Place, str]]:
    """Yield what a gate lacks; policy and factor are named in events, so both must be tokens."""
    if not _TOKEN.fullmatch(policy.id):
        yield ("id",), "too long for an event"
    sources = {source.id for source in policy.sources}
    for number, rule in enumerate(policy.licences):
        if rule.source not in sources:
            yield ("licences", number, "source"), f"no source has the id {rule.source!r}"
    yield from _repeated("licences", [rule.id.casefold() for rule in policy.licences])
    for number, factor in enumerate(policy.factors):
        for place, reason in _gate_factor(factor, tabled=bool(policy.licences)):
            yield ("factors", number, *place), reason


def _gate_factor(factor: Factor, *, tabled: bool) -> Iterator[tuple[_Place, str]]:
    if not _TOKEN.fullmatch(factor.id):
        yield ("id",), "an event names it: letters, digits and . _ : + - only, at most 128"
    if factor.gate is None:
        yield (), "gate: say what happens when it fires: reason or refuse"
    looked = {condition.measure for condition in factor.conditions}
    if factor.terms and "terms_found" not in looked:
        yield ("terms",), "no condition compares terms_found, so that they are never looked for"
    if "terms_found" in looked and not factor.terms:
        yield (), "terms: name at least one, since a condition compares terms_found"
    if looked & {"licence_listed", "licence_forbids_use"} and not tabled:
        yield (), "the policy has no table of licences, which a condition needs"
    for number, term in enumerate(factor.terms):
        if reason := terms.fault(term):
            yield ("terms", number), reason


def _no_gate(policy: Policy) -> Iterator[tuple[_Place, str]]:
    """Yield what only a gate may have."""
    only = "only a policy of kind gate has this"
    for field in ("licences", "overridable"):
        if getattr(policy, field):
            yield (field,), only
    for number, factor in enumerate(policy.factors):
        for field in ("gate", "terms"):
            if getattr(factor, field):
                yield ("factors", number, field), only


def _draft(draft: Draft, measures: Mapping[str, str]) -> Iterator[tuple[_Place, str]]:
    for number, sentence in enumerate(draft.sentences):
        for place, condition in enumerate(sentence.when):
            if condition.measure not in measures:
                yield (number, "when", place), _unknown(condition.measure, measures)
        texts = {"text": sentence.text}
        if sentence.meaning:
            texts["meaning"] = f"{sentence.meaning.en} {sentence.meaning.ja}"
        for field, text in texts.items():
            unknown = [name for name in BLANK.findall(text) if name not in measures]
            if unknown:
                yield (number, field), _unknown(unknown[0], measures)


def _forbidden(policy: Policy) -> Iterator[tuple[_Place, str]]:
    for language, statements in policy.forbidden_statements.items():
        if language not in LANGUAGES:
            yield ("forbidden_statements", language), f"not one of {', '.join(LANGUAGES)}"
        for number, statement in enumerate(statements):
            place = ("forbidden_statements", language, number)
            try:
                found = re.search(statement.pattern, statement.trips)
            except re.error as error:
                yield (*place, "pattern"), f"this is no regular expression of Python: {error}"
                continue
            if not found:
                yield (*place, "trips"), "the pattern does not find this sentence"


def _factor(
    factor: Factor, sources: set[str], measures: Mapping[str, str]
) -> Iterator[tuple[_Place, str]]:
    if factor.source not in sources:
        yield ("source",), f"no source has the id {factor.source!r}{alike(factor.source, sources)}"
    if not factor.present and not factor.present_any:
        yield ("present",), "say when material exists to be read: at least one condition is needed"
    for field in ("present", "present_any", "contradicting", "applies"):
        for number, condition in enumerate(getattr(factor, field)):
            if condition.measure not in measures:
                yield (field, number, "measure"), _unknown(condition.measure, measures)
    for number, measure in enumerate(factor.looks_at):
        if measure not in measures:
            yield ("looks_at", number), _unknown(measure, measures)
    for number, event in enumerate(factor.evidence):
        if event not in PAYLOADS:
            yield ("evidence", number), f"no event type is named {event!r}{alike(event, PAYLOADS)}"


def _repeated(field: str, ids: list[str]) -> Iterator[tuple[_Place, str]]:
    for number, name in enumerate(ids):
        if name in ids[:number]:
            yield (field, number, "id"), f"{name!r} stands here twice"
