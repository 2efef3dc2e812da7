"""Hand the record over: a bundle of the ledger, or the proof of one event.

Both can be checked without the studio. What a bundle discloses is recorded, so that a later
redaction can say where a text has left to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from provenance_gen import leftovers
from provenance_gen.digests import sha256_hex, write_atomic
from provenance_gen.errors import LedgerBrokenError, UsageError
from provenance_gen.ledger import bundle as bundles
from provenance_gen.ledger import bundle_form, bundle_write, proof
from provenance_gen.names import demand_place
from provenance_gen.records import payloads
from provenance_gen.studio.earlier import known_keys
from provenance_gen.studio.references import events_of, logs_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from provenance_gen.ledger.bundle import Gathered
    from provenance_gen.studio.studio import Studio


@dataclass(frozen=True)
class ProofWritten:
    """A proof that was written."""

    path: Path
    event: int
    type: str
    size: int
    """Events in the tree that the proof leads to."""


def bundle(
    studio: Studio,
    destination: Path,
    *,
    work: str | None = None,
    disclose: Sequence[str] = (),
    compress: bool = True,
) -> Gathered:
    """Write a bundle of the ledger, or of one work's part of it.

    Args:
        studio: the studio, one's own.
        destination: a zip, where its name ends so, or a folder; neither may exist.
        work: work by number, title or identifier; the whole ledger by default.
        disclose: names of texts to disclose, such as ``prompt``; ``all`` or ``none``.
        compress: whether a zip is compressed.

    Raises:
        UsageError: there is no such text, or the destination exists.
        UnknownReferenceError: there is no such work.
        StorageError: the disk is full.
    """
    studio.demand_own()
    names = names_of(disclose)
    # Reading the history also waits for what is still being recorded behind a generation.
    history = studio.history()
    only = history.work(work).id if work is not None else None
    size = studio.ledger.checkpoint().size
    made = bundles.gather(
        studio.ledger,
        size=size,
        verifier_key=studio.verifier_key or "",
        work=only,
        disclose=names,
    )
    bundle_write.write(made.files, destination, compress=compress)
    studio.append(
        payloads.ReportWritten(
            work=only,
            tree_size=size,
            digests=(sha256_hex(made.files[bundle_form.SUMS]),),
            format="bundle",
            disclosed=tuple(sorted(names)),
        )
    )
    return made


def prove(
    studio: Studio,
    reference: str,
    destination: Path,
    *,
    work: str | None = None,
    overwrite: bool = False,
) -> ProofWritten:
    """Write the proof that an event is in the ledger, with the event in it.

    Args:
        studio: the studio, one's own.
        reference: attempt ``2``, image ``2.3``, edit ``e4``, ``work``, or event ``#12``.
        destination: file to write, usually ending in ``.tlog-proof``.
        work: work by number, title or identifier; the newest by default.
        overwrite: replace a file that is there.

    Raises:
        UnknownReferenceError: there is nothing of that name.
        UsageError: the file exists, its folder does not, or no checkpoint covers the event.
        StorageError: the disk is full.
    """
    studio.demand_own()
    demand_place(destination)
    if destination.exists() and not overwrite:
        raise UsageError(f"{destination} exists; choose another name or pass --overwrite")
    _, leaves = events_of(studio, reference, work)
    for ledger in logs_of(studio).values():
        if (entry := bundles.entry(ledger, leaves[0])) is not None:
            break
    else:
        raise LedgerBrokenError("the event is in no log of this studio")
    # An earlier log is signed by nobody any more: its last checkpoint has to do.
    present = ledger is studio.ledger
    key = known_keys(studio).get(ledger.origin)
    signed = ledger.checkpoint() if present else bundles.newest_checkpoint(ledger, key)
    if signed is None or signed.size <= entry.sequence:
        raise UsageError("the event is in an earlier log, after its last checkpoint: no proof")
    hashes = [bytes.fromhex(h) for h in ledger.prove(entry.sequence, signed.size)]
    text = proof.write(entry.sequence, hashes, signed.note, entry.body)
    leftovers.sweep(destination.parent)
    write_atomic(destination, text.encode())
    return ProofWritten(destination, entry.sequence, entry.type, signed.size)


def names_of(disclose: Sequence[str]) -> frozenset[str]:
    """Return the names of texts that are to be disclosed.

    Raises:
        UsageError: ``none`` stands beside another name.
    """
    names = frozenset(name for item in disclose for name in item.split(",") if name)
    if bundles.NONE in names and len(names) > 1:
        raise UsageError("--disclose none goes with no other name")
    return names - {bundles.NONE}
