"""Certificates that an authority may give and nobody can sign with, made by a real authority."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage
from cryptography.x509.oid import NameOID

from provenance_gen.credentials.fitness import demand_fit
from provenance_gen.errors import SigningError
from tests.certificates import SIGNER, certificate, key_usage

if TYPE_CHECKING:
    from collections.abc import Sequence


SIGNS = key_usage(*SIGNER)
CERTIFIES = key_usage("digital_signature", "key_cert_sign")


class Authority(NamedTuple):
    """A name with a key, and the certificate of that."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        """The certificate in PEM form."""
        return _pem(self.certificate)


def _pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


def _made(
    name: str, by: Authority | None, *extensions: x509.ExtensionType
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    issuer, day = by.certificate.subject if by else subject, timedelta(days=1)
    builder = certificate(subject, issuer, key.public_key(), now - day, now + day)
    for one in extensions:
        builder = builder.add_extension(one, critical=True)
    return key, builder.sign(by.key if by else key, hashes.SHA256())


def _authority(name: str, by: Authority | None = None) -> Authority:
    constraints = x509.BasicConstraints(ca=True, path_length=None)
    return Authority(*_made(name, by, constraints, CERTIFIES))


ROOT = _authority("Root")
BETWEEN = _authority("Between", ROOT)


def _leaf(
    *purposes: x509.ObjectIdentifier, usage: x509.KeyUsage = SIGNS, by: Authority = ROOT
) -> x509.Certificate:
    return _made("A. Painter", by, usage, x509.ExtendedKeyUsage(purposes))[1]


@pytest.mark.parametrize(
    "purpose", [Usage.EMAIL_PROTECTION, x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")]
)
def test_what_signs(purpose: x509.ObjectIdentifier) -> None:
    """For e-mail or documents; straight under the root, with it, or with what lies between."""
    leaf, lower = _leaf(purpose), _leaf(purpose, by=BETWEEN)
    demand_fit(_pem(leaf), ROOT.pem)
    demand_fit(_pem(leaf, ROOT.certificate), ROOT.pem)
    demand_fit(_pem(lower, BETWEEN.certificate), _authority("Others").pem + ROOT.pem)
    demand_fit(_pem(lower), BETWEEN.pem)


@pytest.mark.parametrize(
    ("leaf", "why"),
    [
        (_made("A. Painter", ROOT)[1], "does not say what its key may be used for"),
        (_leaf(Usage.EMAIL_PROTECTION, usage=key_usage()), "does not allow digital signatures"),
        (_leaf(Usage.SERVER_AUTH), "neither for e-mail"),
        (_leaf(Usage.EMAIL_PROTECTION, Usage.ANY_EXTENDED_KEY_USAGE), "for any purpose"),
        (_leaf(Usage.EMAIL_PROTECTION, usage=CERTIFIES), "that of an authority"),
    ],
)
def test_what_cannot_sign(leaf: x509.Certificate, why: str) -> None:
    """Each is told by its own reason, where the C2PA library says only that it is invalid."""
    with pytest.raises(SigningError, match=f"cannot sign Content Credentials: .*{why}"):
        demand_fit(_pem(leaf), ROOT.pem)


def _lower() -> Sequence[x509.Certificate]:
    return _leaf(Usage.EMAIL_PROTECTION, by=BETWEEN), BETWEEN.certificate


def test_chains_that_do_not_lead_to_their_root() -> None:
    """Another root of the same name, a link that is missing, and the wrong order."""
    leaf, between = _lower()
    for chain, root in (
        (_pem(leaf, between), _authority("Root").pem),
        (_pem(leaf), ROOT.pem),
    ):
        with pytest.raises(SigningError, match="does not lead to this root"):
            demand_fit(chain, root)
    with pytest.raises(SigningError, match="do not vouch for one another"):
        demand_fit(_pem(leaf, ROOT.certificate, between), ROOT.pem)
