"""The training programme, from nothing to a folder that loads; a few steps of each stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")

from provenance_gen.generation.builtin import train  # noqa: E402  (needs torch)

if TYPE_CHECKING:
    from pathlib import Path


def test_training_writes_a_folder_that_loads(tmp_path: Path) -> None:
    """From the command line to a picture, with a second of training."""
    arguments = ["--output", str(tmp_path), "--device", "cpu", "--processes", "1"]
    arguments += ["--minutes", "0.01", "--pictures", "48", "--seed", "5"]
    assert train.main(arguments) == 0
    loaded = diffusers.DiffusionPipeline.from_pretrained(tmp_path / "model")
    result = loaded(
        "a cat",
        num_inference_steps=1,
        output_type="np",
        generator=torch.Generator().manual_seed(0),
    )
    assert result.images.shape == (1, 64, 64, 3)
    assert "- seed: 5" in (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
