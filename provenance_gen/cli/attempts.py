"""The work behind ``provgen generate``."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from provenance_gen.cli import output
from provenance_gen.errors import UsageError
from provenance_gen.generation.builtin import MODEL_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def parse_loras(texts: Sequence[str]) -> tuple[tuple[Path, float], ...]:
    """Read ``file:0.8`` as a file and its weight; without a weight it is 1."""
    found = []
    for text in texts:
        name, colon, weight = text.rpartition(":")
        try:
            found.append((Path(name).expanduser(), float(weight)) if colon else (Path(text), 1.0))
        except ValueError:
            found.append((Path(text).expanduser(), 1.0))
    return tuple(found)


def prompts(prompt: str | None, file: Path | None) -> list[str]:
    """Return the prompts asked for: one, or the lines of a file that are not empty.

    Raises:
        UsageError: neither or both were given, or the file cannot be read or holds none.
    """
    if (prompt is None) == (file is None):
        raise UsageError("give a prompt, or --prompt-file with one prompt on each line")
    if file is None:
        return [sys.stdin.read() if prompt == "-" else str(prompt)]
    try:
        listed = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file.name} cannot be read as UTF-8 text") from error
    found = [line.strip() for line in listed if line.strip()]
    if not found:
        raise UsageError(f"{file.name} holds no prompt")
    return found


def generate(work: Work, request: Request, prompts: Sequence[str], *, json: bool) -> None:
    """Make an attempt for each prompt and print what came of it."""
    if request.model == MODEL_ID and not json:
        _warn_of_unknown_words(" ".join(prompts))
    with output.progress("generating" if request.model == MODEL_ID else "loading") as moved:
        for attempt in work.generate_each(request, prompts, on_step=moved):
            if json:
                output.put_json(attempt.model_dump(mode="json"))
            else:
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
    said += [
        f"  {cut.argument}: only {cut.used} of {cut.tokens} tokens were used"
        for cut in attempt.call.tokens
        if cut.used < cut.tokens
    ]
    return said


def _warn_of_unknown_words(prompt: str) -> None:
    from provenance_gen.generation.builtin.captions import unknown_words

    if unknown := unknown_words(prompt):
        shown = ", ".join(unknown[:8]) + (", …" if len(unknown) > 8 else "")  # noqa: PLR2004
        output.note(
            f"the built-in model does not know: {shown}"
            " (it draws a few simple things; --model FOLDER takes a larger one)"
        )
