"""Check any image file: ten numbered steps, each passed, failed or skipped with its reason.

Files are read in other processes (``studio.pool``); what was found there is judged with the
ledgers and lists at hand (``studio.judge``). It needs no studio and loads no database.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from provenance_gen.credentials import trust
from provenance_gen.studio import remote
from provenance_gen.studio.child import Limits
from provenance_gen.studio.driver import Job
from provenance_gen.studio.judge import judge
from provenance_gen.studio.lookup import KnownImage, LedgerLookup
from provenance_gen.studio.pool import Pool, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from provenance_gen.credentials.trust import TrustList
    from provenance_gen.records.marks import FileMarks
    from provenance_gen.records.verdict import Verdict

__all__ = ["KnownImage", "LedgerLookup", "Limits", "verify", "verify_all", "verify_each"]


def verify(
    path: Path | str,
    *,
    ledgers: Sequence[LedgerLookup] = (),
    trust_pem: bytes | None = None,
    lists: Sequence[TrustList] = (),
    own_roots: Sequence[TrustList] = (),
    now: datetime | None = None,
    limits: Limits | None = None,
) -> Verdict:
    """Check one image file.

    Args:
        path: the file; whatever it is, it costs no more than its own verdict.
        ledgers: ledgers at hand, in which a file without credentials is looked up too.
        trust_pem: certificates that the user gave; a signer under them is ``trusted``.
        lists: further lists that are trusted, such as those the user installed.
        own_roots: roots of the user's own studios; a signer under them is ``valid``.
        now: the time of the verdict; the clock's by default.
        limits: what a worker process may use.

    Raises:
        CredentialError: ``trust_pem`` holds no certificate that can be read.
    """
    found = verify_all(
        [path],
        ledgers=ledgers,
        trust_pem=trust_pem,
        lists=lists,
        own_roots=own_roots,
        now=now,
        limits=limits,
    )
    return found[0]


def verify_all(
    paths: Sequence[Path | str],
    *,
    ledgers: Sequence[LedgerLookup] = (),
    trust_pem: bytes | None = None,
    lists: Sequence[TrustList] = (),
    own_roots: Sequence[TrustList] = (),
    now: datetime | None = None,
    limits: Limits | None = None,
) -> tuple[Verdict, ...]:
    """Check image files and return their verdicts in order; see ``verify``.

    Raises:
        CredentialError: ``trust_pem`` holds no certificate that can be read.
    """
    given = (trust.given_list(trust_pem),) if trust_pem is not None else ()
    return tuple(
        verify_each(
            paths,
            ledgers=ledgers,
            lists=(*given, *lists),
            own_roots=own_roots,
            now=now,
            limits=limits,
            ordered=True,
        )
    )


def verify_each(
    paths: Iterable[Path | str],
    *,
    ledgers: Sequence[LedgerLookup] = (),
    lists: Sequence[TrustList] = (),
    own_roots: Sequence[TrustList] = (),
    now: datetime | None = None,
    limits: Limits | None = None,
    workers: int | None = None,
    ordered: bool = False,
    pixels: bool = True,
    fetch: Literal["never", "public", "anywhere"] = "never",
    pool: Pool | None = None,
    on_marks: Callable[[Verdict, FileMarks], None] | None = None,
) -> Iterator[Verdict]:
    """Check any number of image files, and yield each verdict as soon as it is there.

    Files are taken from ``paths`` as they are needed, so that memory stays flat.

    Args:
        paths: the files; read from another thread.
        ledgers: ledgers at hand.
        lists: lists that are trusted, those that count more first.
        own_roots: roots of the user's own studios.
        now: the time of every verdict; the clock's by default.
        limits: what a worker process may use.
        workers: the most processes at once; by default one for each processor.
        ordered: yield in the order of the files.
        pixels: whether pixels are decoded, which is needed to find them in a ledger.
        fetch: whether credentials are fetched that lie at an address which a file names:
            ``anywhere`` includes this machine and private networks.
        pool: processes that were started already; ``limits`` and ``workers`` are then its own.
        on_marks: told, before each verdict is given, which marks on AI stand in the file beside its
            credentials; not of a file that cannot be read. Without it nobody looks for them.
    """
    # What the user vouches for outright counts more than an own studio.
    anchors = (*lists, *own_roots)
    fetcher = remote.Fetcher(private=fetch == "anywhere") if fetch != "never" else None
    with pool or Pool(limits, workers=workers) as running:
        jobs = (Job(Path(path)) for path in paths)
        task = Task(anchors, pixels=pixels, marks=on_marks is not None)
        for job, first in running.each(jobs, task, ordered=ordered):
            found = first
            if fetcher is not None:
                found = fetcher.completed(job.path, first, task, running.limits)
            moment = (now or datetime.now(UTC)).astimezone(UTC)
            verdict = judge(os.fspath(job.path), found, ledgers, anchors, moment)
            if on_marks is not None and found.marks is not None:
                on_marks(verdict, found.marks)
            yield verdict
