"""generate, import and replay with the built-in model, on one worker: each loads it once more."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from provenance_gen import Studio
from provenance_gen.digests import file_digest

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records import work as records
    from tests.unit.cli.conftest import Run

QUICK = ("--steps", "2", "--seed", "7", "--device", "cpu")


def history() -> records.Work:
    """Read the work."""
    with Studio.open() as studio:
        return studio.work().history()


def picture(path: Path, **more: Any) -> str:
    """Write a picture with something on it, and return its name."""
    mode, size = more.get("mode", "RGB"), more.get("size", (80, 48))
    image = Image.new(mode, size, more.get("colour", "teal"))
    image.save(path)
    return path.name


def test_attempt_from_an_imported_image_and_its_replay(run: Run, begun: Path) -> None:
    """A file is brought in first, the attempt starts from it, and a replay is identical."""
    name = picture(begun / "sketch.png")
    brought = run("import", name, "--own", "--note", "pencil")
    assert "i1: 80x48" in brought.out
    assert run("generate", "a red boat", "--image", "i1", "--strength", "0.6", *QUICK).code == 0
    assert run("generate", "a boat", "--image", name, "--size", "64x64", *QUICK).code == 0
    work = history()
    assert [(i.own, i.name, i.note) for i in work.imports] == [(True, name, "pencil")]
    first, second = work.attempts
    assert (first.call.task, first.call.strength) == ("image-to-image", "0.6")
    for attempt, side in ((first, None), (second, 64)):
        (given,) = attempt.call.inputs
        assert given.image == work.imports[0].image.ref
        assert side is None or (given.width, given.height) == (side, side)
    result = run("replay", "1.1", "--json")
    said = json.loads(result.out)
    assert (result.code, said["grade"], said["simulation"]) == (0, "identical", True)
    with Studio.open() as studio:
        event = list(studio.ledger.events())[-1]
    assert (event.type, event.payload["grade"]) == ("replay.completed", "identical")
    assert len(history().attempts) == 2


@pytest.mark.filterwarnings("ignore:.*__array__ implementation:DeprecationWarning")
def test_inpaint_scheduler_and_determinism(run: Run, begun: Path) -> None:
    """The masked run uses the scheduler asked for, deterministically where asked."""
    picture(begun / "sketch.png", size=(96, 96))
    mask = picture(begun / "mask.png", mode="L", colour=255, size=(96, 96))
    done = run(
        "generate",
        "a boat",
        "--image",
        "sketch.png",
        "--mask",
        mask,
        "--scheduler",
        "euler",
        "--deterministic",
        *QUICK,
    )
    assert done.code == 0, done.err
    (attempt,) = history().attempts
    assert (attempt.call.task, attempt.call.scheduler) == ("inpaint", "EulerDiscreteScheduler")
    assert attempt.environment.deterministic
    assert [given.argument for given in attempt.call.inputs] == ["image", "mask_image"]
    assert len(history().imports) == 1
    assert "identical" in run("replay", "1").out


def test_prompt_file_and_sample(run: Run, begun: Path) -> None:
    """Each line is an attempt; a sample of them is replayed."""
    (begun / "prompts.txt").write_text("a boat\n\n  a red tree  \n", encoding="utf-8")
    result = run("generate", "--prompt-file", "prompts.txt", "--json", *QUICK)
    assert [json.loads(line)["number"] for line in result.out.splitlines()] == [1, 2]
    assert [attempt.prompt for attempt in history().attempts] == ["a boat", "a red tree"]
    assert "2 of 2 attempts could be replayed" in run("replay", "--sample", "5").out


def test_lora_and_its_replay(run: Run, begun: Path) -> None:
    """A LoRA is hashed, weighed and recorded; a replay asks for its file again."""
    from provenance_gen.generation import pipelines as loading  # noqa: PLC0415 - heavy
    from tests import pipelines  # noqa: PLC0415

    path = begun / "warm.safetensors"
    pipelines.lora(path, loading.load("builtin", loading.Setup(device="cpu")).pipe)
    assert run("generate", "a boat", "--lora", "warm.safetensors:0.8", *QUICK).code == 0
    (attempt,) = history().attempts
    (adapter,) = attempt.call.adapters
    assert (adapter.scales, adapter.file) == ({"unet": "0.8"}, "warm.safetensors")
    assert adapter.digest == file_digest(path)
    assert attempt.call.completeness == ()
    refused = run("replay", "1")
    assert (refused.code, "give as many with --lora" in refused.err) == (2, True)
    assert "identical" in run("replay", "1", "--lora", "warm.safetensors").out
    path.write_bytes(path.read_bytes()[:-4] + bytes(4))
    changed = run("replay", "1", "--lora", "warm.safetensors", "--json")
    assert "adapters" in json.loads(changed.out)["changes"]


WRONG = (
    (["generate"], "--prompt-file"),
    (["generate", "a boat", "--prompt-file", "y"], "--prompt-file"),
    (["generate", "a boat", "--image", "7.1"], "no image named"),
    (["generate", "a boat", "--mask", "mask.png"], "--mask needs --image"),
    (["generate", "a boat", "--strength", "0.5"], "--strength needs --image"),
    (["generate", "a boat", "--image", "a.png", "--strength", "2"], "above 0 and at most 1"),
    (["generate", "a boat", "--steps", "-3"], "at least 1"),
    (["generate", "a boat", "--guidance", "101"], "0 to 100"),
    (["generate", "a boat", "--guidance", "-1"], "0 to 100"),
    (["generate", "a boat", "--guidance", "nan"], "0 to 100"),
    (["generate", "a boat", "--seed", "18446744073709551616"], "a seed must be"),
    (["generate", "a boat", "-n", "2", "--seed", "18446744073709551615"], "after 1844"),
    (["generate", "a boat", "--size", "30x32"], "multiples of 8"),
    (["generate", "a boat", "--control", "junk.png"], "--control needs --controlnet"),
    (["generate", "a boat", "--controlnet", "x/y"], "--controlnet needs --control"),
    (["generate", "a boat", "--control-scale", "0.5"], "--control-scale needs"),
    (["generate", "a boat", "--ip-image", "junk.png"], "--ip-image needs --ip-adapter"),
    (["generate", "a boat", "--ip-adapter", "x.safetensors"], "--ip-adapter needs --ip-image"),
    (["generate", "a boat", "--model", "no.such/thing/here"], "give builtin"),
    (["generate", "a boat", "--model", "part.safetensors"], "no checkpoint of a whole model"),
    (["generate", "a boat", "--device", "warp9"], "give auto, cuda, cuda:1, mps or cpu"),
    (["generate", "a boat", "--device", "cuda:99"], "PyTorch finds no device 'cuda:99'"),
    (["generate", "a boat", "--offload", "some"], "give one of none, model, sequential"),
    (["generate", "a boat", "--model", "model.ckpt"], "pickle"),
    (["generate", "a boat", "--lora", "model.ckpt:0.5"], "--unsafe-pickle"),
    (["generate", "a boat", "--scheduler", "eulr"], "did you mean EulerDiscreteScheduler"),
    (["generate", "a boat", "--scheduler", "flow-match-euler"], "for this model; there are"),
    (["generate", "a boat", "--offload", "model", "--device", "cpu"], "runs on the CPU"),
    (["replay"], "--sample"),
    (["replay", "4"], "no attempt named"),
    (["replay", "--sample", "2"], "no completed attempt"),
)
UNREAD = (
    (["generate", "--prompt-file", "missing.txt"], "there is no file"),
    (["generate", "--prompt-file", "junk.png"], "is not UTF-8"),
    (["generate", "--prompt-file", "empty.txt"], "write one on each line"),
    (["generate", "a boat", "--image", "missing.png"], "does not exist"),
    (["generate", "a boat", "--image", "junk.png"], "no image"),
    (["generate", "a boat", "--image", "sound.png", "--lora", "missing.safetensors"], "no LoRA"),
    (["generate", "a boat", "--model", "./missing"], "there is no such folder or file"),
    (["generate", "a boat", "--model", "C:/missing/sdxl"], "there is no such folder or file"),
    (["import", "junk.png"], "junk.png"),
    (["import", "missing.png"], "does not exist"),
    (["import", "."], "is a folder, not an image file"),
)


def test_wrong_use_is_one_clear_sentence(run: Run, begun: Path) -> None:
    """What cannot be done is said in one line; nothing is recorded."""
    from safetensors.torch import save_file  # noqa: PLC0415 - heavy, for one case
    from torch import zeros  # noqa: PLC0415

    (begun / "junk.png").write_bytes(b"\x89PNG no picture")
    (begun / "empty.txt").write_bytes(b"\xef\xbb\xbf\r\n \n")
    (begun / "model.ckpt").write_bytes(b"junk")
    save_file({"weight": zeros(2)}, begun / "part.safetensors")
    with Studio.open() as studio:
        size = studio.ledger.head().size
    picture(begun / "sound.png")
    for code, cases in ((2, WRONG), (3, UNREAD)):
        for command, words in cases:
            result = run(*command)
            assert result.code == code, (command, result.err)
            assert words in result.err, (command, result.err)
            assert len(result.err.strip().splitlines()) == 1, result.err
    with Studio.open() as studio:
        assert studio.ledger.head().size == size


@pytest.mark.usefixtures("begun")
def test_masks_that_do_not_fit(run: Run, begun: Path) -> None:
    """A mask of another size, or one that paints nothing, is refused with both sizes."""
    picture(begun / "sketch.png")
    picture(begun / "small.png", mode="L", colour=255, size=(8, 8))
    picture(begun / "black.png", mode="L", colour=0)
    for mask, words in (("small.png", "8x8, the image 80x48"), ("black.png", "black all over")):
        result = run("generate", "a boat", "--image", "sketch.png", "--mask", mask)
        assert (result.code, words in result.err) == (2, True)


def test_a_strength_that_runs_no_step(run: Run, begun: Path) -> None:
    """It is refused before the attempt, with the smallest one that runs a step."""
    picture(begun / "sketch.png")
    start = ("generate", "a boat", "--image", "sketch.png", "--strength")
    refused = run(*start, "0.3", *QUICK)
    assert (refused.code, "give --strength 0.5 or more" in refused.err) == (2, True)
    assert not history().attempts
    assert run(*start, "0.5", *QUICK).code == 0


LONG = "a red boat on the sea " * 8


def test_a_prompt_that_is_too_long_is_told_before_it_runs(run: Run, begun: Path) -> None:
    """How much of it the model reads is said on standard error, once for each text."""
    picture(begun / "sketch.png", size=(128, 128))
    done = run("generate", LONG, "--negative", LONG, *QUICK)
    assert done.code == 0
    said = [line for line in done.err.splitlines() if "has no effect" in line]
    assert said == [
        f"{name}: the model reads 32 of 50 tokens; what comes after them has no effect"
        for name in ("prompt", "negative_prompt")
    ]
    assert "has no effect" not in run("generate", "a red boat", *QUICK).err
    painted = run("edit", "1.1", "--inpaint", LONG, "--box", "0,0,64,64", "--seed", "7")
    assert (painted.code, "32 of 50 tokens" in painted.err) == (0, True)


@pytest.mark.usefixtures("begun")
def test_an_empty_prompt_is_taken_where_one_insists(run: Run) -> None:
    """By a slip it is refused; standard input and files are asked alike."""
    assert "insist with --empty-prompt" in run("generate", "", *QUICK).err
    assert run("generate", "", "--empty-prompt", *QUICK).code == 0
    assert [attempt.prompt for attempt in history().attempts] == [""]


SLIPS = """
import sys
from provenance_gen.cli import main
for option in ("--device=warp9", "--scheduler=eulr", "--lora=none.safetensors"):
    sys.argv = ["provgen", "generate", "a boat", option]
    try:
        main()
    except SystemExit as end:
        print(end.code, *({"torch", "diffusers", "transformers"} & set(sys.modules)))
"""


def test_what_needs_no_model_is_refused_before_torch_is_loaded(begun: Path) -> None:
    """A slip of the keyboard does not cost the seconds in which the libraries load."""
    done = subprocess.run(
        [sys.executable, "-c", SLIPS], cwd=begun, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["2", "2", "3"]


def test_failed_attempt_cannot_be_replayed(run: Run, begun: Path) -> None:
    """A model that fails while it runs made an attempt, and nothing to compare with."""
    import diffusers  # noqa: PLC0415 - heavy

    from tests import pipelines  # noqa: PLC0415

    pipe, _ = pipelines.build(pipelines.stable_diffusion)
    odd = diffusers.UNet2DConditionModel.from_config(pipe.unet.config, cross_attention_dim=16)
    pipe.register_modules(unet=odd)
    pipe.save_pretrained(begun / "odd")
    failed = run("generate", "a boat", "--model", "odd", "--size", "32x32", *QUICK)
    assert (failed.code, "the model failed" in failed.err) == (3, True)
    assert history().attempts[0].outcome == "failed"
    result = run("replay", "1")
    assert (result.code, "made nothing" in result.err) == (2, True)
