"""A ledger in a temporary folder, with its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from provenance_gen.ledger import checkpoint
from provenance_gen.ledger.store import Ledger
from tests.tsa import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.tsa import Server


class Made(NamedTuple):
    """A fresh ledger and what is needed to check it."""

    ledger: Ledger
    folder: Path
    key: Ed25519PrivateKey
    verifier_key: str


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    """Make an empty ledger."""
    key = Ed25519PrivateKey.generate()
    ledger = Ledger.create(tmp_path, origin="provgen-test", key=key)
    yield Made(ledger, tmp_path, key, checkpoint.verifier_key("provgen-test", key.public_key()))
    ledger.close()


@pytest.fixture
def server() -> Iterator[Server]:
    """Run a time-stamp server that does as it should, until a test changes it."""
    with serving() as running:
        yield running
