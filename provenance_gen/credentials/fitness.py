"""Whether a certificate may sign at all, and leads to its root: asked when it is brought in. Pure.

Else the C2PA library would refuse each later export, and does not say why. Whether anybody believes
the root is not asked here; of a file that is verified the library says all of this itself.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID

from provenance_gen.credentials.trust import USAGES
from provenance_gen.errors import SigningError

if TYPE_CHECKING:
    from collections.abc import Sequence


def demand_fit(chain: bytes, root: bytes) -> None:
    """Refuse a certificate that cannot sign Content Credentials (C2PA 2.2, section 14.5.1).

    Args:
        chain: PEM, the leaf first, each vouched for by the next.
        root: PEM, one or more certificates, one of which the chain leads to.

    Raises:
        SigningError: it may not sign, or does not lead to the root.
    """
    certificates = x509.load_pem_x509_certificates(chain)
    if why := _unfit(certificates[0]):
        raise SigningError(
            f"this certificate cannot sign Content Credentials: {why}; ask for another"
        )
    _demand_way(certificates, x509.load_pem_x509_certificates(root))


def _unfit(leaf: x509.Certificate) -> str | None:
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
        purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return "it does not say what its key may be used for (key usage, extended key usage)"
    why = None
    if not usage.digital_signature:
        why = "its key usage does not allow digital signatures"
    elif ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in purposes:
        why = "it is for any purpose (anyExtendedKeyUsage), which C2PA forbids"
    elif not {one.dotted_string for one in purposes} & set(USAGES.split()):
        why = "it is neither for e-mail (emailProtection) nor for documents nor for C2PA claims"
    elif usage.key_cert_sign:
        why = "it is that of an authority, which vouches for others"
    return why


def _demand_way(chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]) -> None:
    for one, issuer in itertools.pairwise(chain):
        if not _vouches(issuer, one):
            raise SigningError(
                "the certificates of the chain do not vouch for one another in their order; put"
                " your own first, and after each the one that issued it"
            )
    if chain[-1] not in roots and not any(_vouches(root, chain[-1]) for root in roots):
        raise SigningError(
            "the chain does not lead to this root; give the root that vouches for"
            f" {chain[-1].issuer.rfc4514_string()}, and what stands between them in --chain"
        )


def _vouches(issuer: x509.Certificate, one: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
