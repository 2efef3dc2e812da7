"""Backups: made while the studio is in use, whole, without keys, and put back as documented."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from provenance_gen import Studio, settings
from provenance_gen.errors import LedgerBrokenError, UsageError
from provenance_gen.studio.standing import Place
from tests.unit.studio.lives import put_back, record, standing

if TYPE_CHECKING:
    from pathlib import Path


WRITER = """
import sys
from provenance_gen import Studio
with Studio.open(sys.argv[1]) as studio:
    print("ready", flush=True)
    while True:
        studio.new_work("from another process")
"""


def test_backup_while_two_processes_write(art: Path, tmp_path: Path) -> None:
    """The backup audits clean, is a beginning of the ledger, and nobody waits or fails."""
    command = [sys.executable, "-c", WRITER, str(art)]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    try:
        assert all(w.stdout is not None and w.stdout.readline() for w in writers)
        with Studio.open(art) as studio:
            made = studio.back_up(tmp_path / "backup.zip")
            assert all(writer.poll() is None for writer in writers)
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    assert (made.logs, made.images) == (1, 3)
    with zipfile.ZipFile(made.path) as packed:
        packed.extractall(tmp_path / "out")
    with Studio.open(art) as studio, Studio.open(tmp_path / "out") as restored:
        found = restored.audit()
        assert (found.size, found.root, found.problems) == (made.size, made.root, ())
        assert found.size < studio.ledger.head().size
        assert restored.ledger.leaves() == studio.ledger.leaves(found.size)
        assert studio.audit().passed


@pytest.mark.parametrize("name", ["backup", "backup.zip"])
def test_backup_holds_no_key_and_is_whole(art: Path, tmp_path: Path, name: str) -> None:
    """Ledger, checkpoints, images, description and a README; no key, no lock, no other file."""
    (art / ".provgen" / "images" / "link.png").symlink_to(settings.config_folder())
    with Studio.open(art) as studio:
        whole = studio.back_up(tmp_path / name)
        bare = studio.back_up(tmp_path / f"bare-{name}", images=False)
    assert (whole.images, bare.images) == (3, None)
    if name.endswith(".zip"):
        names = set(zipfile.ZipFile(tmp_path / name).namelist())
        data = [zipfile.ZipFile(tmp_path / name).read(n) for n in names]
    else:
        files = [p for p in (tmp_path / name).rglob("*") if p.is_file()]
        names = {p.relative_to(tmp_path / name).as_posix() for p in files}
        data = [p.read_bytes() for p in files]
    assert not any(b"PRIVATE KEY" in one for one in data)
    kinds = {n.split("/")[1] if "/" in n else n for n in names}
    assert kinds == {
        "README.txt",
        "ledger.db",
        "studio.yaml",
        "checkpoints",
        "images",
        "thumbnails",
        "blobs",
    }
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".provgen")]


def test_no_backup_of_what_is_broken(art: Path, tmp_path: Path) -> None:
    """A backup that does not hold is not left lying; neither is anything overwritten."""
    with Studio.open(art) as studio:
        with pytest.raises(UsageError, match="exists"):
            studio.back_up(art)
        with pytest.raises(UsageError, match="inside"):
            studio.back_up(art / ".provgen" / "backup")
        image = next((art / ".provgen" / "images").rglob("*.png"))
        image.write_bytes(image.read_bytes()[:-1])
        for name in ("backup", "backup.zip"):
            with pytest.raises(LedgerBrokenError, match="the file was altered"):
                studio.back_up(tmp_path / name)
        assert studio.back_up(tmp_path / "bare", images=False).size == studio.ledger.head().size
    assert sorted(p.name for p in tmp_path.iterdir()) == ["art", "bare"]


def test_restore_over_a_newer_studio(art: Path, tmp_path: Path) -> None:
    """A restored backup goes on with its log only if nothing later was recorded."""
    with Studio.open(art) as studio:
        studio.back_up(tmp_path / "backup")
    put_back(tmp_path / "backup", art)
    record(art, "nothing was lost")
    put_back(tmp_path / "backup", art)
    assert standing(art) is Place.BEHIND


def test_backup_of_a_resumed_studio(art: Path, tmp_path: Path) -> None:
    """All logs go into the backup, and come back."""
    with Studio.open(art) as studio:
        studio.resume(new_log=True)
    record(art)
    with Studio.open(art) as studio:
        made = studio.back_up(tmp_path / "backup")
        works = studio.history().works
    assert (made.logs, made.images) == (2, 3)
    with Studio.open(tmp_path / "backup") as restored:
        assert restored.history().works == works
        assert restored.audit().passed
        assert restored.audit_earlier()[0].passed


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files")
def test_full_disk(art: Path, tmp_path: Path) -> None:
    """A backup or a new log that finds no room leaves nothing and changes nothing."""
    script = (
        "import resource, sys; from provenance_gen import Studio, errors\n"
        "studio = Studio.open(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)\n"
        "verbs = (lambda: studio.back_up(sys.argv[2]),"
        " lambda: studio.back_up(sys.argv[2] + '.zip'),"
        " lambda: studio.resume(new_log=True))\n"
        "for verb in verbs:\n"
        "    try: verb(); print('done')\n"
        "    except errors.StorageError: print('no room')\n"
    )
    before = sorted(path.name for path in (art / ".provgen").rglob("*.db"))
    command = [sys.executable, "-c", script, str(art), str(tmp_path / "backup"), "60000"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["no room"] * 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["art"]
    assert sorted(path.name for path in (art / ".provgen").rglob("*.db")) == before
    record(art)
