"""The text encoder: a small CLIP text model that is taught what captions tell.

It is trained on text alone: from the hidden states at and after the end token, small heads must
name everything the caption said of its scene. The heads are dropped afterwards and the encoder is
frozen. This makes the picture model follow prompts early; synonyms cost it nothing.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel

from provenance_gen.generation.builtin import tokens
from provenance_gen.generation.builtin.captions import Caption, describe
from provenance_gen.generation.builtin.loop import Stage
from provenance_gen.generation.builtin.scenes import (
    COLORS,
    KINDS,
    LAYOUTS,
    PLACES,
    SIZES,
    TIMES,
    sample_scene,
)

if TYPE_CHECKING:
    from provenance_gen.generation.builtin.team import Team

__all__ = ["WIDTH", "answers", "build_text_encoder", "hidden_states", "text_stage"]

WIDTH = 128
"""Numbers per token that the picture model attends to."""

_HEADS = {
    "first kind": ("", *KINDS),
    "second kind": ("", *KINDS),
    "first color": ("", *COLORS),
    "second color": ("", *COLORS),
    "size": ("", *SIZES),
    "layout": LAYOUTS,
    "place": ("", *PLACES),
    "time": ("", *TIMES),
}


def build_text_encoder() -> Any:
    """Return an untrained text encoder whose special tokens are those of our tokenizer."""
    numbers = tokens.vocabulary()
    config = CLIPTextConfig(
        vocab_size=len(numbers),
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        projection_dim=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=tokens.LENGTH,
        hidden_act="gelu",
        bos_token_id=len(numbers) - 2,
        eos_token_id=len(numbers) - 1,
        pad_token_id=len(numbers) - 1,
    )
    return CLIPTextModel(config)


def build_heads() -> Any:
    """Return the heads that name what a caption tells; only the training needs them."""
    heads = {
        name.replace(" ", "_"): nn.Sequential(
            nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, len(values))
        )
        for name, values in _HEADS.items()
    }
    return nn.ModuleDict(heads)


def hidden_states(encoder: Any, numbers: Any) -> Any:
    """Return the hidden states (n, length, width) of token numbers (n, length)."""
    return encoder(input_ids=numbers).last_hidden_state


def answers(caption: Caption) -> list[int]:
    """Return, for each head, the number of the right answer."""
    told = (
        *caption.kinds,
        *caption.colors,
        caption.size,
        caption.layout,
        caption.place,
        caption.time,
    )
    return [values.index(value) for values, value in zip(_HEADS.values(), told, strict=True)]


def text_stage(team: Team, encoder: Any, *, seconds: float, batch: int) -> Stage:
    """Return the stage that trains the text encoder on fresh captions."""
    heads = build_heads().to(team.device)

    def loss() -> Any:
        rng = random.Random(int(torch.randint(2**62, ())))
        captions = [describe(sample_scene(rng, pairs=0.4), rng) for _ in range(batch)]
        numbers = torch.tensor([tokens.encode(c.text) for c in captions], device=team.device)
        right = torch.tensor([answers(c) for c in captions], device=team.device)
        # The end token also pads, so these are the places that have read the whole caption.
        ends = (numbers == numbers.max()).unsqueeze(-1)
        states = hidden_states(encoder, numbers)
        mean = (states * ends).sum(1) / ends.sum(1)
        losses = [
            nn.functional.cross_entropy(head(mean), right[:, k])
            for k, head in enumerate(heads.values())
        ]
        return torch.stack(losses).sum()

    modules = {"encoder": encoder, "heads": heads}
    return Stage("text", seconds, modules, loss, batch, rate=2e-3)
