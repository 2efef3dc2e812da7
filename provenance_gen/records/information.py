"""What a prompt tells a model about an image: a measurement of steering, with its baselines.

Nats of the model's own, and of its latent where it works on one (see
``generation.prompt_information``). No figure here is one of authorship, and none enters a share
of a picture. The maps lie in files beside it, which it names by digest.
"""

from __future__ import annotations

from provenance_gen.records.base import Count, Decimal, Digest, Record, Text, Token
from provenance_gen.records.event import Citation


class Information(Record):
    """A number of nats and how exactly it is known."""

    nats: Decimal
    standard_error: Decimal
    """Of the sampling alone; how far the model itself is from the best denoiser is not in it."""


class InformationSampling(Record):
    """How the integral over noise levels was taken."""

    samples: Count
    """Noise levels that were drawn; each was used with one noise and its negative."""
    location: Decimal
    """Middle and scale of the logistic over log-SNR by which they were drawn."""
    scale: Decimal
    lowest: Decimal
    """Log-SNR from which to which was integrated."""
    highest: Decimal
    seed: Count


class WordInformation(Record):
    """What one word tells beyond the rest of the prompt, found by leaving it out."""

    word: Text
    place: tuple[Count, Count]
    """First character in the prompt and the one behind the last, from 0."""
    information: Information
    peak: tuple[Count, Count]
    """Pixel in the middle of the cell where it tells most."""
    strongest: Decimal
    """Largest absolute value of its map, in nats per pixel."""
    map: Digest | None = None
    """SHA-256 of the picture of its map, where files were written."""


class OtherPrompt(Record):
    """What another prompt would tell about the same image: a baseline."""

    prompt: Text
    attempt: Count | None = None
    """The attempt of the work that it is from; None for those that are always the same."""
    information: Information


class PromptInformation(Record):
    """What the prompt of an attempt tells its model about an image of that attempt."""

    image: str
    pixel_digest: Digest
    width: Count
    height: Count
    attempt: Count
    citation: Citation
    """The event with the prompt."""
    prompt: Text
    information: Information
    """Beyond the null prompt, whose own is 0 by definition."""
    others: tuple[OtherPrompt, ...]
    words: tuple[WordInformation, ...] = ()
    """In the prompt's order; they need not add up to the prompt's, since words share what they
    tell."""
    space: Token
    """``latent``: squared errors are those of the latent, and nats are of the latent."""
    cell: tuple[Count, Count]
    """Width and height of what one value of the maps covers, in pixels."""
    sampling: InformationSampling
    model: Digest | None = None
    """Digest of the weights that measured, where it is known."""
    strongest: Decimal
    """Largest absolute value of all maps, in nats per pixel: their full colour."""
    changes: tuple[Token, ...] = ()
    """What differs from the attempt: ``model.weights``, ``model.unknown``, ``adapters``, or a
    component's name."""
    map: Digest | None = None
    """SHA-256 of the picture of the map, where files were written."""
    values: Digest | None = None
    """SHA-256 of the file with the maps' values."""
