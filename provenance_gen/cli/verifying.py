"""The command that checks image files from anywhere: ``provgen verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from provenance_gen.cli.making import JsonOption

Files = Annotated[
    list[str],
    typer.Argument(
        help="Image files, folders, patterns, or - for a list of names on standard input;"
        " bundles and proofs."
    ),
]
Trust = Annotated[Path | None, typer.Option(help="Certificates that you trust, in one PEM file.")]
TrustConfig = Annotated[
    Path | None,
    typer.Option(help="Extended key usages that signers may have beside the usual, as OIDs."),
]
RequireTrusted = Annotated[
    bool, typer.Option("--require-trusted", help="Only a trusted signer passes.")
]
Fetch = Annotated[
    bool,
    typer.Option(
        "--fetch",
        help="Fetch credentials that lie at an address in the file: 15 s for one, and two minutes"
        " of waiting for slow servers in all.",
    ),
]
Pixels = Annotated[
    bool, typer.Option("--pixels/--no-pixels", help="Decode pixels; without, no copies are known.")
]
Ordered = Annotated[bool, typer.Option("--ordered", help="Print in the order of the files.")]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, max=256, help="Processes; else one for each core."),
]
Seconds = Annotated[
    float, typer.Option("--time-limit", min=0.1, help="Seconds that one file may take.")
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Say what each check proves, and what not.")
]
Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--policy", help="Also say which marks on AI stand in it, by this policy; repeatable."
    ),
]
Key = Annotated[str | None, typer.Option(help="Key of a bundle's ledger, or a file that holds it.")]
TsaTrust = Annotated[Path | None, typer.Option(help="Certificates of time-stamp authorities, PEM.")]


def verify(
    files: Files,
    trust: Trust = None,
    trust_config: TrustConfig = None,
    require_trusted: RequireTrusted = False,
    fetch: Fetch = False,
    pixels: Pixels = True,
    ordered: Ordered = False,
    jobs: Jobs = None,
    seconds: Seconds = 60.0,
    explain: Explain = False,
    policy: Policies = None,
    key: Key = None,
    tsa_trust: TsaTrust = None,
    json: JsonOption = False,
) -> None:
    r"""Check image files: what they say, who signed it, and whether it still holds.

    Each file is read in another process, within limits, and printed as soon as it is done; nothing
    is fetched from the network. Inside a studio its ledger is asked too. An evidence
    bundle, a bundle of a ledger and a proof (.tlog-proof) are checked without a studio; bring the
    key of their ledger from elsewhere.

    Exit code 0: all valid or trusted; 1: some are not; 3: some could not be read, or there was
    nothing to check.

    \b
    Examples:
      provgen verify harbour.png
      provgen verify photos --json --ordered
      provgen verify harbour.png --policy eu-art50-2026 --policy cn-label-2025
      find . -name '*.jpg' | provgen verify - --require-trusted
      provgen verify harbour.zip --key provgen-…+…+…
    """
    from provenance_gen.cli import verdicts

    wanted = verdicts.Wanted(
        trust=trust,
        trust_config=trust_config,
        tsa_trust=tsa_trust,
        key=key,
        require_trusted=require_trusted,
        fetch=fetch,
        pixels=pixels,
        ordered=ordered,
        jobs=jobs,
        seconds=seconds,
        explain=explain,
        policies=tuple(policy or ()),
    )
    raise typer.Exit(verdicts.run(files, wanted, json=json))
