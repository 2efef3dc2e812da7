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
from provenance_gen.cli.verdict_shown import COLOURS, show
from provenance_gen.errors import FileError, ProvenanceError, StudioNotFoundError

if TYPE_CHECKING:
    from provenance_gen.cli.marking import Judged
    from provenance_gen.credentials.trust import TrustList
    from provenance_gen.records.verdict import Verdict
    from provenance_gen.studio.folder import StudioFolder
    from provenance_gen.studio.lookup import LedgerLookup
    from provenance_gen.studio.pool import Pool

_NOTHING = (
    "nothing was checked: there is no image file where you asked to look"
    " (in folders and patterns names count that end as image files do)"
)


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
        UsageError: a pattern stands for nothing.
        FileError: a file with trusted certificates cannot be read.
        CredentialError: it holds none.
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
    asked = bundling.Asked(key, roots, wanted.seconds, confirmed=wanted.require_trusted)
    return [bundling.verify(Path(name), asked, json=json) for name in names]


def _images(names: Sequence[str], wanted: Wanted, pool: Pool, *, json: bool) -> int:
    counts: Counter[str] = Counter()
    marking = _marking(wanted.policies)
    try:
        with contextlib.ExitStack() as stack:
            move = _progress(stack)
            for verdict in _verdicts(names, wanted, pool, stack, marking):
                counts[verdict.verdict.value] += 1
                if json and marking:
                    output.put_json(verdict.as_json() | marking.as_json())
                elif json:
                    output.put_line(verdict.as_line())
                else:
                    show(verdict, explain=wanted.explain)
                    if marking:
                        marking.show()
                move(counts.total(), 0)
    except KeyboardInterrupt as error:
        said = f"interrupted after {counts.total()} files; what was printed stands"
        raise KeyboardInterrupt(said) from error
    if not counts:
        output.note(_NOTHING)
        return UNABLE
    if counts.total() > 1 and not json:
        found = ", ".join(f"{counts[kind]} {kind}" for kind in COLOURS if counts[kind])
        output.note(f"{counts.total()} files: {found}")
    if wanted.require_trusted and counts["valid"]:
        output.note(_not_trusted(counts["valid"], _lists(wanted)))
    return exit_code(counts, require_trusted=wanted.require_trusted)


def _not_trusted(number: int, lists: Sequence[TrustList]) -> str:
    """Say why files that are valid do not pass ``--require-trusted``."""
    named = [repr(one.shown) for one in lists if one.vouches != "time"]
    found = f"none of your lists ({', '.join(named)}) vouches" if named else "no list vouches"
    how = "" if named else "; install the official ones with: provgen trust update"
    return f"{number} valid, but not trusted: {found} for the signer{how}"


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
    """Return the lists that are trusted: one given for this run, the installed, chosen clocks.

    Raises:
        FileError: the file of trusted certificates cannot be read.
        CredentialError: it holds none, or an installed list is damaged.
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
    return (*found, *_clocks())


def _clocks() -> tuple[TrustList, ...]:
    """Return the time-stamp authorities that the user chose; without them files can be checked."""
    from provenance_gen.studio import clocks

    try:
        return clocks.chosen()
    except ProvenanceError as error:
        output.note(f"time-stamps by the authorities that you chose do not count: {error}")
        return ()


def _certificates(path: Path) -> bytes:
    from provenance_gen.credentials.trust import given_list

    try:
        pem = path.read_bytes()
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from error
    given_list(pem, path.name)
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


def exit_code(kinds: Collection[str], *, require_trusted: bool) -> int:
    """Return the exit code for all files together, by the words of their verdicts."""
    found = set(kinds)
    if "unreadable" in found:
        return UNABLE
    return 0 if found <= ({"trusted"} if require_trusted else {"trusted", "valid"}) else FAILED
