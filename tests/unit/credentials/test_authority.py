"""The development authority: what it writes, and what it never writes."""

from __future__ import annotations

import os
import re
import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from provenance_gen.credentials import authority
from provenance_gen.errors import StorageError, UsageError
from provenance_gen.settings import StudioSecrets

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def secrets(tmp_path: Path) -> StudioSecrets:
    """Return a studio's secrets with a fresh identity."""
    found = StudioSecrets(tmp_path / "studio")
    authority.create_development_identity(found)
    return found


def test_private_key_is_readable_by_its_owner_alone(secrets: StudioSecrets) -> None:
    """Only the key needs hiding; the certificates are public."""
    if os.name != "posix":
        pytest.skip("permission bits are a matter of POSIX")
    assert stat.S_IMODE(secrets.signing_key.stat().st_mode) == 0o600


def test_nothing_is_ever_overwritten(secrets: StudioSecrets) -> None:
    """A second identity would orphan every file signed with the first."""
    before = {path: path.read_bytes() for path in secrets.folder.iterdir()}
    with pytest.raises(UsageError, match="never overwritten"):
        authority.create_development_identity(secrets)
    assert {path: path.read_bytes() for path in secrets.folder.iterdir()} == before


def test_the_roots_key_is_not_kept(secrets: StudioSecrets) -> None:
    """One private key is written, and it is the leaf's."""
    contents = [path.read_bytes() for path in secrets.folder.iterdir()]
    assert sum(content.count(b"PRIVATE KEY-----") for content in contents) == 2
    assert b"PRIVATE" not in secrets.root.read_bytes() + secrets.signing_chain.read_bytes()


def test_certificates_name_nobody(secrets: StudioSecrets) -> None:
    """Subjects are random and say that they prove nothing."""
    leaf = x509.load_pem_x509_certificate(secrets.signing_chain.read_bytes())
    root = x509.load_pem_x509_certificate(secrets.root.read_bytes())
    for certificate, kind in ((leaf, "certificate"), (root, "root")):
        assert re.fullmatch(
            rf"CN=provenance-gen development {kind} [0-9a-f]{{16}},"
            r"O=provenance-gen development \(not a verified identity\)",
            certificate.subject.rfc4514_string(),
        )
    assert authority.is_development(leaf)


def test_lifetimes_and_purposes(secrets: StudioSecrets) -> None:
    """A year for the leaf, ten for the root; the purpose is one that verifiers accept."""
    leaf = x509.load_pem_x509_certificate(secrets.signing_chain.read_bytes())
    root = x509.load_pem_x509_certificate(secrets.root.read_bytes())
    now = datetime.now(UTC)
    assert timedelta(days=364) < leaf.not_valid_after_utc - now <= timedelta(days=365)
    assert timedelta(days=3650) < root.not_valid_after_utc - now
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.EMAIL_PROTECTION]
    leaf.verify_directly_issued_by(root)


def test_two_identities_share_nothing() -> None:
    """Two studios of one user cannot be linked by their certificates."""
    first, second = (authority.issue(datetime.now(UTC)) for _ in range(2))
    names = {x509.load_pem_x509_certificate(i.chain).subject for i in (first, second)}
    assert len(names) == 2
    assert "PRIVATE" not in repr(first)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError):
        authority.create_development_identity(StudioSecrets(tmp_path / "file" / "studio"))
