"""Writers that are killed, and what must be true of their ledger afterwards.

Run as a program, it forks two writers again and again and kills them with ``kill -9`` in the
middle of their work; forked, they are at work in a millisecond. ``write_some`` is a short job for
one writer, to be run under strace.
"""

from __future__ import annotations

import contextlib
import os
import random
import select
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from provenance_gen.errors import ProvenanceError
from provenance_gen.ledger import checkpoint, merkle
from provenance_gen.ledger.audit import audit
from provenance_gen.ledger.store import Ledger
from tests.unit.ledger.events import draft

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "provgen-test"
VERIFIER = checkpoint.verifier_key(ORIGIN, KEY.public_key())
OUR_ERROR = 3
UNHEARD = 4
"""Exit code of a writer whose acknowledgement could not be written."""


def make(folder: Path) -> None:
    """Make an empty ledger."""
    Ledger.create(folder, origin=ORIGIN, key=KEY).close()


def work(folder: Path, heard: int, rounds: int, first: int = 0) -> None:
    """Append events and sign checkpoints; tell on a file handle what is acknowledged."""
    ledger = Ledger(folder, key=KEY)
    for number in range(first, first + rounds):
        receipts = ledger.append_many([draft(number + n) for n in range(1 + number % 3)])
        lines = [f"event {receipt.sequence} {receipt.leaf}\n" for receipt in receipts]
        if number % 3 == 0:
            signed = ledger.checkpoint()
            lines.append(f"checkpoint {signed.size} {signed.root.hex()}\n")
        os.write(heard, "".join(lines).encode())
    ledger.close()


def check(folder: Path, acknowledged: str) -> int:
    """Demand that nothing acknowledged is lost and everything holds; return the log's size."""
    ledger = Ledger(folder, key=KEY)
    found = audit(ledger, verifier_key=VERIFIER)
    assert found.problems == (), found.problems
    leaves = ledger.leaves()
    for line in acknowledged.splitlines(keepends=True):
        if not line.endswith("\n"):
            continue
        kind, number, value = line.split()
        if kind == "event":
            assert leaves[int(number)].hex() == value, "an acknowledged event was lost"
        else:
            proof = [bytes.fromhex(h) for h in ledger.prove_consistency(int(number), found.size)]
            old, new = bytes.fromhex(value), bytes.fromhex(found.root)
            assert merkle.verify_consistency(int(number), found.size, old, new, proof)
    ledger.close()
    return found.size


def fork_writer(folder: Path, first: int) -> tuple[int, int]:
    """Start a writer; return its process and the handle on which it is heard."""
    hear, heard = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(hear)
        with contextlib.suppress(BaseException):
            work(folder, heard, rounds=1_000_000, first=first)
        os._exit(OUR_ERROR)
    os.close(heard)
    return process, hear


def read_all(handle: int) -> str:
    """Read until the other side is closed."""
    with os.fdopen(handle, "rb") as file:
        return file.read().decode()


def loops(folder: Path, count: int) -> None:
    """Kill two writers at a random moment, and check; do so again and again."""
    make(folder)
    draw = random.Random(count)
    acknowledged = ""
    for number in range(count):
        writers = [fork_writer(folder, 1000 * number + n) for n in range(2)]
        # However slow the machine is, one of them has been heard of and is at work.
        select.select([hear for _, hear in writers], [], [], 60)
        time.sleep(draw.uniform(0, 0.1))
        for process, _ in writers:
            os.kill(process, signal.SIGKILL)
        for process, hear in writers:
            acknowledged += read_all(hear)
            _, status = os.waitpid(process, 0)
            assert os.WIFSIGNALED(status), "a writer ended by itself"
        # What was heard long ago is held as well as what was heard now.
        check(folder, acknowledged)
    events = sum(line.startswith("event") for line in acknowledged.splitlines())
    print(  # noqa: T201  # it is a program
        f"{count} loops, {events} acknowledged events, {check(folder, acknowledged)} in all"
    )


def write_some(folder: Path) -> NoReturn:
    """Do a short job; exit with 3 on an error of ours, with 4 where nobody could be told."""
    try:
        work(folder, sys.stdout.fileno(), rounds=3)
    except ProvenanceError:
        os._exit(OUR_ERROR)
    except OSError:
        os._exit(UNHEARD)
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1] == "loops":
        loops(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        write_some(Path(sys.argv[2]))
