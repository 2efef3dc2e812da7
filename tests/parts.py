"""Small parts that made-up histories are built from, and pictures to go with them."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

from provenance_gen.records.base import Text, decimal
from provenance_gen.records.generation import (
    Call,
    Environment,
    GeneratorState,
    InputImage,
    ModelIdentity,
    Task,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provenance_gen.records.image import ImageRef
    from provenance_gen.records.work import Edit

MODEL: Final = ModelIdentity(
    kind="builtin",
    name=Text("builtin"),
    digest=sha256(b"weights").hexdigest(),
    basis="loaded_by_us",
    licence="Apache-2.0",
)
ENVIRONMENT: Final = Environment(
    python="3.11.7", system="Linux-x86_64", device="cpu", dtype="float32"
)


def digest(name: str) -> str:
    """Return a digest that follows from a name."""
    return sha256(name.encode()).hexdigest()


def said(text: str | None) -> Text | None:
    """Return a text as records hold it."""
    return None if text is None else Text(text)


def call_of(
    prompt: str | None,
    number: int,
    images: int,
    inputs: Sequence[tuple[str, ImageRef]],
    more: Mapping[str, Any],
) -> Call:
    """Return the executed values of one call; ``more`` overrides them."""
    values: dict[str, Any] = {
        "pipeline": "StableDiffusionPipeline",
        "task": Task.TEXT_TO_IMAGE,
        "prompts": {} if prompt is None else {"prompt": (Text(prompt),)},
        "generators": (GeneratorState(device="cpu", seed=str(1000 + number)),),
        "steps": 30,
        "guidance": decimal(7.5),
        "width": 64,
        "height": 64,
        "count": images,
        "scheduler": "DDIMScheduler",
        "inputs": tuple(InputImage(argument="image", image=ref) for _, ref in inputs),
    }
    return Call.model_validate(values | dict(more))


class FlatPictures:
    """Pictures of one colour each, which follows from the digest."""

    def thumbnail(self, pixel_digest: str) -> bytes | None:
        """Return a small picture."""
        return _png(pixel_digest, 8)

    def full(self, pixel_digest: str) -> bytes | None:
        """Return the whole picture."""
        return _png(pixel_digest, 16)

    def difference(self, edit: Edit) -> bytes | None:
        """Return a picture of the difference."""
        return _png(edit.image.stored.pixel_digest, 4)


def _png(pixel_digest: str, size: int) -> bytes:
    colour = tuple(bytes.fromhex(pixel_digest[:6]))
    stream = BytesIO()
    Image.new("RGB", (size, size), colour).save(stream, "PNG")
    return stream.getvalue()
