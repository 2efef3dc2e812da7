"""The training programme, from nothing to a folder that loads; a few steps of each stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")

from provenance_gen.generation.builtin import grow, train  # noqa: E402  (needs torch)
from provenance_gen.generation.builtin.denoiser import build_unet  # noqa: E402
from provenance_gen.generation.builtin.facts import read_facts  # noqa: E402
from provenance_gen.generation.builtin.recipe import SIZES, STAGES, recipe_for  # noqa: E402
from provenance_gen.generation.builtin.text import WIDTH  # noqa: E402
from provenance_gen.generation.builtin.tokens import LENGTH  # noqa: E402
from provenance_gen.generation.builtin.vae import build_vae  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

INTERRUPTED = 130
LIMIT = 16_000_000


def _trained(folder: Path, *more: str) -> int:
    arguments = ["--output", str(folder), "--processes", "1", "--minutes", "0.002"]
    arguments += ["--pictures", "40", "--seed", "5"]
    for stage, batch in zip(STAGES, (4, 2, 2, 3), strict=True):
        arguments += ["--batch", f"{stage}={batch}"]
    return train.main([*arguments, *more])


def _picture(folder: Path) -> Any:
    loaded = diffusers.DiffusionPipeline.from_pretrained(folder)
    loaded.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(0)
    drawn = loaded("a cat", num_inference_steps=1, output_type="np", generator=generator)
    return drawn.images[0]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the output of the smallest run, stopped in its first stage and gone on with."""
    folder = tmp_path_factory.mktemp("small")
    more = ["--device", "cpu", "--stage", "text=0.005"]
    assert _trained(folder, *more, "--stop-after", "0") == INTERRUPTED
    assert (folder / "text.pt").is_file()
    assert not (folder / "model").exists()
    assert _trained(folder, *more) == 0
    return folder


def _check(folder: Path, size: int) -> None:
    """Expect a model of this size that loads, draws, says what it is, and fits into the wheel."""
    assert _picture(folder / "model").shape == (size, size, 3)
    card = (folder / "model" / "README.md").read_text(encoding="utf-8")
    assert "- seed: 5" in card
    assert f"({size} x {size} pixels)" in card
    files = [path for path in (folder / "model").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= LIMIT


def test_a_run_that_stopped_in_time_goes_on_to_a_folder_that_loads(small: Path) -> None:
    """From the command line to a picture; what the first run had trained is not lost."""
    _check(small, 64)
    assert read_facts(small / "model").tallies["text"].seconds > 0.005 * 60


@pytest.mark.slow
@pytest.mark.parametrize(("recipe", "size"), [("cpu", 96), ("cpu", 128), ("gpu", 96), ("gpu", 128)])
def test_every_recipe_writes_a_folder_that_loads(tmp_path: Path, recipe: str, size: int) -> None:
    """With its own modules and number format, on the device that every machine has."""
    assert _trained(tmp_path, "--device", "cpu", "--recipe", recipe, "--size", str(size)) == 0
    _check(tmp_path, size)


@pytest.mark.slow
def test_a_compiled_step_trains_the_same_modules(tmp_path: Path) -> None:
    """Compiling changes how a step is computed, not what is saved."""
    assert _trained(tmp_path, "--device", "cpu", "--compile", "eager") == 0
    _check(tmp_path, 64)


def test_mixed_precision_trains_as_well(tmp_path: Path) -> None:
    """The number format of the GPU's recipe, at the size that is quick here."""
    assert _trained(tmp_path, "--device", "cpu", "--recipe", "gpu", "--size", "64") == 0
    _check(tmp_path, 64)


def test_a_model_is_grown_to_twice_the_size(small: Path, tmp_path: Path) -> None:
    """The codec gets a level; picture model and text encoder keep their very bytes."""
    arguments = ["--model", str(small / "model"), "--output", str(tmp_path)]
    assert grow.main([*arguments, "--minutes", "0.01", "--pictures", "40"]) == 0
    _check(tmp_path, 128)
    for part in ("unet/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors"):
        assert (tmp_path / "model" / part).read_bytes() == (small / "model" / part).read_bytes()
    facts = read_facts(tmp_path / "model")
    assert (facts.size, facts.grown_from, facts.seed) == (128, 64, 5)
    assert set(facts.tallies) == {*STAGES, "larger-encoder", "larger-decoder"}


def test_a_grown_codec_begins_with_what_the_old_one_draws() -> None:
    """Before any training it decodes to the old picture, twice as wide and blurred."""
    torch.manual_seed(0)
    old = build_vae(recipe_for("cpu", 64)).eval()
    new = grow.grown(old).eval()
    latents = torch.nn.functional.interpolate(torch.randn(1, 4, 4, 4), size=16, mode="bicubic")
    with torch.no_grad():
        before, after = old.decode(latents).sample, new.decode(latents).sample
    assert after.shape == (1, 3, 128, 128)
    shrunk = torch.nn.functional.avg_pool2d(after, 2)
    assert torch.corrcoef(torch.stack([before.flatten(), shrunk.flatten()]))[0, 1] > 0.9


@pytest.mark.parametrize("option", ["--stage=fun=3", "--stage=codec", "--batch=codec=x"])
def test_a_wrong_option_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    """A mistyped stage must not train for an hour with its default."""
    with pytest.raises(SystemExit):
        train.main(["--output", str(tmp_path), option])
    assert "give one of text, codec" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["cpu", "gpu"])
@pytest.mark.parametrize("size", SIZES)
def test_the_parts_of_every_recipe_fit_together(kind: str, size: int) -> None:
    """Shapes only, without numbers: pictures, latents, words, latents, pictures."""
    recipe = recipe_for(kind, size)
    with torch.device("meta"):
        vae, unet = build_vae(recipe), build_unet(recipe)
        latents = vae.encode(torch.empty(2, 3, size, size)).latent_dist.parameters[:, :4]
        guess = unet(latents, torch.empty(2), torch.empty(2, LENGTH, WIDTH)).sample
        assert vae.decode(guess).sample.shape == (2, 3, size, size)
    assert latents.shape[-1] == unet.config.sample_size
    weights = sum(weight.numel() for part in (vae, unet) for weight in part.parameters())
    assert 2 * weights < LIMIT - 2_500_000, "no room for the text encoder in the wheel"
    assert set(recipe.batches) == set(STAGES)


@pytest.mark.gpu
def test_training_on_a_gpu(tmp_path: Path) -> None:
    """A minute of the real thing, with its own batches."""
    more = ["--device", "cuda", "--pictures", "1024", "--minutes", "0.5"]
    arguments = ["--output", str(tmp_path), *more]
    assert train.main(arguments) == 0
    assert _picture(tmp_path / "model").shape == (128, 128, 3)
