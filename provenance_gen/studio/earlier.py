"""The earlier logs of a studio: how they are audited, and what verification asks of them."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provenance_gen import settings
from provenance_gen.config import timestamp_authorities
from provenance_gen.errors import LedgerError
from provenance_gen.ledger.audit import Audit, Problem, audit
from provenance_gen.ledger.audit_files import withdrawn
from provenance_gen.ledger.logs import audit_given_up, strays

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from provenance_gen.ledger.logs import EarlierLog
    from provenance_gen.studio.lookup import KnownImage
    from provenance_gen.studio.studio import Studio


@dataclass(frozen=True)
class EarlierLedger:
    """An earlier log as verification asks it: its proofs hold on.

    What its images are is answered by the present log's ``OwnLedger``, which reads them all.
    """

    origin: str
    verifier_key: str
    """From this user's own configuration; empty where the log was not this user's."""
    leaves: tuple[bytes, ...]

    def find_image(self, pixel_digest: str) -> Sequence[KnownImage]:  # noqa: ARG002 - the protocol's
        """Return nothing: the present log answers."""
        return ()

    def find_file(self, file_digest: str) -> Sequence[KnownImage]:  # noqa: ARG002 - the protocol's
        """Return nothing: the present log answers."""
        return ()

    def find_manifest(self, manifest_digest: str) -> Sequence[KnownImage]:  # noqa: ARG002 - same
        """Return nothing: the present log answers."""
        return ()

    def leaf_at(self, sequence: int) -> str | None:
        """Return the leaf of an event, or None where there is no such event."""
        return self.leaves[sequence].hex() if 0 <= sequence < len(self.leaves) else None


def earlier_ledgers(studio: Studio) -> tuple[EarlierLedger, ...]:
    """Return the earlier logs as verification asks them."""
    keys = known_keys(studio)
    return tuple(
        EarlierLedger(
            origin=log.cited.log,
            verifier_key=keys.get(log.cited.log, ""),
            leaves=log.ledger.leaves(log.cited.size),
        )
        for log in studio.earlier
    )


def audit_earlier(
    studio: Studio, progress: Callable[[int, int], None] = lambda _done, _of: None
) -> tuple[Audit, ...]:
    """Check every earlier log, and that each ends as the next one cites it; oldest first.

    Raises:
        LedgerError: a log is missing or cannot be read at all.
    """
    if not studio.earlier:
        return ()
    keys, gone = known_keys(studio), withdrawn_in(studio)
    found = []
    for log in studio.earlier:
        key = keys.get(log.cited.log)
        checks = functools.partial(
            audit,
            files=studio.store.files,
            verifier_key=key,
            authorities=timestamp_authorities(),
            deletions_here=False,
            withdrawn=gone,
            progress=progress,
        )
        result = audit_given_up(log.ledger, checks)
        more = [Problem(what) for what in (_end_problem(log), _strays_problem(log, key)) if what]
        found.append(dataclasses.replace(result, problems=(*result.problems, *more)))
    return tuple(found)


def _strays_problem(log: EarlierLog, key: str | None) -> str | None:
    found = strays(log.ledger, key)
    if found.unreadable:
        return f"{found.unreadable[0]} beside it is no checkpoint of its key"
    if found.beyond > (log.cited.seen or log.ledger.head().size):
        return f"a checkpoint beside it has seen {found.beyond} events, which nothing explains"
    if found.other > (log.cited.contradicts or 0):
        return f"a checkpoint over {found.other} other events, which nothing explains"
    return None


def _end_problem(log: EarlierLog) -> str | None:
    try:
        root = log.ledger.root(log.cited.size).hex()
    except LedgerError as error:
        return str(error)
    if root == log.cited.root:
        return None
    return f"its first {log.cited.size} events are not those that the next log cites"


def known_keys(studio: Studio) -> dict[str, str]:
    """Return the verifier keys that this user's configuration vouches for, by log."""
    present = {studio.ledger.origin: key} if (key := studio.verifier_key) else {}
    made = None if studio.foreign else settings.registration(studio.id)
    return {**(made.earlier if made else {}), **present}


def withdrawn_in(studio: Studio) -> frozenset[str]:
    """Return the digests of pixels that are withdrawn as all logs stand.

    They may have been withdrawn in a later log than the one that recorded them.
    """
    return withdrawn((*(log.ledger for log in studio.earlier), studio.ledger))
