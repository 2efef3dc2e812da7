"""The work behind ``provgen measure --prompt-information``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from provenance_gen.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provenance_gen.records.information import Information, PromptInformation
    from provenance_gen.studio import Work
    from provenance_gen.studio.replay import Means


@dataclass(frozen=True)
class Wanted:
    """What the options ask for."""

    words: bool
    samples: int
    folder: Path | None


def measure(work: Work, image: str, means: Means, wanted: Wanted, *, json: bool) -> None:
    """Measure an image against its prompt, and print what was found."""
    with output.progress("loading", then="measuring") as moved:
        found = work.prompt_information(
            image,
            means,
            words=wanted.words,
            samples=wanted.samples,
            folder=wanted.folder,
            on_step=moved,
        )
    if json:
        output.put_json(found.model_dump(mode="json"))
        return
    output.title(f"Prompt information of {found.image}, {found.width}x{found.height}")
    output.say(*_lines(found))
    if wanted.folder is not None:
        more = f", {len(found.words)} maps of words" if found.words else ""
        output.say(f"Wrote information.png{more} and information.npy to {wanted.folder}")


def _lines(found: PromptInformation) -> Iterator[str]:
    yield f"{_nats(found.information)}  its prompt: {output.shorten(found.prompt)}"
    for other in found.others:
        where = "" if other.attempt is None else f" (attempt {other.attempt})"
        yield f"{_nats(other.information)}  another: {output.shorten(other.prompt)}{where}"
    yield f"{0:>9.1f}            no prompt, by definition"
    if found.words:
        yield "Each word beyond the rest of the prompt, and the pixel where it tells most:"
    for word in found.words:
        yield f"{_nats(word.information)}  {word.word} at {word.peak[0]},{word.peak[1]}"
    drawn = found.sampling
    yield (
        f"Nats of the model's latent, +/- one standard error of {drawn.samples} noise levels"
        f" (log-SNR {float(drawn.lowest):.1f} to {float(drawn.highest):.1f}), seed {drawn.seed}."
    )
    if found.changes:
        yield f"Not as it was when the image was made: {', '.join(found.changes)}."
    yield "It measures how the words steer this model towards these pixels; not authorship."


def _nats(information: Information) -> str:
    return f"{float(information.nats):>9.1f} +/- {float(information.standard_error):<5.1f}"
