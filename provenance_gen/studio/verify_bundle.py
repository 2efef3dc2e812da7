"""Check a bundle or a proof from anywhere, with no studio and no database.

What the checks are is the ledger's business; here files are told apart. A bundle is read by a
process of its own, within limits: anybody may have made it, and one can be made that takes days or
all memory to read. A proof is small and read here.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import bundle_files, checkpoint, proof
from provenance_gen.records.bundle import BundleVerdict, BundleVerdictKind
from provenance_gen.records.comparison import Side
from provenance_gen.studio import aside
from provenance_gen.studio.bundle_reader import unreadable
from provenance_gen.studio.child import Limits
from provenance_gen.studio.gather import PROOF, beginning
from provenance_gen.studio.proved_files import with_files

if TYPE_CHECKING:
    from pathlib import Path

SECONDS: Final = 60.0
"""For a bundle of less than ``MEBIBYTES``; a larger one has more in proportion."""
MEBIBYTES: Final = 6
"""For these, on the disk, the time is given once more; up to ``LONGEST`` times."""
LONGEST: Final = 60
MEMORY: Final = Limits().memory

_READER: Final = "provenance_gen.studio.bundle_reader"


def verify_bundle(
    path: Path,
    *,
    key: str | None = None,
    certificates: bytes | None = None,
    seconds: float = SECONDS,
    memory: int = MEMORY,
) -> BundleVerdict:
    """Check a bundle (zip or folder) or a proof.

    Args:
        path: where it is; an evidence bundle counts as one.
        key: C2SP verifier key of the log, from elsewhere than the bundle.
        certificates: certificates of time-stamp authorities that are trusted, PEM.
        seconds: of the processor, for each ``MEBIBYTES`` of the bundle that are begun; by the
            clock a few more.
        memory: bytes that the process that reads it may use.

    Raises:
        LedgerError: the key is none.
    """
    if key is not None:
        checkpoint.parse_verifier_key(key)
    try:
        if beginning(path).startswith(PROOF):
            return _proof(path, key)
        limits = _limits(path, seconds, memory)
    except (LedgerError, OSError) as error:
        return unreadable(path, str(error))
    return _read_aside(path, key, certificates, limits)[0]


def check_and_compare(path: Path, *, memory: int = MEMORY) -> tuple[BundleVerdict, Side | None]:
    """Check a bundle and return what it says of its picture, both from one bounded process.

    Args:
        path: where it is.
        memory: as for ``verify_bundle``.

    Returns:
        The verdict; and for a comparison its side, which has no name yet, or None where the bundle
        is none of evidence, or is wrong, or cannot be read.
    """
    try:
        if beginning(path).startswith(PROOF):
            return _proof(path, None), None
        limits = _limits(path, SECONDS, memory)
    except (LedgerError, OSError) as error:
        return unreadable(path, str(error)), None
    return _read_aside(path, None, None, limits, compare=True)


def _limits(path: Path, seconds: float, memory: int) -> Limits:
    allowed = seconds * min(LONGEST, 1 + (_size(path) >> 20) // MEBIBYTES)
    return Limits(seconds=allowed, memory=memory)


def _proof(path: Path, key: str | None) -> BundleVerdict:
    with path.open("rb") as file:
        found = proof.check(file.read(proof.MAX_PROOF + 1), name=str(path), key=key)
    return found if found.verdict is BundleVerdictKind.WRONG else with_files(path, found)


def _size(path: Path) -> int:
    """Return the bytes of a zip, or of all files of a folder that may be a bundle."""
    if not path.is_dir():
        return path.stat().st_size
    with bundle_files.opened(path) as files:
        return sum(files.size(name) for name in files)


def _read_aside(
    path: Path,
    key: str | None,
    certificates: bytes | None,
    limits: Limits,
    *,
    compare: bool = False,
) -> tuple[BundleVerdict, Side | None]:
    asked = {
        "path": str(path),
        "key": key,
        "certificates": base64.b64encode(certificates).decode() if certificates else None,
        "seconds": limits.seconds,
        "memory": limits.memory,
        "compare": compare,
    }
    told, why = aside.ask(_READER, json.dumps(asked).encode(), limits=limits)
    try:
        if why is None:
            verdict, _, side = told.partition(b"\n")
            found = BundleVerdict.model_validate_json(verdict)
            read = Side.model_validate_json(side) if side else None
            return found.model_copy(update={"file": str(path)}), read
    except ValidationError:
        why = "the worker that read it made no sense"
    return unreadable(path, why), None
