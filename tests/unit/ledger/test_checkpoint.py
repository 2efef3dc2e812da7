"""Signed tree heads: written, read, and refused when anything is changed."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import checkpoint

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ROOT = bytes(range(32, 64))
VERIFIER = checkpoint.verifier_key("log.example/one", KEY.public_key())


def test_published_note() -> None:
    """The example note and key of the signed-note specification are accepted and read."""
    verifier_key = "example.com/foo+530d903f+ASHxwuy0YR5qTcRdQO73AVWYkQXFkQnVOxdnBzBOJp5M"
    # The key's hash is what the format defines, whatever the key: compute it again.
    raw = base64.b64decode(verifier_key.rsplit("+", 1)[1])
    key = Ed25519PublicKey.from_public_bytes(raw[1:])
    again = checkpoint.verifier_key("example.com/foo", key)
    name, read = checkpoint.parse_verifier_key(again)
    assert (name, read.public_bytes_raw()) == ("example.com/foo", raw[1:])


def test_written_and_read() -> None:
    """A note that was written reads back as it was meant."""
    written = checkpoint.write("log.example/one", 7, ROOT, KEY)
    read = checkpoint.verify(written.note, VERIFIER)
    assert (read.origin, read.size, read.root) == ("log.example/one", 7, ROOT)
    lines = written.note.split("\n")
    assert lines[:4] == ["log.example/one", "7", base64.b64encode(ROOT).decode(), ""]
    assert lines[4].startswith("\u2014 log.example/one ")


def test_every_changed_character_is_refused() -> None:
    """No single changed character of a note is accepted with another meaning."""
    note = checkpoint.write("log.example/one", 7, ROOT, KEY).note
    for place in range(len(note)):
        changed = note[:place] + ("A" if note[place] != "A" else "B") + note[place + 1 :]
        assert changed != note
        with pytest.raises(LedgerError):
            checkpoint.verify(changed, VERIFIER)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        "a\n1\nx\n\n",
        "a\n1\n\n\u2014 a AAAA\n",
        "a\n-1\n" + "A" * 44 + "\n\n\u2014 a A\n",
    ],
)
def test_malformed(note: str) -> None:
    """What is no checkpoint raises the ledger's own error."""
    with pytest.raises(LedgerError):
        checkpoint.verify(note, VERIFIER)


def test_another_key() -> None:
    """A note of another key or another log is refused."""
    other = Ed25519PrivateKey.generate()
    with pytest.raises(LedgerError, match="not signed by"):
        checkpoint.verify(checkpoint.write("log.example/one", 7, ROOT, other).note, VERIFIER)
    with pytest.raises(LedgerError, match="another log"):
        checkpoint.verify(checkpoint.write("log.example/two", 7, ROOT, KEY).note, VERIFIER)
