"""What one call of a generator was: parameters as executed, model, inputs, environment."""

from __future__ import annotations

from enum import StrEnum

from provenance_gen.records.base import Count, Decimal, Digest, Natural, Record, Text, Token
from provenance_gen.records.image import ImageRef


class Task(StrEnum):
    """What kind of run it was, in the field's words."""

    TEXT_TO_IMAGE = "text-to-image"
    IMAGE_TO_IMAGE = "image-to-image"
    INPAINT = "inpaint"
    OTHER = "other"


class WeightsFile(Record):
    """One file of model weights."""

    component: Token
    """Component it belongs to, such as ``unet``."""
    digest: Digest
    """SHA-256 of the file's bytes."""
    size: Count
    """Bytes."""


class ModelIdentity(Record):
    """Which model ran."""

    kind: Token
    """``builtin``, ``folder``, ``file``, ``hub`` or ``object`` (somebody else loaded it)."""
    name: Text | None = None
    """What the user called it; a path's last part only."""
    revision: Token | None = None
    """Commit of a hub model."""
    digest: Digest | None = None
    """SHA-256 over the sorted component digests: one name for all the weights."""
    files: tuple[WeightsFile, ...] = ()
    basis: Token = "unknown"
    """``loaded_by_us``, ``path_after_load`` or ``unknown``."""
    licence: Token | None = None
    """SPDX identifier from the model card, if it has one."""


class GeneratorState(Record):
    """Where one image's random numbers came from, taken before the call."""

    device: Token
    seed: Natural | None = None
    """``initial_seed()`` of the generator; None where the global generator was used."""
    state: Digest | None = None
    """Digest of the stored state bytes before the call."""


class InputImage(Record):
    """An image given to the generator."""

    argument: Token
    """Name of the pipeline's argument, such as ``image`` or ``mask_image``."""
    image: ImageRef | None = None
    """The recorded image it is, if it is one."""
    pixel_digest: Digest | None = None
    width: Count | None = None
    height: Count | None = None


class Call(Record):
    """The executed values of one call."""

    pipeline: Token
    """Class of the pipeline."""
    task: Task
    prompts: dict[Token, tuple[Text | None, ...]] = {}
    """Every prompt argument by its name; one text, or one for each image of a batch."""
    generators: tuple[GeneratorState, ...] = ()
    """One for each image, or one for all of a batch."""
    steps: Count | None = None
    """Denoising steps asked for."""
    guidance: Decimal | None = None
    width: Count | None = None
    """Pixels."""
    height: Count | None = None
    """Pixels."""
    strength: Decimal | None = None
    count: Count | None = None
    """Images for each prompt."""
    scheduler: Token | None = None
    """Class of the scheduler."""
    scheduler_config: Digest | None = None
    arguments: dict[Token, Token | Count | bool] = {}
    """Remaining arguments: scalars as they are, floats as decimal text, objects as their type."""
    words: dict[Token, Text | None] = {}
    """Remaining arguments that are free text."""
    inputs: tuple[InputImage, ...] = ()
    completeness: tuple[Token, ...] = ()
    """What could not be captured, by short code; empty when nothing is missing."""


class Environment(Record):
    """What the call ran on; no host or user name."""

    python: Token
    system: Token
    """Operating system and machine, such as ``Linux-x86_64``."""
    device: Token
    device_name: Text | None = None
    dtype: Token
    libraries: dict[Token, Token] = {}
    """Version by library name: torch, diffusers, transformers, provenance-gen."""
    deterministic: bool = False
    """Whether torch was told to use deterministic algorithms."""
