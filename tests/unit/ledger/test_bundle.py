"""Bundles: what they tell, and what a stranger finds with and without this program."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from provenance_gen.errors import LedgerError, UsageError
from provenance_gen.ledger import anchor, bundle_files, bundle_form, bundle_write, checkpoint
from provenance_gen.ledger.bundle import gather
from provenance_gen.ledger.redaction import choose, redact, texts
from tests.tsa import OPENSSL, serving
from tests.unit.ledger.bundles import (
    CONFIRMED,
    CONSISTENT,
    PERSON,
    WRONG,
    checked,
    fill,
    gathered,
    lines,
    stated,
    summed,
    without,
    zipped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.ledger.conftest import Made


@pytest.fixture
def filled(made: Made) -> Made:
    """A ledger of nine events with checkpoints over five and nine."""
    return fill(made)


def test_nothing_inside_is_a_root_of_trust(filled: Made) -> None:
    """Without a key the result reads consistent, with it confirmed, with another wrong."""
    files = gathered(filled)
    found = checked(files)
    assert found.verdict == "consistent, not anchored"
    assert (found.size, found.events, found.checkpoints, found.texts) == (9, 9, 2, 0)
    assert checked(files, filled.verifier_key).verdict is CONFIRMED
    other = checkpoint.verifier_key("provgen-test", Ed25519PrivateKey.generate().public_key())
    assert checked(files, other).verdict is WRONG
    with pytest.raises(LedgerError):
        checked(files, "no key")


def test_whole_bundle_by_somebody_else_is_not_confirmed(filled: Made, tmp_path: Path) -> None:
    """A bundle made anew from the same events with another key is consistent, and no more."""
    key = Ed25519PrivateKey.generate()
    (tmp_path / "other").mkdir()
    ledger = type(filled.ledger).create(tmp_path / "other", origin="provgen-test", key=key)
    ledger.append_many([stated(n) for n in range(9)])
    ledger.checkpoint()
    vkey = checkpoint.verifier_key("provgen-test", key.public_key())
    files = gather(ledger, size=9, verifier_key=vkey).files
    ledger.close()
    assert checked(files).verdict is CONSISTENT
    assert checked(files, filled.verifier_key).verdict is WRONG


def test_texts_are_disclosed_by_name(filled: Made) -> None:
    """None, some or all texts are told, each as its event commits to it."""
    assert checked(gathered(filled)).texts == 0
    assert checked(gathered(filled, "title", "author")).texts == 2
    found = checked(gathered(filled, "all"))
    assert (found.texts, found.withheld) == (10, 0)
    with pytest.raises(UsageError, match="author, intent, title"):
        gathered(filled, "prompt")


def test_a_redacted_text_is_not_told(filled: Made) -> None:
    """What was deleted cannot be disclosed, and the bundle stays whole."""
    chosen = choose(texts(filled.ledger, [filled.ledger.leaves()[0].hex()]), "title")
    redact(filled.ledger, chosen, actor=PERSON, work="w0", reason="x")
    filled.ledger.checkpoint()
    files = gathered(filled, "all")
    assert b"Harbour" not in b"".join(files.values())
    found = checked(files, filled.verifier_key)
    assert (found.verdict, found.withheld) == (CONFIRMED, 1)


def test_one_work_alone(filled: Made) -> None:
    """Of other works only hashes are told, and the tree can still be computed."""
    files = gathered(filled, "all", work="w1")
    assert b'"work":"w0"' not in files[bundle_form.EVENTS]
    found = checked(files, filled.verifier_key)
    assert (found.verdict, found.events, found.texts) == (CONFIRMED, 4, 4)
    absent = (found.size or 0) - 4
    assert f"Of {absent} events of this log only hashes are here" in found.summary
    assert "only hash" not in checked(gathered(filled, "all"), filled.verifier_key).summary


def test_same_ledger_same_bundle(filled: Made) -> None:
    """Two bundles of one state are the same bytes."""
    assert zipped(gathered(filled)) == zipped(gathered(filled))


@pytest.mark.parametrize("name", ["b", "b.zip"])
def test_written_and_read(filled: Made, tmp_path: Path, name: str) -> None:
    """A folder and a zip hold the same files; what exists is not overwritten."""
    files = gathered(filled, "title")
    bundle_write.write(files, tmp_path / name)
    assert bundle_files.read(tmp_path / name) == files
    with pytest.raises(UsageError, match="exists"):
        bundle_write.write(files, tmp_path / name)
    with pytest.raises(UsageError, match="no folder"):
        bundle_write.write(files, tmp_path / "missing" / name)


@pytest.mark.skipif(OPENSSL is None or os.name != "posix", reason="needs openssl and a shell")
@pytest.mark.parametrize("language", ["en", "ja"])
def test_stranger_checks_it_with_common_tools(filled: Made, tmp_path: Path, language: str) -> None:
    """The commands of the page work as they stand, and fail where the tree is another."""
    folder = tmp_path / "b"
    key = filled.verifier_key
    made = gather(filled.ledger, size=9, verifier_key=key, disclose=["all"], language=language)
    bundle_write.write(made.files, folder)
    page = (folder / "README.md").read_text(encoding="utf-8")
    shell, program = (
        re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)[0] for kind in ("sh", "python")
    )
    done = subprocess.run(
        ["sh", "-ec", shell], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Signature Verified Successfully" in done.stdout
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["True", "True"]
    (folder / "leaves.txt").write_bytes(lines((folder / "leaves.txt").read_bytes(), sorted))
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "False"]


@pytest.fixture
def stamped(filled: Made) -> Iterator[tuple[Made, bytes]]:
    """A ledger with two time-stamps, the first of them cited; and their authority's root."""
    with serving() as server:
        for number in (8, 9):
            authorities = [server.authority()]
            anchor.anchor(filled.ledger, filled.ledger.checkpoint().size, authorities)
            filled.ledger.append(stated(number))
        filled.ledger.checkpoint()
        yield filled, server.root


def test_time_stamps(stamped: tuple[Made, bytes]) -> None:
    """Believed only under certificates that the reader gave; they say what existed by when."""
    made, root = stamped
    files = gathered(made)
    found = checked(files)
    assert (found.verdict, found.timestamps, found.sealed) == (CONSISTENT, 2, 0)
    found = checked(files, roots=root)
    assert (found.verdict, found.sealed, found.size) == (CONFIRMED, 10, 11)
    assert "10 of 11 events existed by" in found.summary
    with serving() as other:
        assert checked(files, roots=other.root).verdict is WRONG
    token = bundle_form.token_name(9, "loopback")
    assert checked(summed(without(files, token))).verdict is WRONG
    swapped = {**files, bundle_form.token_name(10, "loopback"): files[token]}
    assert checked(summed(swapped)).verdict is WRONG


def test_openssl_believes_the_tokens(stamped: tuple[Made, bytes], tmp_path: Path) -> None:
    """The page's command for time-stamps works as it stands."""
    made, root = stamped
    folder = tmp_path / "b"
    bundle_write.write(gathered(made), folder)
    (folder / "ROOT.pem").write_bytes(root)
    page = (folder / "README.md").read_text(encoding="utf-8")
    shell = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)[1]
    shell = shell.replace("NUMBER.NAME", "000000000009.loopback").replace("NUMBER", "000000000009")
    done = subprocess.run(
        ["sh", "-ec", shell], cwd=folder, capture_output=True, text=True, check=False
    )
    assert "Verification: OK" in done.stdout + done.stderr
