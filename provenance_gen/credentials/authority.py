"""A development certificate authority: a root that is used once, and one leaf.

It lets a studio sign from its first minute. It proves no identity, says so in every subject, and
carries no name of a user, host or studio: subjects are random. The root's private key is never
written, so that nobody, the user included, can issue a second certificate under it.
"""

from __future__ import annotations

import secrets as random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from provenance_gen.credentials.algorithms import algorithm_of, certificate_hash, generate
from provenance_gen.credentials.report import DEVELOPMENT_ORGANISATION
from provenance_gen.digests import write_atomic, write_private
from provenance_gen.errors import StorageError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import (
        CertificateIssuerPrivateKeyTypes,
        CertificatePublicKeyTypes,
    )

    from provenance_gen.settings import StudioSecrets

ROOT_LIFETIME: Final = timedelta(days=3652)
LEAF_LIFETIME: Final = timedelta(days=365)
_CLOCK_SKEW: Final = timedelta(hours=24)


@dataclass(frozen=True)
class DevelopmentIdentity:
    """A fresh key with its certificates, in PEM."""

    key: bytes
    """PKCS#8, unencrypted: the only form that the C2PA library takes."""
    chain: bytes
    """The leaf; the root is left out, as a verifier must have it from elsewhere."""
    root: bytes

    def __repr__(self) -> str:
        """Say nothing of the key."""
        return "DevelopmentIdentity(…)"


def create_development_identity(secrets: StudioSecrets) -> None:
    """Write a new signing key (mode 0600), its certificate chain and its root.

    Raises:
        UsageError: one of the three files exists; nothing is changed.
        StorageError: the folder cannot be written.
    """
    targets = (secrets.signing_key, secrets.signing_chain, secrets.root)
    for target in targets:
        if target.exists():
            raise UsageError(f"{target.name} exists already; keys are never overwritten")
    identity = issue(datetime.now(UTC))
    try:
        secrets.folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make the folder of keys: {error.strerror}") from error
    write_atomic(secrets.root, identity.root)
    write_atomic(secrets.signing_chain, identity.chain)
    # The key comes last: a chain without its key is a visible gap, a key alone looks usable.
    write_private(secrets.signing_key, identity.key)


def issue(
    now: datetime, *, algorithm: str = "es256", leaf_lifetime: timedelta = LEAF_LIFETIME
) -> DevelopmentIdentity:
    """Make a key and a development certificate for it.

    Args:
        now: time from which it is valid, less a day for clocks that differ.
        algorithm: C2PA name of the key's algorithm.
        leaf_lifetime: how long the leaf stays valid.

    Raises:
        SigningError: the algorithm is not known.
    """
    key = generate(algorithm)
    chain, root = certify(key.public_key(), now, leaf_lifetime=leaf_lifetime)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return DevelopmentIdentity(key=pem, chain=chain, root=root)


def certify(
    key: CertificatePublicKeyTypes, now: datetime, *, leaf_lifetime: timedelta = LEAF_LIFETIME
) -> tuple[bytes, bytes]:
    """Make a root and one leaf under it that fits C2PA signing (C2PA 2.2, section 14.5).

    Args:
        key: the leaf's key, which may lie in a token.
        now: time from which they are valid, less a day for clocks that differ.
        leaf_lifetime: how long the leaf stays valid.

    Returns:
        Leaf and root in PEM. The root's own key is forgotten here.

    Raises:
        SigningError: C2PA has no algorithm for this kind of key.
    """
    tag = random.token_hex(8)
    algorithm = algorithm_of(key)
    root_key = generate(algorithm)
    signed_with = certificate_hash(algorithm)
    root_name = _name(f"provenance-gen development root {tag}")
    root = (
        _builder(root_name, root_name, root_key.public_key(), now, ROOT_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .add_extension(_issuer(root_key), critical=False)
        .sign(root_key, signed_with)
    )
    leaf_name = _name(f"provenance-gen development certificate {tag}")
    leaf = (
        _builder(leaf_name, root_name, key, now, leaf_lifetime)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        # Of the purposes that C2PA allows, verifiers accept this one without being configured.
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .add_extension(_issuer(root_key), critical=False)
        .sign(root_key, signed_with)
    )
    pem = serialization.Encoding.PEM
    return leaf.public_bytes(pem), root.public_bytes(pem)


def is_development(certificate: x509.Certificate) -> bool:
    """Tell whether a certificate says of itself that it is a development certificate."""
    found = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return any(attribute.value == DEVELOPMENT_ORGANISATION for attribute in found)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, DEVELOPMENT_ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: CertificatePublicKeyTypes,
    now: datetime,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _issuer(key: CertificateIssuerPrivateKeyTypes) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )
