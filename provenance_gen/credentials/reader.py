"""Read the Content Credentials of one file: the only caller of the C2PA library's reader.

It runs in a child process (see ``studio.inspect``): the bytes are untrusted, and a native parser
can abort on hostile input. Nothing is fetched from the network. What is found is reported, not
judged; the library's errors become parts of the report.
"""

from __future__ import annotations

import functools
import hashlib
import io
import re
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import c2pa

from provenance_gen.credentials import container
from provenance_gen.credentials.parts import (
    MAX_ITEMS,
    active_manifest,
    assertions_of,
    certificate,
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
    from collections.abc import Callable

    from provenance_gen.credentials.report import CertificateReport
    from provenance_gen.credentials.trust import Anchors

SETTINGS: Final[dict[str, Any]] = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}
"""By default the library would fetch an address that a hostile file chooses."""

_NAMES: Final = ("alg", "issuer", "common_name", "cert_serial_number")
"""What the library tells of a certificate in its shorter output."""


class _SignedBy(NamedTuple):
    certificate: CertificateReport | None
    vouched: str | None
    """Name of the list that leads to the certificate."""


_REMEMBERED: Final[dict[tuple[object, ...] | None, _SignedBy]] = {}
_MOST_REMEMBERED: Final = 256

_CERTIFICATE: Final = re.compile(rb"\x30\x82(..)\x30\x82", re.DOTALL)

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
            signed_by = _signed_by(report, reader.crjson, asked, anchors, found)
            url = reader.get_remote_url()
    except c2pa.C2paError as error:
        absent = found is None and media_type in container.KNOWN_STORES
        return _failed(error, digest, absent=absent)
    except ValueError as error:  # what the library says is no JSON that can be read
        return _failed(error, digest, absent=False)
    presence = place if store else "embedded"
    return _report(report, signed_by, presence=presence, url=url, digest=digest)


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


def _vouching(asked: Callable[[Anchors], Any], anchors: Anchors) -> str | None:
    """Return the first list that leads to the signer; one for time-stamps never does.

    The library keeps all certificates in one heap, so it is asked once for each list.
    """
    clocks = tuple(anchor for anchor in anchors if anchor.vouches == "time")
    signers = [anchor for anchor in anchors if anchor.vouches != "time"]
    if len(signers) == 1 and not clocks:
        return signers[0].name

    def leads(lists: Anchors) -> bool:
        with asked(lists) as reader:
            return _trusted(parsed(reader.json()))

    # An expired certificate needs its time-stamp, so the clocks stay; unless they would do alone.
    beside = () if clocks and leads(clocks) else clocks
    return next((anchor.name for anchor in signers if leads((anchor, *beside))), None)


def _signed_by(
    report: dict[str, Any],
    exactly: Callable[[], str],
    asked: Callable[[Anchors], Any],
    anchors: Anchors,
    store: bytes | None,
) -> _SignedBy:
    """Return who signed and who vouches for that.

    Both take the library long to tell. They are remembered of a signer whom a list vouches for, by
    name, serial number and the very certificates in the manifest store: an authority gives a serial
    number once (RFC 5280, section 4.1.2.2), but two authorities may give the same one to the same
    name. Nobody whom no authority knows gets to be remembered: of all others each file is asked.
    """
    manifest = active_manifest(report)
    # The signer may be vouched for although the file was changed, so the state is not asked.
    trusted = _trusted(report)
    basic = mapping(manifest.get("signature_info"))
    named = *(text(basic.get(name)) for name in _NAMES), trusted and _certificates(store)
    key = (anchors, *named) if all(named) else None
    if key in _REMEMBERED:
        return _REMEMBERED[key]
    label = report.get("active_manifest")
    listed = mappings(parsed(exactly()).get("manifests"))
    truth = next((one for one in listed if one.get("label") == label), dict[str, Any]())
    vouched = _vouching(asked, anchors) if trusted else None
    found = _SignedBy(certificate(truth, manifest), vouched)
    # Of an odd manifest the library may tell nothing more exactly: that is no other file's signer.
    if key is not None and vouched is not None and mapping(truth.get("signature")):
        if len(_REMEMBERED) >= _MOST_REMEMBERED:
            _REMEMBERED.clear()
        _REMEMBERED[key] = found
    return found


def _certificates(store: bytes | None) -> str | None:
    """Return a digest of all that has the form of a certificate in a store; None where nothing has.

    Certificates stand in it as they are (DER, C2PA 2.2, section 14.6): a sequence that begins with
    a sequence, both longer than 255 bytes.
    """
    digest, place, found = hashlib.sha256(), 0, False
    while store and (begun := _CERTIFICATE.search(store, place)):
        place = begun.start() + 4 + int.from_bytes(begun[1], "big")
        digest.update(store[begun.start() : place])
        found = True
    return digest.hexdigest() if found else None


def _trusted(report: dict[str, Any]) -> bool:
    active = mapping(mapping(report.get("validation_results")).get("activeManifest"))
    found = mappings(active.get("success"))
    return any(status.get("code") == "signingCredential.trusted" for status in found)


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
    signed_by: _SignedBy,
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
        vouched_by=signed_by.vouched,
        remote_url=text(url),
        label=text(report.get("active_manifest")),
        claim_generator=generator(manifest),
        certificate=signed_by.certificate,
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
