"""Entry of the process that checks a bundle, which anybody may have made.

Run by ``studio.verify_bundle`` and by nothing else: on standard input a JSON object that says what
is to be checked, on standard output the verdict as JSON, and on a second line, where that was asked
for, what the bundle says of its picture in a comparison. It bounds its own memory and time first.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provenance_gen.studio import own_fault, serve

if TYPE_CHECKING:
    from provenance_gen.ledger.bundle_parts import Parts
    from provenance_gen.records.bundle import BundleVerdict
    from provenance_gen.records.comparison import Side


def main() -> int:
    """Answer one request."""
    asked = json.load(sys.stdin.buffer)  # PYTHONIOENCODING may say anything of the text
    # What is printed on the way must not get between the answer's bytes.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    serve.limit(asked["memory"])
    serve.allow(asked["seconds"])
    with answer:
        # A name need not be one that JSON can tell: whoever asked knows it.
        verdict, side = _answer(asked)
        answer.write(verdict.model_copy(update={"file": ""}).model_dump_json().encode())
        if side is not None:
            answer.write(b"\n" + side.model_dump_json().encode())
    return 0


def _answer(asked: dict[str, Any]) -> tuple[BundleVerdict, Side | None]:
    path = Path(asked["path"])
    certificates = asked["certificates"]
    try:
        roots = base64.b64decode(certificates) if certificates else None
        return _check(path, asked["key"], roots, compare=asked.get("compare", False))
    except Exception as error:  # noqa: BLE001 - a limit, or a fault of ours and told as one
        limit = own_fault.too_much(error, asked["memory"])
        return unreadable(path, limit or own_fault.words(error), internal=limit is None), None


def check(path: Path, key: str | None, certificates: bytes | None) -> BundleVerdict:
    """Check a bundle in this process; see ``verify_bundle.verify_bundle``."""
    return _check(path, key, certificates, compare=False)[0]


def _check(
    path: Path, key: str | None, certificates: bytes | None, *, compare: bool
) -> tuple[BundleVerdict, Side | None]:
    # Loaded after the limits were set: they are for what is loaded, too.
    from provenance_gen.errors import LedgerError  # noqa: PLC0415
    from provenance_gen.ledger import bundle_check, bundle_files  # noqa: PLC0415
    from provenance_gen.records.evidence import ABOUT  # noqa: PLC0415

    name = str(path)
    try:
        with bundle_files.opened(path) as files:
            if ABOUT in files:
                # The report is made again, which takes the templates and the policies.
                from provenance_gen.studio import verify_evidence  # noqa: PLC0415

                found = verify_evidence.check(files, name=name, key=key, certificates=certificates)
                return found, _side(files, found) if compare else None
            found = bundle_check.check(files, name=name, key=key, certificates=certificates)
            return found, None
    except (LedgerError, OSError) as error:
        return unreadable(path, str(error)), None


def _side(files: Parts, verdict: BundleVerdict) -> Side | None:
    from provenance_gen.studio import compare  # noqa: PLC0415 - seldom asked for

    return compare.of_bundle(files, verdict)


def unreadable(path: Path, reason: str, *, internal: bool = False) -> BundleVerdict:
    """Return the verdict on what cannot be read, or not safely; or over which we failed."""
    from provenance_gen.records.bundle import BundleVerdict, BundleVerdictKind  # noqa: PLC0415

    verdict = BundleVerdictKind.UNREADABLE
    return BundleVerdict(
        file=str(path), kind="bundle", verdict=verdict, summary=reason, internal=internal
    )


if __name__ == "__main__":
    sys.exit(main())
