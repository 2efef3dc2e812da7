"""Lists of certificates whose word is taken, and where each came from.

Only a user's own studios, files that the user names and lists that the user installed
(``installed``) supply them: a downloaded folder never does. Which list vouches for a signer is
told by the reader; here the lists are made.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from provenance_gen.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Callable

_BEGIN: Final = "-----BEGIN CERTIFICATE-----"
_CERTIFICATE: Final = re.compile(
    r"-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----"
)
_MAX_BYTES: Final = 16 << 20
_SEQUENCE: Final = 0x30


@dataclass(frozen=True)
class TrustList:
    """Root certificates under one name."""

    name: str
    kind: Literal["own", "given", "installed"]
    """``own``: the root of a studio that this user made; ``given``: named by the user for this
    run; ``installed``: with ``provgen trust``."""
    pem: str
    vouches: Literal["all", "time"] = "all"
    """``time``: for time-stamp authorities only, never for who signed."""
    dated: str | None = None
    """Day on which it was fetched or added, such as ``2026-11-22``."""
    usages: str = ""
    """Extended key usages that its certificates may have beside ``USAGES``."""

    @property
    def shown(self) -> str:
        """Name and day, as a person reads it."""
        return f"{self.name}, {self.dated}" if self.dated else self.name


Anchors = tuple[TrustList, ...]

USAGES: Final = """\
1.3.6.1.5.5.7.3.4
1.3.6.1.5.5.7.3.36
1.3.6.1.4.1.62558.2.1
1.3.6.1.4.1.311.76.59.1.9
"""
"""Extended key usages of certificates that sign claims: e-mail protection, document signing (C2PA
2.2, section 14.5.1), C2PA claim signing, and Microsoft's own. The C2PA library by itself knows the
first, and would call a file by any other signer invalid rather than not vouched for."""

_OID: Final = re.compile(r"[0-2](\.(0|[1-9]\d*))+")


def own_root(pem: bytes, name: str = "own studio") -> TrustList:
    """Return the list that holds the root of one of the user's studios.

    Raises:
        CredentialError: there is no certificate in it.
    """
    return TrustList(name=name, kind="own", pem=_certificates(pem, name, _demand_whole))


def given_list(pem: bytes, name: str = "given list") -> TrustList:
    """Return the list of certificates that the user gave.

    Whatever else stands in the file (comments, a private key) is left out.

    Raises:
        CredentialError: there is no certificate in it, or one that cannot be read.
    """
    return TrustList(name=name, kind="given", pem=_certificates(pem, name, _demand_readable))


def read_usages(text: str, name: str) -> str:
    """Return extended key usages from a trust configuration: one OID a line, ``//`` comments.

    Raises:
        CredentialError: a line is no OID, or there is none.
    """
    lines = [line.split("//")[0].strip() for line in text.splitlines()]
    oids = [line for line in lines if line]
    for oid in oids:
        if not _OID.fullmatch(oid):
            raise CredentialError(f"{name}: {oid[:80]!r} is no object identifier")
    if not oids:
        raise CredentialError(f"{name}: holds no object identifier")
    return "".join(f"{oid}\n" for oid in oids)


def count(pem: str) -> int:
    """Return how many certificates a list holds."""
    return len(_CERTIFICATE.findall(pem))


def _certificates(pem: bytes, name: str, demand: Callable[[str], None]) -> str:
    if len(pem) > _MAX_BYTES:
        raise CredentialError(f"{name}: larger than a list of certificates can be")
    text = pem.decode("ascii", "replace")
    found = _CERTIFICATE.findall(text)
    if not found:
        raise CredentialError(f"{name}: no certificate in PEM form (BEGIN CERTIFICATE) found")
    if text.count(_BEGIN) != len(found):
        raise CredentialError(f"{name}: a certificate in it is cut short or garbled; get it anew")
    for number, certificate in enumerate(found, 1):
        # One damaged certificate makes the C2PA library refuse every file, so it is named here.
        try:
            demand(certificate)
        except ValueError as error:
            raise CredentialError(f"{name}: certificate {number} cannot be read") from error
    return "\n".join(found) + "\n"


def _demand_readable(certificate: str) -> None:
    from cryptography import x509  # noqa: PLC0415 - it costs as much as a file that is checked

    x509.load_pem_x509_certificate(certificate.encode())


def _demand_whole(certificate: str) -> None:
    """Demand that a certificate which we wrote ourselves is still whole: one DER sequence."""
    data = base64.b64decode("".join(certificate.splitlines()[1:-1]), validate=True)
    length, start = (data[1], 2) if len(data) > 1 else (0, 0)
    if length & 0x80:  # the long form: so many bytes say how many follow (X.690, section 8.1.3.5)
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
    if not start or data[0] != _SEQUENCE or len(data) != start + length:
        raise ValueError("not one sequence")
