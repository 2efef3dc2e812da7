"""Write a signed file: the only caller of the C2PA library's builder.

The library can destroy what it signs: signing a file in place truncates it, and a failed signing
can leave a complete, invalid file. So the signed bytes are made in memory, written beside the
destination, read back and judged in another process, and only then renamed. The source is never
opened for writing. What the manifest says is decided in ``credentials.assertions``.
"""

from __future__ import annotations

import io
import json
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.credentials import container, rules
from provenance_gen.credentials.report import RECORD_LABEL, Inspection, Inspector
from provenance_gen.credentials.trust import given_list
from provenance_gen.digests import atomic_file, sha256_hex
from provenance_gen.errors import SigningError, StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from provenance_gen.config import TimestampAuthority
    from provenance_gen.credentials.signer import CredentialSigner
    from provenance_gen.credentials.trust import Anchors

EMBEDDED: Final = (*container.KNOWN_STORES, *container.DOCUMENTS)
"""Media types whose files take a manifest in; any other has it beside itself."""

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
class Signing:
    """Who signs, and what goes with it."""

    signer: CredentialSigner
    anchors: Anchors
    """Lists of which one must vouch for the signer."""
    inspect: Inspector
    """Reads files in another process."""
    originals: Mapping[str, bytes] = field(default_factory=dict)
    """Files of ingredients by their label, whose own credentials are kept."""
    authority: TimestampAuthority | None = None
    """Who is asked for a time-stamp over the signature."""
    sidecar: bool = False
    """Whether the manifest is written beside the file, which then stays as it is."""


@dataclass(frozen=True)
class Signed:
    """A signed file as it now lies at its destination."""

    file_digest: str
    manifest_digest: str
    """SHA-256 of the manifest store's bytes."""
    certificate_digest: str
    pixel_digest: str
    """The same as the source's: signing changes no pixel. Empty for a document, which has none."""
    size: int
    """Bytes of the signed file."""
    not_after: datetime
    """When the signing certificate ends."""
    stamped: str | None = None
    """Time by a time-stamp authority, RFC 3339; None where none was asked."""
    sidecar: Path | None = None
    """Where the manifest lies, if it is not in the file."""


def sidecar_of(path: Path) -> Path:
    """Return where a file's manifest lies beside it (C2PA 2.2, section 11.4)."""
    return path.with_suffix(".c2pa")


def sign(source: Path, destination: Path, definition: dict[str, Any], signing: Signing) -> Signed:
    """Sign a copy of ``source`` and put it at ``destination``, whole or not at all.

    Args:
        source: an image or a document without credentials of its own; it is only read.
        destination: another path; what it holds is replaced only by a file that was judged good.
        definition: the manifest, from ``assertions.manifest_definition``.
        signing: who signs, and what goes with it.

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
    _check_originals(signing)
    anchors = _anchors(signing)
    signed, store = _signed(data, definition, signing, anchors)
    beside = sidecar_of(destination) if signing.sidecar else None
    try:
        after = _put(source, destination, (data, signed, store), signing, anchors)
    except OSError as error:
        raise StorageError(f"cannot write {destination.name}: {error.strerror}") from error
    return Signed(
        file_digest=sha256_hex(signed),
        manifest_digest=sha256_hex(store),
        certificate_digest=signing.signer.certified.certificate_digest,
        pixel_digest=after.pixel_digest or "",
        size=len(signed),
        not_after=signing.signer.certified.not_after,
        stamped=after.credentials.signed_at if after.credentials else None,
        sidecar=beside,
    )


def _put(
    source: Path,
    destination: Path,
    made: tuple[bytes, bytes, bytes],
    signing: Signing,
    anchors: Anchors,
) -> Inspection:
    """Write the file, and the manifest beside it if asked for, judge them, rename them.

    Two files cannot be renamed at once, and a manifest beside another's file would call it changed.
    So where nothing lies at the destination the manifest is renamed first, and a process that is
    killed leaves no file; where a file lies there its manifest is taken away, then the file is
    replaced, then the new manifest put beside it: in between there is a file without credentials.
    """
    data, signed, store = made
    beside = sidecar_of(destination)
    replaced = signing.sidecar and destination.exists()
    with ExitStack() as stack:
        # What is entered first is renamed last.
        aside = stack.enter_context(atomic_file(beside)) if replaced else None
        temporary = stack.enter_context(atomic_file(destination))
        temporary.write_bytes(signed)
        if signing.sidecar:
            aside = aside or stack.enter_context(atomic_file(beside))
            aside.write_bytes(store)
            sidecar_of(temporary).write_bytes(store)
            stack.callback(sidecar_of(temporary).unlink)
        before, after = signing.inspect([source, temporary], anchors)
        _judge(before, after, data, signed)
        _judge_time(after, signing)
        if replaced:
            beside.unlink(missing_ok=True)
    return after


def _anchors(signing: Signing) -> Anchors:
    """Return the lists that judge the file: the signer's, and that of the time-stamp authority."""
    if signing.authority is None:
        return signing.anchors
    authority = signing.authority
    clock = given_list(authority.certificates, f"time-stamps by {authority.name}")
    return (*signing.anchors, replace(clock, vouches="time"))


def _check_originals(signing: Signing) -> None:
    """Have every file that is to be taken in read by another process first.

    The library parses them here when it signs, and they may come from anybody.
    """
    if not signing.originals:
        return
    with tempfile.TemporaryDirectory(prefix="provgen-") as folder:
        paths = []
        for number, content in enumerate(signing.originals.values()):
            paths.append(Path(folder) / str(number))
            paths[-1].write_bytes(content)
        for found in signing.inspect(paths, ()):
            if not found.readable:
                raise SigningError(
                    f"an imported file whose credentials are to be kept cannot be read: "
                    f"{found.reason}"
                )


def _signed(
    data: bytes, definition: dict[str, Any], signing: Signing, anchors: Anchors
) -> tuple[bytes, bytes]:
    """Return the signed bytes and the manifest store's bytes."""
    # Imported here: the native library is loaded when something is signed, not before.
    from provenance_gen.credentials.native import c2pa  # noqa: PLC0415

    media_type = container.media_type(data)
    if media_type is None or (media_type not in EMBEDDED and not signing.sidecar):
        raise SigningError(
            "this kind of file takes no manifest in; give --sidecar to write it beside the file"
        )
    if container.manifest_store(data) is not None:
        # The library would drop the file's own manifest without a word.
        raise SigningError("the file has Content Credentials already, which signing would drop")
    settings = dict(_SETTINGS)
    if anchors:
        settings["trust"] = {"user_anchors": "".join(anchor.pem for anchor in anchors)}
    authority = signing.authority
    url = authority.url if authority else None
    target = io.BytesIO()
    with signing.signer.connect(url) as connection:
        try:
            builder = _builder(definition, signing, c2pa.Context.from_dict(settings))
            if signing.sidecar:
                builder.set_no_embed()
            store = builder.sign(connection.native, media_type, io.BytesIO(data), target)
        except c2pa.C2paError as error:
            if connection.fault is not None:
                raise SigningError(f"the key did not sign: {connection.fault}") from error
            if authority is not None and "http" in str(error):
                raise SigningError(
                    f"the time-stamp authority {authority.name} gave no time-stamp; try again, or"
                    f" sign without one ({error})"
                ) from error
            asked = f" (time-stamp authority: {authority.name})" if authority else ""
            raise SigningError(f"the C2PA library refused to sign: {error}{asked}") from error
    return data if signing.sidecar else target.getvalue(), bytes(store)


def _builder(definition: dict[str, Any], signing: Signing, context: Any) -> Any:
    """Return a builder, with the files of those ingredients that have credentials of their own."""
    from provenance_gen.credentials.native import c2pa  # noqa: PLC0415 - see _signed

    kept = signing.originals
    plain = [item for item in definition["ingredients"] if item["label"] not in kept]
    builder = c2pa.Builder(json.dumps({**definition, "ingredients": plain}), context=context)
    for item in definition["ingredients"]:
        if content := kept.get(item["label"]):
            media_type = container.media_type(content)
            builder.add_ingredient(json.dumps(item), media_type, io.BytesIO(content))
    return builder


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
    document = before.media_type in container.DOCUMENTS
    if before.pixel_digest != after.pixel_digest or (before.pixel_digest is None) != document:
        raise SigningError("the signed file's pixels are not those of the source")


def _judge_time(after: Inspection, signing: Signing) -> None:
    """Refuse a file without the time-stamp that was asked for."""
    report = after.credentials
    if signing.authority is None or report is None:
        return
    if "timeStamp.trusted" not in report.successes or not report.signed_at:
        raise SigningError(f"the time-stamp by {signing.authority.name} cannot be believed")
