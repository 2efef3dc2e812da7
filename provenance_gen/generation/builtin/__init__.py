"""The built-in model: a small text-to-image model that is trained from nothing on drawn scenes.

This package holds the scenes, the caption grammar, the training programme and, in `model/`, the
trained weights in diffusers format. Importing it is cheap: it loads neither torch nor diffusers.
Running a pipeline is left to `generation.pipelines`.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["MODEL_ID", "model_path"]

MODEL_ID = "builtin"
"""The name by which people ask for this model, in place of a folder or a hub id."""


def model_path() -> Path:
    """Return the shipped folder that `DiffusionPipeline.from_pretrained` loads."""
    return Path(__file__).resolve().parent / "model"
