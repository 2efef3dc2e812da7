"""Commands that run a model or take pictures in: generate, import, replay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from provenance_gen.cli.folding import folded
from provenance_gen.cli.making import JsonOption, WorkOption, open_studio, recording


@dataclass(frozen=True)
class Wanted:
    """What is to be made."""

    prompt: Annotated[
        str | None, typer.Argument(help="The prompt; - reads it from standard input.")
    ] = None
    prompt_file: Annotated[
        Path | None,
        typer.Option(
            help="Text (UTF-8) with one prompt on each line, an attempt for each; empty lines are"
            " passed over, and - reads standard input."
        ),
    ] = None
    empty_prompt: Annotated[
        bool, typer.Option("--empty-prompt", help="Let the prompt be empty: the model chooses.")
    ] = False
    negative: Annotated[str | None, typer.Option(help="What should not be there.")] = None
    count: Annotated[int, typer.Option("--count", "-n", help="Number of images.")] = 1
    seed: Annotated[
        int | None,
        typer.Option(help="Seed of the first image, 0 to 2^64-1; the next one has the next."),
    ] = None
    steps: Annotated[int | None, typer.Option(help="Denoising steps.")] = None
    guidance: Annotated[float | None, typer.Option(help="Guidance scale, 0 to 100.")] = None
    size: Annotated[str | None, typer.Option(help="Width and height, such as 512x512.")] = None
    based_on: Annotated[
        str | None,
        typer.Option(
            help="The image you looked at when you revised the prompt; left out, it is guessed"
            " to be the one last picked or shown, and recorded as inferred."
        ),
    ] = None


@dataclass(frozen=True)
class Pictures:
    """What it is made from."""

    image: Annotated[str | None, typer.Option(help="Image to start from: 2.3, e1, or a file.")] = (
        None
    )
    mask: Annotated[
        str | None, typer.Option(help="Paint anew where this file is white; needs --image.")
    ] = None
    strength: Annotated[
        float | None, typer.Option(help="How far to go from the image: above 0, up to 1.")
    ] = None
    control: Annotated[
        str | None, typer.Option(help="Image that guides the ControlNet: 2.3, e1, or a file.")
    ] = None
    control_scale: Annotated[
        float | None, typer.Option(help="How strongly it guides; 1 where left out.")
    ] = None
    ip_image: Annotated[
        str | None,
        typer.Option(help="Image whose look an IP-Adapter takes over; else that of --image."),
    ] = None


@dataclass(frozen=True)
class Model:
    """The model, and what is loaded into it; what is unsafe is allowed each time anew."""

    model: Annotated[
        str | None,
        typer.Option(
            help="builtin, a folder in diffusers format, a .safetensors file, or a hub id"
            " (owner/name@revision). Left out: builtin, or what the replayed record names."
        ),
    ] = None
    lora: Annotated[
        list[str] | None, typer.Option(help="LoRA file and weight, such as warm.safetensors:0.8.")
    ] = None
    controlnet: Annotated[
        str | None, typer.Option(help="ControlNet: a folder in diffusers format or a hub id.")
    ] = None
    ip_adapter: Annotated[
        str | None,
        typer.Option(help="IP-Adapter file and weight; its image_encoder folder lies beside it."),
    ] = None
    model_config: Annotated[
        str | None,
        typer.Option(
            help="For a model in a single file: a folder in diffusers format of its kind, or a"
            " hub id; else the kind's own is fetched once."
        ),
    ] = None
    unsafe_pickle: Annotated[
        bool, typer.Option("--unsafe-pickle", help="Load weights that can run code of strangers.")
    ] = False
    unsafe_remote_code: Annotated[
        bool, typer.Option("--unsafe-remote-code", help="Run Python code that the model brings.")
    ] = False


@dataclass(frozen=True)
class Machine:
    """How the model runs."""

    scheduler: Annotated[
        str | None,
        typer.Option(
            help="Such as ddim, euler, euler-ancestral, heun, dpmsolver, unipc or pndm; a name"
            " that does not fit the model lists those that do."
        ),
    ] = None
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps.")] = "auto"
    dtype: Annotated[str, typer.Option(help="auto, float32, float16 or bfloat16.")] = "auto"
    offload: Annotated[
        str, typer.Option(help="Keep waiting weights in main memory: none, model, sequential.")
    ] = "none"
    compile_: Annotated[bool, typer.Option("--compile", help="Compile what denoises.")] = False
    deterministic: Annotated[
        bool, typer.Option("--deterministic", help="Use only sums that come out alike; slower.")
    ] = False


@dataclass(frozen=True)
class Judged:
    """What is judged before anything is made."""

    gate: Annotated[
        list[str] | None,
        typer.Option(
            help="Gate policy by name or file, beside those of your config.yaml; repeatable."
        ),
    ] = None
    use: Annotated[
        str | None,
        typer.Option(help="What it is for: commercial, noncommercial or research; recorded."),
    ] = None
    override: Annotated[
        str | None,
        typer.Option(help="Why to go on where a gate asks for a reason; at a terminal it asks."),
    ] = None


@folded
def generate(
    wanted: Wanted,
    pictures: Pictures,
    model: Model,
    machine: Machine,
    judged: Judged,
    work: WorkOption = None,
    json: JsonOption = False,
) -> None:
    r"""Make attempts: each one call of a model, recorded before it runs and after.

    Exit code 1: a gate stopped it. That it fired is on record; nothing was generated.

    \b
    Examples:
      provgen generate "a boat on the sea" --count 4 --seed 7
      provgen generate "a red boat on the sea at sunset" -n 4 --based-on 1.3
      provgen generate "a red boat" --image 2.3 --strength 0.6
      provgen generate "a lighthouse" --image 2.3 --mask mask.png
      provgen generate --prompt-file prompts.txt --model ~/models/sdxl --lora warm.safetensors:0.8
      provgen generate "a pier" --model models/sd15 --controlnet models/canny --control edges.png
      provgen generate "a boat" --gate my-guild.yaml --use commercial --override "commissioned"
    """
    from provenance_gen.cli import attempts

    prompts = attempts.prompts(wanted.prompt, wanted.prompt_file, empty=wanted.empty_prompt)
    request = attempts.request(wanted, pictures, model, machine, judged, prompts[0])
    with recording(json=json) as studio:
        attempts.generate(studio.work(work), request, prompts, json=json)


def bring_in(
    file: Annotated[Path, typer.Argument(help="PNG, JPEG, WebP, TIFF, AVIF, GIF or BMP.")],
    own: Annotated[bool, typer.Option("--own", help="You made it yourself.")] = False,
    note: Annotated[str | None, typer.Option(help="Where it comes from, in your words.")] = None,
    work: WorkOption = None,
    json: JsonOption = False,
) -> None:
    r"""Bring an image in from a file; the original is kept byte for byte.

    What the file says of itself, signed or not, is read and recorded with it.

    \b
    Example:
      provgen import sketch.png --own --note "pencil, scanned"
    """
    from provenance_gen.cli import importing

    with recording(json=json) as studio:
        importing.bring_in(studio.work(work), file, own=own, note=note, json=json)


@folded
def replay(
    model: Model,
    attempt: Annotated[
        str | None, typer.Argument(help="Attempt or image, such as 2 or 2.3.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option(help="Replay so many attempts, drawn at random.")
    ] = None,
    work: WorkOption = None,
    json: JsonOption = False,
) -> None:
    r"""Run an attempt again from its record, and grade how near the result comes.

    A simulation: it shows what the record is enough for, not what happened. It fetches nothing,
    and what the attempt was allowed is not allowed here unless you say so. Where a model's folder
    or file lies is not recorded: name it again. Exit code 1 where the result is different.

    \b
    Examples:
      provgen replay 2.3
      provgen replay 2 --model ~/models/sdxl
      provgen replay --sample 20
    """
    from provenance_gen.cli import attempts, replaying

    with open_studio() as studio:
        chosen = studio.work(work)
        good = replaying.replay(chosen, attempt, sample, attempts.means(model), json=json)
    if not good:
        raise typer.Exit(1)
