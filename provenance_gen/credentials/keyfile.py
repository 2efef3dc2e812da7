"""Signers whose key lies in a file: PKCS#8, encrypted or not; other PEM forms are read as well.

The C2PA library takes only an unencrypted key. An encrypted one is decrypted in memory; its clear
form is handed to the library there and never written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import url2pathname

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from provenance_gen.credentials import passphrase
from provenance_gen.credentials.algorithms import key_digest, spki
from provenance_gen.credentials.signer import Certified, Connection, certified, read_leaf
from provenance_gen.errors import SigningError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import (
        CertificatePublicKeyTypes,
        PrivateKeyTypes,
    )


@dataclass(frozen=True)
class FileSigner:
    """A signer whose key was read from a file."""

    certified: Certified
    key: bytes = field(repr=False)
    """PKCS#8, unencrypted: the only form that the C2PA library takes. In memory alone."""

    def connect(self, timestamp_url: str | None = None) -> Connection:
        """Return a new signer of the C2PA library; see ``signer.CredentialSigner``."""
        # Imported here: loading the native library is of no use to who only asks for a name.
        from provenance_gen.credentials.native import c2pa  # noqa: PLC0415

        try:
            return Connection(
                c2pa.Signer.from_info(
                    c2pa.C2paSignerInfo(
                        alg=self.certified.algorithm.encode(),
                        sign_cert=self.certified.chain,
                        private_key=self.key,
                        ta_url=timestamp_url.encode() if timestamp_url else None,
                    )
                )
            )
        except c2pa.C2paError as error:
            raise SigningError(f"the signing key was refused: {error}") from error


def file_uri(key: Path, chain: Path | None = None) -> str:
    """Return the URI that names a key file."""
    query = f"?{urlencode({'chain': str(chain)})}" if chain else ""
    return key.resolve().as_uri() + query


def open_file(uri: str, ask: passphrase.Ask) -> FileSigner:
    """Open the key file that a URI names; see ``signer.open_signer``.

    Raises:
        SigningError: key or chain cannot be read, do not belong together, or no passphrase fits.
    """
    parts = urlsplit(uri)
    if parts.netloc not in ("", "localhost"):
        raise SigningError("a file: URI with a host name is not supported")
    key_path = Path(url2pathname(parts.path))
    asked = parse_qs(parts.query).get("chain")
    stem = key_path.name.removesuffix(".pem").removesuffix(".key")
    chain_path = Path(asked[0]) if asked else key_path.with_name(f"{stem}.chain.pem")
    pem = read_file(key_path, "signing key")
    chain = certified(read_file(chain_path, "certificate chain"))
    public = read_leaf(chain.chain).public_key()
    name = f"{key_path.parent.name}/{key_path.name}"
    key = load(pem, name, public, ask)
    if spki(key.public_key()) != spki(public):
        raise SigningError("the signing key does not belong to the first certificate of its chain")
    return FileSigner(chain, clear(key))


def load(
    pem: bytes, name: str, public: CertificatePublicKeyTypes | None, ask: passphrase.Ask
) -> PrivateKeyTypes:
    """Read a private key in PEM form, asking for its passphrase where it has one.

    Args:
        pem: the file's bytes.
        name: the file's name, for messages.
        public: the public key of its certificate, by which a keyring knows it.
        ask: asks a person.

    Raises:
        SigningError: it is no key that can be read, or the passphrase is wrong.
    """
    password: bytes | None = None
    if is_encrypted(pem):
        account = key_digest(public) if public else name
        password = passphrase.find(f"the key {name}", account, ask).encode()
    try:
        return serialization.load_pem_private_key(pem, password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if password is not None:
            raise SigningError(f"the passphrase does not open {name}") from error
        raise SigningError("the signing key is no PKCS#8 key in PEM form") from error


def is_encrypted(pem: bytes) -> bool:
    """Tell whether a PEM file holds an encrypted key."""
    return b"BEGIN ENCRYPTED PRIVATE KEY" in pem or b"Proc-Type: 4,ENCRYPTED" in pem


def clear(key: PrivateKeyTypes) -> bytes:
    """Return a key as unencrypted PKCS#8 in PEM form, for memory alone."""
    return _written(key, serialization.NoEncryption())


def encrypted(key: PrivateKeyTypes, password: str) -> bytes:
    """Return a key as encrypted PKCS#8 (PBES2, AES-256) in PEM form."""
    return _written(key, serialization.BestAvailableEncryption(password.encode()))


def _written(key: PrivateKeyTypes, encryption: Any) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )


def read_file(path: Path, what: str) -> bytes:
    """Read a file of the user's; errors name its last part only, as the folder is the user's.

    Raises:
        SigningError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise SigningError(f"the {what} {path.name} cannot be read: {error.strerror}") from error
