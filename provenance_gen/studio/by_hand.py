"""Verbs by which a person chooses, changes and measures; ``Work`` takes them as its methods.

Each begins its own file when it is called, so that looking at a work loads little.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from provenance_gen.records.event import Basis

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PIL.Image import Image as Picture

    from provenance_gen.editing.areas import Area
    from provenance_gen.editing.steps import Step
    from provenance_gen.records import work as records
    from provenance_gen.records.finding import Contribution
    from provenance_gen.records.information import PromptInformation
    from provenance_gen.studio.inpaint import Painting
    from provenance_gen.studio.outside import Sitting
    from provenance_gen.studio.replay import Means
    from provenance_gen.studio.work import ImageLike, Work


def view(work: Work, images: Sequence[ImageLike], *, basis: Basis = Basis.CONTEMPORANEOUS) -> None:
    """Record that images were shown to a person.

    Args:
        work: the work.
        images: the images.
        basis: ``inferred`` where it is only likely that they were looked at.
    """
    from provenance_gen.studio import select as verbs  # noqa: PLC0415

    verbs.view(work, images, basis=basis)


def select(
    work: Work,
    image: ImageLike,
    *,
    over: Sequence[ImageLike] | None = None,
    reason: str | None = None,
) -> None:
    """Record that an image was picked.

    Args:
        work: the work.
        image: the one picked.
        over: the ones it was picked over; left out, the other images of its attempt.
        reason: why, in the person's words.

    Raises:
        UnknownReferenceError: the work has no such image.
    """
    from provenance_gen.studio import select as verbs  # noqa: PLC0415

    verbs.select(work, image, over=over, reason=reason)


def reject(work: Work, images: Sequence[ImageLike], *, reason: str | None = None) -> None:
    """Record that images were rejected.

    Raises:
        UnknownReferenceError: the work has no such image.
    """
    from provenance_gen.studio import select as verbs  # noqa: PLC0415

    verbs.reject(work, images, reason=reason)


def edit(
    work: Work,
    image: ImageLike,
    result: Picture | Sequence[Step],
    *,
    tool: str | None = None,
    note: str | None = None,
    sources: Sequence[str | Path] = (),
) -> records.Edit:
    """Record an edit; the image it was made from stays as it is.

    Args:
        work: the work.
        image: the image edited.
        result: steps of the built-in editor, or the picture that another program made of
            it, which is recorded as ``external``.
        tool: the other program's name.
        note: what was done and why, in the person's words.
        sources: the other program's layered files (``.kra``, ``.ora``, ``.psd``, ``.xcf``), which
            are kept with the edit.

    Raises:
        UnknownReferenceError: the work has no such image.
        UsageError: a step cannot be done as asked.
        ImageError: the picture was not made from that image.
    """
    from provenance_gen.studio import edit as verbs  # noqa: PLC0415
    from provenance_gen.studio.layered import keep_source  # noqa: PLC0415

    kept = tuple(keep_source(work.studio, Path(source)) for source in sources)
    return verbs.edit(work, image, result, tool=tool, note=note, sources=kept)


def edit_with(
    work: Work,
    image: ImageLike,
    command: str,
    *,
    tool: str | None = None,
    note: str | None = None,
    stay: bool = False,
    on_open: Callable[[], None] = lambda: None,
    on_save: Callable[[records.Edit], None] = lambda _edit: None,
) -> Sitting:
    """Open an image in another program, and record every save until it is closed.

    A KeyboardInterrupt meanwhile ends the watching, not the program; what was saved by then is
    recorded.

    Args:
        work: the work.
        image: the image; the program gets a copy.
        command: the program with its arguments; ``{}`` stands for the file, which else comes
            last. ``default`` is what the system opens pictures with.
        tool: the program's name in the record; left out, that of the command.
        note: what is done and why, in the person's words.
        stay: go on watching when the command has returned, as one does that hands the file to a
            program that is open already; always so for ``default``.
        on_open: told when the program has been started.
        on_save: told of each edit as soon as it is recorded.

    Raises:
        UnknownReferenceError: the work has no such image.
        UsageError: there is no such program, or it cannot be started.
        StorageError: the working copy cannot be written.
    """
    from provenance_gen.studio import outside  # noqa: PLC0415

    return outside.edit_with(
        work, image, command, tool=tool, note=note, stay=stay, on_open=on_open, on_save=on_save
    )


def inpaint(
    work: Work,
    image: ImageLike,
    area: Area,
    painting: Painting,
    *,
    note: str | None = None,
    on_step: Callable[[int, int], None] = lambda _step, _of: None,
) -> records.Edit:
    """Have a model paint an area of an image anew: an attempt, and an edit by agent ``model``.

    Outside the area every pixel stays as it was, whatever the model did there.

    Args:
        work: the work.
        image: the image; it stays as it is.
        area: where; a mask may be an image of the work, a file or pixels.
        painting: the prompt and how to paint.
        note: why, in the person's words.
        on_step: told of each denoising step.

    Raises:
        UnknownReferenceError: the work has no such image.
        UsageError: the area holds nothing, or does not fit.
        GenerationError: the generator failed; the attempt is recorded as failed, and no edit.
    """
    from provenance_gen.studio import inpaint as verbs  # noqa: PLC0415

    return verbs.inpaint(work, image, area, painting, note=note, on_step=on_step)


def match(work: Work, brought: records.Import) -> records.Edit | None:
    """Find the image that an import was made from, by content, and record the guess.

    The edit that is recorded is ``inferred`` until a person confirms it; without that it counts
    for nothing.

    Returns:
        The edit, or None where no image of the work agrees with the import.
    """
    from provenance_gen.studio import match as verbs  # noqa: PLC0415

    return verbs.match(work, brought)


def confirm(
    work: Work, image: str, *, note: str | None = None, link_only: bool = False
) -> records.Edit:
    """Confirm of an edit made in another program that it was made from its parent, and by hand.

    Args:
        work: the work.
        image: the edit's image, such as ``e3``.
        note: in the person's words, such as what was done by hand and what by a filter.
        link_only: confirm only from which image it was made, and not that the work was theirs.

    Raises:
        UnknownReferenceError: the work has no such edit.
        UsageError: there is nothing open in it, it was confirmed, or a program asks.
    """
    from provenance_gen.studio import confirm as verbs  # noqa: PLC0415

    return verbs.confirm(work, image, note=note, link_only=link_only)


def prompt_information(
    work: Work,
    image: ImageLike,
    means: Means | None = None,
    *,
    words: bool = False,
    samples: int = 32,
    folder: str | Path | None = None,
    on_step: Callable[[int, int], None] = lambda _step, _of: None,
) -> PromptInformation:
    """Measure how much an image's prompt steered its model, in nats, beside baselines.

    The model that the attempt ran with is loaded, and nothing is fetched. Nothing is recorded.
    See docs/contribution.md for what the number is and what it does not show.

    Args:
        work: the work.
        image: an image that an attempt made.
        means: model, LoRA files or a loaded pipeline, where the record cannot say.
        words: whether to measure each word too, by leaving it out.
        samples: noise levels that are drawn, an even number; more are more exact.
        folder: where maps are written, if anywhere.
        on_step: told of each noise level that is done.

    Raises:
        UnknownReferenceError: the work has no such image.
        UsageError: no attempt made it, its prompt is withheld, its model must be given, or the
            number of samples is odd.
        GenerationError: the model is of a kind that cannot be asked so.
    """
    from provenance_gen.generation.prompt_information import Sampling  # noqa: PLC0415
    from provenance_gen.studio import information as verbs  # noqa: PLC0415

    place, sampling = None if folder is None else Path(folder), Sampling(samples=samples)
    return verbs.prompt_information(
        work, image, means, words=words, sampling=sampling, folder=place, on_step=on_step
    )


def measure(work: Work, image: ImageLike, folder: Path | None = None) -> Contribution:
    """Measure what led to an image, and where the steps of its making show in it.

    The counts are of what leads to this image, not of the whole work; ``origin`` is its map. The
    same events and pixels give the same record.

    Args:
        work: the work.
        image: the image.
        folder: where the label image and the coverage of each layer are written, if anywhere.

    Raises:
        UnknownReferenceError: the work has no such image.
        MissingExtraError: pictures of another program must be compared, and OpenCV is missing.
        ImageError: the recorded steps do not lead to the picture.
    """
    from provenance_gen.studio import measure as verbs  # noqa: PLC0415

    return verbs.contribution(work, image, folder)
