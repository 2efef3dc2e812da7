"""Inclusion proofs as files: one event, the way to its tree's root, and the signed tree head.

Format: https://c2sp.org/tlog-proof (version 1), over the tree and checkpoints of this room. The
event's body travels in the proof's ``extra`` line, so that one file is enough; it is believed no
further than its hash leads. Pure functions over text, bytes and keys; which events are proved, and
where proofs are kept, is left to the callers.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provenance_gen.errors import LedgerBrokenError, LedgerError
from provenance_gen.ledger import body as bodies
from provenance_gen.ledger import canonical, checkpoint, merkle
from provenance_gen.records.bundle import BundleVerdict, BundleVerdictKind, kind_of
from provenance_gen.records.verdict import Check, CheckStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.ledger.checkpoint import Checkpoint
    from provenance_gen.records.event import Event

HEADER: Final = "c2sp.org/tlog-proof@v1"
"""First line of every proof."""

MAX_PROOF: Final = 1 << 23
"""Longest proof read, in characters: above any event, below what would stall a reader."""

_EXTRA: Final = "extra "
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,15})")
_MAX_HASHES: Final = 63
_HASH_BYTES: Final = 32


@dataclass(frozen=True)
class Proof:
    """A proof as it was written; nothing in it has been checked."""

    index: int
    """Number of the event, from 0."""
    hashes: tuple[bytes, ...]
    """32 bytes each, from the leaf's sibling up to the root's child (RFC 9162, section 2.1.3)."""
    note: str
    """The checkpoint that the proof leads to, verbatim."""
    body: bytes | None = None
    """The event's bytes, where the proof carries them."""


@dataclass(frozen=True)
class Proved:
    """What a proof shows once it has been checked."""

    event: Event
    checkpoint: Checkpoint
    signed: bool
    """Whether the checkpoint's signature was checked against a key from elsewhere."""


def write(index: int, hashes: Sequence[bytes], note: str, body: bytes | None = None) -> str:
    """Write a proof; with the event's body it can be checked alone."""
    lines = [HEADER]
    if body is not None:
        lines.append(f"{_EXTRA}{_base64(body)}")
    lines += [f"index {index}", *map(_base64, hashes)]
    return "\n".join(lines) + f"\n\n{note}"


def parse(data: bytes) -> Proof:
    """Read a proof without checking what it claims.

    Raises:
        LedgerError: it is not of the published form.
    """
    if len(data) > MAX_PROOF:
        raise LedgerError("not a proof: longer than 8 MiB")
    try:
        head, blank, note = data.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise LedgerError("not a proof: not UTF-8 text") from error
    header, *lines = head.split("\n")
    if header != HEADER or not blank:
        raise LedgerError(f"not a proof: it does not begin with {HEADER}")
    body = None
    if lines and lines[0].startswith(_EXTRA):
        body = _decoded(lines.pop(0).removeprefix(_EXTRA))
    found = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if found is None:
        raise LedgerError("not a proof: the number of the event is not there")
    hashes = tuple(_decoded(line) for line in lines)
    if len(hashes) > _MAX_HASHES or any(len(item) != _HASH_BYTES for item in hashes):
        raise LedgerError("not a proof: at most 63 hashes of 32 bytes lead to a root")
    checkpoint.parse(note)
    return Proof(int(found[1]), hashes, note, body)


def verify(proof: Proof, *, body: bytes | None = None, verifier_key: str | None = None) -> Proved:
    """Check that an event is in the tree which the proof's checkpoint names.

    Args:
        proof: what was read.
        body: the event's bytes; those in the proof by default.
        verifier_key: C2SP verifier key that must have signed the checkpoint. Without it the proof
            is only consistent in itself: anybody could have made it.

    Raises:
        LedgerBrokenError: the event is not in that tree, is no event of that log, or the key did
            not sign the checkpoint.
        LedgerError: no body is at hand, or the key is none.
    """
    data = proof.body if body is None else body
    if data is None:
        raise LedgerError("the proof carries no event; give the event's bytes too")
    head = checkpoint.parse(proof.note)
    # (1) The bytes lead to the root (RFC 9162, section 2.1.3.2).
    leaf = merkle.leaf_hash(data)
    if not merkle.verify_inclusion(leaf, proof.index, head.size, proof.hashes, head.root):
        raise LedgerBrokenError("the event is not in the tree of the checkpoint", proof.index)
    # (2) They are an event of that log, at that place, in the one form that it may have.
    try:
        canonical.decode(data)
        event = bodies.decode(data, leaf, {})
    except LedgerError as error:
        raise LedgerBrokenError(f"what is in the tree is no event ({error})") from error
    if (event.log, event.sequence) != (head.origin, proof.index):
        raise LedgerBrokenError("the event is of another log or place", proof.index)
    # (3) The key signed that tree.
    if verifier_key is not None:
        checkpoint.parse_verifier_key(verifier_key)
        try:
            checkpoint.verify(proof.note, verifier_key)
        except LedgerError as error:
            raise LedgerBrokenError(str(error)) from error
    return Proved(event, head, verifier_key is not None)


def check(data: bytes, *, name: str, key: str | None = None) -> BundleVerdict:
    """Check the bytes of a proof that carries its event, and say what was found.

    Args:
        data: the proof's bytes.
        name: what to call it in the verdict.
        key: C2SP verifier key that the reader has from elsewhere.

    Raises:
        LedgerError: it is no proof, carries no event, or the key is none.
    """
    read = parse(data)
    checks = [Check(step=1, id="form", status=CheckStatus.PASSED, reason="it is a tlog-proof")]
    head = checkpoint.parse(read.note)
    facts = {"file": name, "kind": "proof", "origin": head.origin, "size": head.size}
    if read.body is None:
        raise LedgerError("the proof carries no event, and its event is not at hand")
    try:
        verify(read)
        said = f"event {read.index} is in the tree of {head.size} events"
        checks.append(Check(step=2, id="inclusion", status=CheckStatus.PASSED, reason=said))
        checks.append(_signed(read, key))
    except LedgerError as error:
        step, broken = (3, "key") if len(checks) > 1 else (2, "inclusion")
        reason = str(error)
        checks.append(Check(step=step, id=broken, status=CheckStatus.FAILED, reason=reason))
    verdict = kind_of(tuple(checks), frozenset({"key"}))
    return BundleVerdict.model_validate(
        {
            **facts,
            "verdict": verdict,
            "summary": _SUMMARY.get(verdict, checks[-1].reason),
            "events": int(len(checks) > 2),  # noqa: PLR2004  # form, inclusion, and the key's
            "checkpoints": 1,
            "checks": tuple(checks),
        }
    )


def _signed(proof: Proof, key: str | None) -> Check:
    if key is None:
        reason = "no key was given (--key); anybody could have made this proof"
        return Check(step=3, id="key", status=CheckStatus.SKIPPED, reason=reason)
    verify(proof, verifier_key=key)
    reason = "the key that you gave has signed that tree"
    return Check(step=3, id="key", status=CheckStatus.PASSED, reason=reason)


_SUMMARY: Final = {
    BundleVerdictKind.CONFIRMED: (
        "The event is in the log that the key you gave has signed. It shows that the record is as"
        " it was kept, not that what it says is true."
    ),
    BundleVerdictKind.CONSISTENT: (
        "The event is in the tree that the proof names. Nothing here shows whose log that is: that"
        " takes its key, which you have from elsewhere."
    ),
}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decoded(text: str) -> bytes:
    """Decode standard base64 (RFC 4648, section 4) in the one form that it may have."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise LedgerError("not a proof: a line is not base64") from error
    if _base64(data) != text:
        raise LedgerError("not a proof: a line is not base64 in its canonical form")
    return data
