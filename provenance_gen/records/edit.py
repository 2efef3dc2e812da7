"""What an edit was: its operations in order, each with its parameters."""

from __future__ import annotations

from enum import StrEnum

from provenance_gen.records.base import Count, Decimal, Digest, Record, Region, Text, Token
from provenance_gen.records.image import ImageRef, StoredImage


class EditAgent(StrEnum):
    """By whom an edit was made."""

    HUMAN = "human"
    """The built-in editor, used interactively or by an explicit command of a person."""
    MODEL = "model"
    """A model, as in inpainting."""
    EXTERNAL = "external"
    """Another program; who or what acted there is not known until a person confirms it."""
    PROGRAM = "program"
    """This program, which drew a mark into the picture, such as a label that a law asks for. It
    says something about the picture and is nobody's contribution to it."""


class SourceLayer(Record):
    """One layer of a layered file."""

    name: Text | None = None
    kind: Token = "layer"
    """``layer`` or ``group``."""
    depth: Count = 0
    """How many groups it lies in."""
    visible: bool = True


class LayeredSource(Record):
    """A layered file of an editor (``.kra``, ``.ora``, ``.psd``, ``.xcf``), kept byte for byte."""

    blob: Digest
    """SHA-256 of the file; the image store keeps it as a blob."""
    form: Token
    """Its ending without the dot."""
    size: Count
    """In bytes."""
    layers: tuple[SourceLayer, ...] | None = None
    """Uppermost first; None where they could not be read."""
    count: Count | None = None
    """Number of layers and groups, all of them, where they could be read."""
    name: Text | None = None
    """Name of the file, without its folder."""


class Operation(Record):
    """One step of an edit."""

    name: Token
    """Name of the operation, such as ``crop``."""
    action: Token
    """The C2PA action it is, such as ``c2pa.cropped`` (C2PA 2.2, section 18.15)."""
    numbers: dict[Token, Decimal] = {}
    """Parameters by name; their units stand in the operation's docstring."""
    words: dict[Token, Text | None] = {}
    """Parameters that are free text."""
    points: tuple[tuple[Decimal, Decimal], ...] = ()
    """Points of a path, in pixels of the image that the operation was given."""
    region: Region | None = None
    """Box the operation changed, in pixels of its result; None where it is the whole image."""
    source: ImageRef | None = None
    """The recorded image whose pixels were put in."""
    mask: StoredImage | None = None
    """Where it acted, as a grey image in the store: white wholly, black not at all."""
    blend: Token | None = None
    """How pasted pixels were mixed with those below, such as ``multiply``."""
    font: Digest | None = None
    """SHA-256 of the font's file; None for the font that comes with the imaging library."""
    width: Count
    """Width of the result in pixels."""
    height: Count
    """Height of the result in pixels."""
