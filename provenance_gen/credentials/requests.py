"""Requests for a certificate (PKCS#10, RFC 2986), by keys in a file and by keys that lie elsewhere.

A key in a token, or behind a plug-in, signs its request as it signs a claim: the library that
writes the request is handed an object of its own kind of key that has a public half and can sign,
and nothing else. RSA keys of that sort sign with PSS, the only way that C2PA asks of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID

from provenance_gen.credentials.algorithms import algorithm_of, certificate_hash
from provenance_gen.errors import SigningError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from provenance_gen.credentials.signer import SigningKey

_PSS: Final = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
"""What ``signer.SigningKey`` signs with where the key is an RSA key."""


def write(subject: str, key: Any) -> bytes:
    """Write a request for a certificate to sign claims with (C2PA 2.2, section 14.5.1).

    Args:
        subject: what the certificate shall say, such as ``CN=A. Painter,O=Studio,C=DE``.
        key: a private key, or one that lies elsewhere (``elsewhere``).

    Returns:
        The request in PEM.

    Raises:
        UsageError: the subject cannot be read.
        SigningError: the key did not sign, or its signature does not fit its public half.
    """
    try:
        about = x509.Name.from_rfc4514_string(subject)
    except ValueError as error:
        raise UsageError(
            f"{subject!r} is no subject; write it as: CN=A. Painter,O=Studio,C=DE"
        ) from error
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    made = x509.CertificateSigningRequestBuilder().subject_name(about)
    made = made.add_extension(purpose, critical=False)
    hashed = certificate_hash(algorithm_of(key.public_key()))
    signed = made.sign(key, hashed, rsa_padding=_PSS if isinstance(key, _Rsa) else None)
    if not signed.is_signature_valid:
        raise SigningError("the key's signature does not fit the public key of its certificate")
    return signed.public_bytes(serialization.Encoding.PEM)


def elsewhere(public: CertificatePublicKeyTypes, key: SigningKey) -> Any:
    """Return a key that lies elsewhere in the form that ``write`` takes.

    Args:
        public: its public half.
        key: signs there.

    Raises:
        SigningError: there is no such kind of key in C2PA.
    """
    algorithm = algorithm_of(public)
    kind = {"ps256": _Rsa, "ed25519": _Edwards}.get(algorithm, _Curve)
    return kind(public, key)


class _Elsewhere:
    """What the three kinds have in common: a public half, a signature, and no secret to show."""

    def __init__(self, public: Any, key: SigningKey) -> None:
        self._public = public
        self._key = key

    def public_key(self) -> Any:
        return self._public

    @property
    def key_size(self) -> int:
        return int(self._public.key_size)

    def sign(self, data: Any, *_: Any) -> bytes:
        """Sign; the kind of key tells how, as it does for claims."""
        try:
            return self._key.sign(bytes(data))
        except SigningError:
            raise
        except Exception as error:
            # A plug-in's code may fail in any way.
            raise SigningError(f"the key did not sign the request: {error}") from error

    def _none(self, *_: Any, **__: Any) -> NoReturn:
        raise SigningError("the key lies elsewhere and does not leave its place")

    private_bytes = private_bytes_raw = private_numbers = decrypt = exchange = _none
    __copy__ = __deepcopy__ = _none


class _Rsa(_Elsewhere, rsa.RSAPrivateKey):
    """An RSA key elsewhere."""


class _Edwards(_Elsewhere, ed25519.Ed25519PrivateKey):
    """An Ed25519 key elsewhere."""


class _Curve(_Elsewhere, ec.EllipticCurvePrivateKey):
    """A key on one of NIST's curves elsewhere."""

    @property
    def curve(self) -> ec.EllipticCurve:
        """The curve of its public half."""
        found: ec.EllipticCurve = self._public.curve
        return found

    def sign(self, data: Any, *_: Any) -> bytes:
        """Sign, and return the signature as DER, which a request carries (RFC 3279, 2.2.3)."""
        made = super().sign(data)
        half = self.key_size // 8
        # As r and s of equal length, which DER has only in one of 2^48 signatures.
        if len(made) != 2 * half:
            return made
        return encode_dss_signature(
            int.from_bytes(made[:half], "big"), int.from_bytes(made[half:], "big")
        )
