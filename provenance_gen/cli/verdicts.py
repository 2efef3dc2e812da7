"""The work behind ``provgen verify``."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from provenance_gen.cli import FAILED, UNABLE, output
from provenance_gen.errors import CredentialError, ProvenanceError, StudioNotFoundError, UsageError
from provenance_gen.records.show import visible

if TYPE_CHECKING:
    from provenance_gen.cli.marking import Judged
    from provenance_gen.credentials.trust import TrustList
    from provenance_gen.records.verdict import Claim, Verdict
    from provenance_gen.studio.folder import StudioFolder
    from provenance_gen.studio.lookup import LedgerLookup
    from provenance_gen.studio.pool import Pool

# By the words of ``VerdictKind``: its records are loaded once a process is at work.
_COLOURS = {
    "trusted": "bold green",
    "valid": "bold green",
    "invalid": "bold red",
    "unsigned": "bold yellow",
    "unreadable": "bold red",
}


@dataclass(frozen=True)
class Wanted:
    """What the user brought from elsewhere, and asks for."""

    trust: Path | None = None
    """Certificates of signers."""
    trust_config: Path | None = None
    """Extended key usages that those may have."""
    tsa_trust: Path | None = None
    """Certificates of time-stamp authorities."""
    key: str | None = None
    """Verifier key of a ledger, or a file that holds it."""
    require_trusted: bool = False
    fetch: bool = False
    pixels: bool = True
    ordered: bool = False
    jobs: int | None = None
    seconds: float = 60.0
    explain: bool = False
    policies: tuple[str, ...] = ()
    """Marking policies, by name or file."""


def run(names: Sequence[str], wanted: Wanted, *, json: bool) -> int:
    """Check files of any kind, print their verdicts and return the exit code for all.

    Raises:
        UsageError: a key or certificates cannot be read, or a pattern stands for nothing.
    """
    from provenance_gen.studio.child import Limits
    from provenance_gen.studio.gather import STANDARD_INPUT, is_bundle
    from provenance_gen.studio.pool import Pool

    bundles = [name for name in names if name != STANDARD_INPUT and is_bundle(Path(name))]
    images = [name for name in names if name not in bundles]
    codes = [0]
    if images:
        # Started before all else: it loads its parsers while we load ours.
        with Pool(Limits(seconds=wanted.seconds), workers=wanted.jobs) as pool:
            codes += _bundles(bundles, wanted, json=json)
            codes.append(_images(images, wanted, pool, json=json))
    else:
        codes += _bundles(bundles, wanted, json=json)
    return max(codes)


def _bundles(names: Sequence[str], wanted: Wanted, *, json: bool) -> list[int]:
    if not names:
        return []
    from provenance_gen.cli import bundling

    roots = _certificates(wanted.tsa_trust) if wanted.tsa_trust else None
    key = bundling.read_key(wanted.key) if wanted.key else None
    asked = bundling.Asked(key, roots, confirmed=wanted.require_trusted)
    return [bundling.verify(Path(name), asked, json=json) for name in names]


def _images(names: Sequence[str], wanted: Wanted, pool: Pool, *, json: bool) -> int:
    counts: Counter[str] = Counter()
    marking = _marking(wanted.policies)
    try:
        with contextlib.ExitStack() as stack:
            move = _progress(stack)
            for verdict in _verdicts(names, wanted, pool, stack, marking):
                counts[verdict.verdict.value] += 1
                if json:
                    output.put_json(verdict.as_json() | (marking.as_json() if marking else {}))
                else:
                    show(verdict, explain=wanted.explain)
                    if marking:
                        marking.show()
                move(counts.total(), 0)
    except KeyboardInterrupt as error:
        said = f"interrupted after {counts.total()} files; what was printed stands"
        raise KeyboardInterrupt(said) from error
    if counts.total() > 1 and not json:
        found = ", ".join(f"{counts[kind]} {kind}" for kind in _COLOURS if counts[kind])
        output.note(f"{counts.total()} files: {found}")
    return exit_code(counts, require_trusted=wanted.require_trusted)


def _progress(stack: contextlib.ExitStack) -> Callable[[int, int], None]:
    """Show progress where it does not get between what is printed."""
    if sys.stdout.isatty():
        return lambda _done, _of: None
    return stack.enter_context(output.progress("checking files"))


def _marking(policies: Sequence[str]) -> Judged | None:
    if not policies:
        return None  # the usual case, for which nothing need be loaded
    from provenance_gen.cli.marking import Judged

    return Judged(policies)


def _verdicts(
    names: Sequence[str],
    wanted: Wanted,
    pool: Pool,
    stack: contextlib.ExitStack,
    marking: Judged | None,
) -> Iterator[Verdict]:
    """Check files, with the ledger of the studio around the current folder if it is one's own."""
    from provenance_gen.studio import gather
    from provenance_gen.studio.verify import verify_each

    lists = _lists(wanted)
    ledgers, own_roots = _at_hand(stack)
    return verify_each(
        gather.files(names, listed=gather.lines(0)),
        ledgers=ledgers,
        lists=lists,
        own_roots=own_roots,
        ordered=wanted.ordered,
        pixels=wanted.pixels,
        fetch="public" if wanted.fetch else "never",
        pool=pool,
        on_marks=marking.on_marks if marking else None,
    )


def _lists(wanted: Wanted) -> tuple[TrustList, ...]:
    """Return the lists that are trusted: one given for this run first, then the installed.

    Raises:
        UsageError: the file of trusted certificates cannot be read, or holds none.
        CredentialError: an installed list is damaged.
    """
    from provenance_gen.cli.trusting import read_config
    from provenance_gen.credentials import installed
    from provenance_gen.credentials.trust import given_list

    found = installed.lists()
    if wanted.trust:
        found = (given_list(_certificates(wanted.trust), wanted.trust.name), *found)
    if wanted.trust_config:
        usages = read_config(wanted.trust_config)
        found = tuple(replace(one, usages=one.usages + usages) for one in found)
    return found


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


def _at_hand(
    stack: contextlib.ExitStack,
) -> tuple[Sequence[LedgerLookup], Sequence[TrustList]]:
    """Return the ledgers and roots of the studio around the current folder, if there is one."""
    here = Path.cwd()
    if not any((above / ".provgen").is_dir() for above in (here, *here.parents)):
        return (), ()  # the usual case, for which nothing need be loaded
    from provenance_gen.studio import folder

    try:
        place = folder.find()
    except StudioNotFoundError:
        return (), ()
    try:
        return _studio(stack, place)
    except (_ForeignError, ProvenanceError) as error:
        # Whatever is wrong with a studio that happens to lie here, files can be checked.
        _not_asked(place, error)
        return (), ()


class _ForeignError(Exception):
    """The studio is not this user's: it could claim any picture."""


def _studio(
    stack: contextlib.ExitStack, place: StudioFolder
) -> tuple[Sequence[LedgerLookup], Sequence[TrustList]]:
    from provenance_gen import settings
    from provenance_gen.ledger.plain import UnusualError
    from provenance_gen.studio import folder
    from provenance_gen.studio.at_hand import LedgerAtHand
    from provenance_gen.studio.named_keys import development_roots
    from provenance_gen.studio.standing import before_opening

    described = folder.read(place)
    if before_opening(place, described).foreign:
        # Asked before its ledger is opened: a stranger's database may never answer.
        raise _ForeignError("it was not made here by you")
    try:
        ledger = LedgerAtHand(place, described, lambda error: _not_asked(place, error))
    except UnusualError:
        return _opened(stack)
    stack.callback(ledger.close)
    return (ledger,), (development_roots(settings.studio_secrets(described.studio)),)


def _opened(
    stack: contextlib.ExitStack,
) -> tuple[Sequence[LedgerLookup], Sequence[TrustList]]:
    from provenance_gen.cli.making import open_studio
    from provenance_gen.studio.own_ledger import ledgers_of
    from provenance_gen.studio.signing import own_roots

    studio = stack.enter_context(open_studio())
    return ledgers_of(studio), own_roots(studio)


def _not_asked(place: StudioFolder, error: Exception) -> None:
    output.note(f"the studio in {place.root} was not asked: {error}")


def show(verdict: Verdict, *, explain: bool = False) -> None:
    """Print a verdict: the paragraph first, then every check that could be made or not."""
    line = f"{visible(verdict.file)}: {verdict.verdict.upper()}"
    output.console().print(line, style=_COLOURS[verdict.verdict], soft_wrap=True)
    output.say(verdict.summary)
    if verdict.verdict == "unreadable":
        return
    rows = [(str(c.step), c.id, c.status.value, _reason(c.code, c.reason)) for c in verdict.checks]
    output.table(("step", "check", "result", "what was found"), rows)
    if explain:
        from provenance_gen.studio.explain import EXPLAINED

        explained = [(name, one.proves, one.leaves_open) for name, one in EXPLAINED.items()]
        output.table(("check", "proves, where it passed", "says nothing about"), explained)
    if verdict.claims:
        output.say("Written into the file by some tool, and not signed:")
        claims = [(claim.tool, claim.carrier, _claimed(claim)) for claim in verdict.claims]
        output.table(("tool", "where", "what it says"), claims)


def exit_code(kinds: Collection[str], *, require_trusted: bool) -> int:
    """Return the exit code for all files together, by the words of their verdicts."""
    found = set(kinds)
    if "unreadable" in found:
        return UNABLE
    return 0 if found <= ({"trusted"} if require_trusted else {"trusted", "valid"}) else FAILED


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
