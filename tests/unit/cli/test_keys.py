"""``provgen keys`` and what ``export`` does with them, as a person meets them."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from provenance_gen.credentials import authority
from provenance_gen.settings import keys_folder
from tests import softhsm
from tests.certificates import SIGNER, certificate, key_usage

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run


def facts(run: Run, *arguments: str) -> dict[str, object]:
    """Run a command with ``--json`` and return what it printed."""
    done = run(*arguments, "--json")
    assert done.code == 0, done.err
    found: dict[str, object] = json.loads(done.out)
    return found


def test_new_list_and_rotate(run: Run, art: Path) -> None:
    """A key is made, chosen, and what was signed before stays the studio's own."""
    assert run("export", "i1", "before.png").code == 0
    made = facts(run, "keys", "new", "atelier", "--algorithm", "ed25519")
    assert (made["algorithm"], made["development"], made["encrypted"]) == ("ed25519", True, False)
    said = run("keys", "rotate", "atelier").out
    assert "development certificate" in said
    assert run("export", "i1", "after.png").code == 0
    assert run("keys", "rotate").code == 0
    assert run("export", "i1", "third.png", "--signer", "atelier").code == 0
    listed = facts(run, "keys", "list")["keys"]
    assert isinstance(listed, list)
    assert [key["name"] for key in listed][:2] == ["first", "atelier"]
    assert [key["signs"] for key in listed] == [False, False, True]
    verdicts = [
        json.loads(line)
        for line in run("verify", "before.png", "after.png", "third.png", "--json").out.splitlines()
    ]
    assert [v["credentials"]["trust"]["status"] for v in verdicts] == ["own"] * 3
    algorithms = {Path(v["file"]).name: v["credentials"]["signer"]["algorithm"] for v in verdicts}
    assert algorithms == {"before.png": "es256", "after.png": "ed25519", "third.png": "ed25519"}
    assert not list(art.rglob("*.pem"))


def test_private_files_are_the_owners_and_never_overwritten(
    run: Run, art: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An encrypted key is written encrypted, mode 0600; a name is used once."""
    monkeypatch.setenv("PROVGEN_PASSPHRASE", "hunter2")
    assert run("keys", "new", "vault", "--encrypt").code == 0
    key = keys_folder() / "vault" / "signing.key.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    assert before.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    again = run("keys", "new", "vault")
    assert (again.code, "never overwritten" in again.err) == (2, True)
    assert key.read_bytes() == before
    assert run("export", "i1", "a.png", "--signer", "vault").code == 0
    monkeypatch.delenv("PROVGEN_PASSPHRASE")
    done = run("export", "i1", "b.png", "--signer", "vault")
    assert (done.code, "PROVGEN_PASSPHRASE" in done.err) == (3, True)
    assert not (art / "b.png").exists()


def _authority() -> tuple[bytes, x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Harbour CA")])
    now = datetime.now(UTC)
    root = (
        certificate(name, name, key.public_key(), now - timedelta(days=1), now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return root.public_bytes(serialization.Encoding.PEM), root, key


def _certificate(request: x509.CertificateSigningRequest) -> tuple[bytes, bytes]:
    """Answer a request as a certificate authority does."""
    pem, root, key = _authority()
    now = datetime.now(UTC)
    begin, end = now - timedelta(hours=1), now + timedelta(days=10)
    made = (
        certificate(request.subject, root.subject, request.public_key(), begin, end)
        .add_extension(key_usage(*SIGNER), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM), pem


def test_a_certificate_by_an_authority(run: Run, art: Path) -> None:
    """Request, answer, import; the studio trusts none of the authority's other certificates."""
    assert run("keys", "new", "atelier").code == 0
    assert run("keys", "csr", "atelier", "--subject", "CN=A. Painter,O=Studio").code == 0
    assert run("keys", "csr", "atelier", "--subject", "CN=A").code == 2  # it is there already
    asked = x509.load_pem_x509_csr((art / "request.csr").read_bytes())
    assert asked.is_signature_valid
    chain, root = _certificate(asked)
    (art / "answer.pem").write_bytes(chain)
    (art / "root.pem").write_bytes(root)
    refused = run("keys", "import", "atelier", "--chain", "answer.pem")
    assert (refused.code, "--root" in refused.err) == (3, True)
    wanted = ("keys", "import", "atelier", "--chain", "answer.pem", "--root", "root.pem")
    (art / "other.pem").write_bytes(_certificate(asked)[1])
    refused = run(*wanted[:-1], "other.pem")  # else each export would fail from now on
    assert (refused.code, "does not lead to this root" in refused.err) == (3, True)
    made = facts(run, *wanted)
    assert (made["development"], made["issuer"]) == (False, "CN=Harbour CA")
    assert made["subject"] == "CN=A. Painter,O=Studio"
    signed = facts(run, "export", "i1", "named.png", "--signer", "atelier")
    assert signed["development"] is False
    mine = json.loads(run("verify", "named.png", "--json").out)
    assert mine["credentials"]["trust"]["status"] == "untrusted"
    named = json.loads(run("verify", "named.png", "--trust", "root.pem", "--json").out)
    assert named["credentials"]["signer"]["name"] == "A. Painter"
    assert named["verdict"] == "trusted"


def test_the_studios_own_first_key_is_certified(
    run: Run, art: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requested, imported, and what it signed before stays the studio's own, elsewhere too."""
    assert run("export", "i1", "before.png").code == 0
    assert run("keys", "csr", "first", "--subject", "CN=A. Painter").code == 0
    chain, root = _certificate(x509.load_pem_x509_csr((art / "request.csr").read_bytes()))
    (art / "answer.pem").write_bytes(chain + root)
    made = facts(run, "keys", "import", "first", "--chain", "answer.pem")
    assert (made["name"], made["development"], made["subject"]) == (
        "first",
        False,
        "CN=A. Painter",
    )
    assert run("keys", "rotate", "first").code == 0
    assert facts(run, "export", "i1", "named.png")["development"] is False
    own = json.loads(run("verify", "before.png", "--json").out)
    assert own["credentials"]["trust"]["status"] == "own"
    named = json.loads(run("verify", "named.png", "--json").out)
    assert named["credentials"]["trust"]["status"] == "untrusted"
    # A copy of the studio goes on under the same certificates.
    shutil.copytree(art, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    assert run("ledger", "resume").code == 0
    assert facts(run, "export", "i1", "again.png")["development"] is False
    kept = json.loads(run("verify", "before.png", "--json").out)
    assert kept["credentials"]["trust"]["status"] == "own"
    monkeypatch.chdir(tmp_path)
    elsewhere = run("keys", "csr", "first", "--subject", "CN=A")
    assert (elsewhere.code, "studio" in elsewhere.err) == (2, True)


@pytest.mark.parametrize("algorithm", ["es256", "ps256"])
def test_a_key_in_a_token_is_certified(algorithm: str, run: Run, art: Path, tmp_path: Path) -> None:
    """The token signs the request; the answer is imported under the same name, and signs."""
    with softhsm.token(tmp_path) as token:
        assert run("keys", "new", "card", "--uri", token.uri(algorithm)).code == 0
        assert run("keys", "csr", "card", "--subject", "CN=A. Painter").code == 0
        asked = x509.load_pem_x509_csr((art / "request.csr").read_bytes())
        assert asked.is_signature_valid
        chain, root = _certificate(asked)
        (art / "answer.pem").write_bytes(chain + root)
        made = facts(run, "keys", "import", "card", "--chain", "answer.pem")
        assert (made["development"], made["algorithm"]) == (False, algorithm)
        assert run("keys", "rotate", "card").code == 0
        assert facts(run, "export", "i1", "a.png")["development"] is False
        refused = run("keys", "rotate")
        assert (refused.code, "keys new NAME --uri" in refused.err) == (2, True)
    named = json.loads(run("verify", "a.png", "--trust", "answer.pem", "--json").out)
    assert named["credentials"]["signer"]["name"] == "A. Painter"


def test_a_protected_key_is_not_followed_by_a_bare_one(
    run: Run, art: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a passphrase protects the key in use, a new one is made by the person."""
    monkeypatch.setenv("PROVGEN_PASSPHRASE", "hunter2")
    assert run("keys", "new", "vault", "--encrypt").code == 0
    assert run("keys", "rotate", "vault").code == 0
    refused = run("keys", "rotate")
    assert (refused.code, "keys new NAME --encrypt" in refused.err) == (2, True)
    assert [path.name for path in keys_folder().iterdir()] == ["vault"]
    assert run("keys", "rotate", "first").code == 0
    assert run("keys", "rotate").code == 0
    assert not list(art.rglob("*.pem"))


def test_a_key_made_elsewhere(run: Run, art: Path) -> None:
    """By openssl, in the older form; another's certificate for it is refused."""
    pem = subprocess.run(
        ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout"],
        check=True,
        capture_output=True,
    ).stdout
    assert b"BEGIN EC PRIVATE KEY" in pem
    (art / "old.pem").write_bytes(pem)
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    chain, root = authority.certify(key.public_key(), datetime.now(UTC))
    (art / "chain.pem").write_bytes(chain + root)
    asked = ("keys", "import", "old", "--key", "old.pem", "--chain")
    assert run(*asked, "chain.pem").code == 0
    assert run("export", "i1", "a.jpg", "--signer", "old").code == 0
    other = authority.issue(datetime.now(UTC))
    (art / "other.pem").write_bytes(other.chain + other.root)
    refused = run("keys", "import", "two", "--key", "old.pem", "--chain", "other.pem")
    assert "does not belong" in refused.err
    assert "not of the key old" in run("keys", "import", "old", "--chain", "other.pem").err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("keys", "new", "../x"), "cannot name a key"),
        (("keys", "new", "first"), "each studio's first key"),
        (("keys", "new", "con"), "that of a device on Windows"),
        (("keys", "new", "x", "--algorithm", "rot13"), "no algorithm"),
        (("keys", "new", "x", "--encrypt"), "PROVGEN_PASSPHRASE"),
        (("keys", "new", "x", "--uri", "awskms:1"), "keys import"),
        (("keys", "rotate", "none"), "there are: none"),
        (("keys", "csr", "none", "--subject", "CN=a"), "no key named"),
        (("keys", "csr", "first", "--subject", "a painter"), "write it as: CN="),
        (("keys", "import", "none", "--chain", "chain.pem"), "add --key FILE or --uri URI"),
        (("export", "i1", "x.png", "--signer", "none"), "no key named"),
        (("export", "i1", "x.png", "--authority", "none"), "no time-stamp authority is configured"),
        (("export", "i1", "x.png", "--training", "perhaps"), "allowed, notAllowed, constrained"),
        (("export", "i1", "x.bmp"), "--sidecar"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: tuple[str, ...], said: str, run: Run, art: Path
) -> None:
    """In one sentence, and nothing is left behind."""
    identity = authority.issue(datetime.now(UTC))
    (art / "chain.pem").write_bytes(identity.chain + identity.root)
    done = run(*arguments)
    assert done.code in (2, 3)
    assert said in done.err
    assert not (art / arguments[2]).exists()
    assert not list(keys_folder().glob("*"))


def test_export_shows_what_it_tells(run: Run, art: Path) -> None:
    """On standard error, with the certificate's nature and what a missing time-stamp means."""
    done = run("export", "i1", "x.png", "--sign-as", "A. Painter", "--training", "notAllowed")
    for said in (
        "author: A. Painter",
        "data mining: notAllowed",
        "development certificate, which proves no identity",
        "No time-stamp: from 20",
    ):
        assert said in done.err
    assert (art / "x.png").is_file()
