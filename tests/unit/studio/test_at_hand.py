"""A studio that is asked without being opened answers as the open one does."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from provenance_gen import settings
from provenance_gen.ledger.plain import UnusualError
from provenance_gen.studio import folder as folders
from provenance_gen.studio import signing
from provenance_gen.studio.at_hand import LedgerAtHand
from provenance_gen.studio.named_keys import development_roots
from provenance_gen.studio.own_ledger import OwnLedger
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.errors import ProvenanceError
    from provenance_gen.studio import Studio, Work

DATABASE = {"sqlalchemy", "sqlmodel", "numpy", "torch", "yaml.cyaml"}


def at_hand(studio: Studio, said: list[ProvenanceError]) -> LedgerAtHand:
    """Ask a studio without opening it."""
    return LedgerAtHand(studio.folder, folders.read(studio.folder), said.append)


def digests(studio: Studio) -> list[str]:
    """Return every digest in the studio's history, and one that is in none."""
    works = studio.history().works
    images = {image.ref.pixel_digest for work in works for image in work.images}
    exports = [export for work in works for export in work.exports]
    more = {e.file_digest or "" for e in exports} | {e.manifest_digest or "" for e in exports}
    return sorted({*images, *more, *(e.pixel_digest for e in exports), "0" * 64} - {""})


def fill(work: Work, folder: Path) -> None:
    """Record what a look-up can come across: twins, edits, imports, exports."""
    first = work.history().images[0]
    work.export(first.name, folder / "a.png")
    work.export(first.name, folder / "b.jpg")
    picture = work.studio.store.open(first.ref.pixel_digest).rotate(90)
    edited = work.edit(first.name, picture, tool="test")
    work.export(edited, folder / "edited.png")
    other = work.studio.new_work("Another", intent=None)
    other.bring_in(folder / "a.png")
    generate(other, "a boat")  # the same pixels in another work


def test_the_answers_are_those_of_the_open_studio(work: Work, tmp_path: Path) -> None:
    """For each digest of each kind, for leaves, and for the key."""
    fill(work, tmp_path)
    said: list[ProvenanceError] = []
    opened, asked = OwnLedger(work.studio), at_hand(work.studio, said)
    assert asked.origin == opened.origin
    assert asked.verifier_key == opened.verifier_key
    found = 0
    for digest in digests(work.studio):
        for name in ("find_image", "find_file", "find_manifest"):
            known = getattr(opened, name)(digest)
            assert list(getattr(asked, name)(digest)) == list(known)
            found += len(known)
    assert found > 10
    size = work.studio.ledger.head().size
    for place in (-1, 0, size - 1, size):
        assert asked.leaf_at(place) == opened.leaf_at(place)
    assert not said
    asked.close()
    assert (development_roots(work.studio.secrets),) == signing.own_roots(work.studio)


def _verify(file: Path, place: Path) -> tuple[dict[str, object], set[str]]:
    """Check a file from inside a folder; return the verdict, and what was loaded for it."""
    code = (
        "import contextlib, sys, provenance_gen.cli as cli\n"
        f"sys.argv = ['provgen', 'verify', {str(file)!r}, '--json']\n"
        "with contextlib.suppress(SystemExit):\n"
        "    cli.main()\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=place, check=True, capture_output=True, text=True
    )
    verdict: dict[str, object] = json.loads(done.stdout)
    return verdict, set(done.stderr.split())


def test_no_database_layer_is_loaded_for_a_verdict(work: Work, tmp_path: Path) -> None:
    """Neither for a file that the ledger knows, nor for one that it does not."""
    work.export(work.history().images[0].name, tmp_path / "a.png")
    place = work.studio.folder.root
    work.studio.close()
    verdict, loaded = _verify(tmp_path / "a.png", place)
    record = verdict["record"]
    assert isinstance(record, dict)
    assert record["status"] == "matched"
    assert record["work"] == "Harbour at dusk"
    assert record["checkpoint"] is True
    assert not {name.partition(".")[0] for name in loaded} & DATABASE
    (tmp_path / "other.txt").write_text("no picture")
    verdict, loaded = _verify(tmp_path / "other.txt", place)
    assert verdict["verdict"] == "unreadable"
    assert not {name.partition(".")[0] for name in loaded} & {*DATABASE, "cryptography"}
    left = {file.name for file in work.studio.folder.data.iterdir()}
    assert not {"ledger.db-wal", "ledger.db-shm"} & left


def test_a_ledger_that_is_damaged_is_told_of_once(work: Work) -> None:
    """And knows nothing from then on, as one that could not be opened."""
    image = work.history().images[0].ref.pixel_digest
    with contextlib.closing(sqlite3.connect(work.studio.folder.data / "ledger.db")) as database:
        database.execute("UPDATE event SET body = X'7b7d' WHERE seq = 1")
        database.commit()
    said: list[ProvenanceError] = []
    asked = at_hand(work.studio, said)
    assert asked.find_image("0" * 64) == ()
    assert not said
    assert asked.find_image(image) == asked.find_image(image) == ()
    assert len(said) == 1
    assert "not those that were hashed" in str(said[0])
    asked.close()


def test_a_key_that_is_damaged_vouches_for_nothing(work: Work) -> None:
    """Told once; without any key the open studio has to judge."""
    key = settings.studio_secrets(work.studio.id).ledger_key
    key.write_bytes(b"no key")
    said: list[ProvenanceError] = []
    asked = at_hand(work.studio, said)
    assert asked.verifier_key == asked.verifier_key == ""
    assert [str(error) for error in said] == [f"the ledger's key cannot be read: {key}"]
    asked.close()
    key.unlink()
    with pytest.raises(UnusualError):
        at_hand(work.studio, said)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_left_to_the_open_studio(work: Work) -> None:
    """Where SQLite's readers need more than to read."""
    work.studio.close()
    work.studio.folder.data.chmod(0o500)
    try:
        with pytest.raises(UnusualError):
            at_hand(work.studio, [])
    finally:
        work.studio.folder.data.chmod(0o700)
