"""Read the Content Credentials of one file: the only caller of the C2PA library's reader.

It runs in a child process (see ``studio.inspect``): the bytes are untrusted, and a native parser
can abort on hostile input. Nothing is fetched from the network. What is found is reported, not
judged; the library's errors become parts of the report.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, Final

import c2pa

from provenance_gen.credentials import container
from provenance_gen.credentials.report import (
    RECORD_LABEL,
    ActionReport,
    CertificateReport,
    CredentialReport,
    IngredientReport,
    StatusCode,
)
from provenance_gen.digests import sha256_hex

if TYPE_CHECKING:
    from provenance_gen.credentials.trust import Anchors

SETTINGS: Final[dict[str, Any]] = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}
"""By default the library would fetch an address that a hostile file chooses."""

_MAX_TEXT: Final = 2_000
_MAX_ITEMS: Final = 1_000
_STATES: Final = ("Trusted", "Valid", "Invalid")


def read(data: bytes, media_type: str, anchors: Anchors) -> CredentialReport:
    """Read and validate the manifest store in a file's bytes (C2PA 2.2, section 15).

    Every error of the library becomes part of the report.
    """
    engine = f"c2pa-rs {c2pa.sdk_version()}"
    store = container.manifest_store(data)
    digest = sha256_hex(store) if store else None
    try:
        with _reader(data, media_type, anchors) as reader:
            report = json.loads(reader.json())
            # The other two outputs corrupt arrays of numbers, this one keeps them.
            exact = json.loads(reader.crjson())
            state = reader.get_validation_state()
            url = reader.get_remote_url()
    except c2pa.C2paError as error:
        absent = store is None and media_type in container.KNOWN_STORES
        return _failed(error, digest, engine, absent=absent)
    # The signer may be vouched for although the file was changed, so the state is not asked.
    vouched = _vouching(data, media_type, anchors) if _trusted(report) else None
    return _report(
        report, exact, state=state, vouched=vouched, url=url, digest=digest, engine=engine
    )


def _reader(data: bytes, media_type: str, anchors: Anchors) -> Any:
    settings = dict(SETTINGS)
    if anchors:
        settings["trust"] = {"user_anchors": "".join(anchor.pem for anchor in anchors)}
    context = c2pa.Context.from_dict(settings)
    return c2pa.Reader(media_type, io.BytesIO(data), context=context)


def _vouching(data: bytes, media_type: str, anchors: Anchors) -> str | None:
    """Return the first list that alone leads to the signer."""
    for anchor in anchors:
        if len(anchors) == 1:
            return anchor.name
        with _reader(data, media_type, (anchor,)) as reader:
            if _trusted(json.loads(reader.json())):
                return anchor.name
    return None


def _trusted(report: dict[str, Any]) -> bool:
    active = _mapping(_mapping(report.get("validation_results")).get("activeManifest"))
    codes = {status.code for status in _codes(active.get("success"))}
    return "signingCredential.trusted" in codes


def _failed(error: Exception, digest: str | None, engine: str, *, absent: bool) -> CredentialReport:
    # The library names its classes _C2paManifestNotFound and so on; some conditions raise the
    # bare base class.
    code = type(error).__name__.lstrip("_").removeprefix("C2pa") or "Error"
    text = str(error)
    if "must fetch" in text:
        # The text ends in the address; it is shown, and never asked.
        return CredentialReport(
            presence="remote",
            remote_url=_text(text.rpartition(" ")[2]),
            error_code=_text(code),
            engine=engine,
        )
    if absent or code in ("ManifestNotFound", "NotSupported"):
        # A picture that only the library cannot parse is unsigned, not badly signed.
        return CredentialReport(presence="none", engine=engine)
    return CredentialReport(
        presence="unreadable",
        error_code=_text(code),
        error=_text(text),
        manifest_digest=digest,
        engine=engine,
    )


def _report(
    report: dict[str, Any],
    exact: dict[str, Any],
    *,
    state: str | None,
    vouched: str | None,
    url: str | None,
    digest: str | None,
    engine: str,
) -> CredentialReport:
    label = _text(report.get("active_manifest"))
    manifests = _mapping(report.get("manifests"))
    manifest = _mapping(manifests.get(label or ""))
    results = _mapping(report.get("validation_results"))
    active = _mapping(results.get("activeManifest"))
    truth = next(
        (m for m in _mappings(exact.get("manifests")) if m.get("label") == label),
        dict[str, Any](),
    )
    assertions = _mapping(truth.get("assertions"))
    actions, complete = _actions(assertions)
    return CredentialReport(
        presence="embedded",
        state=state if state in _STATES else None,  # type: ignore[arg-type]
        vouched_by=vouched,
        remote_url=_text(url),
        label=label,
        claim_generator=_generator(manifest),
        certificate=_certificate(truth, manifest),
        signed_at=_text(_mapping(manifest.get("signature_info")).get("time")),
        actions=actions,
        all_actions_included=complete,
        ingredients=_ingredients(manifest, manifests, results),
        successes=_codes(active.get("success")),
        informational=_codes(active.get("informational")),
        failures=_codes(active.get("failure")),
        record=_mapping(assertions.get(RECORD_LABEL)) or None,
        manifest_digest=digest,
        engine=engine,
    )


def _generator(manifest: dict[str, Any]) -> str | None:
    infos = _mappings(manifest.get("claim_generator_info"))
    if not infos:
        return _text(manifest.get("claim_generator"))
    parts = (_text(infos[0].get("name")), _text(infos[0].get("version")))
    return " ".join(part for part in parts if part) or None


def _certificate(truth: dict[str, Any], manifest: dict[str, Any]) -> CertificateReport | None:
    signature = _mapping(truth.get("signature"))
    info = _mapping(signature.get("certificateInfo"))
    basic = _mapping(manifest.get("signature_info"))
    if not info and not basic:
        return None
    subject, issuer = _mapping(info.get("subject")), _mapping(info.get("issuer"))
    validity = _mapping(info.get("validity"))
    algorithm = _text(signature.get("algorithm")) or _text(basic.get("alg"))
    return CertificateReport(
        name=_text(subject.get("CN")) or _text(basic.get("common_name")),
        organisation=_text(subject.get("O")) or _text(basic.get("issuer")),
        issuer=_text(issuer.get("CN")) or _text(issuer.get("O")),
        algorithm=algorithm.lower() if algorithm else None,
        serial=_text(info.get("serialNumber")) or _text(basic.get("cert_serial_number")),
        not_before=_text(validity.get("notBefore")),
        not_after=_text(validity.get("notAfter")),
    )


def _actions(assertions: dict[str, Any]) -> tuple[tuple[ActionReport, ...], bool]:
    """Collect the actions of every actions assertion (C2PA 2.2, section 18.15)."""
    found: list[ActionReport] = []
    complete = False
    for label, content in assertions.items():
        if label.partition("__")[0] not in ("c2pa.actions", "c2pa.actions.v2"):
            continue
        assertion = _mapping(content)
        complete = complete or assertion.get("allActionsIncluded") is True
        found.extend(_action(action) for action in _mappings(assertion.get("actions")))
    return tuple(found[:_MAX_ITEMS]), complete


def _action(action: dict[str, Any]) -> ActionReport:
    agent = action.get("softwareAgent")
    software = _generator({"claim_generator_info": [agent]} if isinstance(agent, dict) else {})
    return ActionReport(
        action=_text(action.get("action")) or "",
        when=_text(action.get("when")),
        software=software or _text(agent),
        digital_source_type=_text(action.get("digitalSourceType")),
        description=_text(action.get("description")),
    )


def _ingredients(
    manifest: dict[str, Any], manifests: dict[str, Any], results: dict[str, Any]
) -> tuple[IngredientReport, ...]:
    """Walk the ingredients: the state of the whole says nothing of them (section 15.11)."""
    deltas = _mappings(results.get("ingredientDeltas"))
    found = []
    for item in _mappings(manifest.get("ingredients"))[:_MAX_ITEMS]:
        own = _mapping(manifests.get(_text(item.get("active_manifest")) or ""))
        recorded = _mapping(_mapping(item.get("validation_results")).get("activeManifest"))
        codes = [status.code for status in _codes(recorded.get("failure"))]
        label = _text(item.get("label")) or ""
        for delta in deltas:
            if label and str(delta.get("ingredientAssertionURI")).endswith(f"/{label}"):
                since = _mapping(delta.get("validationDeltas"))
                codes += [status.code for status in _codes(since.get("failure"))]
        found.append(
            IngredientReport(
                title=_text(item.get("title")),
                relationship=_text(item.get("relationship")),
                has_manifest=bool(own) or bool(item.get("active_manifest")),
                failures=tuple(dict.fromkeys(codes)),
                source_types=_source_types(own),
            )
        )
    return tuple(found)


def _source_types(manifest: dict[str, Any]) -> tuple[str, ...]:
    named = {
        str(assertion.get("label")): assertion.get("data")
        for assertion in _mappings(manifest.get("assertions"))
    }
    actions, _ = _actions(named)
    types = (action.digital_source_type for action in actions)
    return tuple(dict.fromkeys(kind for kind in types if kind))


def _codes(value: Any) -> tuple[StatusCode, ...]:
    return tuple(
        StatusCode(
            code=_text(item.get("code")) or "",
            explanation=_text(item.get("explanation")),
            url=_text(item.get("url")),
        )
        for item in _mappings(value)[:_MAX_ITEMS]
    )


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value[:_MAX_TEXT] if isinstance(value, str) else None
