"""Who signs, chosen by URI: today a key file, by a mapping that other kinds join later.

Opening checks that key and certificate belong together and are valid now, so that a wrong pair is
named before a picture is touched. Nothing here signs; ``credentials.manifest`` does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import url2pathname

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from provenance_gen.credentials.authority import is_development
from provenance_gen.errors import SigningError

if TYPE_CHECKING:
    from collections.abc import Callable

_ALGORITHMS: Final = {"secp256r1": "es256", "secp384r1": "es384"}


class CredentialSigner(Protocol):
    """A key that signs Content Credentials, with the certificates that go with it."""

    @property
    def algorithm(self) -> str:
        """C2PA name of the algorithm, such as ``es256``."""
        ...

    @property
    def certificate_digest(self) -> str:
        """SHA-256 of the signing certificate (DER)."""
        ...

    @property
    def development(self) -> bool:
        """Whether it is a development certificate."""
        ...

    def connect(self) -> Any:
        """Return a new signer of the C2PA library.

        Made for each use: an object of that library is dead in a forked process.

        Raises:
            SigningError: the library refuses key or certificates.
        """
        ...


@dataclass(frozen=True)
class FileSigner:
    """A signer whose key lies in a PKCS#8 file."""

    algorithm: str
    certificate_digest: str
    development: bool
    chain: bytes = field(repr=False)
    key: bytes = field(repr=False)

    def connect(self) -> Any:
        """Return a new signer of the C2PA library.

        Raises:
            SigningError: the library refuses key or certificates.
        """
        # Imported here: loading the native library is of no use to who only asks for a name.
        from c2pa import C2paError, C2paSignerInfo, Signer  # noqa: PLC0415

        try:
            return Signer.from_info(
                C2paSignerInfo(
                    alg=self.algorithm.encode(),
                    sign_cert=self.chain,
                    private_key=self.key,
                    ta_url=None,
                )
            )
        except C2paError as error:
            raise SigningError(f"the signing key was refused: {error}") from error


def open_signer(uri: str) -> CredentialSigner:
    """Open the signer that a URI names.

    ``file:///…/signing.key.pem`` takes its certificates from ``signing.chain.pem`` beside it, or
    from the path in ``?chain=``.

    Raises:
        SigningError: an unknown kind of URI, or a key or chain that cannot be used.
    """
    scheme = urlsplit(uri).scheme
    opener = _OPENERS.get(scheme)
    if opener is None:
        known = ", ".join(f"{name}:" for name in sorted(_OPENERS))
        raise SigningError(f"no signer for {scheme or 'a URI without a scheme'}; known: {known}")
    return opener(uri)


def file_uri(key: Path, chain: Path | None = None) -> str:
    """Return the URI that names a key file."""
    query = f"?{urlencode({'chain': str(chain)})}" if chain else ""
    return key.resolve().as_uri() + query


def _open_file(uri: str) -> FileSigner:
    parts = urlsplit(uri)
    if parts.netloc not in ("", "localhost"):
        raise SigningError("a file: URI with a host name is not supported")
    key_path = Path(url2pathname(parts.path))
    asked = parse_qs(parts.query).get("chain")
    stem = key_path.name.removesuffix(".pem").removesuffix(".key")
    chain_path = Path(asked[0]) if asked else key_path.with_name(f"{stem}.chain.pem")
    key, chain = _read(key_path, "signing key"), _read(chain_path, "certificate chain")
    leaf = _leaf(chain)
    return FileSigner(
        algorithm=_algorithm(key, leaf),
        certificate_digest=leaf.fingerprint(hashes.SHA256()).hex(),
        development=is_development(leaf),
        chain=chain,
        key=key,
    )


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        # The name only: the folder is the user's.
        raise SigningError(f"the {what} {path.name} cannot be read: {error.strerror}") from error


def _leaf(chain: bytes) -> x509.Certificate:
    try:
        leaf = x509.load_pem_x509_certificates(chain)[0]
    except ValueError as error:
        raise SigningError("the certificate chain holds no readable certificate") from error
    now = datetime.now(UTC)
    if now < leaf.not_valid_before_utc:
        raise SigningError(f"the signing certificate begins on {leaf.not_valid_before_utc:%F}")
    if now > leaf.not_valid_after_utc:
        raise SigningError(f"the signing certificate expired on {leaf.not_valid_after_utc:%F}")
    return leaf


def _algorithm(pem: bytes, leaf: x509.Certificate) -> str:
    """Return the C2PA algorithm of a key (C2PA 2.2, section 13.2.1), checked against its leaf."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise SigningError("the signing key is no unencrypted PKCS#8 key in PEM form") from error
    spki = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*spki) != leaf.public_key().public_bytes(*spki):
        raise SigningError("the signing key does not belong to the first certificate of its chain")
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _ALGORITHMS:
        return _ALGORITHMS[key.curve.name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    raise SigningError("this kind of signing key is not supported; use P-256, P-384 or Ed25519")


_OPENERS: Final[dict[str, Callable[[str], CredentialSigner]]] = {"file": _open_file}
