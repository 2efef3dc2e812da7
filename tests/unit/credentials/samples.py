"""Records, keys and pictures for tests of credentials: small, and made once."""

from __future__ import annotations

import functools
import hashlib
import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image as Pictures

from provenance_gen.credentials import authority, keyfile, manifest, signer, trust
from provenance_gen.credentials.assertions import manifest_definition
from provenance_gen.ledger import checkpoint, merkle
from provenance_gen.records.edit import EditAgent, Operation
from provenance_gen.records.event import ActorKind, Basis, Citation
from provenance_gen.records.export import Counts, Disclosure, LedgerProof, Lineage, Repaint
from provenance_gen.records.generation import (
    Call,
    Environment,
    GeneratorState,
    ModelIdentity,
    Task,
)
from provenance_gen.records.image import Difference, ImageRef, StoredImage
from provenance_gen.records.work import Attempt, Edit, Image, Import, Outcome
from provenance_gen.studio import inspect as entry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from provenance_gen.credentials.report import Inspection
    from provenance_gen.studio.lookup import KnownImage

PROMPT = "a red boat on the sea <script>alert(1)</script> \U0001f6a2"
SEED = str(2**64 - 1)
ORIGIN = "provgen.local/8f3a9c2e11d04b77"
_KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
LEDGER_KEY = checkpoint.verifier_key(ORIGIN, _KEY.public_key())
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def now() -> datetime:
    """Return the time by the local clock; certificates are made for it."""
    return datetime.now(UTC)


def digest(text: str) -> str:
    """Return a digest that stands for something."""
    return hashlib.sha256(text.encode()).hexdigest()


def citation(sequence: int = 3) -> Citation:
    """Cite an event."""
    return Citation(
        sequence=sequence,
        leaf=digest(f"leaf {sequence}"),
        timestamp=f"2026-11-22T09:00:{sequence:02d}.123456Z",
        actor=ActorKind.PERSON,
        basis=Basis.CONTEMPORANEOUS,
    )


def picture(name: str, parent: str | None = None) -> Image:
    """Return a recorded image."""
    stored = StoredImage(
        pixel_digest=digest(f"{name} pixels"), file_digest=digest(name), width=64, height=64
    )
    ref = ImageRef(origin="at1", index=1, pixel_digest=stored.pixel_digest)
    return Image(name=name, ref=ref, stored=stored, citation=citation(), parent=parent)


def attempt(**changes: Any) -> Attempt:
    """Return a completed attempt."""
    call = Call(
        pipeline="StableDiffusionPipeline",
        task=Task.TEXT_TO_IMAGE,
        prompts={"prompt": (PROMPT,), "negative_prompt": ("blurry",)},
        generators=(GeneratorState(device="cpu", seed=SEED),),
        steps=20,
        guidance="7.5",
        width=64,
        height=64,
        scheduler="DDIMScheduler",
        count=4,
    )
    value = Attempt(
        number=2,
        id="at1",
        citation=citation(1),
        ended=citation(2),
        outcome=Outcome.COMPLETED,
        call=call,
        model=ModelIdentity(kind="builtin", name="builtin", digest=digest("weights")),
        environment=Environment(python="3.11", system="Linux", device="cpu", dtype="float32"),
        images=(picture("2.1"),),
    )
    return value.model_copy(update=changes)


def edit(number: int, agent: EditAgent, operations: Sequence[Operation], **changes: Any) -> Edit:
    """Return a recorded edit."""
    value = Edit(
        number=number,
        id=f"ed{number}",
        citation=citation(10 + number),
        image=picture(f"e{number}", "2.1"),
        parent="2.1",
        agent=agent,
        operations=tuple(operations),
        difference=Difference(
            frame=(0, 0, 64, 64),
            changed=120,
            area=4096,
            bounds=(5, 6, 20, 10),
            regions=((5, 6, 20, 10),),
            mean="3.25",
            maximum=200,
        ),
    )
    return value.model_copy(update=changes)


CROP = Operation(name="crop", action="c2pa.cropped", numbers={"left": "2"}, width=60, height=60)
STROKE = Operation(
    name="stroke",
    action="c2pa.drawing",
    numbers={"width": "3"},
    points=(("1", "2"), ("10.5", "20")),
    region=(1, 2, 12, 20),
    width=60,
    height=60,
)
COUNTS = Counts(attempts=2, images=8, revisions=1, selections=1, edits=1)
PLAIN = Lineage(attempt=attempt(), counts=COUNTS, tree_size=12)
EDITED = Lineage(
    attempt=attempt(),
    steps=(edit(1, EditAgent.HUMAN, [CROP, STROKE], note="repainted the sail"),),
    counts=COUNTS,
    tree_size=12,
)
SOURCE = Import(
    number=1,
    id="im1",
    citation=citation(4),
    image=picture("i1"),
    source_digest=digest("photograph"),
    own=True,
    name="/home/somebody/photograph.jpg",
)
IMPORTED = Lineage(
    source=SOURCE,
    steps=(edit(1, EditAgent.MODEL, [STROKE]), edit(2, EditAgent.EXTERNAL, [], tool="Krita")),
    counts=COUNTS,
    tree_size=12,
)


MASKED = Repaint(
    attempt=attempt(
        number=3,
        id="at3",
        citation=citation(7),
        ended=citation(8),
        call=attempt().call.model_copy(update={"task": Task.INPAINT}),
    ),
    region=(8, 8, 20, 30),
    width=64,
    height=64,
)
INPAINTED = Lineage(attempt=attempt(), steps=(MASKED,), counts=COUNTS, tree_size=12)


def other_ledger_key() -> str:
    """Return the verifier key of somebody else who uses the same origin."""
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    return checkpoint.verifier_key(ORIGIN, other.public_key())


@functools.cache
def proof() -> LedgerProof:
    """Return a proof from a small ledger that is signed by ``LEDGER_KEY``."""
    sequence, size = 11, 12
    leaves = [merkle.leaf_hash(str(number).encode()) for number in range(size)]
    note = checkpoint.write(ORIGIN, size, merkle.root(leaves), _KEY).note
    path = merkle.inclusion_proof(leaves, sequence)
    return LedgerProof(
        origin=ORIGIN,
        sequence=sequence,
        leaf=leaves[sequence].hex(),
        tree_size=size,
        inclusion=tuple(node.hex() for node in path),
        checkpoint=note,
    )


def definition(
    lineage: Lineage = PLAIN,
    disclosure: Disclosure = Disclosure.STANDARD,
    media_type: str = "image/png",
    **changes: Any,
) -> dict[str, Any]:
    """Return a manifest definition."""
    asked: dict[str, Any] = {"proof": proof(), "title": "harbour.png", "now": NOW} | changes
    return manifest_definition(
        lineage, disclosure=disclosure, media_type=media_type, software_version="0.1.0", **asked
    )


def encoded(kind: str = "PNG", seed: int = 1, size: int = 64) -> bytes:
    """Return an unsigned picture: a gradient with some noise."""
    noise = np.random.default_rng(seed).integers(0, 40, (size, size, 3), dtype=np.uint8)
    ramp = np.linspace(0, 200, size, dtype=np.uint8)[:, None, None]
    buffer = io.BytesIO()
    Pictures.fromarray(noise + ramp).save(buffer, kind)
    return buffer.getvalue()


def inspect_here(paths: Sequence[Path], anchors: trust.Anchors) -> list[Inspection]:
    """Read our own files in this process, which saves a child's start-up for each signing."""
    return [entry.inspect_file(path, anchors) for path in paths]


@dataclass(frozen=True)
class Ledger:
    """A ledger at hand that knows what it is told."""

    files: dict[str, KnownImage] = field(default_factory=dict)
    manifests: dict[str, KnownImage] = field(default_factory=dict)
    pixels: dict[str, KnownImage] = field(default_factory=dict)
    verifier_key: str = LEDGER_KEY
    origin: str = ORIGIN
    size: int = 12

    def find_file(self, file_digest: str) -> list[KnownImage]:
        """Look up an exported file."""
        return [self.files[file_digest]] if file_digest in self.files else []

    def find_manifest(self, manifest_digest: str) -> list[KnownImage]:
        """Look up a manifest store."""
        return [self.manifests[manifest_digest]] if manifest_digest in self.manifests else []

    def find_image(self, pixel_digest: str) -> list[KnownImage]:
        """Look up pixels."""
        return [self.pixels[pixel_digest]] if pixel_digest in self.pixels else []

    def leaf_at(self, sequence: int) -> str | None:
        """Return the leaf of an event."""
        leaf = merkle.leaf_hash(str(sequence).encode()).hex()
        return leaf if sequence < self.size else None


@dataclass(frozen=True)
class Keys:
    """A development identity on disk."""

    signer: signer.CredentialSigner
    anchors: trust.Anchors
    root: bytes

    def signing(self, **changes: Any) -> manifest.Signing:
        """Sign with these keys, and judge in this process."""
        asked: dict[str, Any] = {
            "signer": self.signer,
            "anchors": self.anchors,
            "inspect": inspect_here,
        }
        return manifest.Signing(**(asked | changes))


def keys(folder: Path, identity: authority.DevelopmentIdentity | None = None) -> Keys:
    """Write an identity's files and open it."""
    identity = identity or authority.issue(datetime.now(UTC))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "signing.key.pem").write_bytes(identity.key)
    (folder / "signing.chain.pem").write_bytes(identity.chain)
    opened = signer.open_signer(keyfile.file_uri(folder / "signing.key.pem"))
    return Keys(opened, (trust.own_root(identity.root),), identity.root)


def sign(
    folder: Path,
    with_keys: Keys,
    name: str = "harbour.png",
    made: dict[str, Any] | None = None,
    seed: int = 1,
) -> tuple[Path, manifest.Signed]:
    """Sign a small picture into ``folder / name``."""
    kind = "JPEG" if name.endswith(".jpg") else "PNG"
    source = folder / f"source-{name}"
    source.write_bytes(encoded(kind, seed))
    target = folder / name
    signed = manifest.sign(
        source,
        target,
        made or definition(media_type=f"image/{kind.lower()}"),
        with_keys.signing(),
    )
    return target, signed


def requests(*names: str, seconds: float = 60.0) -> bytes:
    """Return what a worker process is asked on its standard input."""
    common = {
        "anchors": [],
        "pixels": True,
        "marks": False,
        "memory": 4 << 30,
        "seconds": seconds,
        "files": 200,
    }
    asked = [common, *({"path": name, "manifest": None} for name in names)]
    messages = [json.dumps(one).encode() for one in asked]
    return b"".join(len(one).to_bytes(4, "big") + one for one in messages)
