"""Certificates of every kind in the place of a good one: expired, not valid yet, unfit, revoked.

The C2PA library signs with none of them, so a file is signed with a certificate that is good; then
another of the same length, for the same key, is put in its place, and the claim is signed anew.
"""

from __future__ import annotations

import functools
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID, ObjectIdentifier

from provenance_gen.credentials import container
from tests.certificates import AUTHORITY, SIGNER, certificate, key_usage
from tests.unit.credentials import foreign, samples, stores

_DER: Final = serialization.Encoding.DER
_PEM: Final = serialization.Encoding.PEM
_SIGNED: Final = 71
"""Bytes of most signatures of P-256; with one length for all, one certificate fits where another
was."""
_DAY: Final = timedelta(days=1)
_SERIAL: Final = 0x1234567890ABCDEF1234567890ABCDEF12345678
_CODE: Final = "1.3.6.1.5.5.7.3.3"
_OCSP: Final = "1.3.6.1.5.5.7.3.9"


class Authority:
    """An authority that certifies one key in many ways."""

    def __init__(self) -> None:
        """Make the keys, and a good certificate."""
        self.now = datetime.now(UTC).replace(microsecond=0)
        self._key, self._leaf, self._answering = (
            ec.generate_private_key(ec.SECP256R1()) for _ in range(3)
        )
        self._top = self._certificate("A Root", self._key, -4000, 4000, None)
        self._good = self.leaf(-10, 300)
        self.root = self._top.public_bytes(_PEM)

    def leaf(self, first: int, last: int, usage: str = foreign.EMAIL) -> x509.Certificate:
        """Certify the key, from and to a day counted from now."""
        return self._certificate("A Signer", self._leaf, first, last, usage)

    def signed(self, **changes: Any) -> bytes:
        """Sign a picture well; a manifest of our own making or another, as ``made``."""
        made = changes.get("made") or samples.definition(samples.EDITED)
        settings = {
            "builder": {"thumbnail": {"enabled": False}},
            "trust": {"user_anchors": self.root.decode()},
        }
        builder = c2pa.Builder(json.dumps(made), context=c2pa.Context.from_dict(settings))
        chain = self._good.public_bytes(_PEM).decode() + self.root.decode()
        target = io.BytesIO()
        # Signing by a callback leaves room for an answer on revocation.
        with c2pa.Signer.from_callback(self._sign, c2pa.C2paSigningAlg.ES256, chain, None) as who:
            builder.sign(who, "image/png", io.BytesIO(samples.encoded()), target)
        return target.getvalue()

    def by(self, certificate: x509.Certificate) -> bytes:
        """Sign a picture with a certificate that the library would not take."""
        data = self.signed()
        store = stores.parse(container.manifest_store(data) or b"")
        box = stores.signature(store)
        old, new = (one.public_bytes(_DER) for one in (self._good, certificate))
        assert len(old) == len(new)
        assert old in box.content
        box.content = box.content.replace(old, new)
        key = self._leaf.private_bytes(
            _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return stores.signed_anew(data, store, key)

    def revoked(self) -> bytes:
        """Sign a picture, and put in what the authority says of the certificate since."""
        answer = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                self._good,
                self._top,
                hashes.SHA1(),  # noqa: S303 - names the certificate, as RFC 6960 has it
                ocsp.OCSPCertStatus.REVOKED,
                self.now - _DAY,
                self.now + 30 * _DAY,
                self.now - 2 * _DAY,
                x509.ReasonFlags.key_compromise,
            )
            .responder_id(
                ocsp.OCSPResponderEncoding.HASH,
                answering := self._certificate("A Responder", self._answering, -30, 300, _OCSP),
            )
            .certificates([answering])
            .sign(self._answering, hashes.SHA256())
        )
        data = self.signed()
        store = stores.parse(container.manifest_store(data) or b"")
        stores.staple(stores.signature(store), answer.public_bytes(_DER))
        return stores.embedded(data, stores.encoded(store))

    def _sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self._leaf.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def _certificate(
        self, name: str, key: ec.EllipticCurvePrivateKey, first: int, last: int, usage: str | None
    ) -> x509.Certificate:
        named, top = (
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, "A Root")
        )
        public, ca = key.public_key(), usage is None
        begin, end = self.now + first * _DAY, self.now + last * _DAY
        built = (
            certificate(named, top, public, begin, end, serial=_SERIAL)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .add_extension(key_usage(*(AUTHORITY if ca else SIGNER)), critical=True)
        )
        if usage:
            purposes = x509.ExtendedKeyUsage([ObjectIdentifier(usage)])
            built = built.add_extension(purposes, critical=False)
        while True:
            made = built.sign(self._key, hashes.SHA256())
            if len(made.signature) == _SIGNED:
                return made


@functools.cache
def authority() -> Authority:
    """Return an authority for all tests of one run."""
    return Authority()


def unfit() -> x509.Certificate:
    """Return a certificate for signing programs."""
    return authority().leaf(-10, 300, _CODE)
