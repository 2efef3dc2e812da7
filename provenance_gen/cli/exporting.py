"""The command that lets a picture leave: export. It shows what the file will tell first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from provenance_gen.cli import output
from provenance_gen.cli.folding import folded
from provenance_gen.cli.making import JsonOption, WorkOption, open_studio
from provenance_gen.errors import UsageError

if TYPE_CHECKING:
    from provenance_gen.credentials.manifest import Signed
    from provenance_gen.studio.export import Exported
    from provenance_gen.studio.preview import Preview


@dataclass(frozen=True)
class Telling:
    """What the file tells."""

    disclose: Annotated[
        str, typer.Option(help="What goes into the file: minimal, standard or full.")
    ] = "standard"
    sign_as: Annotated[
        str | None, typer.Option("--sign-as", help="Name the author in the file.")
    ] = None
    training: Annotated[
        str | None, typer.Option(help="May AI be trained on it: allowed, notAllowed, constrained.")
    ] = None
    training_conditions: Annotated[
        str | None, typer.Option(help="The conditions of: --training constrained.")
    ] = None
    mark: Annotated[
        str | None,
        typer.Option(
            help="Also the label that a law asks for: cn (GB 45438-2025, AIGC block); keep: the one"
            " that the imported file carries."
        ),
    ] = None
    producer: Annotated[
        str | None,
        typer.Option(help="Code or name of the producer in that label; none is invented."),
    ] = None
    visible_label: Annotated[
        str | None,
        typer.Option(help="Draw this label into the picture first, such as AI生成: an edit."),
    ] = None
    label_font: Annotated[
        Path | None, typer.Option("--font", help="Font file for the visible label.")
    ] = None
    preview: Annotated[
        str, typer.Option(help="Show what it tells as plain words, or raw (JSON).")
    ] = "plain"


@dataclass(frozen=True)
class Sealing:
    """Who signs it, and how."""

    signer: Annotated[
        str | None, typer.Option(help="A key by name or URI; see: provgen keys list.")
    ] = None
    timestamp: Annotated[
        bool, typer.Option("--timestamp", help="Ask your first time-stamp authority.")
    ] = False
    authority: Annotated[
        str | None, typer.Option(help="Ask this time-stamp authority of your configuration.")
    ] = None
    sidecar: Annotated[
        bool, typer.Option("--sidecar", help="Write the manifest beside the file (.c2pa).")
    ] = False


_FORMS: Final = ("plain", "raw")
"""How the preview may be shown."""


@folded
def export(
    image: Annotated[str, typer.Argument(help="The image, such as e2.")],
    file: Annotated[
        Path, typer.Argument(help="File to write: .png .jpg .webp .avif .tif; .bmp with --sidecar.")
    ],
    telling: Telling,
    sealing: Sealing,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Sign without being asked.")] = False,
    work: WorkOption = None,
    json: JsonOption = False,
) -> None:
    r"""Write a signed file with Content Credentials (C2PA) and a proof from the ledger.

    minimal: that it is AI, and the tool. standard: also the model, the counts, the kinds of step.
    full: also prompts, seeds and parameters. What the file will tell is shown before it is signed,
    in plain words or as it will be written; whoever says no then ends with exit code 1.

    \b
    Examples:
      provgen export e2 harbour.png --disclose standard
      provgen export e2 harbour.avif --sign-as "A. Painter" --training notAllowed --timestamp
      provgen export e2 harbour.jpg --mark cn --producer YOUR-OWN-CODE
      provgen export e2 harbour.png --disclose full --preview raw
    """
    from provenance_gen.cli import editor
    from provenance_gen.studio.export import Options

    if telling.preview not in _FORMS:
        raise UsageError(f"no preview {telling.preview!r}: there is {' and '.join(_FORMS)}")
    raw = json or telling.preview == "raw"
    options = Options(
        disclosure=telling.disclose,
        overwrite=overwrite,
        sidecar=sealing.sidecar,
        signer=sealing.signer,
        timestamp=sealing.authority or sealing.timestamp,
        author=telling.sign_as,
        training=telling.training,
        conditions=telling.training_conditions,
        mark=telling.mark,
        producer=telling.producer,
        visible_label=telling.visible_label,
        label_font=editor.small_file(telling.label_font) if telling.label_font else None,
        confirm=lambda preview: _agreed(preview, file, raw=raw, yes=yes),
        ask=output.ask_secret,
    )
    with open_studio() as studio:
        made = studio.work(work).export(image, file, options)
    if json:
        output.put_json(_facts(made))
    else:
        _say(made)


def _agreed(preview: Preview, file: Path, *, raw: bool, yes: bool) -> bool:
    """Show what the file will tell; ask at a terminal, unless told not to."""
    if raw:
        output.note(output.as_json({"file": file.name, **preview.raw}), style="none")
    else:
        output.note(f"{file.name} will tell (disclosure: {preview.disclosure}):", style="bold")
        for line in preview.lines:
            output.note(f"  {line}", style="none")
    for warning in preview.warnings:
        output.note(warning, style="bold")
    if preview.development:
        output.note("Signed with a development certificate, which proves no identity.")
    if yes or not output.is_person():
        return True
    return typer.confirm("Sign it so?", default=True, err=True)


def _facts(made: Exported) -> dict[str, object]:
    signed = made.signed
    return {
        "file": str(made.path),
        "sidecar": None if signed.sidecar is None else str(signed.sidecar),
        "image": made.image,
        "disclosure": made.disclosure.value,
        "file_digest": signed.file_digest,
        "pixel_digest": signed.pixel_digest,
        "manifest_digest": signed.manifest_digest,
        "development": made.development,
        **times(signed),
        "warnings": list(made.warnings),
    }


def _say(made: Exported) -> None:
    signed = made.signed
    beside = f", its manifest as {signed.sidecar.name}" if signed.sidecar else ""
    output.say(
        f"Signed {made.image} as {made.path} ({signed.size} bytes,"
        f" disclosure: {made.disclosure}){beside}"
    )
    say_times(signed)


def times(signed: Signed) -> dict[str, str | None]:
    """Return what bounds how long a signed file is valid, as facts."""
    ends = f"{signed.not_after:%Y-%m-%dT%H:%M:%SZ}"
    return {"certificate_ends": ends, "timestamp": signed.stamped}


def say_times(signed: Signed) -> None:
    """Say until when a signed file is valid."""
    if signed.stamped:
        output.say(f"Time-stamped: {signed.stamped}; it stays valid when the certificate ends.")
    else:
        output.note(
            f"No time-stamp: from {signed.not_after:%Y-%m-%d}, when the certificate ends, verifiers"
            " will call the file expired. --timestamp prevents that."
        )
