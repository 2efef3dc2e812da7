"""Checkpoints: signed tree heads as C2SP signed notes.

Formats: https://c2sp.org/signed-note (v1.0.0) and https://c2sp.org/tlog-checkpoint (v1.0.0), with
Ed25519 (algorithm 0x01). Pure functions over text and keys; where keys and notes are kept is the
store's business.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provenance_gen.errors import LedgerError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

_ED25519: Final = b"\x01"
_SIGNATURE: Final = "\u2014 "
_ROOT_BYTES: Final = 32
_MAX_NOTE: Final = 1 << 16
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_HEADER_LINES: Final = 3


@dataclass(frozen=True)
class Checkpoint:
    """A signed tree head."""

    origin: str
    """Name of the log."""
    size: int
    """Number of leaves."""
    root: bytes
    """Root hash, 32 bytes."""
    note: str
    """The whole note with its signatures."""


def verifier_key(name: str, key: Ed25519PublicKey) -> str:
    """Encode a public key as a C2SP verifier key: ``name+hash+base64``."""
    raw = _ED25519 + key.public_bytes_raw()
    return f"{name}+{_key_id(name, key).hex()}+{base64.b64encode(raw).decode()}"


def parse_verifier_key(text: str) -> tuple[str, Ed25519PublicKey]:
    """Decode a C2SP verifier key and check that its hash fits.

    Raises:
        LedgerError: it is no Ed25519 verifier key.
    """
    # Loaded late: reading a checkpoint needs no key, and a verification mostly has none.
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    try:
        name, key_hash, encoded = text.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        if raw[:1] != _ED25519:
            raise LedgerError("the verifier key is not an Ed25519 key")
        key = ed25519.Ed25519PublicKey.from_public_bytes(raw[1:])
    except ValueError as error:
        raise LedgerError("not a verifier key (name+hash+base64)") from error
    if key_hash != _key_id(name, key).hex():
        raise LedgerError("the verifier key's hash does not fit its key")
    return name, key


def write(origin: str, size: int, root: bytes, key: Ed25519PrivateKey) -> Checkpoint:
    """Sign a tree head.

    Raises:
        LedgerError: the origin cannot stand in a note.
    """
    if not origin or any(c.isspace() or c == "+" for c in origin):
        raise LedgerError("an origin holds no space and no plus sign")
    text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
    signature = _key_id(origin, key.public_key()) + key.sign(text.encode())
    line = f"{_SIGNATURE}{origin} {base64.b64encode(signature).decode()}\n"
    return Checkpoint(origin, size, root, f"{text}\n{line}")


def parse(note: str) -> Checkpoint:
    """Read a checkpoint without checking who signed it.

    Raises:
        LedgerError: it is not of the published form.
    """
    text, _ = _parts(note)
    lines = text.split("\n")
    if len(lines) <= _HEADER_LINES or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise LedgerError("not a checkpoint: origin, size and root are not there")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except binascii.Error as error:
        raise LedgerError("not a checkpoint: the root is not base64") from error
    if len(root) != _ROOT_BYTES or base64.b64encode(root).decode() != lines[2]:
        raise LedgerError("not a checkpoint: the root is not 32 bytes of base64")
    return Checkpoint(lines[0], int(lines[1]), root, note)


def verify(note: str, verifier_key: str) -> Checkpoint:
    """Read a checkpoint and check that the key has signed it.

    Signatures of other keys, such as witnesses, are passed over, as signed-note demands.

    Raises:
        LedgerError: not of the published form, of another origin, or not signed by the key.
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - see above

    name, key = parse_verifier_key(verifier_key)
    checkpoint = parse(note)
    if checkpoint.origin != name:
        raise LedgerError("the checkpoint is of another log")
    text, signatures = _parts(note)
    for signer, signature in signatures:
        if signer == name and signature[:4] == _key_id(name, key):
            try:
                key.verify(signature[4:], text.encode())
            except InvalidSignature as error:
                raise LedgerError("the checkpoint's signature is wrong") from error
            return checkpoint
    raise LedgerError("the checkpoint is not signed by this ledger's key")


def _parts(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Part a note into its text, with the final newline, and its signatures."""
    if len(note) > _MAX_NOTE:
        raise LedgerError("not a signed note: longer than 64 KiB")
    text, separator, tail = note.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise LedgerError("not a signed note: no signature block")
    signatures = []
    for line in tail[:-1].split("\n"):
        name, space, encoded = line.removeprefix(_SIGNATURE).partition(" ")
        if not line.startswith(_SIGNATURE) or not space or not name:
            raise LedgerError("not a signed note: a signature line is malformed")
        try:
            signature = base64.b64decode(encoded, validate=True)
        except ValueError as error:
            raise LedgerError("not a signed note: a signature is not base64") from error
        # One signature has one spelling: unused bits of its last character are zero.
        if base64.b64encode(signature).decode() != encoded:
            raise LedgerError("not a signed note: a signature is not base64 in canonical form")
        signatures.append((name, signature))
    return f"{text}\n", signatures


def _key_id(name: str, key: Ed25519PublicKey) -> bytes:
    """Return the four bytes that name a key: SHA-256(name || LF || 0x01 || key)[:4]."""
    data = name.encode() + b"\n" + _ED25519 + key.public_bytes_raw()
    return hashlib.sha256(data).digest()[:4]
