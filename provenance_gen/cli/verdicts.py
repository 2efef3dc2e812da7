"""The work behind ``provgen verify``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from provenance_gen.cli import FAILED, UNABLE, output
from provenance_gen.errors import CredentialError, ProvenanceError, StudioNotFoundError, UsageError
from provenance_gen.records.show import visible
from provenance_gen.records.verdict import Claim, Verdict, VerdictKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_COLOURS = {
    VerdictKind.TRUSTED: "bold green",
    VerdictKind.VALID: "bold green",
    VerdictKind.INVALID: "bold red",
    VerdictKind.UNSIGNED: "bold yellow",
    VerdictKind.UNREADABLE: "bold red",
}


@dataclass(frozen=True)
class Wanted:
    """What the user brought from elsewhere, and asks for."""

    trust: Path | None
    """Certificates of signers."""
    tsa_trust: Path | None
    """Certificates of time-stamp authorities."""
    key: str | None
    """Verifier key of a ledger, or a file that holds it."""
    require_trusted: bool


def run(files: Sequence[Path], wanted: Wanted, *, json: bool) -> int:
    """Check files of any kind, print their verdicts and return the exit code for all.

    Raises:
        UsageError: a key or certificates cannot be read.
    """
    from provenance_gen.cli import bundling
    from provenance_gen.studio.verify_bundle import is_bundle

    bundles = [file for file in files if is_bundle(file)]
    images = [file for file in files if file not in bundles]
    codes = [0]
    if bundles:
        roots = _certificates(wanted.tsa_trust) if wanted.tsa_trust else None
        key = bundling.read_key(wanted.key) if wanted.key else None
        asked = bundling.Asked(key, roots, confirmed=wanted.require_trusted)
        codes += [bundling.verify(file, asked, json=json) for file in bundles]
    if images:
        found = verify(images, wanted.trust)
        for verdict in found:
            if json:
                output.put_json(verdict.as_json())
            else:
                show(verdict)
        codes.append(exit_code(found, require_trusted=wanted.require_trusted))
    return max(codes)


def verify(files: Sequence[Path], trust: Path | None) -> tuple[Verdict, ...]:
    """Check files, with the ledger of the studio around the current folder if it is one's own.

    Raises:
        UsageError: the file of trusted certificates cannot be read, or holds none.
    """
    from provenance_gen.studio import folder

    pem = _certificates(trust) if trust else None
    try:
        place = folder.find()
    except StudioNotFoundError:
        place = None
    if place is not None:
        try:
            return _verify_in_studio(files, pem)
        except (_ForeignError, ProvenanceError) as error:
            # Whatever is wrong with a studio that happens to lie here, files can be checked.
            output.note(f"the studio in {place.root} was not asked: {error}")
    from provenance_gen.studio.verify import verify_all

    return verify_all(files, trust_pem=pem)


def _certificates(path: Path) -> bytes:
    from provenance_gen.credentials.trust import given_list

    try:
        pem = path.read_bytes()
        given_list(pem, path.name)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    except CredentialError as error:
        raise UsageError(str(error)) from error
    return pem


class _ForeignError(Exception):
    """The studio is not this user's: it could claim any picture."""


def _verify_in_studio(files: Sequence[Path], pem: bytes | None) -> tuple[Verdict, ...]:
    from provenance_gen.cli.making import open_studio
    from provenance_gen.studio import folder
    from provenance_gen.studio.life import before_opening
    from provenance_gen.studio.own_ledger import verify_in

    place = folder.find()
    if before_opening(place, folder.read(place)).foreign:
        # Asked before its ledger is opened: a stranger's database may never answer.
        raise _ForeignError("it was not made here by you")
    with open_studio() as studio:
        return verify_in(studio, files, pem)


def show(verdict: Verdict) -> None:
    """Print a verdict: the paragraph first, then every check that could be made or not."""
    line = f"{visible(verdict.file)}: {verdict.verdict.upper()}"
    output.console().print(line, style=_COLOURS[verdict.verdict], soft_wrap=True)
    output.say(verdict.summary)
    if verdict.verdict is VerdictKind.UNREADABLE:
        return
    rows = [(str(c.step), c.id, c.status.value, _reason(c.code, c.reason)) for c in verdict.checks]
    output.table(("step", "check", "result", "what was found"), rows)
    if verdict.claims:
        output.say("Written into the file by some tool, and not signed:")
        claims = [(claim.tool, claim.carrier, _claimed(claim)) for claim in verdict.claims]
        output.table(("tool", "where", "what it says"), claims)


def exit_code(verdicts: Sequence[Verdict], *, require_trusted: bool) -> int:
    """Return the exit code for all files together."""
    kinds = {verdict.verdict for verdict in verdicts}
    if VerdictKind.UNREADABLE in kinds:
        return UNABLE
    passing = {VerdictKind.TRUSTED} if require_trusted else {VerdictKind.TRUSTED, VerdictKind.VALID}
    return 0 if kinds <= passing else FAILED


def _claimed(claim: Claim) -> str:
    """Return what a claim says in one line; a prompt is cut."""
    said = {
        "prompt": output.shorten(claim.prompt) if claim.prompt else None,
        "seed": claim.seed,
        "steps": claim.steps,
        "sampler": claim.sampler,
        "model": claim.model,
        "source type": (claim.digital_source_type or "").rpartition("/")[2] or None,
    }
    return "; ".join(f"{name}: {value}" for name, value in said.items() if value is not None)


def _reason(code: str | None, reason: str) -> str:
    return f"{reason} [{code}]" if code else reason
