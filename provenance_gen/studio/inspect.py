"""Entry of the worker process that parses untrusted bytes: credentials, claims, pixels, digests.

Run as ``python -m provenance_gen.studio.inspect`` by ``studio.worker`` and by nothing else. It
reads one JSON request from standard input and prints one JSON line for each file as it is done. It
limits its own memory and processor time first, where the platform can, and imports the parsers
only then. It loads no ledger, no torch and no command line.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any, Final

MAX_BYTES: Final = 512 << 20
"""Largest file that is read; it is held in memory, so that every answer is of the same bytes."""


def main() -> int:
    """Answer the request on standard input."""
    request = json.load(sys.stdin.buffer)
    limit(request["memory"], request["seconds"])
    # Imported after the limits are set: from here on the process may meet hostile bytes.
    from provenance_gen.credentials.trust import TrustList  # noqa: PLC0415

    anchors = tuple(TrustList(**anchor) for anchor in request["anchors"])
    for name in request["files"]:
        answer = json.dumps(dataclasses.asdict(inspect_file(Path(name), anchors)))
        sys.stdout.buffer.write(answer.encode() + b"\n")
        sys.stdout.buffer.flush()
    return 0


def limit(memory: int, seconds: int) -> None:
    """Bound this process's memory, processor time, core dumps and written files.

    On Windows there is nothing to set; the parent's clock is all that bounds the process there.
    """
    try:
        import resource  # noqa: PLC0415 - there is none on Windows
    except ImportError:
        return
    bounds = [("RLIMIT_AS", memory), ("RLIMIT_CPU", seconds), ("RLIMIT_CORE", 0)]
    for name, bound in [*bounds, ("RLIMIT_FSIZE", MAX_BYTES)]:
        # macOS knows RLIMIT_AS and refuses to set it; a lower hard limit of the user's stays.
        with contextlib.suppress(ValueError, OSError, AttributeError):
            resource.setrlimit(getattr(resource, name), (bound, bound))


def inspect_file(path: Path, anchors: Any) -> Any:
    """Find out what can be known from one file's bytes; see ``credentials.report.Inspection``."""
    from provenance_gen.credentials.report import Inspection  # noqa: PLC0415

    try:
        data = _bytes(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Inspection(readable=False, reason=reason)
    return inspect_bytes(data, anchors)


def inspect_bytes(data: bytes, anchors: Any) -> Any:
    """Find out what can be known from bytes."""
    from provenance_gen.credentials import container, reader  # noqa: PLC0415
    from provenance_gen.credentials.report import Inspection  # noqa: PLC0415
    from provenance_gen.digests import sha256_hex  # noqa: PLC0415
    from provenance_gen.metadata import read  # noqa: PLC0415

    known: dict[str, Any] = {"size": len(data), "file_digest": sha256_hex(data)}
    media_type = container.media_type(data)
    if media_type is None:
        reason = "the file is empty" if not data else "the file is no image of a kind we know"
        return Inspection(readable=False, reason=reason, **known)
    report = reader.read(data, media_type, anchors)
    picture, digest, why = _pixels(data)
    known |= {"media_type": media_type, "pixel_digest": digest, "pixel_reason": why}
    known |= {"credentials": report, "engine": report.engine}
    known |= {"claims": read.claims(data, media_type, picture)}
    if digest is None and report.state is None:
        # Neither half could be used: a fragment, or no image at all.
        return Inspection(readable=False, reason=why, **known)
    return Inspection(readable=True, **known)


def _bytes(path: Path) -> bytes:
    if not path.exists():
        raise ValueError("there is no such file")
    if not path.is_file():  # a named pipe or a device would block for ever
        raise ValueError("it is not a regular file")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"the file is larger than {MAX_BYTES >> 20} MiB")
    return data


def _pixels(data: bytes) -> tuple[Any, str | None, str | None]:
    """Return the picture and its digest, or why there is none."""
    from provenance_gen.errors import ImageError  # noqa: PLC0415
    from provenance_gen.images import decoding  # noqa: PLC0415

    try:
        picture = decoding.decode(data)
        return picture, decoding.pixel_digest(picture), None
    except ImageError as error:
        return None, None, str(error)
    except MemoryError:
        return None, None, "the image needs more memory than a worker may use"


if __name__ == "__main__":
    raise SystemExit(main())
