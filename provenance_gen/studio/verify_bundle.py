"""Check a bundle or a proof from anywhere, with no studio and no database.

What the checks are is the ledger's business; here files are opened and told apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import bundle_check, bundle_files, checkpoint, proof
from provenance_gen.records.bundle import BundleVerdict, BundleVerdictKind
from provenance_gen.records.evidence import ABOUT as EVIDENCE
from provenance_gen.studio.gather import PROOF, beginning
from provenance_gen.studio.proved_files import with_files

if TYPE_CHECKING:
    from pathlib import Path

_ZIPPED: Final = ". A zip that another program packed anew is refused: unpack it, verify the folder"


def verify_bundle(
    path: Path, *, key: str | None = None, certificates: bytes | None = None
) -> BundleVerdict:
    """Check a bundle (zip or folder) or a proof.

    Args:
        path: where it is; an evidence bundle counts as one.
        key: C2SP verifier key of the log, from elsewhere than the bundle.
        certificates: certificates of time-stamp authorities that are trusted, PEM.

    Raises:
        LedgerError: the key is none.
    """
    if key is not None:
        checkpoint.parse_verifier_key(key)
    name, advice = str(path), _ZIPPED if path.is_file() else ""
    try:
        if beginning(path).startswith(PROOF):
            advice = ""
            with path.open("rb") as file:
                found = proof.check(file.read(proof.MAX_PROOF + 1), name=name, key=key)
            whole = found.verdict is not BundleVerdictKind.WRONG
            return with_files(path, found) if whole else found
        with bundle_files.opened(path) as files:
            advice = ""
            if EVIDENCE in files:
                # The report is made again, which takes the templates and the policies.
                from provenance_gen.studio import verify_evidence  # noqa: PLC0415

                return verify_evidence.check(files, name=name, key=key, certificates=certificates)
            return bundle_check.check(files, name=name, key=key, certificates=certificates)
    except (LedgerError, OSError) as error:
        return BundleVerdict(
            file=name,
            kind="bundle",
            verdict=BundleVerdictKind.UNREADABLE,
            summary=f"{error}{advice}",
        )
