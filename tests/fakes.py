"""Fakes at our own seams: a pipeline that draws noise, and a sink that keeps events in a list."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from provenance_gen.records.event import Draft, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

SIDE = 16


@dataclass
class FakeOutput:
    """What diffusers pipelines return: an object with ``images``."""

    images: list[Image.Image]
    nsfw_content_detected: list[bool] | None = None


class FakeScheduler:
    """A scheduler with a configuration."""

    config = {"beta_start": 0.1, "_private": "/home/ann/cache"}  # noqa: RUF012 - as diffusers has it


@dataclass
class FakePipeline:
    """Draws noise from the generators it is given, or from the global one, as diffusers does."""

    failure: BaseException | None = None
    scheduler: Any = field(default_factory=FakeScheduler)
    device: str = "cpu"
    dtype: str = "torch.float32"
    called: int = 0

    def __call__(
        self,
        prompt: str | list[str] = "",
        height: int | None = None,
        width: int | None = None,
        num_inference_steps: int = 3,
        guidance_scale: float = 7.5,
        negative_prompt: str | None = None,
        num_images_per_prompt: int = 1,
        generator: torch.Generator | list[torch.Generator] | None = None,
        image: Image.Image | None = None,
        clip_skip: int | None = None,
        output_type: str = "pil",
        cross_attention_kwargs: dict[str, Any] | None = None,
        callback_on_step_end: Callable[..., dict[str, Any]] | None = None,
        **_more: Any,
    ) -> FakeOutput:
        """Return noise; every argument that is not used is there to be recorded."""
        self.called += 1
        latents = torch.stack(
            [self._noise(generator, place) for place in range(num_images_per_prompt)]
        )
        for step in range(num_inference_steps):
            if self.failure is not None and step == 1:
                raise self.failure
            tensors = {"latents": latents}
            if callback_on_step_end is not None:
                tensors = callback_on_step_end(self, step, step, tensors)
            latents = tensors["latents"]
        pixels = (latents.numpy() * 255).astype(np.uint8)
        return FakeOutput([Image.fromarray(picture, "RGB") for picture in pixels])

    def to(self, device: str) -> FakePipeline:
        """Move to a device and return the pipeline itself, as diffusers does."""
        self.device = device
        return self

    @staticmethod
    def _noise(generator: torch.Generator | list[torch.Generator] | None, place: int) -> Any:
        chosen = generator[place] if isinstance(generator, list) else generator
        return torch.rand((SIDE, SIDE, 3), generator=chosen)


@dataclass
class ListSink:
    """Keeps drafts in a list, in the order they came."""

    drafts: list[Draft] = field(default_factory=list)

    def append(self, draft: Draft) -> Receipt:
        """Keep a draft."""
        self.drafts.append(draft)
        moment = "2026-01-01T00:00:00Z"
        return Receipt(sequence=len(self.drafts) - 1, leaf="0" * 64, timestamp=moment)

    @property
    def types(self) -> list[str]:
        """Types of the events kept."""
        return [draft.payload.event_type for draft in self.drafts]
