"""The form of a bundle: which files it holds and what stands in them.

::

    README.md                       how to check it with common tools
    SHA256SUMS                      digests of every other file, as ``sha256sum`` writes them
    bundle.json                     form, log, number of events, and the work it is cut down to
    ledger.vkey, ledger.pem         the public key, as C2SP verifier key and as PEM
    leaves.txt                      leaf hash of every event of the log, one a line
    events.jsonl                    bodies, byte for byte, one a line; all, or those of one work
    disclosures.jsonl               the texts that are disclosed
    checkpoints/<size>.note         signed tree heads
    checkpoints/<size>.<kind>.tsr   time-stamps over them

Pure; ``bundle`` writes it from a ledger, ``bundle_check`` checks it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from provenance_gen.digests import sha256_hex
from provenance_gen.errors import LedgerBrokenError
from provenance_gen.ledger.bundle_parts import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FORM: Final = "provenance-gen/bundle@1"
README: Final = "README.md"
SUMS: Final = "SHA256SUMS"
ABOUT: Final = "bundle.json"
VERIFIER_KEY: Final = "ledger.vkey"
PEM: Final = "ledger.pem"
LEAVES: Final = "leaves.txt"
EVENTS: Final = "events.jsonl"
DISCLOSURES: Final = "disclosures.jsonl"
NAMES: Final = (README, SUMS, ABOUT, VERIFIER_KEY, PEM, LEAVES, EVENTS, DISCLOSURES)
"""Files that every bundle holds, in the order in which they are written."""

NOTE: Final = re.compile(r"checkpoints/(\d{12,16})\.note")
TOKEN: Final = re.compile(r"checkpoints/(\d{12,16})\.([a-z0-9-]{1,40})\.tsr")
_LEAF: Final = re.compile(rb"[0-9a-f]{64}")
_SUM: Final = re.compile(r"([0-9a-f]{64})  (\S+)")


def note_name(size: int) -> str:
    """Return the name of a checkpoint's file."""
    return f"checkpoints/{size:012d}.note"


def token_name(size: int, kind: str) -> str:
    """Return the name of a time-stamp's file."""
    return f"checkpoints/{size:012d}.{kind}.tsr"


def sums(files: Mapping[str, bytes]) -> bytes:
    """Return the file of digests over the others, in the order of their names."""
    named = (name for name in files if name != SUMS)
    return digests_file({name: _digest(files, name) for name in named})


def digests_file(digests: Mapping[str, str]) -> bytes:
    """Return the file of digests, given by the names of files."""
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode()


def _digest(files: Mapping[str, bytes], name: str) -> str:
    return files.digest(name) if isinstance(files, Parts) else sha256_hex(files[name])


def demand_sums(files: Mapping[str, bytes]) -> None:
    """Check that the digests are those of exactly the files that are there.

    Raises:
        LedgerBrokenError: a file was changed, added or removed.
    """
    if files[SUMS] == sums(files):
        return
    told = {}
    for line in files[SUMS].decode("utf-8", "replace").split("\n")[:-1]:
        if not (found := _SUM.fullmatch(line)):
            raise LedgerBrokenError(f"{SUMS} is not of its form")
        told[found[2]] = found[1]
    for name in sorted({*told, *files} - {SUMS}):
        if name not in files:
            raise LedgerBrokenError(f"{name} is missing")
        if told.get(name) != _digest(files, name):
            raise LedgerBrokenError(f"{name} is not as it was written")
    raise LedgerBrokenError(f"{SUMS} is not of its form")


def lines(data: bytes, name: str) -> Iterator[bytes]:
    """Part a file into its lines, one after the other.

    Raises:
        LedgerBrokenError: its last line has no end.
    """
    if data and not data.endswith(b"\n"):
        raise LedgerBrokenError(f"the last line of {name} has no end")
    start = 0
    while (end := data.find(b"\n", start)) >= 0:
        yield data[start:end]
        start = end + 1


def leaves(data: bytes) -> Iterator[bytes]:
    """Give the leaf hashes that a file of leaves holds, in their order.

    Raises:
        LedgerBrokenError: a line is none, or the last one has no end.
    """
    for number, line in enumerate(lines(data, LEAVES)):
        if not _LEAF.fullmatch(line):
            raise LedgerBrokenError("a leaf is not 64 hexadecimal characters", number)
        yield bytes.fromhex(line.decode())
