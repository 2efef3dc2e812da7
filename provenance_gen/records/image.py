"""How images are named, and what is known of their pixels."""

from __future__ import annotations

from provenance_gen.records.base import Count, Decimal, Digest, Record, Region, Text, Token


class StoredImage(Record):
    """An image in the image store."""

    pixel_digest: Digest
    """Identity of the pixels; see ``images.pixels.pixel_digest``."""
    file_digest: Digest
    """SHA-256 of the stored lossless file."""
    width: Count
    height: Count
    thumbnail_digest: Digest | None = None
    """SHA-256 of the thumbnail's file; None in records of earlier versions."""


class ImageRef(Record):
    """A recorded image: where it came from, and its pixels."""

    origin: Token
    """Identifier of the attempt, edit or import that brought it."""
    index: Count = 1
    """Place among the images of its origin, from 1."""
    pixel_digest: Digest


class FileStatement(Record):
    """What a file said of itself when it was taken in: a stranger's word, as it was checked then.

    An import keeps the file byte for byte, so that all of it can be read again.
    """

    verdict: Token
    """As ``verify`` put it: ``trusted``, ``valid``, ``invalid``, ``unsigned``, ``unreadable``."""
    credentials: Token = "none"
    """``embedded``, ``remote``, ``unreadable``, ``stripped`` or ``none``."""
    signer: Text | None = None
    """Name in the signing certificate."""
    generator: Text | None = None
    """Program that the manifest names."""
    ai: Token = "unknown"
    """``generated``, ``partly``, ``none`` or ``unknown``."""
    ai_signed: bool = False
    """Whether that is part of what was signed."""
    claims: tuple[Token, ...] = ()
    """Tools in whose form unsigned claims stand in it; anybody could have written them."""
    training: dict[Token, Token] | None = None
    """What its credentials say of use by AI, by entry of CAWG training and data mining 1.1 (such as
    ``ai_inference``): ``allowed``, ``notAllowed``, ``constrained``; None where they do not."""


class Difference(Record):
    """What changed between an image and the one it was made from, measured in pixels."""

    frame: Region
    """The part of the parent that the child shows; the whole parent unless it was cropped."""
    changed: Count
    """Pixels that differ, inside the frame."""
    area: Count
    """Pixels compared."""
    bounds: Region | None = None
    """Smallest box, in the child's pixels, that holds every changed pixel; None if none did."""
    regions: tuple[Region, ...] = ()
    """Boxes of connected changed areas in the child's pixels, largest first."""
    mean: Decimal
    """Mean absolute difference of 8-bit channel values over the compared pixels, 0 to 255."""
    maximum: Count
    """Largest absolute difference of an 8-bit channel value."""
    uniform: bool = False
    """Whether practically every pixel changed beyond the recorded changes of tone."""
    tone: bool = False
    """Whether a recorded operation changed the tone of the whole image. The figures above are of
    what changed beside it."""
