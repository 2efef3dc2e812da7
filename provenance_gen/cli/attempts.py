"""The work behind ``provgen generate``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance_gen.cli import output
from provenance_gen.errors import UsageError
from provenance_gen.generation.builtin import MODEL_ID

if TYPE_CHECKING:
    from provenance_gen.records.work import Attempt
    from provenance_gen.studio import Work
    from provenance_gen.studio.generate import Request


def parse_size(text: str | None) -> tuple[int, int] | None:
    """Read ``512x768`` as width and height.

    Raises:
        UsageError: it is not of that form.
    """
    if text is None:
        return None
    if match := re.fullmatch(r"(\d{1,5})x(\d{1,5})", text.strip().lower()):
        return int(match[1]), int(match[2])
    raise UsageError(f"--size takes WIDTHxHEIGHT, such as 512x512, not {text!r}")


def generate(work: Work, request: Request, *, json: bool) -> None:
    """Make one attempt and print what came of it."""
    if request.model == MODEL_ID and not json:
        _warn_of_unknown_words(request.prompt)
    with output.progress("loading the model") as moved:
        attempt = work.generate(request, on_step=moved)
    if json:
        output.put_json(attempt.model_dump(mode="json"))
        return
    output.say(*lines(work, attempt))


def lines(work: Work, attempt: Attempt) -> list[str]:
    """Return what is printed of a finished attempt."""
    seeds = [state.seed for state in attempt.call.generators if state.seed is not None]
    seconds = (attempt.milliseconds or 0) / 1000
    images = "1 image" if len(attempt.images) == 1 else f"{len(attempt.images)} images"
    said = [f"Attempt {attempt.number}: {images} in {seconds:.1f} s"]
    if attempt.revises is not None:
        looked = f" after looking at {attempt.viewed}" if attempt.viewed else ""
        guessed = " (inferred)" if attempt.revision_basis == "inferred" else ""
        said.append(f"  revises attempt {attempt.revises}{looked}{guessed}")
    for place, image in enumerate(attempt.images):
        seed = f"seed {seeds[place]}" if place < len(seeds) else "seed not known"
        oddity = "  replaced by the safety checker" if image.flagged else ""
        oddity += "  all one colour" if image.blank else ""
        path = work.studio.store.path(image.ref.pixel_digest)
        said.append(f"  {image.name}  {seed}  {path}{oddity}")
    return said


def _warn_of_unknown_words(prompt: str) -> None:
    from provenance_gen.generation.builtin.captions import unknown_words

    if unknown := unknown_words(prompt):
        shown = ", ".join(unknown[:8]) + (", …" if len(unknown) > 8 else "")  # noqa: PLR2004
        output.note(
            f"the built-in model does not know: {shown}"
            " (it draws a few simple things; --model FOLDER takes a larger one)"
        )
