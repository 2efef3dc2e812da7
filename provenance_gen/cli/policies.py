"""``provgen policy``: which policies there are, what one looks at, and whether a file is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from provenance_gen.cli import FAILED, UNABLE, output
from provenance_gen.cli.making import JsonOption
from provenance_gen.errors import MissingPolicyError, PolicyError, UnknownPolicyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance_gen.records.policy import Condition, Factor, Policy

_WORDS = {">": "more than", ">=": "at least", "==": "exactly", "<=": "at most", "<": "fewer than"}


def list_policies(json: JsonOption = False) -> None:
    r"""List the policies that come with the program.

    \b
    Example:
      provgen policy list
    """
    from provenance_gen.policy.loader import load, shipped

    known = [load(name) for name in shipped()]
    if json:
        fields = {"id", "version", "as_of", "jurisdiction", "kind", "title"}
        output.put_json([policy.model_dump(mode="json", include=fields) for policy in known])
        return
    rows = [(p.id, p.kind.value, p.jurisdiction, p.as_of, p.title.en) for p in known]
    output.table(("policy", "kind", "place", "as of", "title"), rows)


def show(
    policy: Annotated[str, typer.Argument(help="Policy by name or file.")],
    language: Annotated[str, typer.Option("--language", "-l", help="en or ja.")] = "en",
    json: JsonOption = False,
) -> None:
    r"""Show what a policy looks at: its sources, factors and conditions.

    \b
    Examples:
      provgen policy show jp-bunka-2024
      provgen policy show us-usco-2025 --language ja
    """
    from provenance_gen.errors import UsageError
    from provenance_gen.policy.loader import load
    from provenance_gen.policy.references import LANGUAGES

    if language not in LANGUAGES:
        raise UsageError(f"policies are written in {', '.join(LANGUAGES)}, not in {language!r}")
    found = load(policy)
    if json:
        output.put_json(found.model_dump(mode="json"))
        return
    _head(found, language)
    for factor in found.factors:
        _factor(factor, language)
    _licences(found)
    output.say("", *(f"* {item.text(language)}" for item in found.required_statements))
    output.say("", *(item.text(language) for item in found.disclaimers))


def check(
    files: Annotated[list[str], typer.Argument(help="Policy files.")],
    json: JsonOption = False,
) -> None:
    r"""Check policy files of your own; every fault is named with its line.

    A sentence that no report may say, such as that a picture is protected, is a fault too.

    Exit code 0: all can be used; 1: one cannot; 3: one is not there or cannot be read.

    \b
    Example:
      provgen policy check my-guild.yaml
    """
    from provenance_gen.policy.loader import load

    code = 0
    for file in files:
        try:
            found = load(file)
        except PolicyError as error:
            missing = isinstance(error, MissingPolicyError | UnknownPolicyError)
            code = max(code, UNABLE if missing else FAILED)
            _complain(file, error, json=json)
            continue
        if unsayable := _unsayable(found, file):
            code = max(code, FAILED)
            _complain(file, unsayable, json=json)
            continue
        if json:
            output.put_json({"file": file, "ok": True, "id": found.id, "kind": found.kind.value})
        else:
            count = len(found.factors)
            factors = f"{count} factor{'s' if count != 1 else ''}"
            output.say(f"{file}: {found.id}, {factors}; can be used")
    if code:
        raise typer.Exit(code)


def _unsayable(policy: Policy, file: str) -> PolicyError | None:
    """Return why a report on a policy would be refused: for sentences of the policy's own."""
    from provenance_gen.policy.loader import watched
    from provenance_gen.records.policy import PolicyKind
    from provenance_gen.reporting import forbidden

    if policy.kind is not PolicyKind.CONTRIBUTION:
        return None
    trips = forbidden.in_policy(policy, watched([policy]))
    told = dict.fromkeys(trip.sentence for trip in trips)
    reasons = [f"no report may say this, so word it otherwise: {said!r}" for said in told]
    return PolicyError(file, reasons[0], None, [(None, r) for r in reasons[1:]]) if told else None


def _complain(file: str, error: PolicyError, *, json: bool) -> None:
    """Say every fault of a file, each with its line."""
    faults = [(error.line, error.reason), *error.others]
    if json:
        listed = [{"line": line, "reason": reason} for line, reason in faults]
        reason = f"{error.source}{f':{error.line}' if error.line else ''}: {error.reason}"
        found = {"file": file, "ok": False, "line": error.line, "reason": reason}
        output.put_json({**found, "faults": listed})
        return
    for line, reason in faults:
        output.complain(PolicyError(error.source, reason, line))


def _head(policy: Policy, language: str) -> None:
    output.title(f"{policy.id}: {policy.title.text(language)}")
    output.say(policy.status.text(language), f"version {policy.version}, as of {policy.as_of}", "")
    output.say(*sources(policy, language))


def sources(policy: Policy, language: str) -> Iterator[str]:
    """Yield a line for each source, and one on how well it is known."""
    for source in policy.sources:
        address = f" {source.address}" if source.address else ""
        yield f"[{source.id}] {source.title.text(language)}, {source.date}{address}"
        note = f" {source.note.text(language)}" if source.note else ""
        yield f"    confidence {source.confidence.value}.{note}"


def _factor(factor: Factor, language: str) -> None:
    output.say("")
    output.title(f"{factor.id}  {factor.title.text(language)}  ({factor.term})")
    output.say(
        f"  {factor.question.text(language)}",
        f"  source [{factor.source}]{f', {factor.place}' if factor.place else ''},"
        f" confidence {factor.confidence.value}: {factor.rule.text(language)}",
        f"  our reading: {factor.our_reading.value}"
        f"{'; assessment left to a person' if factor.qualitative else ''}",
    )
    for word, conditions, joint in (
        ("looked at where", factor.applies, " and "),
        ("speaks against where", factor.contradicting, " and "),
        ("present where", factor.present, " and "),
        ("and where" if factor.present else "present where", factor.present_any, " or "),
    ):
        if conditions:
            output.say(f"  {word}: {joint.join(_condition(one) for one in conditions)}")
    _gate(factor)


def _gate(factor: Factor) -> None:
    if factor.gate is None:
        return
    did = "refuses" if factor.gate == "refuse" else "asks for a reason"
    output.say(f"  when it fires: {did}")
    if factor.terms:
        output.say(f"  terms: {', '.join(factor.terms)}")


def _licences(policy: Policy) -> None:
    for rule in policy.licences:
        forbidden = ", ".join(use.value for use in rule.forbids)
        output.say(f"{rule.id}: not for {forbidden} [{rule.source}]")
    if policy.kind == "gate":
        may = "a reason overrides" if policy.overridable else "no reason overrides"
        output.say(f"Where it refuses, {may} it.")


def _condition(condition: Condition) -> str:
    return f"{condition.measure} is {_WORDS[condition.operator]} {condition.value}"
