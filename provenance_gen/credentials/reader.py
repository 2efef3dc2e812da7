"""Read the Content Credentials of one file: the only caller of the C2PA library's reader.

It runs in a child process (see ``studio.inspect``): the bytes are untrusted, and a native parser
can abort on hostile input. Nothing is fetched from the network. What is found is reported, not
judged; the library's errors become parts of the report.
"""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING, Any, Final, Literal

from provenance_gen.credentials import container, in_memory, vouching
from provenance_gen.credentials.ancestry import Ancestry, actions_of, origins_of
from provenance_gen.credentials.native import c2pa
from provenance_gen.credentials.parts import (
    active_manifest,
    assertions_of,
    authors,
    codes,
    generator,
    located,
    mapping,
    parsed,
    text,
    training,
)
from provenance_gen.credentials.report import RECORD_LABEL, CredentialReport
from provenance_gen.credentials.trust import USAGES
from provenance_gen.digests import sha256_hex

if TYPE_CHECKING:
    from provenance_gen.credentials.trust import Anchors
    from provenance_gen.credentials.vouching import SignedBy

SETTINGS: Final[dict[str, Any]] = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}
"""By default the library would fetch an address that a hostile file chooses."""

_STATES: Final = ("Trusted", "Valid", "Invalid")


def read(
    data: bytes,
    media_type: str,
    anchors: Anchors,
    *,
    store: bytes | None = None,
    place: Literal["sidecar", "remote"] = "remote",
) -> CredentialReport:
    """Read and validate the manifest store in a file's bytes (C2PA 2.2, section 15).

    Every error of the library becomes part of the report.

    Args:
        data: the file's bytes.
        media_type: its kind by content.
        anchors: lists of trusted certificates.
        store: a manifest store that was found elsewhere for a file that carries none.
        place: where that was.
    """
    asked = functools.partial(_reader, data, media_type, store)
    found = store or container.manifest_store(data)
    digest = sha256_hex(found) if found else None
    try:
        with asked(anchors) as reader:
            report = parsed(reader.json())
            signer = vouching.signed_by(report, reader.crjson, asked, anchors, found)
            url = reader.get_remote_url()
    except c2pa.C2paError as error:
        absent = found is None and media_type in container.SEARCHED
        return _failed(error, digest, absent=absent)
    except ValueError as error:  # what the library says is no JSON that can be read
        return _failed(error, digest, absent=False)
    presence = place if store else "embedded"
    return _report(report, signer, presence=presence, url=url, digest=digest)


def _reader(data: bytes, media_type: str, store: bytes | None, anchors: Anchors) -> Any:
    context = _context(anchors)
    if store is None and (found := in_memory.reader(data, media_type, context)) is not None:
        return found
    return c2pa.Reader(media_type, io.BytesIO(data), manifest_data=store, context=context)


@functools.lru_cache(maxsize=16)
def _context(anchors: Anchors) -> Any:
    """Return the library's settings for some lists; making them costs as much as a small file."""
    trust = {"trust_config": USAGES + "".join(anchor.usages for anchor in anchors)}
    if anchors:
        trust["user_anchors"] = "".join(anchor.pem for anchor in anchors)
    return c2pa.Context.from_dict({**SETTINGS, "trust": trust})


@functools.cache
def _engine() -> str:
    return f"c2pa-rs {c2pa.sdk_version()}"


def _failed(error: Exception, digest: str | None, *, absent: bool) -> CredentialReport:
    # The library names its classes _C2paManifestNotFound and so on; some conditions raise the
    # bare base class.
    code = type(error).__name__.lstrip("_").removeprefix("C2pa") or "Error"
    said = str(error)
    if "must fetch" in said:
        # The text ends in the address; it is shown, and never asked.
        return CredentialReport(
            presence="remote",
            remote_url=text(said.rpartition(" ")[2]),
            error_code=text(code),
            engine=_engine(),
        )
    if absent or code in ("ManifestNotFound", "NotSupported"):
        # A picture that only the library cannot parse is unsigned, not badly signed.
        return CredentialReport(presence="none", engine=_engine())
    return CredentialReport(
        presence="unreadable",
        error_code=text(code),
        # The library puts its class's name before the words, as ``error_code`` does.
        error=text(said.removeprefix(f"{code}: ")),
        manifest_digest=digest,
        engine=_engine(),
    )


def _report(
    report: dict[str, Any],
    signer: SignedBy,
    *,
    presence: Literal["embedded", "sidecar", "remote"],
    url: str | None,
    digest: str | None,
) -> CredentialReport:
    manifest, state = active_manifest(report), text(report.get("validation_state"))
    results = mapping(report.get("validation_results"))
    active = mapping(results.get("activeManifest"))
    assertions = assertions_of(manifest)
    actions, complete = actions_of(assertions)
    ancestry = Ancestry(report)
    return CredentialReport(
        presence=presence,
        state=state if state in _STATES else None,  # type: ignore[arg-type]
        vouched_by=signer.vouched,
        remote_url=text(url),
        label=text(report.get("active_manifest")),
        claim_generator=generator(manifest),
        certificate=signer.certificate,
        signed_at=text(mapping(manifest.get("signature_info")).get("time")),
        actions=actions,
        all_actions_included=complete,
        origins=origins_of(actions, assertions),
        ingredients=ancestry.ingredients(),
        deeper=ancestry.deeper(),
        successes=codes(active.get("success")),
        informational=codes(active.get("informational")),
        failures=located(active.get("failure")),
        record=mapping(assertions.get(RECORD_LABEL)) or None,
        authors=authors(assertions),
        training=training(assertions),
        manifest_digest=digest,
        engine=_engine(),
    )
