"""Put Content Credentials into a copy of a report's PDF.

The event of the report holds the digest of the PDF as it was set, which the same events give
again. A signature has a time and chance in it, so a signed file can never be made again: it is
another file beside the first, and its manifest leads to the event by a proof and names that digest.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provenance_gen import leftovers
from provenance_gen.credentials import manifest
from provenance_gen.credentials.document import ReportFacts, report_definition
from provenance_gen.digests import sha256_hex
from provenance_gen.studio import signing, worker
from provenance_gen.studio.sealing import seal
from provenance_gen.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.credentials.manifest import Signed
    from provenance_gen.credentials.passphrase import Ask
    from provenance_gen.credentials.signer import CredentialSigner
    from provenance_gen.credentials.trust import Anchors
    from provenance_gen.records.event import Receipt
    from provenance_gen.records.report import ReportContext
    from provenance_gen.studio.studio import Studio

SUFFIX: Final = ".signed.pdf"
"""Ending of the signed copy's name, in place of ``.pdf``."""


def signed_name(pdf: Path) -> Path:
    """Return where the signed copy of a PDF lies."""
    return pdf.with_name(pdf.name.removesuffix(".pdf") + SUFFIX)


@dataclass(frozen=True)
class PdfSigner:
    """The key that will sign; opened before anything is recorded."""

    signer: CredentialSigner
    anchors: Anchors


def opened(studio: Studio, ask: Ask) -> PdfSigner:
    """Open the studio's key.

    Raises:
        SigningError: it cannot be opened.
    """
    return PdfSigner(*signing.open_key(studio, None, ask))


def sign(
    studio: Studio, pdf: Path, gathered: ReportContext, written: Receipt, key: PdfSigner
) -> Signed:
    """Write the signed copy of a report's PDF beside it.

    Args:
        studio: one's own.
        pdf: the file as it was written and recorded.
        gathered: what the report says.
        written: the event that holds its digest.
        key: who signs.

    Raises:
        SigningError: no signed file was made.
        StorageError: it cannot be written.
    """
    proof = seal(studio.ledger, written)
    facts = ReportFacts(
        digest=sha256_hex(pdf.read_bytes()),
        tree_size=gathered.ledger.tree_size,
        language=gathered.language,
        policies=[policy.id for policy in gathered.policies],
        generated=any(attempt.images for attempt in gathered.attempts),
        others=bool(gathered.imports or gathered.edits),
    )
    destination = signed_name(pdf)
    definition = report_definition(
        facts,
        proof,
        title=destination.name,
        software_version=VERSION,
        now=dt.datetime.now(dt.UTC),
    )
    leftovers.sweep(destination.parent)
    how = manifest.Signing(signer=key.signer, anchors=key.anchors, inspect=worker.inspect)
    return manifest.sign(pdf, destination, definition, how)
