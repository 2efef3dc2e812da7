"""Signers by URI, and the lists that vouch for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization

from provenance_gen.credentials import authority, keyfile, signer, trust
from provenance_gen.errors import CredentialError, SigningError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.credentials import samples


def test_a_key_file_finds_its_chain(keys: samples.Keys) -> None:
    """The development identity signs with ES256 and says what it is."""
    assert keys.signer.certified.algorithm == "es256"
    assert keys.signer.certified.development
    assert len(keys.signer.certified.certificate_digest) == 64
    assert "PRIVATE" not in repr(keys.signer)


def test_a_chain_elsewhere(tmp_path: Path) -> None:
    """The chain may be named in the URI, with spaces in its path."""
    identity = authority.issue(datetime.now(UTC))
    (tmp_path / "my key.pem").write_bytes(identity.key)
    (tmp_path / "my chain.pem").write_bytes(identity.chain)
    uri = keyfile.file_uri(tmp_path / "my key.pem", tmp_path / "my chain.pem")
    assert signer.open_signer(uri).certified.algorithm == "es256"


@pytest.mark.parametrize("uri", ["awskms:key", "signing.key.pem", ""])
def test_an_unknown_kind_names_what_is_known(uri: str) -> None:
    """The message tells what to use instead."""
    with pytest.raises(UsageError, match="known: file:, pkcs11:"):
        signer.open_signer(uri)


def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    """Missing, foreign, expired and encrypted keys are told apart before anything is signed."""
    one, two = (authority.issue(datetime.now(UTC)) for _ in range(2))
    old = authority.issue(datetime.now(UTC) - timedelta(days=3), leaf_lifetime=timedelta(days=1))
    secret = serialization.load_pem_private_key(one.key, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"x"),
    )
    cases = {
        "cannot be read": (None, one.chain),
        "does not belong": (one.key, two.chain),
        "expired on": (old.key, old.chain),
        "needs a passphrase": (secret, one.chain),
        "no readable certificate": (one.key, b"nothing"),
    }
    for place, (message, (key, chain)) in enumerate(cases.items()):
        path = tmp_path / f"{place}.key.pem"
        if key:
            path.write_bytes(key)
        (tmp_path / f"{place}.chain.pem").write_bytes(chain)
        with pytest.raises(SigningError, match=message) as caught:
            signer.open_signer(keyfile.file_uri(path))
        assert str(tmp_path) not in str(caught.value)


def test_a_host_in_a_file_uri() -> None:
    """No file is fetched from elsewhere."""
    with pytest.raises(SigningError, match="host name"):
        signer.open_signer("file://elsewhere/key.pem")


def test_lists_keep_certificates_only(keys: samples.Keys) -> None:
    """A private key in a file of roots goes no further."""
    identity = authority.issue(datetime.now(UTC))
    found = trust.given_list(b"# mine\n" + identity.key + identity.root + keys.root)
    assert found.pem.count("BEGIN CERTIFICATE") == 2
    assert "PRIVATE" not in found.pem


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"nothing",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"\xff" * 100,
    ],
)
def test_lists_without_a_readable_certificate(pem: bytes) -> None:
    """One damaged list would make every file unreadable."""
    with pytest.raises(CredentialError, match="certificate"):
        trust.given_list(pem)


def test_an_own_root_that_is_not_whole_is_named(keys: samples.Keys) -> None:
    """Without loading what reads certificates: cut short, or with letters lost or put in."""
    lines = keys.root.decode().splitlines()
    assert trust.own_root(keys.root).pem == keys.root.decode()
    for damaged in (
        [*lines[:-3], lines[-1]],  # its end is missing
        [lines[0], *lines[2:]],  # its beginning
        [lines[0], lines[1][:-1], *lines[2:]],  # a letter
        [*lines[:-1], "AAAA", lines[-1]],  # something behind it
        [lines[0], "MA==", lines[-1]],
    ):
        with pytest.raises(CredentialError, match="certificate 1 cannot be read"):
            trust.own_root("\n".join(damaged).encode())
