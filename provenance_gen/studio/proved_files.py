"""Check the files that a proof of a written report lies beside: the event holds their digests."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import orjson

from provenance_gen.ledger import proof
from provenance_gen.records.bundle import BundleVerdict, kind_of
from provenance_gen.records.payloads import ReportWritten
from provenance_gen.records.verdict import Check, CheckStatus

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIXES = (".html", ".json", ".pdf", ".prov.json")


def with_files(path: Path, verdict: BundleVerdict) -> BundleVerdict:
    """Add to the verdict on a proof whether the report's files beside it are those it speaks of.

    Args:
        path: the proof, which was read and found consistent.
        verdict: what was found.
    """
    body = orjson.loads(proof.parse(path.read_bytes()).body or b"{}")
    if body.get("type") != ReportWritten.event_type:
        return verdict
    told = set(body["payload"].get("digests", ()))
    stem = path.name[: -len(path.suffix)]
    beside = [file for end in _SUFFIXES if (file := path.with_name(stem + end)).is_file()]
    other = [file.name for file in beside if _digest(file) not in told]
    if other:
        status, reason = CheckStatus.FAILED, f"not the report that was written: {', '.join(other)}"
    elif beside:
        names = ", ".join(file.name for file in beside)
        status, reason = CheckStatus.PASSED, f"they are the report that was written: {names}"
    else:
        status, reason = CheckStatus.SKIPPED, "the report's files do not lie beside the proof"
    found = Check(step=len(verdict.checks) + 1, id="files", status=status, reason=reason)
    checks = (*verdict.checks, found)
    update = {"checks": checks, "verdict": kind_of(checks, frozenset({"key"}))}
    if other:
        update["summary"] = f"The proof holds, and the files beside it do not: {reason}."
    return verdict.model_copy(update=update)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
