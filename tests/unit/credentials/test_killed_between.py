"""A process that is killed while it puts a file and its sidecar into place misleads nobody."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from provenance_gen.credentials import manifest
from provenance_gen.studio.verify import verify
from tests.unit.credentials import samples

if TYPE_CHECKING:
    from provenance_gen.records.verdict import Verdict

ROOT: Final = Path(__file__).parents[3]
_NAMES: Final = ("harbour.png", "harbour.c2pa")

_PROGRAM: Final = """
import os, signal, sys
from pathlib import Path
from tests.unit.credentials import samples
from provenance_gen.credentials import keyfile, manifest, signer, trust

folder, last = Path(sys.argv[1]), int(sys.argv[2])
root = (folder / "root.pem").read_bytes()
opened = signer.open_signer(keyfile.file_uri(folder / "keys" / "signing.key.pem"))
keys = samples.Keys(opened, (trust.own_root(root),), root)
steps = 0

def watch(event, arguments):
    # Told by the interpreter before it renames or removes a file (PEP 578).
    global steps
    if event not in ("os.rename", "os.remove"):
        return
    paths = [one for one in arguments[:2] if isinstance(one, (str, bytes, os.PathLike))]
    if any(Path(os.fsdecode(one)).name in {names} for one in paths):
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
manifest.sign(folder / "new.png", folder / "harbour.png", samples.definition(),
              keys.signing(sidecar=True))
print(steps)
"""
"""Signs with a sidecar; ends itself before the step that it is told, counting those that matter."""


def run(folder: Path, last: int) -> subprocess.CompletedProcess[bytes]:
    """Sign in a process that is killed before its ``last`` step."""
    program = _PROGRAM.replace("{names}", repr(_NAMES))
    return subprocess.run(
        [sys.executable, "-c", program, str(folder), str(last)],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("replacing", [False, True])
def test_killed_before_each_step(tmp_path: Path, *, replacing: bool) -> None:
    """The file there is the old one or the new, with its own manifest, with none, or missing."""
    keys = samples.keys(tmp_path / "keys")
    (tmp_path / "root.pem").write_bytes(keys.root)
    for name, seed in (("old.png", 1), ("new.png", 2)):
        (tmp_path / name).write_bytes(samples.encoded(seed=seed))
    found: list[str] = []
    for last in range(1, 9):
        for name in _NAMES:
            (tmp_path / name).unlink(missing_ok=True)
        if replacing:
            made = samples.definition()
            target = tmp_path / "harbour.png"
            manifest.sign(tmp_path / "old.png", target, made, keys.signing(sidecar=True))
        done = run(tmp_path, last)
        found.append(_seen(tmp_path, verify(tmp_path / "harbour.png", own_roots=keys.anchors)))
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    else:
        pytest.fail("it was never done")
    wanted = ["old valid", "old unsigned", "new unsigned"] if replacing else ["no file"] * 2
    assert found == [*wanted, "new valid"]


def _seen(folder: Path, verdict: Verdict) -> str:
    if not (folder / "harbour.png").exists():
        return "no file"
    data = (folder / "harbour.png").read_bytes()
    which = "new" if data == (folder / "new.png").read_bytes() else "old"
    return f"{which} {verdict.verdict}"
