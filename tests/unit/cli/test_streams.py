"""Output that goes to a full disk, to nobody, or nowhere: no such run may read as a verdict."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.credentials import foreign, samples

PROVGEN = (sys.executable, "-m", "provenance_gen.cli")
FULL = Path("/dev/full")


@pytest.fixture
def valid(tmp_path: Path) -> Path:
    """Sign a picture, so that the file itself passes."""
    path = tmp_path / "a.png"
    path.write_bytes(foreign.sign(samples.encoded(), "image/png", foreign.stranger())[0])
    return path


@pytest.mark.skipif(not FULL.exists(), reason="SKIPPED: only Linux has a device that is full")
@pytest.mark.parametrize(("how", "unbuffered"), [((), ""), (("--json",), "1"), ((), "1")])
def test_a_full_disk(
    valid: Path, how: tuple[str, ...], unbuffered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something could not be written, which is said once; and it is 3, neither 0 nor 1."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    with FULL.open("w") as full:
        done = subprocess.run(
            [*PROVGEN, "verify", str(valid), *how], stdout=full, stderr=subprocess.PIPE, check=False
        )
        unheard = subprocess.run(
            [*PROVGEN, "verify", str(valid), *how], stdout=subprocess.PIPE, stderr=full, check=False
        )
    assert done.stderr == b"error: what was found cannot be printed: No space left on device\n"
    assert done.returncode == 3
    assert unheard.returncode == 0
    assert unheard.stdout


@pytest.mark.skipif(not FULL.exists(), reason="SKIPPED: only Linux has a device that is full")
def test_help_on_a_full_disk() -> None:
    """What the library prints is told as all else is; a complaint that is lost stays one."""
    with FULL.open("w") as full:
        for asked in (("--help",), ("policy", "--help"), ("compare", "-h"), ("--version",)):
            done = subprocess.run(
                [*PROVGEN, *asked], stdout=full, stderr=subprocess.PIPE, check=False
            )
            said = b"error: what was found cannot be printed: No space left on device\n"
            assert (done.returncode, done.stderr) == (3, said), asked
        wrong = subprocess.run([*PROVGEN, "no-such-command"], stderr=full, check=False)
        assert wrong.returncode == 2


def test_a_pipe_that_was_closed(valid: Path) -> None:
    """Whoever closed it knows; a script that asks for the code must not read a verdict."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*PROVGEN, "verify", str(valid)], stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (3, b"")


CLOSED = ("sh", "-c", '"$@" <&- >&- 2>&-', "sh")


@pytest.mark.skipif(os.name == "nt", reason="SKIPPED: no shell there closes streams")
def test_nothing_gets_the_number_of_a_closed_stream() -> None:
    """The next file that is opened stands behind them; its number is the exit code."""
    program = (
        "from provenance_gen.cli import streams; streams.prepare();"
        " raise SystemExit(open(streams.__file__).fileno())"
    )
    done = subprocess.run([*CLOSED, sys.executable, "-c", program], check=False)
    assert done.returncode > 2


@pytest.mark.skipif(os.name == "nt", reason="SKIPPED: no shell there closes streams")
def test_streams_that_are_closed(valid: Path) -> None:
    """The exit code alone is asked for, and what was written can be read."""
    words = [*CLOSED, *PROVGEN]
    assert subprocess.run([*words, "verify", str(valid)], check=False).returncode == 0
    art = valid.parent / "art"
    assert subprocess.run([*words, "init", str(art)], check=False).returncode == 0
    assert subprocess.run([*PROVGEN, "ledger", "audit"], cwd=art, check=False).returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="SKIPPED: no such limit there")
def test_a_fault_of_ours_is_no_verdict(valid: Path) -> None:
    """Here the system gives no more open files: 3, where Python itself would end with 1."""
    words = ["sh", "-c", 'ulimit -n 6 && exec "$@"', "sh", *PROVGEN]
    done = subprocess.run([*words, "verify", str(valid)], capture_output=True, check=False)
    assert b"Too many open files" in done.stderr
    assert done.returncode == 3
