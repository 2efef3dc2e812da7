"""Commands that run a model or take pictures in: generate, import, replay."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from provenance_gen.cli import output
from provenance_gen.cli.making import JsonOption, WorkOption, open_studio

ModelOption = Annotated[
    str, typer.Option(help="builtin, a folder in diffusers format, a .safetensors file, a hub id.")
]
LoraOption = Annotated[
    list[str] | None, typer.Option(help="LoRA file and weight, such as warm.safetensors:0.8.")
]
ConfigOption = Annotated[
    str | None,
    typer.Option("--model-config", help="For a single file: folder or hub id of its kind."),
]
PickleOption = Annotated[
    bool, typer.Option("--unsafe-pickle", help="Load weights that can run code of strangers.")
]
CodeOption = Annotated[
    bool, typer.Option("--unsafe-remote-code", help="Run Python code that the model brings.")
]


def generate(
    prompt: Annotated[
        str | None, typer.Argument(help="The prompt; - reads it from standard input.")
    ] = None,
    prompt_file: Annotated[
        Path | None, typer.Option(help="One prompt on each line: an attempt for each.")
    ] = None,
    negative: Annotated[str | None, typer.Option(help="What should not be there.")] = None,
    count: Annotated[int, typer.Option("--count", "-n", help="Number of images.")] = 1,
    seed: Annotated[int | None, typer.Option(help="Seed of the first image, 0 to 2^64-1.")] = None,
    steps: Annotated[int | None, typer.Option(help="Denoising steps.")] = None,
    guidance: Annotated[float | None, typer.Option(help="Guidance scale.")] = None,
    size: Annotated[str | None, typer.Option(help="Width and height, such as 512x512.")] = None,
    image: Annotated[
        str | None, typer.Option(help="Image to start from: 2.3, e1, or a file.")
    ] = None,
    mask: Annotated[
        str | None, typer.Option(help="Paint anew where this file is white; needs --image.")
    ] = None,
    strength: Annotated[
        float | None, typer.Option(help="How far to go from the image: above 0, up to 1.")
    ] = None,
    based_on: Annotated[
        str | None, typer.Option(help="The image you looked at when you revised the prompt.")
    ] = None,
    model: ModelOption = "builtin",
    lora: LoraOption = None,
    scheduler: Annotated[str | None, typer.Option(help="Such as euler or dpmsolver.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps.")] = "auto",
    dtype: Annotated[str, typer.Option(help="auto, float32, float16 or bfloat16.")] = "auto",
    offload: Annotated[
        str, typer.Option(help="Keep waiting weights in main memory: none, model, sequential.")
    ] = "none",
    compile_: Annotated[bool, typer.Option("--compile", help="Compile what denoises.")] = False,
    deterministic: Annotated[
        bool, typer.Option("--deterministic", help="Use only sums that come out alike; slower.")
    ] = False,
    model_config: ConfigOption = None,
    unsafe_pickle: PickleOption = False,
    unsafe_remote_code: CodeOption = False,
    work: WorkOption = None,
    json: JsonOption = False,
) -> None:
    r"""Make attempts: each one call of a model, recorded before it runs and after.

    \b
    Examples:
      provgen generate "a boat on the sea" --count 4 --seed 7
      provgen generate "a red boat on the sea at sunset" -n 4 --based-on 1.3
      provgen generate "a red boat" --image 2.3 --strength 0.6
      provgen generate "a lighthouse" --image 2.3 --mask mask.png
      provgen generate --prompt-file prompts.txt --model ~/models/sdxl --lora warm.safetensors:0.8
    """
    from provenance_gen.cli import attempts
    from provenance_gen.generation.models import Unsafe
    from provenance_gen.studio.generate import Request

    prompts = attempts.prompts(prompt, prompt_file)
    request = Request(
        prompt=prompts[0],
        negative=negative,
        model=model,
        count=count,
        seed=seed,
        steps=steps,
        guidance=guidance,
        size=attempts.parse_size(size),
        image=image,
        mask=mask,
        strength=strength,
        based_on=based_on,
        device=device,
        dtype=dtype,
        scheduler=scheduler,
        loras=attempts.parse_loras(lora or []),
        offload=offload,
        compile=compile_,
        deterministic=deterministic,
        config=model_config,
        unsafe=Unsafe(pickle=unsafe_pickle, remote_code=unsafe_remote_code),
    )
    with open_studio() as studio:
        attempts.generate(studio.work(work), request, prompts, json=json)


def bring_in(
    file: Annotated[Path, typer.Argument(help="PNG, JPEG, WebP, TIFF, AVIF, GIF or BMP.")],
    own: Annotated[bool, typer.Option("--own", help="You made it yourself.")] = False,
    note: Annotated[str | None, typer.Option(help="Where it comes from, in your words.")] = None,
    work: WorkOption = None,
    json: JsonOption = False,
) -> None:
    r"""Bring an image in from a file; the original is kept byte for byte.

    \b
    Example:
      provgen import sketch.png --own --note "pencil, scanned"
    """
    with open_studio() as studio:
        brought = studio.work(work).bring_in(file, own=own, note=note)
    if json:
        output.put_json(brought.model_dump(mode="json"))
        return
    stored = brought.image.stored
    whose = "your own work, as you say" if own else "whose it is was not said (--own says: yours)"
    output.say(
        f"Brought in {file.name} as {brought.image.name}: {stored.width}x{stored.height}",
        f"  {whose}",
    )


def replay(
    attempt: Annotated[
        str | None, typer.Argument(help="Attempt or image, such as 2 or 2.3.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option(help="Replay so many attempts, drawn at random.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Where the model is; a folder's place is not recorded.")
    ] = None,
    lora: LoraOption = None,
    model_config: ConfigOption = None,
    unsafe_pickle: PickleOption = False,
    unsafe_remote_code: CodeOption = False,
    work: WorkOption = None,
    json: JsonOption = False,
) -> None:
    r"""Run an attempt again from its record, and grade how near the result comes.

    A simulation: it shows what the record is enough for, not what happened. It fetches nothing,
    and what the attempt was allowed is not allowed here unless you say so. Exit code 1 where the
    result is different.

    \b
    Examples:
      provgen replay 2.3
      provgen replay 2 --model ~/models/sdxl
      provgen replay --sample 20
    """
    from provenance_gen.cli import attempts, replaying
    from provenance_gen.generation.models import Unsafe
    from provenance_gen.studio.replay import Means

    means = Means(
        model=model,
        loras=attempts.parse_loras(lora or []),
        config=model_config,
        unsafe=Unsafe(pickle=unsafe_pickle, remote_code=unsafe_remote_code),
    )
    with open_studio() as studio:
        good = replaying.replay(studio.work(work), attempt, sample, means, json=json)
    if not good:
        raise typer.Exit(1)
