"""Pictures with a history: parents of parents, older and updated manifests, odd certificates.

What each says about AI has to be found wherever in its history it stands, and what is wrong with
it called by its name. Certificates that the C2PA library signs with in no case are put in by hand
(``certified``).
"""

from __future__ import annotations

import copy
import io
import json
from typing import TYPE_CHECKING, Any, Final

import c2pa

from provenance_gen.credentials import container
from provenance_gen.credentials.vocabulary import AI_DISCLOSURE, C2PA, IPTC
from tests import tsa
from tests.unit.credentials import certified, foreign, samples, stores, tamper
from tests.unit.metadata import files
from tests.vectors.signed import WHO
from tests.vectors.vector import Vector

if TYPE_CHECKING:
    from collections.abc import Iterator

AI: Final = IPTC + "trainedAlgorithmicMedia"
PARTLY: Final = IPTC + "compositeWithTrainedAlgorithmicMedia"
CAMERA: Final = IPTC + "digitalCapture"
_MISMATCH: Final = "assertion.dataHash.mismatch"

Inputs = tuple[tuple[str, bytes], ...]
"""Relationship and file of each ingredient; in the manifest they are called ``i0``, ``i1`` …"""


def sign(
    made: dict[str, Any],
    inputs: Inputs = (),
    *,
    update: bytes | None = None,
    authority: tsa.Server | None = None,
    **settings: Any,
) -> bytes:
    """Sign a PNG; with ``update``, that one anew, without touching the picture."""
    roots = WHO.root + (authority.root if authority else b"")
    builder = c2pa.Builder(
        json.dumps({"claim_generator_info": [{"name": "another program"}], **made}),
        context=c2pa.Context.from_dict(
            {
                "builder": {"thumbnail": {"enabled": False}},
                "trust": {"user_anchors": roots.decode()},
                **settings,
            }
        ),
    )
    if update is not None:
        kind = c2pa.C2paDigitalSourceType.EMPTY
        builder.set_intent(c2pa.C2paBuilderIntent.UPDATE, kind)
    for number, (how, data) in enumerate(inputs):
        named = {"title": f"i{number}.png", "relationship": how, "label": f"i{number}"}
        builder.add_ingredient(json.dumps(named), "image/png", io.BytesIO(data))
    url = authority.url if authority else None
    info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=WHO.chain, private_key=WHO.key, ta_url=url)
    target = io.BytesIO()
    with c2pa.Signer.from_info(info) as signer:
        source = samples.encoded(seed=7) if update is None else update
        builder.sign(signer, "image/png", io.BytesIO(source), target)
    return target.getvalue()


def stating(*actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a manifest with actions; more may be ``assertions``, ``templates`` or of the claim."""
    listed = {"actions": list(actions)} | {k: more.pop(k) for k in ("templates",) if k in more}
    label = "c2pa.actions.v2" if "templates" in listed else "c2pa.actions"
    assertions = [{"label": label, "data": listed}, *more.pop("assertions", ())]
    return {"assertions": assertions, **more}


def created(kind: str) -> dict[str, Any]:
    """Return the action that begins a picture."""
    return {"action": "c2pa.created", "digitalSourceType": kind}


def using(action: str, number: int = 0) -> dict[str, Any]:
    """Return an action on an ingredient."""
    return {"action": action, "parameters": {"ingredientIds": [f"i{number}"]}}


OPENED: Final = using("c2pa.opened")


def vectors() -> Iterator[Vector]:
    """Yield every history."""
    yield from _parents()
    yield from _versions()
    yield from _statements()
    yield from _forms()
    yield from _certificates()
    yield from _kinds()
    if tsa.OPENSSL is not None:
        yield _stamped()


def _parents() -> Iterator[Vector]:
    drawn, camera = sign(stating(created(AI))), sign(stating(created(CAMERA)))
    once = sign(stating(OPENED), (("parentOf", drawn),))
    twice = sign(stating(OPENED), (("parentOf", once),))
    yield _one("grandparent-by-ai", "nothing: a model made what its parent was made from", twice)
    filled = sign(
        stating(OPENED, {"action": "c2pa.edited", "digitalSourceType": AI}),
        (("parentOf", camera),),
    )
    child = sign(stating(OPENED), (("parentOf", filled),))
    words = "nothing: its parent is a photograph of which a model made a part"
    yield _one("parent-in-part-by-ai", words, child, ai="partly")
    collage = sign(
        stating(OPENED, using("c2pa.placed", 1)), (("parentOf", camera), ("componentOf", drawn))
    )
    yield _one("component-by-ai", "nothing: a model made what was put in", collage, ai="partly")
    after = sign(stating(created(IPTC + "digitalCreation")), (("inputTo", drawn),))
    words = "nothing: drawn by hand after a picture that a model made, which is not in it"
    yield _one("input-by-ai", words, after, ai="none")
    plain = samples.encoded(seed=8)
    # With two signed parents the library refuses to sign; one that is bare it does not count.
    both = sign(stating(OPENED), (("parentOf", drawn), ("parentOf", plain)))
    wrong = ((7, "manifest.multipleParents"),)
    yield _one("two-parents", "it has two parents", both, failed=wrong)
    retouch = {"action": "c2pa.drawing", "digitalSourceType": IPTC + "humanEdits"}
    by_hand = sign(stating(OPENED, retouch), (("parentOf", plain),))
    words = "nothing: retouched by hand; where it comes from nobody says"
    yield _one("retouched", words, by_hand, ai="unknown")
    altered = sign(stating(OPENED), (("parentOf", tamper.pixel(drawn, b"")),))
    again = sign(stating(OPENED), (("parentOf", altered),))
    words = "what its parent was made from had been changed before it went in"
    yield _one("grandparent-changed-before", words, again, failed=((7, _MISMATCH),))


def _versions() -> Iterator[Vector]:
    first = {"claim_version": 1}
    old = sign(stating(created(AI), **first))
    yield _one("claim-1", "nothing: a manifest of C2PA 1", old)
    changed = sign(stating(OPENED, **first), (("parentOf", tamper.pixel(old, b"")),))
    words = "a manifest of C2PA 1, whose parent had been changed before it went in"
    yield _one("claim-1-parent-changed", words, changed, failed=((7, _MISMATCH),))
    note = {"assertions": [{"label": "org.example.note", "data": {"a": "b"}}]}
    whole = sign(stating(created(AI)))
    updated = sign(note, update=whole)
    yield _one("update", "nothing: something was added to the manifest", updated)
    yield _one("update-twice", "nothing: added to twice", sign(note, update=updated))
    yield _one(
        "update-pixel",
        "something was added to the manifest, and then a pixel changed",
        tamper.pixel(updated, b""),
        "invalid",
        failed=((3, _MISMATCH),),
    )
    packed = sign(stating(created(AI)), core={"prefer_compress_manifests": True})
    yield _one("compressed", "nothing: the manifest is compressed", packed)
    yield _one("redacted", "nothing: a statement was taken out of the parent's", _redacted())


def _redacted() -> bytes:
    secret = {"label": "org.example.secret", "data": {"name": "somebody"}}
    parent = sign(stating(created(AI), assertions=[secret], label="urn:c2pa:" + _UUID))
    uri = f"self#jumbf=/c2pa/urn:c2pa:{_UUID}/c2pa.assertions/org.example.secret"
    taken = {
        "action": "c2pa.redacted",
        "reason": "c2pa.PII.present",
        "parameters": {"redacted": uri},
    }
    made = stating(OPENED, taken, redactions=[uri])
    return sign(made, (("parentOf", parent),))


_UUID: Final = "11111111-2222-4333-8444-555555555555"


def _statements() -> Iterator[Vector]:
    words = "nothing: says where it comes from: "
    for kind, said in (
        (IPTC + "computationalCapture", "none"),
        (IPTC + "screenCapture", "none"),
        (IPTC + "algorithmicMedia", "none"),
        (IPTC + "digitalArt", "none"),
        (IPTC + "composite", "unknown"),
        (IPTC + "compositeSynthetic", "partly"),
        (C2PA + "trainedAlgorithmicData", "generated"),
        (C2PA + "empty", "none"),
    ):
        term = kind.rpartition("/")[2]
        yield _one(f"type-{term}", words + term, sign(stating(created(kind))), ai=said)
    disclosed = {"label": AI_DISCLOSURE, "data": {"modelType": "c2pa.types.model"}}
    made = stating(created(IPTC + "digitalCreation"), assertions=[disclosed])
    yield _one("disclosure", "nothing: it discloses a model", sign(made), ai="partly")
    template = {"action": "c2pa.edited", "digitalSourceType": PARTLY}
    made = stating(created(CAMERA), {"action": "c2pa.edited"}, templates=[template])
    words = "nothing: a template of its actions names AI"
    yield _one("template", words, sign(made), ai="partly")


def _forms() -> Iterator[Vector]:
    whole = sign(stating(created(AI)))

    def anew(old: bytes, new: bytes) -> bytes:
        store = stores.parse(container.manifest_store(whole) or b"")
        boxes = [box for box in store[0].all() if box.kind == b"cbor" and old in box.content]
        assert boxes
        for box in boxes:
            box.content = box.content.replace(old, new)
        return stores.signed_anew(whole, store, WHO.key)

    malformed = ((4, "assertion.action.malformed"),)
    data = anew(b"\x6cc2pa.created", b"\x6bc2pa.edited")
    words = "signed as it is, but its first action begins nothing"
    yield _one("begins-with-an-edit", words, data, "invalid", failed=malformed, ai="partly")
    store = stores.parse(container.manifest_store(whole) or b"")
    named = stores.assertions(store)
    extra = copy.deepcopy(named[-1])
    extra.rename(b"org.example.more")
    holder = next(box for box in store[0].all() if named[-1] in box.inner)
    holder.inner.append(extra)
    data = stores.embedded(whole, stores.encoded(store))
    unread = ((2, "provgen.manifest.unreadable"),)
    words = "a statement was added that nobody signed"
    yield _one("undeclared-statement", words, data, "invalid", failed=unread, ai="unknown")


def _certificates() -> Iterator[Vector]:
    who = certified.authority()
    unknown = (5, "signingCredential.untrusted")
    for name, wrong, data, failed in (
        ("expired", "the certificate has ended", who.by(who.leaf(-300, -10)), "expired"),
        ("not-yet", "the certificate begins later", who.by(who.leaf(10, 300)), "expired"),
        ("unfit", "the certificate is for programs", who.by(certified.unfit()), "invalid"),
        ("revoked", "its authority has revoked it", who.revoked(), "ocsp.revoked"),
    ):
        code = f"signingCredential.{failed}"
        steps = (unknown, (6, code)) if failed == "expired" else ((5, code),)
        trust = "expired" if failed == "expired" else "untrusted"
        yield Vector(f"certificate/{name}.png", wrong, data, ("invalid",), steps, trust=trust)


def _kinds() -> Iterator[Vector]:
    """Yield pictures whose pixels nobody here decodes: signed ones, changed, and bare."""
    heic = files.avif(b"", b"x", b"heic\x00\x00\x00\x00mif1")
    none = ((2, "provgen.manifest.none"),)
    for end, media_type, bare, code in (
        ("heic", "image/heic", heic, "bmffHash"),
        ("gif", "image/gif", files.encoded("GIF"), "dataHash"),
        ("jxl", "image/jxl", files.jxl(), "dataHash"),
        ("svg", "image/svg+xml", files.svg(), "dataHash"),
    ):
        yield Vector(f"kind/bare.{end}", "unsigned", bare, ("unsigned",), none)
        made = samples.definition(samples.EDITED, media_type=media_type)
        data, _ = foreign.sign(bare, media_type, WHO, made=made)
        words = "nothing: as it was signed"
        yield Vector(f"kind/whole.{end}", words, data, ("trusted",), ai="generated")
        changed = (
            data.replace(b"rect", b"RECT") if end == "svg" else data + files.box(b"uuid", b"x" * 16)
        )
        broken = ((3, f"assertion.{code}.mismatch"),)
        yield Vector(f"kind/changed.{end}", "changed after signing", changed, ("invalid",), broken)


def _stamped() -> Vector:
    with tsa.serving("its own") as clock:
        data = sign(stating(created(AI)), authority=clock)
    words = "nothing, but that no list vouches for who stamped the time"
    return _one("stamped-by-nobody", words, data, noted=((6, "timeStamp.untrusted"),))


def _one(name: str, wrong: str, data: bytes, verdict: str = "trusted", **more: Any) -> Vector:
    return Vector(f"chain/{name}.png", wrong, data, (verdict,), **{"ai": "generated", **more})
