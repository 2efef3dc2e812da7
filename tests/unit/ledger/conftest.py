"""A ledger in a temporary folder, with its key."""

from __future__ import annotations

import contextlib
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


@contextlib.contextmanager
def making(folder: Path) -> Iterator[Made]:
    """Make an empty ledger in a folder."""
    key = Ed25519PrivateKey.generate()
    ledger = Ledger.create(folder, origin="provgen-test", key=key)
    try:
        yield Made(ledger, folder, key, checkpoint.verifier_key("provgen-test", key.public_key()))
    finally:
        ledger.close()


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    """Make an empty ledger."""
    with making(tmp_path) as made:
        yield made


@pytest.fixture
def server() -> Iterator[Server]:
    """Run a time-stamp server that does as it should, until a test changes it."""
    with serving() as running:
        yield running
