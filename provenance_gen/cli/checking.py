"""Commands that check and hand over: export, verify, report, ledger audit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from provenance_gen.cli import FAILED, keeping, output, redacting
from provenance_gen.cli.making import JsonOption, WorkOption, open_studio

if TYPE_CHECKING:
    from provenance_gen.ledger.audit import Audit


def export(
    image: Annotated[str, typer.Argument(help="The image, such as e2.")],
    file: Annotated[Path, typer.Argument(help="File to write, ending in .png or .jpg.")],
    disclose: Annotated[
        str, typer.Option(help="What goes into the file: minimal, standard or full.")
    ] = "standard",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
    work: WorkOption = None,
    json: JsonOption = False,
) -> None:
    r"""Write a signed file with Content Credentials (C2PA) and a proof from the ledger.

    minimal: that it is AI, and the tool. standard: also the model, the counts, the kinds of step.
    full: also prompts, seeds and parameters.

    \b
    Example:
      provgen export e2 harbour.png --disclose standard
    """
    with open_studio() as studio:
        made = studio.work(work).export(image, file, disclosure=disclose, overwrite=overwrite)
    if json:
        facts = {
            "file": str(made.path),
            "image": made.image,
            "disclosure": made.disclosure.value,
            "file_digest": made.signed.file_digest,
            "pixel_digest": made.signed.pixel_digest,
            "manifest_digest": made.signed.manifest_digest,
        }
        output.put_json(facts)
    else:
        output.say(
            f"Signed {made.image} as {made.path} ({made.signed.size} bytes,"
            f" disclosure: {made.disclosure})"
        )


def verify(
    files: Annotated[
        list[Path], typer.Argument(help="Image files, bundles or proofs, from anywhere.")
    ],
    trust: Annotated[
        Path | None, typer.Option(help="Certificates that you trust, in one PEM file.")
    ] = None,
    require_trusted: Annotated[
        bool, typer.Option("--require-trusted", help="Only a trusted signer passes.")
    ] = False,
    key: Annotated[
        str | None, typer.Option(help="Key of a bundle's ledger, or a file that holds it.")
    ] = None,
    tsa_trust: Annotated[
        Path | None, typer.Option(help="Certificates of time-stamp authorities, PEM.")
    ] = None,
    json: JsonOption = False,
) -> None:
    r"""Check image files: what they say, who signed it, and whether it still holds.

    Inside a studio its ledger is asked too. A bundle of a ledger and a proof (.tlog-proof) are
    checked with no database; nothing in them is believed, so bring the key from elsewhere.
    Exit code 0: all valid or trusted; 1: some are not; 3: some could not be read.

    \b
    Examples:
      provgen verify harbour.png
      provgen verify *.jpg --json
      provgen verify harbour.zip --key provgen-…+…+…
    """
    from provenance_gen.cli import verdicts

    wanted = verdicts.Wanted(trust, tsa_trust, key, require_trusted=require_trusted)
    raise typer.Exit(verdicts.run(files, wanted, json=json))


def report(
    work: Annotated[
        str | None, typer.Argument(help="Work by number, title or identifier; else the newest.")
    ] = None,
    to: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")] = Path(
        "report.html"
    ),
    policy: Annotated[
        list[str] | None, typer.Option(help="Policy by name or file; may be repeated.")
    ] = None,
    language: Annotated[str, typer.Option("--language", "-l", help="en or ja.")] = "en",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the files.")] = False,
    json: JsonOption = False,
) -> None:
    r"""Write the contribution report: an HTML file, and the same as JSON beside it.

    \b
    Example:
      provgen report --policy jp-bunka-2024 --language ja -o report.html
    """
    with open_studio() as studio:
        written = studio.work(work).report(
            to, policies=policy or ["jp-bunka-2024"], language=language, overwrite=overwrite
        )
    if json:
        facts = {
            "html": str(written.html),
            "json": str(written.json),
            "tree_size": written.tree_size,
        }
        output.put_json(facts)
    else:
        output.say(
            f"Wrote {written.html} and {written.json}, from the first {written.tree_size} events"
        )


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
