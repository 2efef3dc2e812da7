"""Keys in a PKCS#11 token, of which a key never leaves; see ``tests/softhsm.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provenance_gen.credentials import authority, passphrase, pkcs11, reader, trust
from provenance_gen.credentials.signer import open_signer
from provenance_gen.errors import SigningError
from tests import softhsm
from tests.unit.credentials import samples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.softhsm import Token


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    """Return a new token."""
    with softhsm.token(tmp_path_factory.mktemp("token")) as made:
        yield made


@pytest.mark.parametrize("algorithm", ["es256", "es384", "ps256", "ed25519"])
def test_a_token_signs(algorithm: str, token: Token, tmp_path: Path) -> None:
    """By each algorithm; the certificate is made for the public key that the token shows."""
    public = pkcs11.public_key(token.uri(algorithm), passphrase.nobody)
    chain, root = authority.certify(public, samples.now())
    (tmp_path / "chain.pem").write_bytes(chain)
    signer = open_signer(f"{token.uri(algorithm)}&chain={tmp_path / 'chain.pem'}")
    assert signer.certified.algorithm == algorithm
    keys = samples.Keys(signer, (trust.own_root(root),), root)
    path, _ = samples.sign(tmp_path, keys)
    report = reader.read(path.read_bytes(), "image/png", keys.anchors)
    assert report.state == "Trusted"
    assert report.certificate is not None
    assert report.certificate.algorithm == algorithm
    assert softhsm.PIN not in repr(signer)


def test_a_key_by_its_identifier(token: Token) -> None:
    """Percent-encoded bytes (RFC 7512, section 2.3)."""
    uri = token.uri("x").replace("object=x", "id=%65%73%32%35%36")
    by_label = pkcs11.public_key(token.uri("es256"), passphrase.nobody)
    assert pkcs11.public_key(uri, passphrase.nobody) == by_label


def test_what_a_token_refuses_is_said(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another token, key or PIN, and a library that is none; in words, not in names of classes."""
    exceptions = pytest.importorskip("pkcs11.exceptions")
    cases = {
        token.uri("none"): "No key matching",
        token.uri("es256", token="other"): "No token matching",  # noqa: S106 - a name
        token.uri("es256").replace(token.module, __file__): "refused",
    }
    for uri, said in cases.items():
        with pytest.raises(SigningError, match=said):
            open_signer(uri)
    monkeypatch.setenv("PROVGEN_PASSPHRASE", "4321")
    with pytest.raises(SigningError, match="refused: the PIN is wrong"):
        open_signer(token.uri("es256"))
    assert set(pkcs11._WORDS) <= set(vars(exceptions))
    monkeypatch.delenv("PROVGEN_PASSPHRASE")
    with pytest.raises(SigningError, match="needs a passphrase"):
        open_signer(token.uri("es256"))


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("pkcs11:token=a;object=b", "module-path"),
        ("pkcs11:object=b?module-path=/x.so", "token="),
        ("pkcs11:token=a;object=b?module-path=/x.so&pin-value=1", "pin-value"),
        ("pkcs11:token=a;object=b?module-path=/x.so&pin-source=/f", "pin-source"),
    ],
)
def test_an_incomplete_uri(uri: str, said: str) -> None:
    """It says what is missing; a PIN in it is refused unread."""
    with pytest.raises(SigningError, match=said):
        open_signer(uri)
