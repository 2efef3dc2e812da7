"""One verdict as a person reads it: the paragraph, then the checks, then what nobody signed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance_gen.cli import output
from provenance_gen.records.show import visible
from provenance_gen.studio.own_fault import CODE as FAULT

if TYPE_CHECKING:
    from provenance_gen.records.verdict import Check, Claim, Verdict

# By the words of ``VerdictKind``: its records are loaded once a process is at work.
COLOURS = {
    "trusted": "bold green",
    "valid": "bold green",
    "invalid": "bold red",
    "unsigned": "bold yellow",
    "unreadable": "bold red",
}

_NAMED_PROMPT = re.compile(r"\w*prompt\w*: ")
"""Beginning of a line of what IPTC calls information on the prompts, as we write it of several."""
_MOST_PROMPTS = 8

_READ_OUT = {"claims": "found", "ai": "stated"}
"""Results of checks by which nothing is put to a test: what stands in the file is read out."""


def show(verdict: Verdict, *, explain: bool = False) -> None:
    """Print a verdict: the paragraph first, then every check that could be made or not."""
    failed = any(check.code == FAULT for check in verdict.checks)
    line = f"{visible(verdict.file)}: {'NOT CHECKED' if failed else verdict.verdict.upper()}"
    trust = verdict.credentials.trust
    if verdict.verdict == "trusted" and trust.list:
        line += f" by {visible(trust.list)!r}" + (f" of {trust.dated}" if trust.dated else "")
    output.console().print(line, style=COLOURS[verdict.verdict], soft_wrap=True)
    output.say(verdict.summary)
    if verdict.verdict == "unreadable":
        return
    rows = [(str(c.step), c.id, _result(c), _reason(c.code, c.reason)) for c in verdict.checks]
    output.table(("step", "check", "result", "what was found"), rows)
    if explain:
        from provenance_gen.studio.explain import EXPLAINED

        explained = [(name, one.proves, one.leaves_open) for name, one in EXPLAINED.items()]
        output.table(("check", "proves, where it passed", "says nothing about"), explained)
    if verdict.claims:
        output.say("Written into the file by some tool, and not signed:")
        claims = [(claim.tool, claim.carrier, _claimed(claim)) for claim in verdict.claims]
        output.table(("tool", "where", "what it says"), claims)


def _claimed(claim: Claim) -> str:
    """Return what a claim says, a line for each statement; a prompt is cut."""
    said = {
        "author": ", ".join(map(repr, claim.authors or ())) or None,
        "seed": claim.seed,
        "steps": claim.steps,
        "sampler": claim.sampler,
        "model": claim.model,
        "source type": (claim.digital_source_type or "").rpartition("/")[2] or None,
        "data mining": (claim.data_mining or "").rpartition("/")[2] or None,
    }
    lines = [f"{name}: {value}" for name, value in said.items() if value is not None]
    return "\n".join([*_prompts(claim), *lines])


def _prompts(claim: Claim) -> list[str]:
    """Return a line for each prompt; several that stand in one text have names of their own."""
    found = {"prompt": claim.prompt, "negative prompt": claim.negative_prompt}
    texts = [line for line in (claim.prompt or "").splitlines() if line.strip()]
    if texts and all(map(_NAMED_PROMPT.match, texts)):
        return [output.shorten(line) for line in texts[:_MOST_PROMPTS]]
    return [f"{name}: {output.shorten(text)}" for name, text in found.items() if text]


def _result(check: Check) -> str:
    """Return a check's result in a word; of what is only read out nothing was put to a test."""
    return _READ_OUT.get(check.id, "passed") if check.status == "passed" else check.status.value


def _reason(code: str | None, reason: str) -> str:
    return f"{reason} [{code}]" if code else reason
