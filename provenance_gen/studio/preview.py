"""Everything that will leave with a file, put together before it is signed.

The manifest is only a part of it: the unsigned twin in XMP says some of it again, the certificates
name the key, imported files bring their own Content Credentials along, and the C2PA library adds
some fields. ``lines`` says all of that in plain words, ``raw`` has it as it will be written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509

from provenance_gen.credentials import preview
from provenance_gen.credentials.assertions import foreseen
from provenance_gen.credentials.report import RECORD_LABEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provenance_gen.config import TimestampAuthority
    from provenance_gen.credentials.signer import CredentialSigner
    from provenance_gen.records.export import Disclosure, Lineage
    from provenance_gen.studio.label import Label
    from provenance_gen.studio.twins import Twin

ADDED: Final = (
    "digests of the file and of each statement",
    "random numbers of the manifest",
    "name and version of the C2PA library",
    "what checking the credentials of imported files found, and digests of these",
)
"""What the C2PA library puts in when it signs, beside what it is given."""


@dataclass(frozen=True)
class Preview:
    """What a file will tell, before it is signed."""

    disclosure: Disclosure
    lines: tuple[str, ...]
    """A line for each thing that it tells, in plain words, with the place where it stands."""
    development: bool
    """Whether the certificate is a development certificate, which proves no identity."""
    warnings: tuple[str, ...] = ()
    """What the file will not tell although an imported file does, and what to do about it."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The same as it will be written: ``manifest``, ``xmp``, ``kept_credentials`` (labels of
    ingredients), ``certificates``, ``timestamp`` and ``added`` by the C2PA library."""


@dataclass(frozen=True)
class Leaving:
    """What is known of a file before it is signed."""

    definition: dict[str, Any]
    """The manifest's, without the record assertion."""
    disclosure: Disclosure
    twin: Twin | None
    kept: Sequence[str]
    """Labels of the ingredients whose own Content Credentials go along."""
    signer: CredentialSigner
    authority: TimestampAuthority | None
    label: Label | None = None
    warnings: tuple[str, ...] = ()


def with_record(
    definition: dict[str, Any], chain: Lineage, origin: str, withheld: Sequence[str]
) -> dict[str, Any]:
    """Return a definition with the record assertion in its place, as far as it is known.

    Args:
        definition: without one.
        chain: the recorded chain.
        origin: name of the ledger.
        withheld: what the salted commitments will be of.
    """
    record = {"label": RECORD_LABEL, "data": foreseen(chain, origin, withheld)}
    first, *others = definition["assertions"]
    return {**definition, "assertions": [first, record, *others]}


def of(leaving: Leaving) -> Preview:
    """Return the preview of a file."""
    certified = leaving.signer.certified
    certificates = [_certificate(one) for one in x509.load_pem_x509_certificates(certified.chain)]
    unsigned = dict(leaving.twin.says) if leaving.twin else {}
    lines = list(preview.told(leaving.definition, frozenset(leaving.kept)))
    lines += [
        f"once more, unsigned: {preview.said(said)}  [XMP {name}]"
        for name, said in (leaving.twin.items if leaving.twin else ())
    ]
    if leaving.label:
        lines.append(f"{leaving.label.told}  [XMP TC260:AIGC]")
    lines += [
        f"certificate: {', '.join(f'{name} {said}' for name, said in one.items())}  [signature]"
        for one in certificates
    ]
    stamped = leaving.authority.name if leaving.authority else None
    if stamped:
        lines.append(f"the moment of signing, by the time-stamp authority {stamped}  [signature]")
    lines.append(f"added by the C2PA library: {'; '.join(ADDED)}")
    return Preview(
        disclosure=leaving.disclosure,
        lines=tuple(lines),
        development=certified.development,
        warnings=leaving.warnings,
        raw={
            "disclosure": leaving.disclosure.value,
            "manifest": leaving.definition,
            "xmp": unsigned,
            "kept_credentials": list(leaving.kept),
            "certificates": certificates,
            "timestamp": stamped,
            "added": list(ADDED),
        },
    )


def _certificate(found: x509.Certificate) -> dict[str, str]:
    return {
        "of": found.subject.rfc4514_string(),
        "by": found.issuer.rfc4514_string(),
        "serial number": f"{found.serial_number:x}",
        "from": f"{found.not_valid_before_utc:%Y-%m-%d}",
        "until": f"{found.not_valid_after_utc:%Y-%m-%d}",
    }
