"""Requests for certificates by keys that lie elsewhere: whatever signs there, it is checked."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from provenance_gen.credentials import requests
from provenance_gen.credentials.algorithms import ALGORITHMS, generate, spki
from provenance_gen.errors import SigningError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Place:
    """Where a key lies and signs: a ``SigningKey`` as a plug-in writes one."""

    signs: Callable[[bytes], bytes]
    chain: bytes = b""

    def sign(self, data: bytes) -> bytes:
        """Sign."""
        return self.signs(data)


def signing(key: Any, *, raw: bool = False) -> Callable[[bytes], bytes]:
    """Return what signs as ``SigningKey`` asks, ECDSA as r and s or as DER."""

    def sign(data: bytes) -> bytes:
        if isinstance(key, rsa.RSAPrivateKey):
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
            return key.sign(data, pss, hashes.SHA256())
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return key.sign(data)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        hashed = hashes.SHA384() if key.key_size == 384 else hashes.SHA256()
        made = key.sign(data, ec.ECDSA(hashed))
        if not raw:
            return made
        return b"".join(
            part.to_bytes(key.key_size // 8, "big") for part in decode_dss_signature(made)
        )

    return sign


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_kind_of_key_asks(algorithm: str, *, raw: bool) -> None:
    """The request carries the subject, the public key, the purpose, and a right signature."""
    key: Any = generate(algorithm)
    place = Place(signing(key, raw=raw))
    made = requests.write("CN=A. Painter,C=DE", requests.elsewhere(key.public_key(), place))
    asked = x509.load_pem_x509_csr(made)
    assert asked.is_signature_valid
    assert spki(asked.public_key()) == spki(key.public_key())
    assert asked.subject.rfc4514_string() == "CN=A. Painter,C=DE"
    (purpose,) = asked.extensions
    assert "emailProtection" in str(purpose.value)


def test_a_key_that_is_another_s_makes_no_request() -> None:
    """Its signature does not fit, so nothing is given out."""
    mine, other = generate("es256"), generate("es256")
    held = requests.elsewhere(mine.public_key(), Place(signing(other)))
    with pytest.raises(SigningError, match="does not fit"):
        requests.write("CN=A", held)


def test_what_goes_wrong_there_is_said() -> None:
    """In one sentence, whatever the plug-in raises; the secret cannot be asked for."""

    def refuse(_data: bytes) -> bytes:
        raise ConnectionError("the quota is used up")

    public: Any = generate("es256").public_key()
    held = requests.elsewhere(public, Place(refuse))
    with pytest.raises(SigningError, match="did not sign the request: the quota is used up"):
        requests.write("CN=A", held)
    with pytest.raises(UsageError, match="write it as: CN="):
        requests.write("a painter", held)
    for ask in (held.private_numbers, lambda: copy.copy(held), lambda: held.exchange(None, public)):
        with pytest.raises(SigningError, match="does not leave its place"):
            ask()
