"""Write an image as a signed file: the picture leaves with the proof of its making.

The order matters. The event that says what will be signed comes first and is covered by a
checkpoint, so that its proof can go into the file; the file is signed beside its destination,
read back and judged, and only then renamed; the event with the finished file's digests comes last.
An XMP packet with the AI mark, for readers that know no C2PA, is put in before signing.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.credentials import manifest
from provenance_gen.credentials.assertions import manifest_definition
from provenance_gen.credentials.signer import file_uri, open_signer
from provenance_gen.digests import new_id
from provenance_gen.errors import StorageError, UsageError
from provenance_gen.images.pixels import decode, encode_png, pixel_digest
from provenance_gen.metadata import xmp
from provenance_gen.records import payloads
from provenance_gen.records.base import Text
from provenance_gen.records.export import Counts, Disclosure, LedgerProof, Lineage
from provenance_gen.studio import twins, worker
from provenance_gen.studio.anchors import keep_up
from provenance_gen.studio.own_ledger import own_roots
from provenance_gen.studio.select import find_shown
from provenance_gen.version import VERSION

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from provenance_gen.credentials.manifest import Signed
    from provenance_gen.records import work as records
    from provenance_gen.studio.studio import Studio
    from provenance_gen.studio.work import ImageLike, Work

_FORMATS: Final = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}
_QUALITY: Final = 95
"""JPEG quality; high, since a signed picture should not need a second, better one."""


@dataclass(frozen=True)
class Exported:
    """A signed file as it left the studio."""

    path: Path
    image: str
    """Name of the image it shows."""
    disclosure: Disclosure
    signed: Signed


def export(
    work: Work,
    image: ImageLike,
    destination: Path,
    *,
    disclosure: Disclosure | str,
    overwrite: bool,
) -> Exported:
    """Write a signed file; see ``Work.export``."""
    studio = work.studio
    studio.demand_own()
    file_format, profile = _checked(destination, disclosure, overwrite=overwrite)
    chosen = find_shown(work.history(), image)
    # A key that cannot be opened is known before anything is recorded.
    signer = open_signer(file_uri(studio.secrets.signing_key, studio.secrets.signing_chain))
    identifier = new_id("x")
    with tempfile.TemporaryDirectory(prefix="provgen-") as temporary:
        # What is signed is what a reader will decode: so it is decoded before it is recorded.
        encoded = Path(temporary) / f"picture.{file_format}"
        _encode(studio.store.open(chosen.ref.pixel_digest), encoded, file_format)
        prepared = studio.append(
            payloads.ExportPrepared(
                work=work.id,
                export=identifier,
                image=chosen.ref,
                file_format=file_format,
                disclosure=profile.value,
                pixel_digest=pixel_digest(decode(encoded)),
            )
        )
        definition = manifest_definition(
            lineage(work, chosen.name),
            disclosure=profile,
            proof=_proof(studio, prepared.sequence, prepared.leaf),
            title=destination.name,
            media_type=f"image/{file_format}",
            software_version=VERSION,
            now=dt.datetime.now(dt.UTC),
        )
        _mark(encoded, definition, profile)
        anchors = own_roots(studio)
        signed = manifest.sign(
            encoded, destination, definition, signer=signer, anchors=anchors, inspect=worker.inspect
        )
    _record_signed(work, identifier, signed, destination.name)
    keep_up(studio)
    return Exported(destination, chosen.name, profile, signed)


def _mark(encoded: Path, definition: dict[str, Any], profile: Disclosure) -> None:
    """Put the manifest's unsigned twin into the encoded file; its pixels stay as they are."""
    packet = twins.xmp_packet(definition, profile, definition["format"])
    if packet is not None:
        encoded.write_bytes(xmp.put_in(encoded.read_bytes(), packet))


def _record_signed(work: Work, identifier: str, signed: Signed, name: str) -> None:
    """Record that a signed file lies at its destination."""
    work.studio.append(
        payloads.ExportSigned(
            work=work.id,
            export=identifier,
            file_digest=signed.file_digest,
            pixel_digest=signed.pixel_digest,
            manifest_digest=signed.manifest_digest,
            certificate_digest=signed.certificate_digest,
            name=Text(name),
        )
    )


def lineage(work: Work, name: str) -> Lineage:
    """Gather the recorded chain of an image, from its beginning to the image.

    Raises:
        UnknownReferenceError: the work has no such image.
    """
    history = work.studio.history()
    found = history.work(work.id)
    chain = found.lineage(name)
    edits = {edit.image.name: edit for edit in found.edits}
    first = chain[0]
    return Lineage(
        attempt=next((a for a in found.attempts if a.id == first.ref.origin), None),
        generated_index=first.ref.index,
        source=next((i for i in found.imports if i.id == first.ref.origin), None),
        edits=tuple(edits[image.name] for image in chain[1:]),
        counts=_counts(found),
        tree_size=history.size,
    )


def _counts(work: records.Work) -> Counts:
    return Counts(
        attempts=len(work.attempts),
        images=sum(len(attempt.images) for attempt in work.attempts),
        revisions=sum(attempt.revises is not None for attempt in work.attempts),
        selections=len(work.selections),
        edits=len(work.edits),
    )


def _proof(studio: Studio, sequence: int, leaf: str) -> LedgerProof:
    signed = studio.ledger.checkpoint()
    return LedgerProof(
        origin=signed.origin,
        sequence=sequence,
        leaf=leaf,
        tree_size=signed.size,
        inclusion=studio.ledger.prove(sequence, signed.size),
        checkpoint=signed.note,
    )


def _checked(
    destination: Path, disclosure: Disclosure | str, *, overwrite: bool
) -> tuple[str, Disclosure]:
    """Refuse what cannot be written before anything is recorded."""
    file_format = _FORMATS.get(destination.suffix.lower())
    if file_format is None:
        raise UsageError(
            f"{destination.name}: export writes .png and .jpg; give the file one of these endings"
        )
    if destination.exists() and not overwrite:
        raise UsageError(f"{destination} exists; choose another name or pass --overwrite")
    if not destination.parent.is_dir():
        raise UsageError(f"there is no folder {destination.parent}")
    try:
        return file_format, Disclosure(disclosure)
    except ValueError as error:
        names = ", ".join(profile.value for profile in Disclosure)
        raise UsageError(f"no disclosure {disclosure!r}: give one of {names}") from error


def _encode(picture: Picture, path: Path, file_format: str) -> None:
    try:
        if file_format == "png":
            path.write_bytes(encode_png(picture))
        else:
            # JPEG knows no transparency; what stands behind it is shown on white.
            flat = picture
            if picture.mode in ("RGBA", "LA", "PA"):
                flat = picture.convert("RGBA")
                ground = flat.copy()
                ground.paste((255, 255, 255, 255), (0, 0, *flat.size))
                ground.alpha_composite(flat)
                flat = ground
            flat.convert("RGB").save(path, "JPEG", quality=_QUALITY, subsampling=0)
    except OSError as error:
        raise StorageError(f"cannot write a temporary file: {error.strerror}") from error
