"""The shipped model: loads with plain diffusers, small, repeatable, and as its card says."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from PIL import Image

from provenance_gen.generation.builtin import MODEL_ID, model_path
from provenance_gen.generation.builtin.card import (
    WEIGHTS,
    card_text,
    file_digest,
    weights_digest,
)
from provenance_gen.generation.builtin.facts import read_facts
from provenance_gen.generation.builtin.recipe import STAGES
from provenance_gen.generation.builtin.tokens import vocabulary

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")

LIMIT = 16 * 2**20


@pytest.fixture(scope="module")
def pipeline() -> Any:
    """Return the shipped pipeline, loaded as a stranger would load it."""
    torch.set_num_threads(1)
    loaded = diffusers.DiffusionPipeline.from_pretrained(model_path())
    loaded.set_progress_bar_config(disable=True)
    return loaded


@pytest.fixture(scope="module")
def side(pipeline: Any) -> int:
    """Return the width of the pictures that the shipped model makes."""
    width: int = pipeline.unet.config.sample_size * pipeline.vae_scale_factor
    assert width >= 64
    return width


def _draw(pipeline: Any, seed: int, **arguments: Any) -> bytes:
    result = pipeline(
        "a red boat on the sea at sunset",
        num_inference_steps=2,
        guidance_scale=4.0,
        generator=torch.Generator().manual_seed(seed),
        **arguments,
    )
    content: bytes = result.images[0].tobytes()
    return content


def test_the_name_and_the_folder() -> None:
    """The public names of the package hold."""
    assert MODEL_ID == "builtin"
    assert (model_path() / "model_index.json").is_file()


def test_importing_the_package_loads_no_torch() -> None:
    """Checking a prompt's words must not cost seconds of imports."""
    code = (
        "import sys, provenance_gen.generation.builtin.captions;"
        "sys.exit(any(m in sys.modules for m in ('torch', 'diffusers', 'transformers')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_folder_is_small() -> None:
    """The wheel stays small enough for a package index."""
    files = [path for path in model_path().rglob("*") if path.is_file()]
    assert 0 < sum(path.stat().st_size for path in files) <= LIMIT


def test_the_card_names_the_digests_of_the_weights() -> None:
    """The card was written for these very weights."""
    text = (model_path() / "README.md").read_text(encoding="utf-8")
    for name in WEIGHTS:
        assert f"| `{name}` | `{file_digest(model_path() / name)}` |" in text


def test_the_card_is_worded_from_the_facts() -> None:
    """Licence, cost of every stage and what was measured are on the card."""
    text = (model_path() / "README.md").read_text(encoding="utf-8")
    facts = read_facts(model_path())
    assert text.startswith("---\nlicense: apache-2.0\n")
    assert text == card_text(model_path(), facts)
    for stage in STAGES:
        assert f"| {stage} |" in text


def test_the_shipped_model_reached_its_goals() -> None:
    """What the benchmark and a look without captions found of these weights is good enough."""
    measured = read_facts(model_path()).measured
    figures = measured["prompts"]["figures"]
    assert measured["prompts"]["count"] >= 500
    assert all(row["value"] >= row["goal"] for row in figures.values() if row["goal"] is not None)
    assert measured["looked"]["recognised"] >= 42
    # Both were taken from the weights that lie there, not from earlier ones.
    assert {part["weights"] for part in measured.values()} == {weights_digest(model_path())}


def test_the_tokenizer_of_the_folder_is_ours(pipeline: Any) -> None:
    """What was trained with is what was shipped."""
    assert pipeline.tokenizer.get_vocab() == vocabulary()
    assert pipeline.text_encoder.config.eos_token_id == pipeline.tokenizer.eos_token_id


def test_every_part_computes_in_one_number_format(pipeline: Any) -> None:
    """A part in another format would fail in the first step."""
    kinds = {part.dtype for part in (pipeline.unet, pipeline.vae, pipeline.text_encoder)}
    assert {str(kind) for kind in kinds} == {"torch.float32"}


def test_the_same_seed_gives_the_same_bytes(pipeline: Any, side: int) -> None:
    """Replay needs this."""
    first, second, other = (_draw(pipeline, seed) for seed in (1, 1, 2))
    assert len(first) == side * side * 3
    assert first == second
    assert first != other


def test_image_to_image_and_inpainting_use_the_same_weights(pipeline: Any, side: int) -> None:
    """The one shipped folder serves all three ways of working."""
    image, mask = Image.new("RGB", (side, side), "white"), Image.new("L", (side, side), 255)
    first = diffusers.AutoPipelineForImage2Image.from_pipe(pipeline)
    assert len(_draw(first, 1, image=image, strength=1.0)) == side * side * 3
    second = diffusers.AutoPipelineForInpainting.from_pipe(pipeline)
    drawn = _draw(second, 1, image=image, mask_image=mask, strength=1.0, height=side, width=side)
    assert len(drawn) == side * side * 3
