"""What verification asks of a ledger at hand, and what becomes of the record in a file.

A protocol, so that ``verify`` loads no database; the studio hands in its own ledger and those
that the user names. Step 8 of verification lives here.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from provenance_gen.credentials import steps
from provenance_gen.errors import LedgerError
from provenance_gen.ledger import checkpoint as checkpoints
from provenance_gen.ledger import merkle
from provenance_gen.records.verdict import Check, CheckStatus, LedgerMatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.credentials.report import CredentialReport, Inspection

_FIELDS: Final[dict[str, type]] = {
    "origin": str,
    "event": int,
    "leaf": str,
    "treeSize": int,
    "inclusion": list,
    "checkpoint": str,
}
_MAX_PROOF: Final = 64
_VERSION: Final = 1
_NOTHING: Final = LedgerMatch(status="not_checked")


@dataclass(frozen=True)
class KnownImage:
    """An image that a ledger knows."""

    work: str | None
    """Title of the work."""
    image: str
    """Name of the image, such as ``e1``."""
    event: int | None = None
    """Number of the event that says so."""
    file_name: str | None = None
    """Name of the exported file, where it was exported."""
    when: str | None = None
    """When it was exported, or else recorded."""
    exported: bool = False
    source_type: str | None = None
    """Digital source type by the ledger, such as the IPTC address of generative AI."""


class LedgerLookup(Protocol):
    """A ledger at hand, asked by digests."""

    @property
    def origin(self) -> str:
        """Name of the ledger, as its checkpoints carry it."""
        ...

    @property
    def verifier_key(self) -> str:
        """C2SP verifier key of its checkpoints; empty where none is known to be its own.

        Such a ledger, in a folder that somebody else made, is asked and not believed.
        """
        ...

    def find_image(self, pixel_digest: str) -> Sequence[KnownImage]:
        """Return what is known of these pixels, exports first, the latest first."""
        ...

    def find_file(self, file_digest: str) -> Sequence[KnownImage]:
        """Return the exports that are this very file."""
        ...

    def find_manifest(self, manifest_digest: str) -> Sequence[KnownImage]:
        """Return the exports that carry this manifest store."""
        ...

    def leaf_at(self, sequence: int) -> str | None:
        """Return the leaf of an event, or None where there is no such event."""
        ...


@dataclass(frozen=True)
class Known:
    """What the ledgers at hand know of a file."""

    by: str | None = None
    """``file``, ``manifest`` or ``pixels``: the strongest digest that was found."""
    images: tuple[KnownImage, ...] = ()
    proved: bool = True
    """Whether they come from a ledger whose key is known."""


def find(inspection: Inspection, ledgers: Sequence[LedgerLookup]) -> Known:
    """Look a file up in every ledger, by its bytes, its manifest and its pixels."""
    report = inspection.credentials
    digests = (
        ("file", inspection.file_digest),
        ("manifest", report.manifest_digest if report else None),
        ("pixels", inspection.pixel_digest),
    )
    for by, digest in digests:
        if digest is None:
            continue
        asked = ((ledger, _ask(ledger, by, digest)) for ledger in ledgers)
        found = [(ledger, images) for ledger, images in asked if images]
        # Ledgers whose key is known speak first; whose is, costs to find out.
        for proved in (True, False):
            images = [
                i for ledger, known in found if bool(ledger.verifier_key) is proved for i in known
            ]
            if images:
                return Known(by, tuple(images), proved)
    return Known()


def _ask(ledger: LedgerLookup, by: str, digest: str) -> Sequence[KnownImage]:
    ask = {"file": ledger.find_file, "manifest": ledger.find_manifest}
    return ask.get(by, ledger.find_image)(digest)


def ledger_check(
    report: CredentialReport | None, ledgers: Sequence[LedgerLookup], *, authentic: bool
) -> tuple[Check, LedgerMatch]:
    """Step 8: does the record in the file lead to its checkpoint, and that to a ledger at hand?

    Args:
        report: what was read.
        ledgers: ledgers at hand.
        authentic: whether the manifest is as it was signed; a record in another says nothing.

    Returns:
        The check, and the proof's part of ``LedgerMatch``; its status is the caller's.
    """
    nothing = _NOTHING
    record = report.record if report else None
    if record is None or (reason := _reason_to_skip(record, authentic=authentic)):
        reason = "the file carries no record of a ledger" if record is None else reason
        return _check(CheckStatus.SKIPPED, None, reason), nothing
    if not _well_formed(record):
        code, reason = "provgen.record.malformed", "the record of the ledger is not of its form"
        return _check(CheckStatus.FAILED, code, reason), nothing
    included = _included(record)
    match = nothing.model_copy(update={"event": record["event"], "inclusion": included})
    if not included:
        code, reason = "provgen.ledger.inclusion.mismatch", "its proof does not lead to its tree"
        return _check(CheckStatus.FAILED, code, reason), match
    named = (item for item in ledgers if item.origin == record["origin"] and item.verifier_key)
    ledger = next(named, None)
    if ledger is None:
        reason = (
            f"event {record['event']} is proved to be in a tree of {record['treeSize']} events; "
            "who signed that tree was not checked, since no key of that ledger is at hand"
        )
        return _check(CheckStatus.PASSED, "provgen.ledger.included", reason), match
    return _against(record, ledger, match)


def _reason_to_skip(record: dict[str, Any], *, authentic: bool) -> str:
    if not authentic:
        return "the record stands in a manifest that is not as it was signed"
    version = record.get("version")
    if isinstance(version, int) and version > _VERSION:
        return f"the record has version {version}; this program reads {_VERSION}"
    return ""


def _against(
    record: dict[str, Any], ledger: LedgerLookup, match: LedgerMatch
) -> tuple[Check, LedgerMatch]:
    """Check the checkpoint by the ledger's key, and the leaf by the ledger itself."""
    try:
        checkpoints.verify(record["checkpoint"], ledger.verifier_key)
    except LedgerError as error:
        wrong = match.model_copy(update={"checkpoint": False})
        code = "provgen.ledger.checkpoint.mismatch"
        return _check(CheckStatus.FAILED, code, f"the ledger did not sign it: {error}"), wrong
    match = match.model_copy(update={"checkpoint": True})
    if ledger.leaf_at(record["event"]) != record["leaf"]:
        code = "provgen.ledger.leaf.mismatch"
        reason = f"event {record['event']} of the ledger at hand is another one"
        return _check(CheckStatus.FAILED, code, reason), match
    reason = f"event {record['event']} is in the ledger at hand, whose key signed the tree"
    return _check(CheckStatus.PASSED, "provgen.ledger.confirmed", reason), match


def _well_formed(record: dict[str, Any]) -> bool:
    for name, kind in _FIELDS.items():
        value = record.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            return False
    hashes = [record["leaf"], *record["inclusion"]]
    return (
        0 <= record["event"] < record["treeSize"] < 2**53
        and len(hashes) <= _MAX_PROOF
        and all(isinstance(item, str) and _is_hash(item) for item in hashes)
    )


def _is_hash(text: str) -> bool:
    return len(text) == 64 and all(c in "0123456789abcdef" for c in text)  # noqa: PLR2004 - SHA-256


def _included(record: dict[str, Any]) -> bool:
    """Check the inclusion proof against the checkpoint (RFC 9162, section 2.1.3.2)."""
    try:
        head = checkpoints.parse(record["checkpoint"])
    except LedgerError:
        return False
    if head.origin != record["origin"] or head.size != record["treeSize"]:
        return False
    return merkle.verify_inclusion(
        bytes.fromhex(record["leaf"]),
        record["event"],
        head.size,
        [bytes.fromhex(node) for node in record["inclusion"]],
        head.root,
    )


@functools.lru_cache(steps.KEPT)
def _check(status: CheckStatus, code: str | None, reason: str) -> Check:
    return Check(step=8, id="ledger", status=status, code=code, reason=reason)
