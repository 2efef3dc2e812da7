"""Commands that hand over and check the record: report, ledger audit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from provenance_gen.cli import FAILED, exporting, keeping, output, redacting
from provenance_gen.cli.folding import folded
from provenance_gen.cli.making import JsonOption, WorkOption, open_studio

if TYPE_CHECKING:
    from provenance_gen.ledger.audit import Audit
    from provenance_gen.studio.report import Written

_IMAGE = re.compile(r"\d+\.\d+|[ei]\d+")


@dataclass(frozen=True)
class Signing:
    """What is signed, and who stamps it."""

    sign: Annotated[
        bool,
        typer.Option(
            "--sign",
            help="Write a detached signature of the files; of a PDF also a signed copy.",
        ),
    ] = False
    timestamp: Annotated[
        bool,
        typer.Option("--timestamp", help="Have your first time-stamp authority stamp that copy."),
    ] = False
    authority: Annotated[
        str | None, typer.Option(help="Ask this time-stamp authority of your configuration.")
    ] = None


@folded
def report(
    subject: Annotated[
        str | None,
        typer.Argument(
            help="Work (number, title or identifier) or image (2.3); else the newest work."
        ),
    ] = None,
    to: Annotated[Path, typer.Option("--output", "-o", help="File to write.")] = Path(
        "report.html"
    ),
    policy: Annotated[
        list[str] | None, typer.Option(help="Policy by name or file; may be repeated.")
    ] = None,
    language: Annotated[str, typer.Option("--language", "-l", help="en or ja.")] = "en",
    formats: Annotated[
        str, typer.Option("--format", "-f", help="Of html, json, pdf, prov; joined by commas.")
    ] = "html,json",
    at: Annotated[
        int | None, typer.Option(help="Speak of the first so many events only.", metavar="EVENTS")
    ] = None,
    *,
    signing: Signing,
    work: WorkOption = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the files.")] = False,
    json: JsonOption = False,
) -> None:
    r"""Write the contribution report: a page, and the same as JSON beside it.

    What it says follows from the events alone: the same events give the same files. Above 500
    images, or 32 MiB of pictures, the page is a folder (report/ for report.html); begin with
    index.html in it.

    \b
    Examples:
      provgen report --policy jp-bunka-2024 --language ja -o report.html
      provgen report 2.3 --policy us-usco-2025 --policy eu-originality
      provgen report --format html,pdf,json,prov --at 120
      provgen report --sign -o report.html && provgen verify report.tlog-proof
      provgen report --format pdf --sign -o report.pdf && provgen verify report.signed.pdf
      provgen report --format pdf --sign --timestamp -o report.pdf
    """
    image = subject if subject and _IMAGE.fullmatch(subject) else None
    with open_studio() as studio:
        written = studio.work(work if image else subject or work).report(
            to,
            policies=policy or ["jp-bunka-2024"],
            language=language,
            formats=[name for name in formats.split(",") if name],
            image=image,
            at=at,
            sign=signing.sign,
            timestamp=signing.authority or signing.timestamp,
            overwrite=overwrite,
            ask=output.ask_secret,
        )
    _tell(written, json=json)


def _tell(written: Written, *, json: bool) -> None:
    """Say which files were written."""
    if json:
        files = {name: str(file) for name, file in written.files.items()}
        proof: dict[str, str | None] = {"proof": str(written.proof)} if written.proof else {}
        proof |= {"signed": str(written.signed)} if written.signed else {}
        if made := written.credentials:
            proof |= exporting.times(made)
        output.put_json({**files, **proof, "tree_size": written.tree_size})
    else:
        named = [*written.files.values(), *filter(None, (written.proof, written.signed))]
        names = ", ".join(str(file) for file in named)
        output.say(f"Wrote {names}, from the first {written.tree_size} events")
        if written.credentials:
            exporting.say_times(written.credentials)


def audit(json: JsonOption = False) -> None:
    r"""Check every event, text, checkpoint and stored image of this studio.

    Exit code 0: nothing is wrong; 1: something is.

    \b
    Example:
      provgen ledger audit
    """
    with open_studio() as studio:
        with output.progress("reading the ledger") as moved:
            found = studio.audit(progress=moved)
            earlier = studio.audit_earlier(progress=moved)
        foreign, standing = studio.foreign, studio.standing
        pending = redacting.is_pending(studio)
    if json:
        facts = _audit_facts(found) | {"purge_pending": pending}
        if earlier:
            facts |= {"earlier": [_audit_facts(one) for one in earlier]}
        output.put_json(facts)
    else:
        _show_audit(found, foreign=foreign)
        keeping.show_earlier(earlier)
        if pending:
            output.note(redacting.PENDING, style="bold yellow")
        if standing.reason:
            output.note(standing.reason)
    if not all(one.passed for one in (found, *earlier)):
        raise typer.Exit(FAILED)


def _audit_facts(found: Audit) -> dict[str, object]:
    facts = dict(vars(found))
    facts["problems"] = [{"event": p.sequence, "problem": p.what} for p in found.problems]
    facts["findings"] = [{"event": f.sequence, "finding": f.what} for f in found.findings]
    return {"passed": found.passed, **facts}


def _show_audit(found: Audit, *, foreign: bool) -> None:
    output.title(f"Ledger {found.origin}")
    rows = [
        ("events", str(found.size)),
        ("Merkle root", found.root),
        ("checkpoints that hold", f"{found.checkpoints}, the newest over {found.covered} events"),
        ("time-stamps", f"{found.tokens}, of them {found.believed} by your authorities"),
        ("texts", f"{found.texts} disclosed, {found.withheld} withheld"),
        ("images", f"{found.images}, {found.withdrawn} of them withdrawn"),
        ("blobs", f"{found.blobs} states, configurations and arrays"),
    ]
    output.table(("checked", "found"), rows)
    for problem in found.problems:
        where = "ledger" if problem.sequence is None else f"event {problem.sequence}"
        output.say(f"✗ {where}: {problem.what}", style="bold red")
    for finding in found.findings:
        where = "ledger" if finding.sequence is None else f"from event {finding.sequence}"
        output.say(f"! {where}: {finding.what}", style="yellow")
    if found.passed:
        output.say("Nothing is wrong inside this ledger.")
    if foreign:
        output.note("This studio is not yours: who signed its checkpoints was not checked.")
    if found.anchored:
        after = found.size - found.anchored
        output.note(f"Time-stamped up to event {found.anchored - 1}; {after} events come after.")
    else:
        output.note(
            "No outside time-stamp covers it: what its owner could rewrite is not seen here."
        )
