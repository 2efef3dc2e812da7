"""Keys in a PKCS#11 token: a real SoftHSM, of which a key never leaves.

SoftHSM is looked for where distributions put it, or at ``SOFTHSM2_MODULE``. Where it is missing the
tests are skipped with the reason; where ``CI`` is set they fail instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import pytest

from provenance_gen.credentials import authority, passphrase, pkcs11, reader, trust
from provenance_gen.credentials.signer import open_signer
from provenance_gen.errors import SigningError
from tests.unit.credentials import samples

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
_PIN = "1234"
_TOKEN = "studio token"  # noqa: S105 - a name


class Token(NamedTuple):
    """A token with one key pair of each algorithm, labelled by it."""

    module: str

    def uri(self, label: str, token: str = _TOKEN) -> str:
        """Return the URI of a key."""
        return f"pkcs11:token={quote(token)};object={label}?module-path={self.module}"


def _module() -> str:
    for place in (os.environ.get("SOFTHSM2_MODULE"), *_PLACES):
        if place and Path(place).is_file() and shutil.which("softhsm2-util"):
            return place
    if os.environ.get("CI"):
        pytest.fail("SoftHSM is missing, and CI must run the PKCS#11 tests")
    pytest.skip("SoftHSM is missing: the PKCS#11 tests were NOT run")


def _make_keys(session: Any) -> None:
    from pkcs11 import Attribute, KeyType  # noqa: PLC0415
    from pkcs11.util.ec import encode_named_curve_parameters as named  # noqa: PLC0415

    curves = {
        "es256": (KeyType.EC, named("secp256r1")),
        "es384": (KeyType.EC, named("secp384r1")),
        "ed25519": (KeyType.EC_EDWARDS, bytes.fromhex("06032b6570")),
    }
    for label, (kind, parameters) in curves.items():
        domain = session.create_domain_parameters(
            kind, {Attribute.EC_PARAMS: parameters}, local=True
        )
        domain.generate_keypair(label=label, id=label.encode(), store=True)
    session.generate_keypair(KeyType.RSA, 2048, label="ps256", id=b"ps256", store=True)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    """Return a new token."""
    module = _module()
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(
        f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        patch.setenv("PROVGEN_PASSPHRASE", _PIN)
        import pkcs11 as library  # noqa: PLC0415

        made = ("--init-token", "--free", "--label", _TOKEN, "--pin", _PIN, "--so-pin", "5678")
        subprocess.run(["softhsm2-util", *made], check=True, capture_output=True)
        opened = library.lib(module).get_token(token_label=_TOKEN)
        with opened.open(rw=True, user_pin=_PIN) as session:
            _make_keys(session)
        yield Token(module)


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
    assert _PIN not in repr(signer)


def test_a_key_by_its_identifier(token: Token) -> None:
    """Percent-encoded bytes (RFC 7512, section 2.3)."""
    uri = token.uri("x").replace("object=x", "id=%65%73%32%35%36")
    by_label = pkcs11.public_key(token.uri("es256"), passphrase.nobody)
    assert pkcs11.public_key(uri, passphrase.nobody) == by_label


def test_what_a_token_refuses_is_said(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another token, key or PIN, and a library that is none."""
    cases = {
        token.uri("none"): "No key matching",
        token.uri("es256", token="other"): "No token matching",  # noqa: S106 - a name
        token.uri("es256").replace(token.module, __file__): "refused",
    }
    for uri, said in cases.items():
        with pytest.raises(SigningError, match=said):
            open_signer(uri)
    monkeypatch.setenv("PROVGEN_PASSPHRASE", "4321")
    with pytest.raises(SigningError, match="PinIncorrect"):
        open_signer(token.uri("es256"))
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
