"""The key that signs a ledger's checkpoints, as a file in the user's configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from provenance_gen.digests import write_atomic
from provenance_gen.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path


def make_key(path: Path) -> Ed25519PrivateKey:
    """Make a key and write it (PKCS#8 PEM, mode 0600).

    Raises:
        StorageError: the folder cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_atomic(path, pem, mode=0o600)
    return key


def read_key(path: Path) -> Ed25519PrivateKey:
    """Read a key.

    Raises:
        SettingsError: it is missing, damaged, or of another kind.
    """
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError(f"the ledger's key cannot be read: {path}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"the ledger's key is not an Ed25519 key: {path}")
    return key
