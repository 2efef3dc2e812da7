"""Write an image as a signed file: the picture leaves with the proof of its making.

The order matters. What will be told is shown first, and the key is opened, before anything is
recorded. The event that says what will be signed comes next and is covered by a checkpoint, so
that its proof can go into the file; the file is signed beside its destination, read back and
judged, and only then renamed; the event with the finished file's digests comes last. An XMP packet
with the AI mark, for readers that know no C2PA, is put in before signing.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provenance_gen import leftovers
from provenance_gen.credentials import manifest, passphrase
from provenance_gen.credentials.assertions import manifest_definition
from provenance_gen.digests import new_id
from provenance_gen.errors import CalledOffError, StorageError, UsageError
from provenance_gen.images.pixels import decode, pixel_digest
from provenance_gen.names import demand_place, demand_text
from provenance_gen.records import payloads
from provenance_gen.records.base import Text
from provenance_gen.records.export import Disclosure, LedgerProof, Lineage
from provenance_gen.studio import asked, preview, signing, twins, worker
from provenance_gen.studio import label as labels
from provenance_gen.studio.anchors import keep_up
from provenance_gen.studio.chains import commitments, lineage, originals, sealed_events
from provenance_gen.studio.encoding import FORMATS, Format, encode
from provenance_gen.studio.preview import Leaving
from provenance_gen.studio.sealing import seal
from provenance_gen.studio.select import find_shown
from provenance_gen.studio.untold import untold
from provenance_gen.studio.visible_label import draw
from provenance_gen.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance_gen.credentials.manifest import Signed
    from provenance_gen.credentials.passphrase import Ask
    from provenance_gen.records.export import Stated, Training
    from provenance_gen.records.work import Image
    from provenance_gen.studio.label import Label
    from provenance_gen.studio.preview import Preview
    from provenance_gen.studio.work import ImageLike, Work


@dataclass(frozen=True)
class Options:
    """How a file is signed, and what the person puts into it."""

    disclosure: Disclosure | str = Disclosure.STANDARD
    overwrite: bool = False
    sidecar: bool = False
    """Write the manifest beside the file (``.c2pa``), and leave the file without one."""
    signer: str | None = None
    """A key's name or a URI; left out, the studio's own choice."""
    timestamp: bool | str = False
    """Ask a time-stamp authority of the user's configuration: the first, or the one named."""
    author: str | None = None
    """Name that the person signs as."""
    training: Training | str | None = None
    conditions: str | None = None
    """Of ``constrained`` training, in the person's words."""
    mark: str | None = None
    """Label that a law asks for: ``cn`` for GB 45438-2025, or ``keep`` for the one that an imported
    file carries; see ``studio.label``."""
    producer: str | None = None
    """Code or name of the producer in that label; never invented."""
    visible_label: str | None = None
    """Words to draw into the picture first, as an edit; see ``studio.visible_label``."""
    label_font: bytes | None = None
    confirm: Callable[[Preview], bool] = lambda _preview: True
    """Told what the file will tell; False calls it off before anything is recorded."""
    ask: Ask = passphrase.nobody
    """Asks a person for a key's passphrase."""


@dataclass(frozen=True)
class Exported:
    """A signed file as it left the studio."""

    path: Path
    image: str
    """Name of the image it shows."""
    disclosure: Disclosure
    signed: Signed
    development: bool
    """Whether it was signed with a development certificate."""
    warnings: tuple[str, ...] = ()
    """As in the preview."""


@dataclass(frozen=True)
class _Plan:
    """Everything that is decided before anything is recorded."""

    work: Work
    chosen: Image
    chain: Lineage
    destination: Path
    file_format: Format
    disclosure: Disclosure
    stated: Stated
    label: Label | None = None
    warnings: tuple[str, ...] = ()
    mining: tuple[str, ...] = ()
    """See ``label.Decided``."""

    def definition(self, proof: LedgerProof | None) -> dict[str, Any]:
        """Return the manifest's definition."""
        return manifest_definition(
            self.chain,
            disclosure=self.disclosure,
            proof=proof,
            title=self.destination.name,
            media_type=self.file_format.media_type,
            software_version=VERSION,
            now=dt.datetime.now(dt.UTC),
            stated=self.stated,
        )


def export(work: Work, image: ImageLike, destination: Path, options: Options) -> Exported:
    """Write a signed file; see ``Work.export``."""
    studio = work.studio
    studio.demand_own()
    plan = _plan(work, image, destination, options)
    authority = asked.authority(options.timestamp)
    signer, anchors = signing.open_key(studio, options.signer, options.ask)
    plan, draft = _labelled(plan, options)
    block, kind = plan.label.block if plan.label else None, plan.file_format
    twin = twins.twin(draft, plan.disclosure, kind.media_type, aigc=block) if kind.embeds else None
    kept = originals(studio.store, plan.chain, draft)
    says_ai, training = twins.says_ai(draft), plan.stated.training
    more = untold(plan.chain, says_ai=says_ai, training=training, kept=kept, mining=plan.mining)
    plan = replace(plan, warnings=(*plan.warnings, *more))
    leaving = Leaving(
        draft, plan.disclosure, twin, tuple(kept), signer, authority, plan.label, plan.warnings
    )
    _agreed(leaving, plan, options)
    with tempfile.TemporaryDirectory(prefix="provgen-") as temporary:
        # What is signed is what a reader will decode: so it is decoded before it is recorded.
        encoded = Path(temporary) / f"picture.{kind.name}"
        picture = studio.store.open(plan.chosen.ref.pixel_digest)
        data = encode(picture, kind, twin.packet if twin else None)
        if plan.label:
            labels.demand_one(data)
        try:
            encoded.write_bytes(data)
        except OSError as error:
            raise StorageError(f"cannot write a temporary file: {error.strerror}") from error
        identifier = new_id("x")
        proof = _prepare(plan, identifier, pixel_digest(decode(encoded)))
        definition = plan.definition(proof)
        how = manifest.Signing(
            signer=signer,
            anchors=anchors,
            inspect=worker.inspect,
            originals=kept,
            authority=authority,
            sidecar=options.sidecar,
        )
        leftovers.sweep(destination.parent)
        signed = manifest.sign(encoded, destination, definition, how)
    _record_signed(work, identifier, signed, destination.name)
    keep_up(studio)
    development = signer.certified.development
    name = plan.chosen.name
    return Exported(destination, name, plan.disclosure, signed, development, plan.warnings)


def _plan(work: Work, image: ImageLike, destination: Path, options: Options) -> _Plan:
    """Refuse what cannot be written before anything is recorded."""
    file_format = FORMATS.get(destination.suffix.lower())
    if file_format is None:
        raise UsageError(
            f"{destination.name}: export writes {', '.join(sorted(FORMATS))}; give the file one of"
            " these endings"
        )
    if not file_format.embeds and not options.sidecar:
        raise UsageError(
            f"{destination.name}: this kind of file takes no manifest in; add --sidecar, or choose"
            " .png, .jpg, .webp, .avif or .tif"
        )
    demand_place(destination)
    demand_text(destination.name)  # the signed file and the record of it both tell its name
    written = [destination, *([manifest.sidecar_of(destination)] if options.sidecar else [])]
    for path in written:
        if path.exists() and not options.overwrite:
            raise UsageError(f"{path} exists; choose another name or pass --overwrite")
    disclosure = asked.one_of(Disclosure, options.disclosure, "disclosure")
    chosen = find_shown(work.history(), image)
    return _Plan(
        work=work,
        chosen=chosen,
        chain=lineage(work, chosen.name),
        destination=destination,
        file_format=file_format,
        disclosure=disclosure,
        stated=asked.stated(options),
        label=labels.asked(options.mark, options.producer, file_format),
    )


def _labelled(plan: _Plan, options: Options) -> tuple[_Plan, dict[str, Any]]:
    """Decide on labels and draw the visible one; return the plan, and the manifest so far.

    It is without the record assertion, which can only be made once the export is recorded.
    """
    studio = plan.work.studio
    # What a minimal manifest is silent about may carry a label all the same.
    whole = replace(plan, disclosure=Disclosure.STANDARD).definition(None)
    decided = labels.decide(studio, plan.chain, whole, plan.label, options.mark)
    if options.visible_label is not None:
        drawn = draw(plan.work, plan.chosen, options.visible_label, options.label_font)
        plan = _plan(plan.work, drawn.image.name, plan.destination, options)
    plan = replace(plan, label=decided.label, warnings=decided.warnings, mining=decided.mining)
    return plan, plan.definition(None)


def _agreed(leaving: Leaving, plan: _Plan, options: Options) -> None:
    """Show what the file will tell; stop where the person does not want that.

    Raises:
        CalledOffError: they said no.
    """
    draft = leaving.definition
    if plan.disclosure is not Disclosure.MINIMAL:
        work = plan.work
        names = list(sealed_events(plan.chain, work.history()))
        draft = preview.with_record(draft, plan.chain, work.studio.ledger.origin, names)
    if not options.confirm(preview.of(replace(leaving, definition=draft))):
        drawn = f" The label that was drawn stays on record, as {plan.chosen.name}."
        raise CalledOffError(f"Nothing was exported.{drawn if options.visible_label else ''}")


def _prepare(plan: _Plan, identifier: str, pixels: str) -> LedgerProof:
    """Record what is about to be signed, and prove that it was."""
    studio = plan.work.studio
    kept, withheld = commitments(plan.chain, plan.work.history())
    prepared = studio.append(
        payloads.ExportPrepared(
            work=plan.work.id,
            export=identifier,
            image=plan.chosen.ref,
            file_format=plan.file_format.name,
            disclosure=plan.disclosure.value,
            pixel_digest=pixels,
            withheld=Text(kept),
            label=plan.label.kind if plan.label else None,
            label_id=plan.label.content_id if plan.label else None,
        )
    )
    return seal(studio.ledger, prepared, withheld)


def _record_signed(work: Work, identifier: str, signed: Signed, name: str) -> None:
    """Record that a signed file lies at its destination."""
    work.studio.append(
        payloads.ExportSigned(
            work=work.id,
            export=identifier,
            file_digest=signed.file_digest,
            pixel_digest=signed.pixel_digest,
            manifest_digest=signed.manifest_digest,
            certificate_digest=signed.certificate_digest,
            name=Text(name),
        )
    )
