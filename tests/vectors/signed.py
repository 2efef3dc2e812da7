"""Signed pictures of every format, and everything that can be wrong with them.

The keys are made for one run and their certificates are a stranger's: the roots that a verifier
must be given lie beside the files (``build``).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.credentials import container
from provenance_gen.credentials.vocabulary import IPTC
from tests.unit.credentials import boxes, foreign, samples, tamper
from tests.unit.metadata import files, written
from tests.vectors.vector import Vector

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS: Final = ("png", "jpeg", "webp", "avif", "tiff")
CUTS: Final = 50
WHO: Final = foreign.stranger()
"""The signer whose root is given."""
_AI: Final = b"trainedAlgorithmicMedia"
_TITLE: Final = (b"harbour.png", b"harbour.pns")
_ENDINGS: Final = {"jpeg": "jpg", "tiff": "tif"}

Case = tuple[bytes, str, int, str]
"""Bytes, and the verdict, the step and the code that they must get."""


@functools.cache
def signed(kind: str, seed: int = 1) -> bytes:
    """Sign a picture."""
    made = samples.definition(samples.EDITED, media_type=f"image/{kind}")
    return foreign.sign(samples.encoded(kind.upper(), seed), f"image/{kind}", WHO, made=made)[0]


def tampered(kind: str) -> dict[str, Case]:
    """Return everything that is done to a signed file of a kind; each changes its bytes."""
    whole, other = signed(kind), signed(kind, 2)
    broken = f"assertion.{'bmff' if kind == 'avif' else 'data'}Hash.mismatch"
    if kind in ("png", "jpeg"):
        cases: dict[str, Case] = {
            name: (change(whole, other), verdict, step, code)
            for name, (change, verdict, step, code) in tamper.MATRIX.items()
        }
    else:
        unlike = boxes.patched(whole, _AI, _AI[:-1] + b"b")
        pixel = boxes.pixel(whole, samples.encoded(kind.upper()))
        cases = {
            "pixel": (pixel, "invalid", 3, broken),
            "appended byte": (whole + b"\x00", "invalid", 3, broken),
            "text": (boxes.TEXT[kind](whole), "invalid", 3, broken),
            "transplanted manifest": (boxes.transplanted(whole, other), "invalid", 3, broken),
            "assertion": (unlike, "invalid", 4, "assertion.hashedURI.mismatch"),
            "claim": (boxes.patched(whole, *_TITLE), "invalid", 4, "claimSignature.mismatch"),
            "removed manifest": (
                boxes.REMOVED[kind](whole),
                "unsigned",
                2,
                "provgen.manifest.none",
            ),
        }
    assert set(cases) == set(_WRONG)
    for name, (data, *_) in cases.items():
        assert data != whole, f"{name} changed nothing"
    return cases


def cuts(kind: str) -> list[bytes]:
    """Return the beginnings of a signed file, the empty one first."""
    whole = signed(kind)
    return [whole[: len(whole) * place // CUTS] for place in range(CUTS)]


def with_parent(parent: bytes, patch: tuple[bytes, bytes] | None = None) -> bytes:
    """Sign a picture that another program made from a parent; then patch the manifest."""
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["p"]}}
    made = {
        "claim_generator_info": [{"name": "another program"}],
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [opened]}}],
    }
    data, _ = foreign.sign(samples.encoded(seed=5), "image/png", WHO, made=made, parent=parent)
    return tamper._patched(data, *patch) if patch else data


_WRONG: Final = {
    "pixel": "one pixel was changed after signing",
    "appended byte": "one byte was appended",
    "text": "a text was added",
    "transplanted manifest": "the manifest is that of another picture by the same signer",
    "assertion": "a statement was altered: another digital source type",
    "claim": "the claim was altered: another title",
    "removed manifest": "the manifest was taken out",
}


def vectors() -> Iterator[Vector]:
    """Yield all but those whose certificates end (``ended``)."""
    for kind in KINDS:
        yield from _of(kind)
    yield from _manifests()
    yield from _ingredients()
    yield from _statements()


def _of(kind: str) -> Iterator[Vector]:
    end = _ENDINGS.get(kind, kind)
    whole = "nothing: as it was signed"
    yield Vector(f"{kind}/whole.{end}", whole, signed(kind), ("trusted",), ai="generated")
    for name, (data, verdict, step, code) in tampered(kind).items():
        file = f"{kind}/{name.replace(' ', '-')}.{end}"
        yield Vector(file, _WRONG[name], data, (verdict,), failed=((step, code),))
    for place, data in enumerate(cuts(kind)):
        yield Vector(
            f"{kind}/cut-{place:02d}.{end}",
            f"cut short: {len(data)} of {len(signed(kind))} bytes are left",
            data,
            ("unreadable", "unsigned", "invalid"),
            failed=None,
        )


def _manifests() -> Iterator[Vector]:
    whole = signed("png")
    chunks = list(container.png_chunks(whole))
    store = next(chunk for chunk in chunks if chunk[0] == b"caBX")
    twice = tamper._png([chunks[0], store, *chunks[1:]])
    unreadable = ((2, "provgen.manifest.unreadable"),)
    yield _png("two-manifests", "there are two manifests", twice, "invalid", failed=unreadable)
    plain = samples.encoded(seed=6)
    far, _ = foreign.sign(plain, "image/png", WHO, url="https://example.invalid/a.c2pa")
    remote = ((2, "provgen.manifest.remote"),)
    words = "the manifest lies at an address; a verifier that asks nobody cannot read it"
    yield _png("remote", words, far, "unsigned", failed=remote)
    same, aside = foreign.sign(plain, "image/png", WHO, aside=True)
    beside = "nothing: the manifest lies beside the file"
    yield _png("sidecar", beside, same, "trusted", beside=aside, ai="generated")
    changed = tamper.pixel(same, b"")
    broken = ((3, "assertion.dataHash.mismatch"),)
    wrong = "the manifest beside it is that of the picture before a pixel was changed"
    yield _png("sidecar-of-another", wrong, changed, "invalid", failed=broken, beside=aside)


def _ingredients() -> Iterator[Vector]:
    parent = signed("png")
    broken = ((7, "assertion.dataHash.mismatch"),)
    whole = "nothing: the parent's credentials are kept"
    yield _png("parent", whole, with_parent(parent), "trusted", ai="generated")
    early = "a pixel of the parent was changed before it went in; the whole is as it was signed"
    changed = with_parent(tamper.pixel(parent, b""))
    yield _png("parent-changed-before", early, changed, "trusted", failed=broken)
    late = "the parent's manifest was altered after all was signed"
    swapped = with_parent(parent, _TITLE)
    mismatch = ((7, "ingredient.manifest.mismatch"),)
    yield _png("parent-swapped", late, swapped, "invalid", failed=mismatch)


def _statements() -> Iterator[Vector]:
    unknown = foreign.stranger(name="Nobody Knows")
    data, _ = foreign.sign(samples.encoded(), "image/png", unknown)
    untrusted = ((5, "signingCredential.untrusted"),)
    yield _png(
        "unknown-signer",
        "no list vouches for the signer",
        data,
        "valid",
        failed=untrusted,
        trust="untrusted",
    )
    proof = samples.proof()
    lied = proof.model_copy(update={"leaf": samples.digest("another event")})
    mismatch = ((8, "provgen.ledger.inclusion.mismatch"),)
    words = "the proof in its record does not lead to the tree"
    yield _png("record-of-no-tree", words, _stated(proof=lied), "invalid", failed=mismatch)
    malformed = samples.definition()
    for each in malformed["assertions"]:
        if each["label"] == "org.provenance-gen.record":
            each["data"]["leaf"] = "no digest"
    shape = ((8, "provgen.record.malformed"),)
    data, _ = foreign.sign(samples.encoded(), "image/png", WHO, made=malformed)
    words = "its record is not of the record's form"
    yield _png("record-malformed", words, data, "invalid", failed=shape)
    camera = _actions({"action": "c2pa.created", "digitalSourceType": IPTC + "digitalCapture"})
    text = files.text("parameters", written.INFOTEXT + "Version: v1.10.1")
    data, _ = foreign.sign(files.png(text), "image/png", WHO, made=camera)
    yield _png(
        "signed-camera-unsigned-prompt",
        "signed as a photograph; a text that nobody signed apart is a generator's",
        data,
        "trusted",
        noted=((9, "provgen.claims.conflict"),),
        claims=(("AUTOMATIC1111", "PNG tEXt parameters"),),
        ai="none",
    )


def _stated(**changes: Any) -> bytes:
    made = samples.definition(**changes)
    return foreign.sign(samples.encoded(), "image/png", WHO, made=made)[0]


def _actions(*actions: dict[str, Any]) -> dict[str, Any]:
    return {
        "claim_generator_info": [{"name": "another program"}],
        "assertions": [{"label": "c2pa.actions", "data": {"actions": list(actions)}}],
    }


def _png(name: str, wrong: str, data: bytes, verdict: str, **more: Any) -> Vector:
    return Vector(f"manifest/{name}.png", wrong, data, (verdict,), **more)
