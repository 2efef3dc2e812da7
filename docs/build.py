"""Write the documents that are made from the program: ``python docs/build.py``.

``docs/commands.md`` holds the help text of every command, ``docs/policy-reference.md`` what each
shipped policy looks at and the measures that conditions may name, ``policies/policy.schema.json``
the form of a policy file, ``provenance_gen/records/verdict.schema.json`` that of a verdict,
``report.schema.json`` beside it that of a report as JSON. Tests compare them with the program.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer.main

from provenance_gen.cli.app import app
from provenance_gen.policy.loader import load, shipped
from provenance_gen.records.contract import json_schema
from provenance_gen.records.finding import MEASURES
from provenance_gen.records.gates import GATES
from provenance_gen.records.marks import MARKS
from provenance_gen.records.policy import Policy
from provenance_gen.records.report import SCHEMA as REPORT
from provenance_gen.records.report import ReportContext
from provenance_gen.records.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance_gen.records.policy import Factor

COMMANDS = Path(__file__).with_name("commands.md")
POLICIES = Path(__file__).with_name("policy-reference.md")
POLICY_SCHEMA = Path(__file__).parents[1] / "policies" / "policy.schema.json"
REPORT_SCHEMA = Path(__file__).parents[1] / "provenance_gen" / "records" / "report.schema.json"
VERDICT_SCHEMA = Path(__file__).parents[1] / "provenance_gen" / "records" / "verdict.schema.json"


def command_reference() -> str:
    """Return the command reference: the help of every command."""
    parts = ["# Commands\n", "Written by `make docs` from the program's own help texts.\n"]
    helps = _walk(typer.main.get_command(app), ("provgen",))
    parts += [f"## {name}\n\n```text\n{text.strip()}\n```\n" for name, text in helps]
    return "\n".join(parts)


def _walk(command: object, words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.suppress(SystemExit):
        app([*words[1:], "--help"], prog_name="provgen")
    yield " ".join(words), shown.getvalue()
    for name, inner in getattr(command, "commands", {}).items():
        yield from _walk(inner, (*words, name))


def policy_schema() -> str:
    """Return the JSON Schema of a policy file."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Policy.model_json_schema(),
        "title": "A policy file of provenance-gen",
    }
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def verdict_schema() -> str:
    """Return the JSON Schema of what ``provgen verify --json`` prints."""
    return json.dumps(Verdict.json_schema(), ensure_ascii=False, indent=2) + "\n"


def report_schema() -> str:
    """Return the JSON Schema of a report as JSON."""
    return json.dumps(json_schema(ReportContext, REPORT), ensure_ascii=False, indent=2) + "\n"


def policy_reference() -> str:
    """Return what each shipped policy looks at, and the measures."""
    parts = [
        "# Policy reference\n",
        "Written by `make docs` from the policy files; [policies.md](policies.md) explains them.\n",
    ]
    for policy in (load(name) for name in shipped()):
        parts += [
            f"## {policy.id}\n",
            f"{policy.title.en}\n",
            f"{policy.status.en}\n",
            "| factor | in the source's words | our reading | source, confidence |",
            "|---|---|---|---|",
            *(_factor_row(factor) for factor in policy.factors),
            "",
            *(
                f"- **{source.id}** ({source.date}, {source.confidence.value}): {source.title.en}."
                f"{f' <{source.address}>' if source.address else ''}"
                for source in policy.sources
            ),
            "",
        ]
    parts += [
        "## Measures\n",
        "What conditions compare; formulas and limits stand in `provenance_gen/contribution`.\n",
        "| measure | meaning |\n|---|---|",
        *(f"| `{name}` | {meaning} |" for name, meaning in MEASURES.items()),
        "",
        "## Marks\n",
        "What the conditions of a marking policy compare: what stands in a file.\n",
        "| mark | meaning |\n|---|---|",
        *(f"| `{name}` | {meaning} |" for name, meaning in MARKS.items()),
        "",
        "## Gates\n",
        "What the conditions of a gate policy compare: what a generator is asked for.\n",
        "| name | meaning |\n|---|---|",
        *(f"| `{name}` | {meaning} |" for name, meaning in GATES.items()),
        "",
    ]
    return "\n".join(parts)


def _factor_row(factor: Factor) -> str:
    reading = factor.our_reading.value + (", left to a person" if factor.qualitative else "")
    source = f"{factor.source}, {factor.confidence.value}"
    return f"| `{factor.id}` {factor.title.en} | {factor.term} | {reading} | {source} |"


if __name__ == "__main__":
    os.environ["COLUMNS"] = "80"
    for file, text in (
        (COMMANDS, command_reference()),
        (POLICIES, policy_reference()),
        (POLICY_SCHEMA, policy_schema()),
        (VERDICT_SCHEMA, verdict_schema()),
        (REPORT_SCHEMA, report_schema()),
    ):
        file.write_text(text, encoding="utf-8")
        sys.stdout.write(f"wrote {file.name}\n")
