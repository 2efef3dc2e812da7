"""Who signed a file, and which list vouches for that: asked of the C2PA library, and remembered.

Both take the library as long to tell as all the rest. Like ``reader``, which calls it, this runs
in a process of its own; what is remembered ends with it.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from provenance_gen.credentials.parts import (
    active_manifest,
    certificate,
    mapping,
    mappings,
    parsed,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance_gen.credentials.report import CertificateReport
    from provenance_gen.credentials.trust import Anchors

_NAMES: Final = ("alg", "issuer", "common_name", "cert_serial_number")
"""What the library tells of a certificate in its shorter output."""


class SignedBy(NamedTuple):
    """The certificate that a file was signed with, and who vouches for it."""

    certificate: CertificateReport | None
    vouched: str | None
    """Name of the list that leads to the certificate."""


_REMEMBERED: Final[dict[tuple[object, ...] | None, SignedBy]] = {}
_MOST_REMEMBERED: Final = 256
_CERTIFICATE: Final = re.compile(rb"\x30\x82(..)\x30\x82", re.DOTALL)


def signed_by(
    report: dict[str, Any],
    exactly: Callable[[], str],
    asked: Callable[[Anchors], Any],
    anchors: Anchors,
    store: bytes | None,
) -> SignedBy:
    """Return who signed and who vouches for that.

    Both take the library long to tell. They are remembered of a signer whom a list vouches for, by
    name, serial number and the very certificates in the manifest store: an authority gives a serial
    number once (RFC 5280, section 4.1.2.2), but two authorities may give the same one to the same
    name. Nobody whom no authority knows gets to be remembered: of all others each file is asked.
    """
    manifest = active_manifest(report)
    # The signer may be vouched for although the file was changed, so the state is not asked.
    trusted = _is_trusted(report)
    basic = mapping(manifest.get("signature_info"))
    named = *(text(basic.get(name)) for name in _NAMES), trusted and _certificates(store)
    key = (anchors, *named) if all(named) else None
    if key in _REMEMBERED:
        return _REMEMBERED[key]
    label = report.get("active_manifest")
    listed = mappings(parsed(exactly()).get("manifests"))
    truth = next((one for one in listed if one.get("label") == label), dict[str, Any]())
    vouched = _vouching(asked, anchors) if trusted else None
    found = SignedBy(certificate(truth, manifest), vouched)
    # Of an odd manifest the library may tell nothing more exactly: that is no other file's signer.
    if key is not None and vouched is not None and mapping(truth.get("signature")):
        if len(_REMEMBERED) >= _MOST_REMEMBERED:
            _REMEMBERED.clear()
        _REMEMBERED[key] = found
    return found


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
            return _is_trusted(parsed(reader.json()))

    # An expired certificate needs its time-stamp, so the clocks stay; unless they would do alone.
    beside = () if clocks and leads(clocks) else clocks
    return next((anchor.name for anchor in signers if leads((anchor, *beside))), None)


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


def _is_trusted(report: dict[str, Any]) -> bool:
    active = mapping(mapping(report.get("validation_results")).get("activeManifest"))
    found = mappings(active.get("success"))
    return any(status.get("code") == "signingCredential.trusted" for status in found)
