"""Put Content Credentials into a copy of a report's PDF.

The event of the report holds the digest of the PDF as it was set, which the same events give
again. A signature has a time and chance in it, so a signed file can never be made again: it is
another file beside the first, and its manifest leads to the event by a proof and names that digest.
A time-stamp authority may stamp the signature, as it may a picture's.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provenance_gen import leftovers
from provenance_gen.credentials import manifest
from provenance_gen.credentials.document import ReportFacts, report_definition
from provenance_gen.digests import sha256_hex
from provenance_gen.errors import SigningError, UsageError
from provenance_gen.names import demand_text
from provenance_gen.studio import asked, signing, worker
from provenance_gen.studio.sealing import seal
from provenance_gen.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.config import TimestampAuthority
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
    authority: TimestampAuthority | None = None
    """Who is asked for a time-stamp over the signature."""


def opened(
    studio: Studio,
    pdf: Path | None,
    ask: Ask,
    *,
    timestamp: bool | str = False,
    overwrite: bool = False,
) -> PdfSigner | None:
    """Open the studio's key, once the place of the signed copy is known to be free.

    Args:
        studio: one's own.
        pdf: the file that a signed copy is asked for of; None where none is.
        ask: asks a person for the key's passphrase.
        timestamp: the authority to ask, as ``export.Options`` has it.
        overwrite: whether the copy may take the place of a file.

    Returns:
        Who signs; None where nothing is to be signed.

    Raises:
        SigningError: the key cannot be opened.
        UsageError: there is a file, its name is no text, or a time-stamp is asked for and nothing
            to put it into.
    """
    authority = asked.authority(timestamp)
    if pdf is None:
        if authority is not None:
            raise UsageError(
                "a time-stamp goes into the signed copy of a PDF; ask for one with --format pdf"
                " --sign"
            )
        return None
    target = signed_name(pdf)
    if target.exists() and not overwrite:
        raise UsageError(f"{target} exists; choose another name or pass --overwrite")
    demand_text(target.name)  # it is told in the signed copy
    return PdfSigner(*signing.open_key(studio, None, ask), authority)


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
        SigningError: no signed file was made; what was written before is there.
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
    how = manifest.Signing(
        signer=key.signer, anchors=key.anchors, inspect=worker.inspect, authority=key.authority
    )
    try:
        return manifest.sign(pdf, destination, definition, how)
    except SigningError as error:
        raise SigningError(
            f"{pdf.name} is written and on record, and no signed copy of it was made: {error}"
        ) from error
