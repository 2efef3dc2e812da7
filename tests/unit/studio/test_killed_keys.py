"""A process that is killed while it makes a key takes no name and leaves no half of one."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from provenance_gen.credentials import keyfile
from provenance_gen.credentials.signer import open_signer
from provenance_gen.errors import UsageError
from provenance_gen.settings import keys_folder
from provenance_gen.studio import named_keys, signing

ROOT: Final = Path(__file__).parents[3]

_PROGRAM: Final = """
import os, signal, sys
from provenance_gen.settings import keys_folder
from provenance_gen.studio import signing

last, steps, below = int(sys.argv[1]), 0, str(keys_folder())

def watch(event, arguments):
    # Told by the interpreter before it makes, opens, renames or removes a file (PEP 578).
    global steps
    if event not in ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod"):
        return
    first = arguments[0]
    if isinstance(first, (str, bytes, os.PathLike)) and os.fsdecode(first).startswith(below):
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
signing.new_key("atelier", algorithm="ed25519")
print(steps)
"""
"""Makes a key; ends itself before the step in the folder of keys that it is told."""


def run(last: int) -> subprocess.CompletedProcess[bytes]:
    """Make a key in a process that is killed before its ``last`` step."""
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(last)], cwd=ROOT, capture_output=True, check=False
    )


def usable(key: named_keys.NamedKey) -> bool:
    """Tell whether a key signs."""
    with open_signer(keyfile.file_uri(key.key, key.chain)).connect() as connection:
        return connection.native is not None


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_at_any_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is there and signs, or its name is free; what was left is swept by the next one."""
    total = int(_in(tmp_path / "whole", monkeypatch, 0).stdout)
    assert total > 8
    outcomes = []
    # The first, the last, and between them every second: they differ little.
    for last in (1, *range(2, total, 2), total - 1, total):
        done = _in(tmp_path / str(last), monkeypatch, last)
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
        if found := named_keys.all_keys():
            with pytest.raises(UsageError, match="never overwritten"):
                signing.new_key("atelier", algorithm="ed25519")
            (made,) = found
            outcomes.append("there")
        else:
            made = signing.new_key("atelier", algorithm="ed25519")
            assert [path.name for path in keys_folder().iterdir()] == ["atelier"]
            outcomes.append("free")
        assert made.name == "atelier"
        assert usable(made)
    assert outcomes[0] == "free"
    assert "there" in outcomes
    assert outcomes == sorted(outcomes)


def test_what_lies_in_the_way_is_not_overwritten() -> None:
    """An empty folder is no key; in any other there may be one, which is left as it is."""
    (keys_folder() / "empty").mkdir(parents=True)
    assert usable(signing.new_key("empty"))
    noteless = signing.new_key("noteless")
    (noteless.folder / "key.json").unlink()
    before = noteless.key.read_bytes()
    with pytest.raises(UsageError, match="nothing there is overwritten: move it away"):
        signing.new_key("noteless")
    assert noteless.key.read_bytes() == before
    noteless.folder.rename(keys_folder() / "put-away")
    assert signing.new_key("noteless").key.read_bytes() != before
    assert [key.name for key in named_keys.all_keys()] == ["empty", "noteless"]


def _in(
    folder: Path, monkeypatch: pytest.MonkeyPatch, last: int
) -> subprocess.CompletedProcess[bytes]:
    monkeypatch.setenv("PROVGEN_CONFIG_DIR", str(folder))
    return run(last)
