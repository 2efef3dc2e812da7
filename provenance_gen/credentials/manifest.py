"""Write a signed file: the only caller of the C2PA library's builder.

The library can destroy what it signs: signing a file in place truncates it, and a failed signing
can leave a complete, invalid file. So the signed bytes are made in memory, written beside the
destination, read back and judged in another process, and only then renamed. The source is never
opened for writing. What the manifest says is decided in ``credentials.assertions``.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.credentials import container, rules
from provenance_gen.credentials.report import RECORD_LABEL, Inspection, Inspector
from provenance_gen.digests import atomic_file, sha256_hex
from provenance_gen.errors import SigningError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.credentials.signer import CredentialSigner
    from provenance_gen.credentials.trust import Anchors

_SETTINGS: Final[dict[str, Any]] = {
    # All three are on or could be asked for by default: thumbnails cost a quarter of a megabyte
    # and sixty times the time, the others reach the network.
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {
        "thumbnail": {"enabled": False},
        # What the program measured is the signer's own statement; all else is gathered.
        "created_assertion_labels": ["c2pa.actions", RECORD_LABEL],
    },
}


@dataclass(frozen=True)
class Signed:
    """A signed file as it now lies at its destination."""

    file_digest: str
    manifest_digest: str
    """SHA-256 of the manifest store's bytes."""
    certificate_digest: str
    pixel_digest: str
    """The same as the source's: signing changes no pixel."""
    size: int
    """Bytes of the signed file."""


def sign(
    source: Path,
    destination: Path,
    definition: dict[str, Any],
    *,
    signer: CredentialSigner,
    anchors: Anchors,
    inspect: Inspector,
) -> Signed:
    """Sign a copy of ``source`` and put it at ``destination``, whole or not at all.

    Args:
        source: a PNG or JPEG without credentials of its own; it is only read.
        destination: another path; what it holds is replaced only by a file that was judged good.
        definition: the manifest, from ``assertions.manifest_definition``.
        signer: who signs.
        anchors: lists of which one must vouch for the signer.
        inspect: reads files in another process.

    Raises:
        SigningError: no signed file was made, or the one made did not pass; the destination is
            as it was.
        StorageError: the destination cannot be written, most often because the disk is full.
    """
    rules.check_definition(definition)
    try:
        data = source.read_bytes()
        if destination.exists() and destination.samefile(source):
            raise SigningError("a file cannot be signed in place; name another destination")
    except OSError as error:
        raise SigningError(f"{source.name} cannot be read: {error.strerror}") from error
    signed, store = _signed(data, definition, signer, anchors)
    try:
        with atomic_file(destination) as temporary:
            temporary.write_bytes(signed)
            before, after = inspect([source, temporary], anchors)
            _judge(before, after, data, signed)
    except OSError as error:
        raise StorageError(f"cannot write {destination.name}: {error.strerror}") from error
    return Signed(
        file_digest=sha256_hex(signed),
        manifest_digest=sha256_hex(store),
        certificate_digest=signer.certificate_digest,
        pixel_digest=after.pixel_digest or "",
        size=len(signed),
    )


def _signed(
    data: bytes, definition: dict[str, Any], signer: CredentialSigner, anchors: Anchors
) -> tuple[bytes, bytes]:
    """Return the signed bytes and the manifest store's bytes."""
    # Imported here: the native library is loaded when something is signed, not before.
    import c2pa  # noqa: PLC0415

    media_type = container.media_type(data)
    if media_type not in ("image/png", "image/jpeg"):
        raise SigningError("only PNG and JPEG files can be signed in this version")
    if container.manifest_store(data) is not None:
        # The library would drop the file's own manifest without a word.
        raise SigningError("the file has Content Credentials already, which signing would drop")
    trust = {"user_anchors": "".join(anchor.pem for anchor in anchors)}
    target = io.BytesIO()
    connected = signer.connect()
    try:
        context = c2pa.Context.from_dict({**_SETTINGS, "trust": trust} if anchors else _SETTINGS)
        builder = c2pa.Builder(json.dumps(definition), context=context)
        store = builder.sign(connected, media_type, io.BytesIO(data), target)
    except c2pa.C2paError as error:
        raise SigningError(f"the C2PA library refused to sign: {error}") from error
    finally:
        connected.close()
    return target.getvalue(), bytes(store)


def _judge(before: Inspection, after: Inspection, data: bytes, signed: bytes) -> None:
    """Refuse a signed file that another process does not read as we meant it."""
    if not before.readable or before.file_digest != sha256_hex(data):
        raise SigningError(f"the file to sign could not be read back: {before.reason or 'changed'}")
    report = after.credentials
    if not after.readable or report is None or after.file_digest != sha256_hex(signed):
        raise SigningError(f"the signed file could not be read back: {after.reason or 'changed'}")
    if report.state != "Trusted":
        codes = ", ".join(status.code for status in report.failures) or report.error or "no reason"
        raise SigningError(f"the signed file does not pass under its own root: {codes}")
    if before.pixel_digest is None or before.pixel_digest != after.pixel_digest:
        raise SigningError("the signed file's pixels are not those of the source")
