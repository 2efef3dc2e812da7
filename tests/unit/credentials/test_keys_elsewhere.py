"""Encrypted key files, keyrings, and signers that plug-ins bring."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import keyring
import keyring.backend
import pytest
from cryptography.hazmat.primitives import serialization

from provenance_gen.credentials import authority, keyfile, passphrase, reader, trust
from provenance_gen.credentials.algorithms import ALGORITHMS, key_digest
from provenance_gen.credentials.signer import open_signer
from provenance_gen.errors import SigningError, UsageError
from tests.unit.credentials import samples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def secret(tmp_path: Path) -> tuple[str, authority.DevelopmentIdentity]:
    """Return the URI of an encrypted key, and the identity that is in it."""
    identity = authority.issue(datetime.now(UTC))
    key = serialization.load_pem_private_key(identity.key, None)
    (tmp_path / "signing.key.pem").write_bytes(keyfile.encrypted(key, "hunter2"))
    (tmp_path / "signing.chain.pem").write_bytes(identity.chain)
    return keyfile.file_uri(tmp_path / "signing.key.pem"), identity


class Ring(keyring.backend.KeyringBackend):
    """A keyring of the library's own kind that lives in this process."""

    priority = 1

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """Return a password."""
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a password."""
        self.kept[service, username] = password


@pytest.fixture
def ring() -> Iterator[Ring]:
    """Put a keyring in the place of the system's."""
    before, made = keyring.get_keyring(), Ring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_signs(algorithm: str, tmp_path: Path) -> None:
    """With a development certificate of its own; the library believes it under its root."""
    identity = authority.issue(datetime.now(UTC), algorithm=algorithm)
    keys = samples.keys(tmp_path / "keys", identity)
    path, signed = samples.sign(tmp_path, keys)
    report = reader.read(path.read_bytes(), "image/png", keys.anchors)
    assert (report.state, keys.signer.certified.algorithm) == ("Trusted", algorithm)
    assert signed.certificate_digest == keys.signer.certified.certificate_digest


def test_an_encrypted_key_signs_and_is_never_written_clear(
    secret: tuple[str, authority.DevelopmentIdentity],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ring: Ring,
) -> None:
    """The passphrase is looked for in the environment, the keyring, and with a person."""
    uri, identity = secret
    asked: list[str] = []

    def person(label: str) -> str:
        asked.append(label)
        return "hunter2"

    signer = open_signer(uri, person)
    assert asked == [f"the key {tmp_path.name}/signing.key.pem"]
    public = serialization.load_pem_private_key(identity.key, None).public_key()
    passphrase.remember(key_digest(public), "hunter2")
    assert list(ring.kept.values()) == ["hunter2"]
    assert open_signer(uri).certified == signer.certified
    ring.kept.clear()
    monkeypatch.setenv("PROVGEN_PASSPHRASE", "hunter2")
    keys = samples.Keys(open_signer(uri), (trust.own_root(identity.root),), identity.root)
    path, _ = samples.sign(tmp_path, keys)
    assert reader.read(path.read_bytes(), "image/png", keys.anchors).state == "Trusted"
    # The first line holds the secret number; later ones the public key, as the certificate does.
    first_line = identity.key.splitlines()[1]
    for file in tmp_path.rglob("*"):
        data = file.read_bytes() if file.is_file() else b""
        assert b"BEGIN PRIVATE KEY" not in data
        assert first_line not in data
    assert "hunter2" not in repr(signer)


def test_a_wrong_or_missing_passphrase_is_said(
    secret: tuple[str, authority.DevelopmentIdentity], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is not repeated."""
    with pytest.raises(SigningError, match="needs a passphrase: set PROVGEN_PASSPHRASE"):
        open_signer(secret[0])
    monkeypatch.setenv("PROVGEN_PASSPHRASE", "swordfish")
    with pytest.raises(SigningError, match="does not open") as caught:
        open_signer(secret[0])
    assert "swordfish" not in str(caught.value)


_PLUGIN = """
from pathlib import Path
from urllib.parse import urlsplit
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

class Key:
    def __init__(self, folder):
        self.chain = (folder / "signing.chain.pem").read_bytes()
        self._key = serialization.load_pem_private_key(
            (folder / "signing.key.pem").read_bytes(), None)

    def sign(self, data):
        if b"refuse" in self.chain:
            raise RuntimeError("the quota is used up")
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))

def open_key(uri, ask):
    if ask("the account") != "let me in":
        raise PermissionError("no such account")
    return Key(Path(urlsplit(uri).path))
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> authority.DevelopmentIdentity:
    """Install a plug-in as pip would: a module, and its metadata with an entry point."""
    site = tmp_path / "site"
    about = site / "acme_kms-1.0.dist-info"
    about.mkdir(parents=True)
    (site / "acme_kms.py").write_text(_PLUGIN)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-kms\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[provenance_gen.signers]\nacme = acme_kms:open_key\nbroken = acme_kms:nothing\n"
    )
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "acme_kms", raising=False)
    identity = authority.issue(datetime.now(UTC))
    (tmp_path / "signing.key.pem").write_bytes(identity.key)
    (tmp_path / "signing.chain.pem").write_bytes(identity.chain)
    return identity


def test_a_plugin_signs(plugin: authority.DevelopmentIdentity, tmp_path: Path) -> None:
    """It is chosen by the scheme of its URI, and asks for what it needs."""
    signer = open_signer(f"acme:{tmp_path}", lambda _label: "let me in")
    keys = samples.Keys(signer, (trust.own_root(plugin.root),), plugin.root)
    path, _ = samples.sign(tmp_path, keys)
    assert reader.read(path.read_bytes(), "image/png", keys.anchors).state == "Trusted"


def test_what_a_plugin_says_is_told(plugin: authority.DevelopmentIdentity, tmp_path: Path) -> None:
    """Whether it cannot be opened, cannot be loaded, or does not sign."""
    with pytest.raises(SigningError, match="acme: failed: no such account"):
        open_signer(f"acme:{tmp_path}")
    with pytest.raises(SigningError, match="broken: failed"):
        open_signer("broken:x")
    with pytest.raises(UsageError, match="known: acme:, broken:, file:, pkcs11:"):
        open_signer("other:x")
    (tmp_path / "signing.chain.pem").write_bytes(plugin.chain + b"# refuse\n")
    signer = open_signer(f"acme:{tmp_path}", lambda _label: "let me in")
    keys = samples.Keys(signer, (trust.own_root(plugin.root),), plugin.root)
    with pytest.raises(SigningError, match="the key did not sign: the quota is used up"):
        samples.sign(tmp_path, keys)
