"""Read the Content Credentials of one file: the only caller of the C2PA library's reader.

It runs in a child process (see ``studio.inspect``): the bytes are untrusted, and a native parser
can abort on hostile input. Nothing is fetched from the network. What is found is reported, not
judged; the library's errors become parts of the report.
"""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING, Any, Final, Literal

import c2pa

from provenance_gen.credentials import container, vouching
from provenance_gen.credentials.parts import (
    MAX_ITEMS,
    active_manifest,
    assertions_of,
    codes,
    generator,
    mapping,
    mappings,
    parsed,
    text,
    training,
)
from provenance_gen.credentials.report import (
    RECORD_LABEL,
    ActionReport,
    CredentialReport,
    IngredientReport,
)
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
        absent = found is None and media_type in container.KNOWN_STORES
        return _failed(error, digest, absent=absent)
    except ValueError as error:  # what the library says is no JSON that can be read
        return _failed(error, digest, absent=False)
    presence = place if store else "embedded"
    return _report(report, signer, presence=presence, url=url, digest=digest)


def _reader(data: bytes, media_type: str, store: bytes | None, anchors: Anchors) -> Any:
    return c2pa.Reader(media_type, io.BytesIO(data), manifest_data=store, context=_context(anchors))


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
        error=text(said),
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
    actions, complete = _actions(assertions)
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
        ingredients=_ingredients(manifest, mapping(report.get("manifests")), results),
        successes=codes(active.get("success")),
        informational=codes(active.get("informational")),
        failures=codes(active.get("failure")),
        record=mapping(assertions.get(RECORD_LABEL)) or None,
        training=training(assertions),
        manifest_digest=digest,
        engine=_engine(),
    )


def _actions(assertions: dict[str, Any]) -> tuple[tuple[ActionReport, ...], bool]:
    """Collect the actions of every actions assertion (C2PA 2.2, section 18.15)."""
    found: list[ActionReport] = []
    complete = False
    for label, content in assertions.items():
        if label.partition("__")[0] not in ("c2pa.actions", "c2pa.actions.v2"):
            continue
        assertion = mapping(content)
        complete = complete or assertion.get("allActionsIncluded") is True
        found.extend(_action(action) for action in mappings(assertion.get("actions")))
    return tuple(found[:MAX_ITEMS]), complete


def _action(action: dict[str, Any]) -> ActionReport:
    agent = action.get("softwareAgent")
    software = generator({"claim_generator_info": [agent]} if isinstance(agent, dict) else {})
    return ActionReport(
        action=text(action.get("action")) or "",
        when=text(action.get("when")),
        software=software or text(agent),
        digital_source_type=text(action.get("digitalSourceType")),
        description=text(action.get("description")),
    )


def _ingredients(
    manifest: dict[str, Any], manifests: dict[str, Any], results: dict[str, Any]
) -> tuple[IngredientReport, ...]:
    """Walk the ingredients: the state of the whole says nothing of them (section 15.11)."""
    deltas = mappings(results.get("ingredientDeltas"))
    found = []
    for item in mappings(manifest.get("ingredients"))[:MAX_ITEMS]:
        own = mapping(manifests.get(text(item.get("active_manifest")) or ""))
        recorded = mapping(mapping(item.get("validation_results")).get("activeManifest"))
        failures = [status.code for status in codes(recorded.get("failure"))]
        label = text(item.get("label")) or ""
        for delta in deltas:
            if label and str(delta.get("ingredientAssertionURI")).endswith(f"/{label}"):
                since = mapping(delta.get("validationDeltas"))
                failures += [status.code for status in codes(since.get("failure"))]
        found.append(
            IngredientReport(
                title=text(item.get("title")),
                relationship=text(item.get("relationship")),
                has_manifest=bool(own) or bool(item.get("active_manifest")),
                failures=tuple(dict.fromkeys(failures)),
                source_types=_source_types(own),
            )
        )
    return tuple(found)


def _source_types(manifest: dict[str, Any]) -> tuple[str, ...]:
    actions, _ = _actions(assertions_of(manifest))
    types = (action.digital_source_type for action in actions)
    return tuple(dict.fromkeys(kind for kind in types if kind))
