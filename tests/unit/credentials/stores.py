"""A manifest store taken apart, changed, put together again and, if wanted, signed anew.

Boxes are those of JUMBF (ISO/IEC 19566-5), values those of CBOR (RFC 8949); what is not changed
stays byte for byte as it was. Signing anew is what somebody does who has a key of his own and
wishes to hurt whoever reads: every hash is right, and so the whole of a verifier is reached.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from provenance_gen.credentials import container
from tests.unit.credentials import tamper

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUPERBOX: Final = b"jumb"
_LABEL: Final = 17
"""Bytes of a description box before its label: identifier and toggles."""
_HEAD: Final = 8
_INDEFINITE: Final = 31
_DEEPEST: Final = 200


@dataclass
class Box:
    """A box: a superbox with boxes in it, or bytes."""

    kind: bytes
    content: bytes = b""
    inner: list[Box] = field(default_factory=list)
    lie: int | None = None
    """Length that it claims, where that is not its own."""

    def encoded(self) -> bytes:
        """Return its bytes."""
        body = self.content + b"".join(box.encoded() for box in self.inner)
        length = len(body) + _HEAD if self.lie is None else self.lie
        return length.to_bytes(4, "big") + self.kind + body

    def all(self) -> Iterator[Box]:
        """Yield it and all boxes in it."""
        yield self
        for box in self.inner:
            yield from box.all()

    @property
    def label(self) -> str:
        """The label of a superbox."""
        if not self.inner:
            return ""
        return self.inner[0].content[_LABEL:].partition(b"\x00")[0].decode("latin-1")

    def rename(self, label: bytes) -> None:
        """Give a superbox another label."""
        about = self.inner[0]
        _, zero, rest = about.content[_LABEL:].partition(b"\x00")
        about.content = about.content[:_LABEL] + label + zero + rest


def parse(data: bytes) -> list[Box]:
    """Take well-formed boxes apart."""
    found = []
    place = 0
    while place < len(data):
        end = place + int.from_bytes(data[place : place + 4], "big")
        kind, body = data[place + 4 : place + _HEAD], data[place + _HEAD : end]
        box = Box(kind, inner=parse(body)) if kind == _SUPERBOX else Box(kind, body)
        found.append(box)
        place = end
    return found


def items(data: bytes) -> list[tuple[int, int]]:
    """Return where each item of a well-formed CBOR value begins and ends, outer ones first."""
    found: list[tuple[int, int]] = []
    end = _item(data, 0, found, _DEEPEST)
    assert end == len(data)
    return found


def _item(data: bytes, place: int, found: list[tuple[int, int]], depth: int) -> int:
    assert depth
    number = len(found)
    found.append((place, place))
    major, short = data[place] >> 5, data[place] & 31
    assert short != _INDEFINITE
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(short, 0)
    value = int.from_bytes(data[place + 1 : place + 1 + size], "big") if size else short
    end = place + 1 + size
    if major in (2, 3):
        end += value
    for _ in range({4: value, 5: 2 * value, 6: 1}.get(major, 0)):
        end = _item(data, end, found, depth - 1)
    found[number] = (place, end)
    return end


def embedded(png: bytes, store: bytes) -> bytes:
    """Put a store in the place of a PNG's."""
    return tamper._png(
        (kind, store if kind == b"caBX" else body) for kind, body in container.png_chunks(png)
    )


def signed_anew(png: bytes, store: list[Box], key: bytes) -> bytes:
    """Put a changed store into a PNG with every hash right and a signature by a key.

    Only the active manifest is signed. Where the change leaves nothing that could be signed, it is
    put in as it is.

    Args:
        png: a signed PNG.
        store: its boxes, changed.
        key: the key that signed it, PEM; of P-256.
    """
    claim, signature = (_find(store, name) for name in ("c2pa.claim.v2", "c2pa.signature"))
    if claim is not None and signature is not None:
        binding = _find(store, "c2pa.hash.data")
        with contextlib.suppress(IndexError, AssertionError, OverflowError):
            if binding is not None:
                _set_length(binding.inner[-1], len(encoded(store)) + _CHUNK)
            for box in assertions(store):
                _set_hash(claim.inner[-1], box)
            _sign(claim.inner[-1].content, signature.inner[-1], key)
    return embedded(png, encoded(store))


def assertions(store: list[Box]) -> list[Box]:
    """Return the assertions of the active manifest."""
    found = _find(store, "c2pa.assertions")
    return found.inner[1:] if found else []


def signature(store: list[Box]) -> Box:
    """Return what the active manifest's signature box holds (COSE_Sign1)."""
    found = _find(store, "c2pa.signature")
    assert found is not None
    return found.inner[-1]


def staple(box: Box, answer: bytes) -> None:
    """Put an authority's answer on revocation into a signature, in the place of its padding.

    Args:
        box: a signature with enough padding (C2PA 2.2, section 13.2: header ``pad``).
        answer: DER of an OCSP response (section 14.5: header ``rVals``).
    """
    begin = box.content.index(b"\x63pad") + 4
    places = items(box.content)
    end = next(end for start, end in places if start == begin)
    value = b"\x65rVals\xa1\x68ocspVals\x81\x59" + len(answer).to_bytes(2, "big") + answer
    left = end - begin - len(value) - 3
    assert left > 255
    made = value + b"\x63pad\x59" + left.to_bytes(2, "big") + bytes(left)
    headers = max(start for start, _ in places if start < begin and box.content[start] >> 5 == 5)
    changed = bytearray(box.content[: begin - 4] + made + box.content[end:])
    changed[headers] += 1
    assert len(changed) == len(box.content)
    box.content = bytes(changed)


_CHUNK: Final = 12
"""Length, type and checksum of the chunk around a store."""


def encoded(store: list[Box]) -> bytes:
    """Return the bytes of a store's boxes."""
    return b"".join(box.encoded() for box in store)


def _find(store: list[Box], label: str) -> Box | None:
    """Return a box of the active manifest, which is the last one of a store."""
    manifests = [box for top in store for box in top.inner if box.kind == _SUPERBOX]
    inside = manifests[-1].all() if manifests else iter(())
    return next((box for box in inside if box.kind == _SUPERBOX and box.label == label), None)


def _set_length(box: Box, length: int) -> None:
    """Say how long the chunk is that the binding leaves out, in as many bytes as before."""
    before, name, after = box.content.partition(b"\x66length\x19")
    if name:
        box.content = before + name + length.to_bytes(2, "big") + after[2:]


def _set_hash(claim: Box, assertion: Box) -> None:
    """Put an assertion's hash into the claim, behind the place that names it."""
    named = f"c2pa.assertions/{assertion.label}".encode("latin-1")
    before, name, after = claim.content.partition(named)
    right = hashlib.sha256(assertion.encoded()[_HEAD:]).digest()
    # In the order of the C2PA library a reference is {"url": …, "hash": 32 bytes}.
    head, mark, rest = after.partition(_DIGEST)
    if name and mark and not head:
        claim.content = before + name + head + mark + right + rest[32:]


_DIGEST: Final = b"\x64hash\x58\x20"


def _sign(claim: bytes, box: Box, key: bytes) -> None:
    """Sign a claim (RFC 9052, section 4.4: Sig_structure of COSE_Sign1)."""
    private = serialization.load_pem_private_key(key, None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    places = items(box.content)
    start, end = places[2]  # the tag, the array, its first item: the protected header
    structure = b"\x84\x6aSignature1" + box.content[start:end] + b"\x40"
    head = b"\x59" + len(claim).to_bytes(2, "big")
    made = private.sign(structure + head + claim, ec.ECDSA(hashes.SHA256()))
    r, s = decode_dss_signature(made)
    # The signature is the last of the array's four items.
    box.content = box.content[:-64] + r.to_bytes(32, "big") + s.to_bytes(32, "big")
