"""The four signature algorithms that are offered, of those that C2PA allows (2.2, section 13.2.1).

ES512 is left out: independent verifiers disagree about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from provenance_gen.digests import sha256_hex
from provenance_gen.errors import SigningError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import (
        CertificateIssuerPrivateKeyTypes,
        PublicKeyTypes,
    )

ALGORITHMS: Final = ("es256", "es384", "ps256", "ed25519")
"""C2PA names, in lower case as its library takes them."""

_CURVES: Final = {"secp256r1": "es256", "secp384r1": "es384"}
_RSA_BITS: Final = 3072
_SMALLEST_RSA: Final = 2048


def generate(algorithm: str) -> CertificateIssuerPrivateKeyTypes:
    """Make a key.

    Raises:
        UsageError: the algorithm is not one of ``ALGORITHMS``.
    """
    if algorithm == "es256":
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == "es384":
        return ec.generate_private_key(ec.SECP384R1())
    if algorithm == "ps256":
        return rsa.generate_private_key(65537, _RSA_BITS)
    if algorithm == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    raise UsageError(f"no algorithm {algorithm!r}; choose one of {', '.join(ALGORITHMS)}")


def algorithm_of(key: PublicKeyTypes) -> str:
    """Return the C2PA algorithm that a public key is for.

    Raises:
        SigningError: there is none among ``ALGORITHMS``.
    """
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _SMALLEST_RSA:
        return "ps256"
    raise SigningError(
        "this kind of signing key is not supported; use P-256, P-384, Ed25519, or RSA of 2048"
        " bits or more"
    )


def certificate_hash(algorithm: str) -> hashes.SHA256 | hashes.SHA384 | None:
    """Return the hash with which a key signs certificates; Ed25519 brings its own."""
    if algorithm == "ed25519":
        return None
    return hashes.SHA384() if algorithm == "es384" else hashes.SHA256()


def spki(key: PublicKeyTypes) -> bytes:
    """Return a public key as DER SubjectPublicKeyInfo."""
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def key_digest(key: PublicKeyTypes) -> str:
    """Return the SHA-256 that names a key, whatever certificate it has."""
    return sha256_hex(spki(key))
