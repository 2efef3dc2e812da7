"""What one call of a generator was: parameters as executed, model, inputs, environment."""

from __future__ import annotations

from enum import StrEnum

from provenance_gen.records.base import Count, Decimal, Digest, Natural, Record, Text, Token
from provenance_gen.records.image import FileStatement, ImageRef


class Task(StrEnum):
    """What kind of run it was, in the field's words."""

    TEXT_TO_IMAGE = "text-to-image"
    IMAGE_TO_IMAGE = "image-to-image"
    INPAINT = "inpaint"
    VIDEO = "video"
    AUDIO = "audio"
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
    unsafe: tuple[Token, ...] = ()
    """What was allowed though it can run code of strangers: ``pickle``, ``remote_code``."""


class GeneratorState(Record):
    """Where one image's random numbers came from, taken before the call."""

    device: Token
    seed: Natural | None = None
    """``initial_seed()`` of the generator; None where the global generator was used."""
    state: Digest | None = None
    """Digest of the state's bytes before the call, under which they are stored."""
    fresh: bool = False
    """Whether it is the state right after seeding; then the seed gives it and it is not stored."""


class InputImage(Record):
    """An image given to the generator."""

    argument: Token
    """Name of the pipeline's argument, such as ``image`` or ``mask_image``."""
    image: ImageRef | None = None
    """The recorded image it is, if it is one."""
    pixel_digest: Digest | None = None
    width: Count | None = None
    height: Count | None = None
    mode: Token | None = None
    """Pillow's mode as given: a mask may come as ``L`` and is kept as RGB."""
    file_digest: Digest | None = None
    """SHA-256 of the file that it was read from, where that is known."""
    statement: FileStatement | None = None
    """What that file said of itself; of a recorded image its import says so."""


class StoredArray(Record):
    """An array that is no image: a tensor, latents, a video, a sound."""

    digest: Digest
    """See ``images.pixels.array_digest``; the stored blob has the same digest."""
    dtype: Token
    """As torch or numpy calls it; ``bfloat16`` is stored as its 16-bit patterns."""
    shape: tuple[Count, ...]
    stored: bool = True
    """False where it was larger than what is kept."""


class GeneratedArray(Record):
    """Something else that a generator gave back: latents, an array of pixels, a video, a sound."""

    field: Token
    """Name of the output's field, such as ``frames``."""
    index: Count = 1
    """Place in that field, from 1."""
    array: StoredArray
    finite: bool = True
    """Whether it holds no NaN and no infinity."""
    blank: bool = False
    """Whether every element is the same."""


class ArgumentArray(Record):
    """An array given to the generator."""

    argument: Token
    array: StoredArray
    torch: bool = True
    """Whether it came as a torch tensor, else as a numpy array."""


class PromptTokens(Record):
    """How much of a prompt a text encoder was given: the rest was cut off by the pipeline."""

    argument: Token
    index: Count = 0
    """Place among the texts of the argument, from 0."""
    tokenizer: Token
    tokens: Count
    """Tokens of the whole text, start and end marks included."""
    used: Count


class Component(Record):
    """One part of a pipeline, and whatever was set on it that can change pixels."""

    name: Token
    kind: Token
    """Class."""
    config: Digest | None = None
    dtype: Token | None = None
    device: Token | None = None
    quantized: Token | None = None
    """Method, such as ``bitsandbytes``."""
    attention: Token | None = None
    """Attention backend or processor, where one was set."""
    flags: tuple[Token, ...] = ()
    """``offload``, ``tiling``, ``slicing``, ``compiled``, ``cached``, ``layerwise_casting``,
    ``freeu``, ``fused_qkv``, ``training``."""


class Adapter(Record):
    """A LoRA, IP-Adapter or textual inversion that was loaded into the pipeline."""

    kind: Token
    """``lora``, ``ip_adapter`` or ``textual_inversion``."""
    name: Token
    digest: Digest | None = None
    """SHA-256 of the file at the time it was loaded; None where that was not seen."""
    scales: dict[Token, Decimal] = {}
    """Weight by component as it stood at the call."""
    active: bool = True
    file: Text | None = None
    """Name of the file, without its folder."""


class Schedule(Record):
    """The noise schedule that was really used."""

    timesteps: tuple[Decimal, ...] = ()
    """One for each step that ran; the scheduler's own list where the steps were not seen."""
    sigmas: tuple[Decimal, ...] = ()
    """The scheduler's, after the run."""


class Call(Record):
    """The executed values of one call."""

    pipeline: Token
    """Class of the pipeline."""
    task: Task
    prompts: dict[Token, tuple[Text | None, ...]] = {}
    """Every prompt argument by its name; one text, or one for each image of a batch."""
    generators: tuple[GeneratorState, ...] = ()
    """One for each image, or one for all of a batch; torch's own where none was given."""
    global_generators: tuple[GeneratorState, ...] = ()
    """Torch's own, beside those that were given: some schedulers draw from them all the same."""
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
    structures: dict[Token, Text | None] = {}
    """Remaining arguments that are lists or mappings, as JSON (see ``generation.arguments``)."""
    lists: tuple[Token, ...] = ()
    """Arguments of the fields above that were given as a list."""
    arrays: tuple[ArgumentArray, ...] = ()
    tokens: tuple[PromptTokens, ...] = ()
    inputs: tuple[InputImage, ...] = ()
    components: tuple[Component, ...] = ()
    adapters: tuple[Adapter, ...] = ()
    settings: dict[Token, Token | Count | bool] = {}
    """What was set on the pipeline itself: safety checker, watermark, offload."""
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
    flags: dict[Token, Token | Count | bool] = {}
    """What else can change the last bit: cuDNN, TF32, threads, attention backend."""
