"""Where in a picture each step of its making shows: the origin map as a record.

Pixels and shares lie in image files beside it, which it names by digest. It says who wrote what
and where; it adds nothing up to a figure for the whole picture, and no figure here is one of
authorship.
"""

from __future__ import annotations

from provenance_gen.records.base import Count, Decimal, Digest, Record, Region, Token
from provenance_gen.records.event import Citation


class OriginRegion(Record):
    """A connected area of one writer's pixels."""

    box: Region
    """Left, top, width, height in the final picture's pixels."""
    area: Count
    """Pixels of the area, in px²."""


class OriginLayer(Record):
    """What one writer has of the final picture."""

    label: Count
    """Its value in the label image, from 1."""
    image: str
    """Name of the image that the step made, such as ``1.2`` or ``e4``."""
    writer: Token
    """By what means: see ``images.layers.Writer``."""
    agent: Token
    """``model``, ``human``, ``external``, ``program`` (a mark that it drew) or ``import``: what the
    record of the step says."""
    confirmed: bool | None = None
    """Of work in another program: whether a person confirmed it as theirs. Of an imported file:
    whether the person says that they made it. None for all else."""
    source: Digest | None = None
    """Pixels of the image that was put in, where one was."""
    source_image: str | None = None
    """Its name, where it is an image of the work."""
    citations: tuple[Citation, ...]
    extent: Token
    """``recorded``: where it wrote follows from its record. ``recovered``: found by comparing two
    pictures; each changed pixel is counted whole. ``assumed``: could not be found, and every
    pixel is counted."""
    area: Count
    """Pixels that have more than half of their value from it, in px²."""
    covered: Decimal
    """Sum of its shares of all pixels, in px²."""
    regions: tuple[OriginRegion, ...] = ()
    """Connected areas of those pixels, largest first."""
    coverage: Digest | None = None
    """SHA-256 of the file with its share of each pixel, where files were written."""


class ToneChange(Record):
    """The tone, blur or sharpness of the whole picture changed: no area is counted for it."""

    image: str
    operations: tuple[Token, ...] = ()
    """By name, where they are recorded; of another program's only that there was one is known."""
    citation: Citation


class Recovered(Record):
    """What a comparison of two pictures found of an edit in another program."""

    image: str
    parent: str
    to_parent: tuple[Decimal, ...]
    """Two rows of the map from the image's pixels to the parent's; the third is 0, 0, 1."""
    exact: bool
    """Whether no pixel was resampled."""
    agreement: Decimal
    """Share of textured blocks by which the two agree, 0 to 1."""
    tone: bool
    changed: Count
    """Changed pixels, tone and geometry taken off."""
    area: Count
    """Pixels compared."""
    tolerance: Count
    """By how many 8-bit values a changed pixel differs at least."""
    reduced: Count
    """By what number the pictures were made smaller to be compared; 1 for none."""
    delta_e_mean: Decimal
    """Mean CIEDE2000 difference of the changed pixels."""
    delta_e_maximum: Decimal
    ssim: Decimal


class Unmeasured(Record):
    """A step of which it could not be found where it shows."""

    image: str
    reason: str


class StructureKept(Record):
    """How much of the structure of a picture handed in shows in what the generator made of it."""

    image: str
    """The generated image."""
    argument: Token
    """Where it was handed in, such as ``image``."""
    input: Digest
    input_image: str | None = None
    own: bool
    """Whether it is an imported file that the person says they made."""
    edges: Decimal
    """Overlap of the strongest edges, 0 to 1; see docs/contribution.md."""
    edges_by_chance: Decimal
    """What two pictures with edges in unrelated places would have."""
    ssim: Decimal
    """Structural similarity, -1 to 1."""


class Origin(Record):
    """The origin map of one image."""

    image: str
    pixel_digest: Digest
    width: Count
    height: Count
    owns: Decimal
    """Share above which a pixel is labelled with its writer."""
    layers: tuple[OriginLayer, ...]
    mixed: Count
    """Pixels that no single writer supplied more than half of, in px²; label 0."""
    tones: tuple[ToneChange, ...] = ()
    recovered: tuple[Recovered, ...] = ()
    structure: tuple[StructureKept, ...] = ()
    unmeasured: tuple[Unmeasured, ...] = ()
    labels: Digest | None = None
    """SHA-256 of the label image, where files were written."""
