"""What can be known from one file's bytes: digests, credentials, claims, pixels.

It parses untrusted bytes, so it runs in a process of its own (``studio.serve``). It loads no
ledger, no torch and no command line.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import stat
from typing import TYPE_CHECKING, Final

from provenance_gen.credentials import container, reader
from provenance_gen.credentials.report import NOT_ASKED, Inspection
from provenance_gen.digests import sha256_hex
from provenance_gen.errors import ImageError
from provenance_gen.images import decoding
from provenance_gen.metadata import marks as found_marks
from provenance_gen.metadata import read
from provenance_gen.studio.serve import MAX_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image as Picture

    from provenance_gen.credentials.report import CredentialReport
    from provenance_gen.credentials.trust import Anchors

_SIDECAR: Final = ".c2pa"
_MOST_NAMESAKES: Final = 8
_UNDECODED: Final = "this program has no decoder for that kind"
_CUT: Final = "the file is damaged or cut short"


def inspect_file(
    path: Path,
    anchors: Anchors,
    *,
    manifest: Path | None = None,
    pixels: bool = True,
    marks: bool = False,
) -> Inspection:
    """Find out what can be known from one file.

    Args:
        path: the file.
        anchors: lists of trusted certificates.
        manifest: a manifest store that lies elsewhere and was fetched for this file.
        pixels: whether the pixels are decoded, which most of the time goes to.
        marks: whether marks on AI outside the credentials are looked for.
    """
    try:
        data = _bytes(path)
        store = _bytes(manifest) if manifest else None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Inspection(readable=False, reason=reason)
    found = inspect_bytes(data, anchors, store=store, pixels=pixels, marks=marks)
    report = found.credentials
    if store is None and report is not None and report.presence in ("none", "remote"):
        found = dataclasses.replace(found, credentials=_aside(path, data, report, anchors))
    return found


def inspect_bytes(
    data: bytes,
    anchors: Anchors,
    *,
    store: bytes | None = None,
    pixels: bool = True,
    marks: bool = False,
) -> Inspection:
    """Find out what can be known from bytes; ``store`` is a manifest store that was fetched."""
    digest = sha256_hex(data)
    media_type = container.media_type(data)
    if media_type is None:
        reason = "the file is empty" if not data else "the file is no image of a kind we know"
        return Inspection(readable=False, reason=reason, size=len(data), file_digest=digest)
    report = reader.read(data, media_type, anchors, store=store)
    without = media_type in (*container.DOCUMENTS, *container.UNDECODED)
    asked = pixels and not without
    picture, pixel_digest, why = _pixels(data) if asked else (None, None, NOT_ASKED)
    # Neither half could be used: a fragment, or no image at all.
    readable = pixel_digest is not None or report.state is not None or not pixels
    if without:
        # What was cut off may have held the credentials: that there are none cannot be said.
        whole = report.state is not None or container.is_whole(data)
        readable = whole and report.presence != "unreadable"
        why = _UNDECODED if whole else _CUT
        if report.presence == "unreadable":
            why = f"its Content Credentials cannot be read ({report.error!r})"
    return Inspection(
        readable=readable,
        reason=None if readable else why,
        size=len(data),
        file_digest=digest,
        media_type=media_type,
        pixel_digest=pixel_digest,
        pixel_reason=why,
        credentials=report,
        engine=report.engine,
        claims=read.claims(data, media_type, picture),
        marks=found_marks.read(data, media_type) if marks else None,
    )


def _bytes(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ValueError("there is no such file") from error
    if stat.S_ISDIR(mode):
        os.scandir(path).close()  # of a folder nobody may look into, this tells why
    if not stat.S_ISREG(mode):  # a named pipe or a device would block for ever
        raise ValueError("it is not a regular file")
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        if size > MAX_BYTES:
            raise ValueError(f"the file is larger than {MAX_BYTES >> 20} MiB")
        # Room for as much as there is: one for the limit would be taken from the process's own.
        data = file.read(size + 1) or b""
    if len(data) != size:
        raise ValueError("the file changed while it was read")
    return data


def _aside(path: Path, data: bytes, report: CredentialReport, anchors: Anchors) -> CredentialReport:
    """Return what the manifest beside a file says, unless it is that of another file there.

    ``photo.c2pa`` may be that of ``photo.jpg`` as well as of ``photo.png``: which one it binds,
    tells whose it is.
    """
    store, kind = _beside(path), container.media_type(data)
    if store is None or kind is None:
        return report
    found = reader.read(data, kind, anchors, store=store, place="sidecar")
    if found.presence == "unreadable":
        return dataclasses.replace(found, beside=path.with_suffix(_SIDECAR).name)
    if not any(code.endswith("Hash.mismatch") for code in found.failure_codes):
        return found
    for other in _namesakes(path):
        with contextlib.suppress(OSError, ValueError):
            read = _bytes(other)
            known = container.media_type(read)
            if known and _binds(reader.read(read, known, anchors, store=store)):
                said = f"those in {path.with_suffix(_SIDECAR).name} belong to {other.name}"
                return dataclasses.replace(report, error=report.error or said)
    return found


def _namesakes(path: Path) -> list[Path]:
    """Return the first few files beside one whose names differ from it in their ending alone."""
    try:
        names = [one.name for one in os.scandir(path.parent) if _is_file(one)]
    except OSError:
        return []
    beside = (path.with_name(name) for name in names)
    others = (one for one in beside if one.stem == path.stem and one.name != path.name)
    return sorted(one for one in others if one.suffix != _SIDECAR)[:_MOST_NAMESAKES]


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # such as of a link that leads in circles
        return False


def _binds(report: CredentialReport) -> bool:
    found = report.successes
    return "claimSignature.validated" in found and any(c.endswith("Hash.match") for c in found)


def _beside(path: Path) -> bytes | None:
    """Return the manifest store that lies beside a file (C2PA 2.2, section 11.4), if one does."""
    aside = path.with_suffix(_SIDECAR)
    if aside == path:
        return None
    # Asked of no other: a name that is longer than the system takes is that of no file either.
    with contextlib.suppress(OSError, ValueError):
        return _bytes(aside) or None
    return None


def _pixels(data: bytes) -> tuple[Picture | None, str | None, str | None]:
    """Return the picture and its digest, or why there is none."""
    try:
        picture = decoding.decode(data)
        return picture, decoding.pixel_digest(picture), None
    except ImageError as error:
        return None, None, str(error)
    except MemoryError:
        return None, None, "the image needs more memory than a worker may use"
