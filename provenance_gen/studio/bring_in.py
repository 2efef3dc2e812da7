"""Bring an image in from a file: the original is kept byte for byte, the pixels get a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.digests import new_id, sha256_hex
from provenance_gen.errors import UnreadableImageError
from provenance_gen.images.pixels import decode
from provenance_gen.records import payloads
from provenance_gen.records.base import Text

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records import work as records
    from provenance_gen.studio.work import Work

_MAX_BYTES = 1 << 30


def bring_in(work: Work, source: Path, *, own: bool, note: str | None) -> records.Import:
    """Import a file; see ``Work.bring_in``."""
    work.studio.demand_own()
    data = _read(source)
    try:
        picture = decode(data)
    except UnreadableImageError as error:
        raise UnreadableImageError(f"{source.name!r}: {error}") from error
    store = work.studio.store
    kept = store.put_file(data)
    identifier = new_id("i")
    work.studio.append(
        payloads.ImageImported(
            work=work.id,
            import_id=identifier,
            image=store.put(picture),
            source_digest=kept,
            own=own,
            name=Text(source.name),
            note=Text(note) if note else None,
        )
    )
    return next(i for i in work.history().imports if i.id == identifier)


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
            reason = "is not a file" if source.exists() else "does not exist"
            raise UnreadableImageError(f"{source.name!r} {reason}")
        if source.stat().st_size > _MAX_BYTES:
            raise UnreadableImageError(f"{source.name!r} is larger than 1 GiB")
        return source.read_bytes()
    except (OSError, ValueError) as error:
        raise UnreadableImageError(f"{source.name!r} cannot be read") from error
