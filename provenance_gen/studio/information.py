"""Measure what the prompt of an attempt tells its model about an image: steering, in nats.

Loads the model that the attempt ran with, as a replay does: it fetches nothing. Only reads;
nothing is recorded, and nothing of it enters a report, a finding or an origin map.
"""

from __future__ import annotations

import math
import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from provenance_gen.errors import UsageError
from provenance_gen.generation import conditioned
from provenance_gen.generation.prompt_information import Estimate, Sampling, measure_errors
from provenance_gen.records.base import Text, decimal
from provenance_gen.records.information import (
    Information,
    InformationSampling,
    OtherPrompt,
    PromptInformation,
    WordInformation,
)
from provenance_gen.studio.information_files import demand_free, write_files
from provenance_gen.studio.replay import Means, bring_back
from provenance_gen.studio.select import find_shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from PIL.Image import Image as Picture

    from provenance_gen.generation.prompt_information import Errors
    from provenance_gen.records import work as records
    from provenance_gen.records.base import Decimal
    from provenance_gen.studio.information_files import InformationFiles
    from provenance_gen.studio.work import ImageLike, Work

__all__ = ["prompt_information", "words_of"]

_WORD: Final = re.compile(r"\w+(?:['\u2019-]\w+)*")
_OTHERS: Final = 4
"""Other prompts that are measured beside an attempt's own."""
_OF_WORK: Final = 2
"""Most of them that are taken from the work: its prompts are often revisions of each other."""
_ALWAYS: Final = (
    "a red house on a meadow",
    "a yellow fish in the sea at night",
    "a black cat in the snow at sunset",
    "a white flower on the sand",
    "an old man with a hat, portrait",
)
_SAMPLING: Final = Sampling()
_NULL, _OWN = 0, 1
"""Places of the null prompt and of the attempt's among the texts."""


def prompt_information(
    work: Work,
    image: ImageLike,
    means: Means | None = None,
    *,
    words: bool = False,
    sampling: Sampling = _SAMPLING,
    folder: Path | None = None,
    on_step: Callable[[int, int], None] = lambda _step, _of: None,
) -> PromptInformation:
    """Measure an image against the prompt it was made with; see ``Work.prompt_information``."""
    history = work.history()
    chosen = find_shown(history, image)
    attempt = _made_by(history, chosen)
    prompt = _prompt(attempt, chosen)
    asked = _Asked(prompt, _others(history, attempt, prompt), words_of(prompt) if words else [])
    if folder is not None:
        demand_free(folder)
    picture = work.studio.store.open(chosen.ref.pixel_digest)
    standing = bring_back(attempt, means or Means())
    errors = _errors(standing.pipe, attempt, asked, picture, sampling, on_step=on_step)
    own, *each = (errors.information(_OWN, beside) for beside in asked.beside)
    height, width = own.cells.shape
    cell = picture.width // width, picture.height // height
    maps = np.stack([estimate.cells for estimate in (own, *each)]) / math.prod(cell)
    files = write_files(folder, picture, maps) if folder is not None else None
    identity = standing.weights.result()
    return PromptInformation(
        image=chosen.name,
        pixel_digest=chosen.ref.pixel_digest,
        width=picture.width,
        height=picture.height,
        attempt=attempt.number,
        citation=attempt.citation,
        prompt=Text(prompt),
        information=_information(own),
        strongest=_strongest(maps),
        others=_measured(asked.others, errors),
        words=_words(asked, each, cell, files),
        space="latent",
        cell=cell,
        sampling=_drawn(sampling, errors),
        model=identity.digest if identity else None,
        changes=standing.changes(attempt),
        map=files.whole if files else None,
        values=files.values if files else None,
    )


def _errors(
    pipe: Any,
    attempt: records.Attempt,
    asked: _Asked,
    picture: Picture,
    sampling: Sampling,
    *,
    on_step: Callable[[int, int], None],
) -> Errors:
    skipped = attempt.call.arguments.get("clip_skip")
    layers = skipped if isinstance(skipped, int) else None
    denoiser = conditioned.denoiser(pipe, asked.texts, picture.size, clip_skip=layers)
    latent = conditioned.encode(pipe, picture)
    return measure_errors(denoiser, latent, sampling, on_step=on_step)


@dataclass(frozen=True)
class _Asked:
    """The texts that a denoiser is asked with, beside the null prompt."""

    prompt: str
    others: Mapping[str, int | None]
    """Other prompts, and the attempt each is from."""
    places: Sequence[tuple[int, int]]
    """Where the words are that are left out, each in its turn."""

    @property
    def texts(self) -> list[str]:
        """The prompt, the others, and the prompt without each word."""
        return [self.prompt, *self.others, *(_without(self.prompt, p) for p in self.places)]

    @property
    def beside(self) -> list[int]:
        """Places of what the prompt is compared with: the null prompt, and without each word."""
        first = _OWN + 1 + len(self.others)
        return [_NULL, *range(first, first + len(self.places))]


def words_of(prompt: str) -> list[tuple[int, int]]:
    """Return where the words of a prompt begin and end: runs of letters and digits."""
    return [match.span() for match in _WORD.finditer(prompt)]


def _without(prompt: str, place: tuple[int, int]) -> str:
    """Leave a word out, and the white space that it leaves behind."""
    rest = " ".join(f"{prompt[: place[0]]} {prompt[place[1] :]}".split())
    return re.sub(r" (?=[,.;:!?])", "", rest)


def _made_by(history: records.Work, chosen: records.Image) -> records.Attempt:
    """Return the attempt that made an image."""
    attempt = next((a for a in history.attempts if a.id == chosen.ref.origin), None)
    if attempt is None:
        first = history.lineage(chosen.name)[0].name
        hint = f"; the image it was made from is {first}" if first != chosen.name else ""
        raise UsageError(f"{chosen.name} was not made from a prompt: name an attempt's image{hint}")
    return attempt


def _prompt(attempt: records.Attempt, chosen: records.Image) -> str:
    """Return the words that an image was made with."""
    given = attempt.call.prompts
    if more := [name for name in given if name not in {"prompt", "negative_prompt"}]:
        raise UsageError(
            f"attempt {attempt.number} was given {more[0]} beside its prompt; what two texts tell"
            " together is not measured"
        )
    texts = given.get("prompt", ())
    if not texts:
        raise UsageError(f"attempt {attempt.number} was given no prompt in words")
    place = [image.name for image in attempt.images].index(chosen.name)
    text = texts[place * len(texts) // len(attempt.images)]
    if text is None:
        raise UsageError(
            f"the prompt of attempt {attempt.number} is withheld or was deleted; without its words"
            " it cannot be measured"
        )
    return str(text)


def _others(history: records.Work, attempt: records.Attempt, prompt: str) -> dict[str, int | None]:
    """Choose other prompts, with the number of their attempt: some of the work, then fixed ones."""
    of_work = {
        str(text): other.number
        for other in reversed(history.attempts)
        for text in other.call.prompts.get("prompt", ())
        if text and text.strip().casefold() != prompt.strip().casefold()
    }
    # By lot, but always the same for an attempt.
    drawn = random.Random(attempt.id).sample(sorted(of_work), min(_OF_WORK, len(of_work)))  # noqa: S311 - no secret
    found: dict[str, int | None] = {text: of_work[text] for text in drawn}
    fixed = [text for text in _ALWAYS if text != prompt.strip().casefold()]
    found |= {text: None for text in fixed if text not in found}
    return dict(list(found.items())[:_OTHERS])


def _measured(others: Mapping[str, int | None], errors: Errors) -> tuple[OtherPrompt, ...]:
    return tuple(
        OtherPrompt(
            prompt=Text(text),
            attempt=number,
            information=_information(errors.information(place, _NULL)),
        )
        for place, (text, number) in enumerate(others.items(), _OWN + 1)
    )


def _words(
    asked: _Asked,
    estimates: Sequence[Estimate],
    cell: tuple[int, int],
    files: InformationFiles | None,
) -> tuple[WordInformation, ...]:
    found = []
    for number, (place, estimate) in enumerate(zip(asked.places, estimates, strict=True)):
        row, column = divmod(int(estimate.cells.argmax()), estimate.cells.shape[1])
        found.append(
            WordInformation(
                word=Text(asked.prompt[slice(*place)]),
                place=place,
                information=_information(estimate),
                peak=(column * cell[0] + cell[0] // 2, row * cell[1] + cell[1] // 2),
                strongest=_strongest(estimate.cells / math.prod(cell)),
                map=files.words[number] if files else None,
            )
        )
    return tuple(found)


def _drawn(sampling: Sampling, errors: Errors) -> InformationSampling:
    return InformationSampling(
        samples=sampling.samples,
        location=decimal(sampling.location),
        scale=decimal(sampling.scale),
        lowest=_figure(errors.range[0]),
        highest=_figure(errors.range[1]),
        seed=sampling.seed,
    )


def _information(estimate: Estimate) -> Information:
    return Information(nats=_figure(estimate.nats), standard_error=_figure(estimate.standard_error))


def _strongest(values: Any) -> Decimal:
    return _figure(float(np.abs(values).max()))


def _figure(value: float) -> Decimal:
    return decimal(float(f"{value:.6g}"))
