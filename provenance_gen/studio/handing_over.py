"""Verbs that hand a work over to others; ``Work`` takes them as its methods.

Each begins its own file when it is called, so that looking at a work loads little.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from provenance_gen.credentials import passphrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.credentials.passphrase import Ask
    from provenance_gen.records.evidence import Pictures
    from provenance_gen.studio.evidence import EvidenceWritten
    from provenance_gen.studio.report import Written
    from provenance_gen.studio.work import Work


def report(
    work: Work,
    destination: str | Path,
    *,
    policies: Sequence[str] = ("jp-bunka-2024",),
    language: str = "en",
    formats: Sequence[str] = ("html", "json"),
    image: str | None = None,
    at: int | None = None,
    sign: bool = False,
    timestamp: bool | str = False,
    overwrite: bool = False,
    ask: Ask = passphrase.nobody,
) -> Written:
    """Write the contribution report: one file for each format, all saying the same.

    Args:
        work: the work.
        destination: name of the file; each format puts its own ending in place of
            ``.html``, ``.json``, ``.pdf`` or ``.prov.json``. The page of a work with more
            than 500 images, or 32 MiB of pictures, is a folder of the name without an ending.
        policies: shipped policies by identifier, or files of one's own.
        language: ``en`` or ``ja``.
        formats: of ``html``, ``json``, ``pdf`` (extra ``pdf``) and ``prov`` (W3C PROV).
        image: the image it is of, such as ``2.3``; by default the one exported last, else
            picked last, else the newest.
        at: number of events of the present log that it speaks of; by default all so far.
        sign: write a detached signature beside them, ``.tlog-proof``: the event that holds
            their digests, in the log that the studio's key has signed. Of a PDF also a copy with
            Content Credentials, ``.signed.pdf``.
        timestamp: have a time-stamp authority of the user's configuration stamp the signature in
            that copy: the first, or the one named.
        overwrite: replace files that are there.
        ask: asks a person for the passphrase of the key that signs a PDF.

    Raises:
        PolicyError: a policy cannot be used, or is not about contribution.
        SigningError: the PDF was written, and no signed copy of it could be made.
        UnknownReferenceError: there is no such image.
        UsageError: the language or a format is not known, or a file exists.
    """
    from provenance_gen.studio.report import report  # noqa: PLC0415

    return report(
        work,
        Path(destination),
        policies=policies,
        language=language,
        formats=formats,
        image=image,
        at=at,
        sign=sign,
        timestamp=timestamp,
        overwrite=overwrite,
        ask=ask,
    )


def bundle(
    work: Work,
    destination: str | Path,
    *,
    policies: Sequence[str] = ("jp-bunka-2024",),
    language: str = "en",
    disclose: Sequence[str] = (),
    pictures: Pictures = "full",
    formats: Sequence[str] = ("html", "json"),
    files: Sequence[Path] = (),
) -> EvidenceWritten:
    """Write an evidence bundle: report, pictures, ledger and policies, checkable by strangers.

    Args:
        work: the work.
        destination: a zip, where its name ends so, or a folder; neither may exist.
        policies: shipped policies by identifier, or files of one's own.
        language: ``en`` or ``ja``.
        disclose: names of texts to disclose, such as ``prompt``; ``all`` or ``none``. The
            report in it tells no more.
        pictures: whole images, small ones, or none.
        formats: of ``html``, ``json``, ``pdf`` and ``prov``; ``json`` is always there.
        files: exported files to put in.

    Raises:
        PolicyError: a policy cannot be used.
        UsageError: there is no such text or format, the destination exists, or a file is none
            that this work exported.
        StorageError: the disk is full.
    """
    from provenance_gen.studio.evidence import write  # noqa: PLC0415

    return write(
        work,
        Path(destination),
        policies=policies,
        language=language,
        disclose=disclose,
        pictures=pictures,
        formats=formats,
        files=files,
    )
