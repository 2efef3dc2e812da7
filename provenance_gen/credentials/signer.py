"""Who signs, chosen by URI: a key file, a PKCS#11 token, or a kind that a plug-in brings.

Opening checks that key and certificate belong together and are valid now, so that a wrong pair is
named before a picture is touched. Nothing here signs; ``credentials.manifest`` does.

A plug-in, such as one for a cloud's key service, is a distribution with an entry point in the
group ``provenance_gen.signers``. Its name is the URI's scheme; it names a function that takes the
URI and an ``Ask`` and returns a ``SigningKey``. It is loaded when its scheme is asked for, and
never otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final, Protocol, Self
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from provenance_gen.credentials.algorithms import algorithm_of
from provenance_gen.credentials.authority import is_development
from provenance_gen.credentials.passphrase import Ask, nobody
from provenance_gen.errors import ProvenanceError, SigningError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

PLUGINS: Final = "provenance_gen.signers"
"""Group of entry points that bring further kinds of signers."""

_OURS: Final = ("file", "pkcs11")


class SigningKey(Protocol):
    """A key that lies elsewhere and signs there; what a plug-in returns."""

    @property
    def chain(self) -> bytes:
        """PEM: the certificate of the key first, then its issuers; the root may be left out."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Sign the bytes as they are, with the algorithm of the certificate's key.

        Called with the COSE structure of the claim, a few kilobytes and never the picture.
        ECDSA: over SHA-256 (P-256) or SHA-384 (P-384), as r and s of equal length or as DER.
        RSA: PSS with SHA-256, MGF1 with SHA-256 and 32 bytes of salt. Ed25519: as it is.

        Raises:
            Exception: it did not sign; the message is shown.
        """
        ...


@dataclass(frozen=True)
class Certified:
    """The certificates of a key, and what they say."""

    chain: bytes = field(repr=False)
    """PEM, the leaf first."""
    algorithm: str
    """C2PA name, such as ``es256``."""
    certificate_digest: str
    """SHA-256 of the signing certificate (DER)."""
    development: bool
    """Whether it is a development certificate."""
    not_after: datetime
    """When the signing certificate ends."""


@dataclass
class Connection:
    """A signer of the C2PA library, for one use: in a forked process it would be dead."""

    native: Any
    fault: BaseException | None = None
    """What the key said when it did not sign; the library itself drops it."""

    def __enter__(self) -> Self:
        """Return the connection."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the library's object back."""
        self.native.close()


class CredentialSigner(Protocol):
    """A key that signs Content Credentials, with the certificates that go with it."""

    @property
    def certified(self) -> Certified:
        """The certificates, and what they say."""
        ...

    def connect(self, timestamp_url: str | None = None) -> Connection:
        """Return a new signer of the C2PA library.

        Args:
            timestamp_url: where a time-stamp authority is asked over the signature.

        Raises:
            SigningError: the library refuses key or certificates.
        """
        ...


@dataclass(frozen=True)
class RemoteSigner:
    """A signer whose key lies elsewhere: the library calls back for the signature."""

    certified: Certified
    key: SigningKey = field(repr=False)

    def connect(self, timestamp_url: str | None = None) -> Connection:
        """Return a new signer of the C2PA library; see ``CredentialSigner``."""
        # Imported here: loading the native library is of no use to who only asks for a name.
        from provenance_gen.credentials.native import c2pa  # noqa: PLC0415

        connection = Connection(None)

        def sign(data: bytes) -> bytes:
            try:
                return self.key.sign(bytes(data))
            except BaseException as error:
                connection.fault = error
                raise

        try:
            connection.native = c2pa.Signer.from_callback(
                sign,
                c2pa.C2paSigningAlg[self.certified.algorithm.upper()],
                self.certified.chain.decode("ascii"),
                timestamp_url,
            )
        except (c2pa.C2paError, ValueError) as error:
            raise SigningError(f"the signing certificate was refused: {error}") from error
        return connection


def open_signer(uri: str, ask: Ask = nobody) -> CredentialSigner:
    """Open the signer that a URI names.

    ``file:///…/signing.key.pem`` takes its certificates from ``signing.chain.pem`` beside it, or
    from the path in ``?chain=``. ``pkcs11:`` is described in ``credentials.pkcs11``.

    Args:
        uri: from the user's configuration or command, never from a studio's folder.
        ask: asks a person for a passphrase or PIN.

    Raises:
        UsageError: an unknown kind of URI.
        SigningError: a key or chain that cannot be used.
        MissingExtraError: the kind needs a library that is not installed.
    """
    scheme = urlsplit(uri).scheme
    if scheme == "file":
        from provenance_gen.credentials.keyfile import open_file  # noqa: PLC0415 - needs this

        return open_file(uri, ask)
    if scheme == "pkcs11":
        from provenance_gen.credentials.pkcs11 import open_token  # noqa: PLC0415 - optional

        key: SigningKey = open_token(uri, ask)
    else:
        key = _plugin(scheme)(uri, ask)
    return RemoteSigner(certified(key.chain), key)


def open_elsewhere(uri: str, algorithm: str, ask: Ask = nobody) -> SigningKey:
    """Open a key that lies elsewhere although its certificate may have ended: to ask for another.

    Args:
        uri: of a ``pkcs11:`` token or a plug-in.
        algorithm: C2PA name of the key's algorithm.
        ask: asks a person for a passphrase or PIN.

    Raises:
        UsageError: an unknown kind of URI.
        SigningError: a key that cannot be used.
        MissingExtraError: the kind needs a library that is not installed.
    """
    scheme = urlsplit(uri).scheme
    if scheme == "pkcs11":
        from provenance_gen.credentials.pkcs11 import bare_token  # noqa: PLC0415 - optional

        return bare_token(uri, algorithm, ask)
    return _plugin(scheme)(uri, ask)


def certified(chain: bytes) -> Certified:
    """Read a chain of certificates and check that its first is valid now.

    Raises:
        SigningError: there is no certificate, or it is not yet or no longer valid.
    """
    leaf = read_leaf(chain)
    now = datetime.now(UTC)
    if now < leaf.not_valid_before_utc:
        raise SigningError(f"the signing certificate begins on {leaf.not_valid_before_utc:%F}")
    if now > leaf.not_valid_after_utc:
        raise SigningError(
            f"the signing certificate expired on {leaf.not_valid_after_utc:%F}; make a new one"
            " with: provgen keys rotate"
        )
    return Certified(
        chain=chain,
        algorithm=algorithm_of(leaf.public_key()),
        certificate_digest=leaf.fingerprint(hashes.SHA256()).hex(),
        development=is_development(leaf),
        not_after=leaf.not_valid_after_utc,
    )


def read_leaf(chain: bytes) -> x509.Certificate:
    """Return the first certificate of a chain.

    Raises:
        SigningError: there is none that can be read.
    """
    try:
        return x509.load_pem_x509_certificates(chain)[0]
    except ValueError as error:
        raise SigningError("the certificate chain holds no readable certificate") from error


def _plugin(scheme: str) -> Callable[[str, Ask], SigningKey]:
    found = {point.name: point for point in entry_points(group=PLUGINS)}
    if scheme not in found:
        known = ", ".join(f"{name}:" for name in sorted({*_OURS, *found}))
        raise UsageError(f"no signer for {scheme or 'a URI without a scheme'}; known: {known}")
    point = found[scheme]

    def open_key(uri: str, ask: Ask) -> SigningKey:
        try:
            opener: Callable[[str, Ask], SigningKey] = point.load()
            return opener(uri, ask)
        except ProvenanceError:
            raise
        except Exception as error:
            # Another's code may fail in any way; a picture is not worth less for it.
            raise SigningError(f"the signer for {scheme}: failed: {error}") from error

    return open_key
