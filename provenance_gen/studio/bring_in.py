"""Bring an image in from a file: the original is kept byte for byte, the pixels get a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from provenance_gen.contribution.path import surely_to
from provenance_gen.digests import new_id, sha256_hex
from provenance_gen.errors import UnreadableImageError, UsageError
from provenance_gen.images.pixels import decode, pixel_digest
from provenance_gen.records import payloads
from provenance_gen.records.base import Text
from provenance_gen.studio.own_ledger import verify_in
from provenance_gen.studio.statements import of_verdict

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from provenance_gen.records import work as records
    from provenance_gen.records.image import FileStatement
    from provenance_gen.studio.studio import Studio
    from provenance_gen.studio.work import Work

_MAX_BYTES = 512 << 20
"""As much as the worker process reads."""


@dataclass(frozen=True)
class Opened:
    """A file as it was read: its bytes, its picture, and what it says of itself."""

    data: bytes
    digest: str
    """SHA-256 of the bytes."""
    picture: Image.Image
    statement: FileStatement


def bring_in(work: Work, source: Path, *, own: bool, note: str | None) -> records.Import:
    """Import a file; see ``Work.bring_in``."""
    work.studio.demand_own()
    opened = open_file(work.studio, source)
    if own:
        _demand_not_generated(work.studio, source, pixel_digest(opened.picture))
    store = work.studio.store
    kept = store.put_file(opened.data)
    identifier = new_id("i")
    work.studio.append(
        payloads.ImageImported(
            work=work.id,
            import_id=identifier,
            image=store.put(opened.picture),
            source_digest=kept,
            own=own,
            statement=opened.statement,
            name=Text(source.name),
            note=Text(note) if note else None,
        )
    )
    return next(i for i in work.history().imports if i.id == identifier)


def _demand_not_generated(studio: Studio, source: Path, pixels: str) -> None:
    """Refuse as somebody's own what this studio saw a generator make, edited since or not.

    A picture of one colour is anybody's.

    Raises:
        UsageError: these very pixels stand in the record, with the generator that led to them.
    """
    for found in studio.history().works:
        for image in found.images:
            same = image.ref.pixel_digest == pixels and not image.blank
            if same and surely_to(found, image.name).attempts:
                title = f" of {found.title!r}" if found.title else f" of work {found.number}"
                raise UsageError(
                    f"{source.name!r} shows {image.name}{title}, which a generator made or had a"
                    f" part in, by this studio's own record: bring it in without --own, or work on"
                    f" {image.name} itself"
                )


def open_file(studio: Studio, source: Path) -> Opened:
    """Read a picture from a file: in the worker process first, then here.

    Raises:
        UnreadableImageError: it is not there, no image that can be read, too large, or was
            changed meanwhile.
    """
    data = _read(source)
    digest = sha256_hex(data)
    verdict = verify_in(studio, [source])[0]
    if verdict.pixel_digest is None:
        # The reason of the first check is why, after what is known of the file.
        reason = verdict.checks[0].reason.rpartition("could not be decoded: ")[2]
        raise UnreadableImageError(f"{source.name!r}: {reason}")
    if verdict.file_digest != digest:
        raise UnreadableImageError(f"{source.name!r} changed while it was read; try again")
    try:
        picture = decode(data)
    except UnreadableImageError as error:
        raise UnreadableImageError(f"{source.name!r}: {error}") from error
    return Opened(data, digest, picture, of_verdict(verdict))


def known(work: Work, source: Path) -> records.Import | None:
    """Return the newest import of a file with these bytes, or None.

    Raises:
        UnreadableImageError: the file cannot be read.
    """
    digest = sha256_hex(_read(source))
    found = [i for i in work.history().imports if i.source_digest == digest]
    return found[-1] if found else None


def _read(source: Path) -> bytes:
    # Read once: what is decoded must be what is kept, whatever happens to the file meanwhile.
    try:
        if not source.is_file():
            kind = "folder" if source.is_dir() else "device or a pipe"
            reason = f"is a {kind}, not an image file" if source.exists() else "does not exist"
            raise UnreadableImageError(f"{str(source)!r} {reason}")
        if source.stat().st_size > _MAX_BYTES:
            raise UnreadableImageError(f"{source.name!r} is larger than {_MAX_BYTES >> 20} MiB")
        return source.read_bytes()
    except (OSError, ValueError) as error:
        raise UnreadableImageError(f"{source.name!r} cannot be read") from error
