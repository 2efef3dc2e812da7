"""Commands that hand the record over (ledger bundle, ledger proof), and the check of both."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from provenance_gen.cli import FAILED, UNABLE, output
from provenance_gen.cli.making import JsonOption, WorkOption, open_studio
from provenance_gen.errors import LedgerError, UsageError
from provenance_gen.records.counting import counted
from provenance_gen.records.show import visible

if TYPE_CHECKING:
    from provenance_gen.records.bundle import BundleVerdict
    from provenance_gen.records.evidence import Pictures
    from provenance_gen.studio.evidence import EvidenceWritten


def bundle(
    work: Annotated[
        str | None,
        typer.Argument(help="Only this work, by number, title or identifier; else everything."),
    ] = None,
    to: Annotated[
        Path, typer.Option("--output", "-o", help="Zip to write, or a folder; it must not exist.")
    ] = Path("bundle.zip"),
    disclose: Annotated[
        list[str] | None,
        typer.Option(help="Texts to tell: prompt, intent, …; all; none. May be repeated."),
    ] = None,
    json: JsonOption = False,
) -> None:
    r"""Write the ledger as files that a stranger can check, with no database and without us.

    Texts stay salted digests unless you disclose them. Of other works than the one named only
    hashes are told. What was disclosed is recorded.

    \b
    Examples:
      provgen ledger bundle -o harbour.zip
      provgen ledger bundle 1 -o harbour --disclose prompt --disclose intent
    """
    from provenance_gen.studio.bundle import bundle as write

    with open_studio() as studio:
        made = write(studio, to, work=work, disclose=disclose or ())
        key = studio.verifier_key
    facts = {name: value for name, value in vars(made).items() if name != "files"}
    if json:
        output.put_json({"file": str(to), **facts, "verifier_key": key})
        return
    output.say(
        f"Wrote {to}: {made.events} of {counted(made.size, 'event')},"
        f" {counted(made.texts, 'text')}, {counted(made.checkpoints, 'checkpoint')},"
        f" {counted(made.timestamps, 'time-stamp')}",
        f"Give its reader your key by another way: {key}",
        f"Checked with: provgen verify {to} --key KEY",
    )
    if made.earlier:
        output.note(
            f"The ledger goes on from an earlier log ({made.earlier}); nothing of that is in the"
            " bundle, which says so."
        )


def evidence(
    work: Annotated[
        str | None, typer.Argument(help="Work by number, title or identifier; else the newest.")
    ] = None,
    to: Annotated[
        Path, typer.Option("--output", "-o", help="Zip to write, or a folder; it must not exist.")
    ] = Path("evidence.zip"),
    policy: Annotated[
        list[str] | None, typer.Option(help="Policy by name or file; may be repeated.")
    ] = None,
    language: Annotated[str, typer.Option("--language", "-l", help="en or ja.")] = "en",
    disclose: Annotated[
        list[str] | None,
        typer.Option(help="Texts to tell: prompt, intent, …; all; none. May be repeated."),
    ] = None,
    images: Annotated[
        str, typer.Option(help="full, thumbnails or none.", metavar="WHICH")
    ] = "full",
    formats: Annotated[
        str, typer.Option("--format", "-f", help="Of html, json, pdf, prov; joined by commas.")
    ] = "html,json",
    file: Annotated[
        list[Path] | None, typer.Option(help="Exported file to put in; may be repeated.")
    ] = None,
    json: JsonOption = False,
) -> None:
    r"""Write an evidence bundle: report, pictures, ledger and policies in one file.

    A stranger checks it with "provgen verify", with no studio and no network: every digest, the
    ledger, each picture, and that the report is the one that the events give. The report in it
    tells no more than the texts that you disclose. What was disclosed is recorded.

    \b
    Examples:
      provgen bundle -o evidence.zip --disclose all
      provgen bundle 1 -o evidence.zip --disclose intent,reason --images thumbnails
      provgen bundle 1 --policy us-usco-2025 --format html,pdf --file harbour.png
    """
    with open_studio() as studio:
        with output.progress("writing the bundle"):
            made = studio.work(work).bundle(
                to,
                policies=policy or ["jp-bunka-2024"],
                language=language,
                disclose=disclose or (),
                pictures=_pictures(images),
                formats=[name for name in formats.split(",") if name],
                files=file or (),
            )
        _handed_over(made, studio.verifier_key, json=json)


def _pictures(asked: str) -> Pictures:
    found = next((known for known in _PICTURES if known == asked), None)
    if found is None:
        raise UsageError(f"--images is one of {', '.join(_PICTURES)}, not {asked!r}")
    return found


def _handed_over(made: EvidenceWritten, key: str | None, *, json: bool) -> None:
    if json:
        output.put_json({**vars(made), "path": str(made.path), "verifier_key": key})
        return
    output.say(
        f"Wrote {made.path}: {made.events} of {counted(made.size, 'event')},"
        f" {counted(made.texts, 'text')}, {counted(made.images, 'picture')},"
        f" {counted(made.files, 'exported file')}",
        f"Give its reader your key by another way: {key}",
        f"Checked with: provgen verify {made.path} --key KEY",
    )
    if made.files_left and not made.files:
        verb = "was" if made.files_left == 1 else "were"
        left = counted(made.files_left, "exported file")
        output.note(f"{left} of this work {verb} not put in (--file …).")
    if not made.texts:
        output.note("No text is told; its report cannot quote one. See --disclose.")


def proof(
    reference: Annotated[
        str,
        typer.Argument(
            metavar="REF", help="Attempt 2, image 2.3, edit e4, work, or event '#12' (in quotes)."
        ),
    ],
    to: Annotated[Path, typer.Option("--output", "-o", help="File to write (.tlog-proof).")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
    work: WorkOption = None,
    json: JsonOption = False,
) -> None:
    r"""Write the proof that one event is in the ledger, as C2SP tlog-proof.

    The event is in the file, its texts only as salted digests; nothing else of the ledger is told.

    \b
    Example:
      provgen ledger proof e2 -o retouched.tlog-proof
    """
    from provenance_gen.studio.bundle import prove

    with open_studio() as studio:
        made = prove(studio, reference, to, work=work, overwrite=overwrite)
    if json:
        output.put_json({**vars(made), "path": str(made.path)})
    else:
        output.say(
            f"Wrote {to}: event {made.event} ({made.type}) is in the tree of"
            f" {counted(made.size, 'event')}",
            f"Checked with: provgen verify {to} --key KEY",
        )


_PICTURES: tuple[Pictures, ...] = ("full", "thumbnails", "none")


@dataclass(frozen=True)
class Asked:
    """What a bundle is checked against."""

    key: str | None
    roots: bytes | None
    seconds: float
    """For a small bundle; a larger one may take longer in proportion."""
    confirmed: bool
    """Whether being consistent is not enough."""


def verify(path: Path, asked: Asked, *, json: bool) -> int:
    """Check a bundle or a proof, print its verdict and return the exit code.

    Raises:
        UsageError: the key is none.
    """
    from provenance_gen.studio.verify_bundle import verify_bundle

    try:
        with output.progress("checking the bundle"):
            verdict = verify_bundle(
                path, key=asked.key, certificates=asked.roots, seconds=asked.seconds
            )
    except LedgerError as error:
        raise UsageError(f"--key: {error}") from error
    if json:
        output.put_json(verdict.as_json())
    else:
        _show(verdict)
    consistent = FAILED if asked.confirmed else 0
    return {**_EXIT, "consistent, not anchored": consistent}.get(verdict.verdict.value, 0)


def read_key(given: str) -> str:
    """Return a verifier key given as such, or as a file that holds it.

    Raises:
        UsageError: the file cannot be read.
    """
    with contextlib.suppress(OSError, ValueError):
        # Most keys are no file names; some are too long to be one.
        if not Path(given).is_file():
            return given
        return Path(given).read_text(encoding="utf-8").strip()
    return given


_BEYOND = (
    "No check can show that what was recorded is true, that all was recorded, or who somebody is."
)
_EXIT = {"wrong": FAILED, "unreadable": UNABLE}
_COLOURS = {"confirmed": "bold green", "wrong": "bold red", "unreadable": "bold red"}


def _show(verdict: BundleVerdict) -> None:
    word = verdict.verdict.value
    line = f"{visible(verdict.file)}: {'NOT CHECKED' if verdict.internal else word.upper()}"
    output.console().print(line, style=_COLOURS.get(word, "bold yellow"), soft_wrap=True)
    output.say(verdict.summary)
    if verdict.kind != "proof" and verdict.checks:
        output.say(
            f"Log {verdict.origin}: {verdict.events} of {counted(verdict.size or 0, 'event')},"
            f" {counted(verdict.texts, 'text')} disclosed, {verdict.withheld} withheld"
        )
    rows = [(str(c.step), c.id, c.status.value, c.reason) for c in verdict.checks]
    if rows:
        output.table(("step", "check", "result", "what was found"), rows)
    if verdict.kind != "proof" and verdict.checks:
        output.say(_BEYOND)
