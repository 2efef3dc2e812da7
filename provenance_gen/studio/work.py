"""A work: the verbs a person uses while making one. Each verb lives in a file of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provenance_gen.studio import by_hand, handing_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PIL.Image import Image as Picture

    from provenance_gen.records import work as records
    from provenance_gen.records.export import Disclosure
    from provenance_gen.records.image import ImageRef
    from provenance_gen.studio.export import Exported, Options
    from provenance_gen.studio.gates import Gates
    from provenance_gen.studio.generate import Request
    from provenance_gen.studio.replay import Means, Replayed
    from provenance_gen.studio.studio import Studio

    ImageLike = str | ImageRef | records.Image | records.Edit | Picture
    """An image of the work: its name (``3.2``), its reference, what ``edit`` gave, or pixels."""


class Work:
    """One creative work in the making.

    Attributes:
        studio: the studio it belongs to.
        id: its random identifier.
    """

    def __init__(self, studio: Studio, identifier: str) -> None:
        """Name a work of a studio; use ``Studio.new_work`` or ``Studio.work``."""
        self.studio = studio
        self.id = identifier

    def __repr__(self) -> str:
        """Name the work."""
        return f"Work({self.id!r})"

    def history(self) -> records.Work:
        """Read the work as it stands: attempts, images, selections, edits, exports."""
        return self.studio.history().work(self.id)

    def record(
        self, pipe: Any, *, based_on: ImageLike | None = None, gates: Gates | None = None
    ) -> Any:
        """Return an object that behaves as ``pipe`` and records every call into this work.

        Nothing about the call changes: no generator is made, and the pixels are those of an
        unrecorded call.

        Args:
            pipe: any diffusers pipeline.
            based_on: the image that the next attempts revise; left out, it is inferred from
                what was last picked or shown, and recorded as inferred.
            gates: what is judged before each call, beside the gates of the user's
                ``config.yaml``; a call that one stops raises ``GateError``.
        """
        from provenance_gen.studio.generate import record  # noqa: PLC0415

        return record(self, pipe, based_on=based_on, gates=gates)

    def settle(self) -> None:
        """Wait until every finished call is stored and in the ledger; all reading does so too.

        Raises:
            StorageError: the disk was full; that attempt is recorded as failed.
        """
        self.studio.finisher.settle()

    def generate(
        self,
        request: Request,
        *,
        on_step: Callable[[int, int], None] = lambda _step, _of: None,
    ) -> records.Attempt:
        """Make one attempt with a model chosen by name; return it as recorded.

        Raises:
            ModelError: the model cannot be found or loaded; nothing is recorded.
            GateError: a gate stopped it; that it fired is recorded.
            GenerationError: the generator failed; the attempt is recorded as failed.
            KeyboardInterrupt: after the attempt was recorded as interrupted.
        """
        from provenance_gen.studio.generate import generate  # noqa: PLC0415

        return generate(self, request, on_step=on_step)

    def generate_each(
        self,
        request: Request,
        prompts: Sequence[str],
        *,
        on_step: Callable[[int, int], None] = lambda _step, _of: None,
    ) -> Iterator[records.Attempt]:
        """Make one attempt for each prompt, all with one loaded model and the same settings.

        Yields:
            Each attempt as recorded, before the next one begins.

        Raises:
            ModelError: the model cannot be found or loaded; nothing is recorded.
            GateError: a gate stopped it; that it fired is recorded.
            GenerationError: the generator failed; that attempt is recorded as failed.
        """
        from provenance_gen.studio.generate import generate_each  # noqa: PLC0415

        return generate_each(self, request, prompts, on_step=on_step)

    def bring_in(
        self, source: str | Path, *, own: bool = False, note: str | None = None
    ) -> records.Import:
        """Bring an image in from a file; the original is kept byte for byte.

        Args:
            source: a PNG, JPEG, WebP, TIFF, AVIF, GIF or BMP file.
            own: whether the person says that they made it.
            note: where it comes from, in the person's words.

        Raises:
            UnreadableImageError: it is no image that can be read, or too large.
            UsageError: it is said to be their own, and by this studio's record a generator made it
                or had a part in it.
        """
        from provenance_gen.studio.bring_in import bring_in  # noqa: PLC0415

        return bring_in(self, Path(source), own=own, note=note)

    view = by_hand.view
    select = by_hand.select
    reject = by_hand.reject
    edit = by_hand.edit
    edit_with = by_hand.edit_with
    inpaint = by_hand.inpaint
    match = by_hand.match
    confirm = by_hand.confirm
    measure = by_hand.measure
    prompt_information = by_hand.prompt_information

    def export(
        self,
        image: ImageLike,
        destination: str | Path,
        options: Options | None = None,
        *,
        disclosure: Disclosure | str | None = None,
        overwrite: bool | None = None,
    ) -> Exported:
        """Write a signed PNG, JPEG, WebP, AVIF or TIFF of an image.

        Args:
            image: the image to export.
            destination: file to write; its ending chooses the format.
            options: who signs, how, and what the person puts into the file.
            disclosure: how much of the record goes into the file, in place of the option's.
            overwrite: replace a file that is there, in place of the option's.

        Raises:
            UnknownReferenceError: the work has no such image.
            UsageError: the format is not known, or the file exists.
            SigningError: no signed file was made; the destination is as it was.
        """
        from provenance_gen.studio import export  # noqa: PLC0415

        options = options or export.Options()
        if disclosure is not None:
            options = replace(options, disclosure=disclosure)
        if overwrite is not None:
            options = replace(options, overwrite=overwrite)
        return export.export(self, image, Path(destination), options)

    report = handing_over.report
    bundle = handing_over.bundle

    def replay(
        self,
        reference: str,
        means: Means | None = None,
        *,
        on_step: Callable[[int, int], None] = lambda _step, _of: None,
    ) -> Replayed:
        """Run an attempt again from its record, and record how near the result came.

        A replay is a simulation. It fetches nothing, and what the attempt was allowed (pickle
        weights, remote code) is not allowed here unless ``means`` says so.

        Args:
            reference: an attempt (``2``) or one of its images (``2.3``).
            means: model, LoRA files or a loaded pipeline, where the record cannot say.
            on_step: told of each denoising step.

        Raises:
            UnknownReferenceError: the work has no such attempt.
            UsageError: it made nothing, or its model must be given.
            GenerationError: something needed was not captured, or the model failed.
        """
        from provenance_gen.studio.replay import Means, replay_attempt  # noqa: PLC0415

        return replay_attempt(self, reference, means or Means(), on_step=on_step)

    def find(self, image: ImageLike) -> records.Image:
        """Find an image of this work by its name, its reference or its pixels.

        Raises:
            UnknownReferenceError: there is none; the error carries the nearest names.
        """
        from provenance_gen.studio.select import find  # noqa: PLC0415

        return find(self.history(), image)
