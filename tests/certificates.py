"""Certificates for tests, by authorities that nobody knows: what all of them begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography import x509

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

_USAGES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
AUTHORITY: Final = ("key_cert_sign", "crl_sign")
SIGNER: Final = ("digital_signature",)


def key_usage(*allowed: str) -> x509.KeyUsage:
    """Return what a key may be used for: that, and nothing else (RFC 5280, section 4.2.1.3)."""
    return x509.KeyUsage(**{usage: usage in allowed for usage in _USAGES})


def certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: CertificatePublicKeyTypes,
    begin: datetime,
    end: datetime,
    *,
    serial: int | None = None,
) -> x509.CertificateBuilder:
    """Begin a certificate for a key; extensions and the signature are still wanting."""
    return x509.CertificateBuilder(
        subject_name=subject,
        issuer_name=issuer,
        public_key=key,
        serial_number=serial or x509.random_serial_number(),
        not_valid_before=begin,
        not_valid_after=end,
    )
