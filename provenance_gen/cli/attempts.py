"""The work behind ``provgen generate``."""

from __future__ import annotations

import codecs
import functools
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provenance_gen.cli import output
from provenance_gen.errors import FileError, UsageError
from provenance_gen.generation.builtin import MODEL_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.cli.generating import Judged, Machine, Model, Pictures, Wanted
    from provenance_gen.cli.progress import Bar, Lines
    from provenance_gen.records.generation import Call
    from provenance_gen.records.work import Attempt
    from provenance_gen.studio import Work
    from provenance_gen.studio.gates import Firing, Gates
    from provenance_gen.studio.generate import Request
    from provenance_gen.studio.replay import Means


_STANDARD: Final = "standard input"


def parse_size(text: str | None) -> tuple[int, int] | None:
    """Read ``512x768`` as width and height.

    Raises:
        UsageError: it is not of that form.
    """
    if text is None:
        return None
    if match := re.fullmatch(r"(\d{1,5})x(\d{1,5})", text.strip().lower()):
        return int(match[1]), int(match[2])
    raise UsageError(f"--size takes WIDTHxHEIGHT, such as 512x512, not {text!r}")


def parse_loras(texts: Sequence[str]) -> tuple[tuple[Path, float], ...]:
    """Read ``file:0.8`` as a file and its weight; without a weight it is 1."""
    found = []
    for text in texts:
        name, colon, weight = text.rpartition(":")
        try:
            found.append((Path(name).expanduser(), float(weight)) if colon else (Path(text), 1.0))
        except ValueError:
            found.append((Path(text).expanduser(), 1.0))
    return tuple(found)


def parse_adapter(text: str | None) -> tuple[Path, float] | None:
    """Read one ``file:0.8``; see ``parse_loras``."""
    return parse_loras([text])[0] if text is not None else None


def request(
    wanted: Wanted,
    pictures: Pictures,
    model: Model,
    machine: Machine,
    judged: Judged,
    prompt: str,
) -> Request:
    """Put what the options say into one request."""
    from provenance_gen.generation.models import Unsafe
    from provenance_gen.studio.gates import Gates
    from provenance_gen.studio.generate import Request

    return Request(
        prompt=prompt,
        negative=wanted.negative,
        model=model.model or MODEL_ID,
        count=wanted.count,
        seed=wanted.seed,
        steps=wanted.steps,
        guidance=wanted.guidance,
        size=parse_size(wanted.size),
        based_on=wanted.based_on,
        image=pictures.image,
        mask=pictures.mask,
        strength=pictures.strength,
        control=pictures.control,
        control_scale=pictures.control_scale,
        ip_image=pictures.ip_image,
        device=machine.device,
        dtype=machine.dtype,
        scheduler=machine.scheduler,
        loras=parse_loras(model.lora or []),
        controlnet=model.controlnet,
        ip_adapter=parse_adapter(model.ip_adapter),
        offload=machine.offload,
        compile=machine.compile_,
        deterministic=machine.deterministic,
        config=model.model_config,
        unsafe=Unsafe(pickle=model.unsafe_pickle, remote_code=model.unsafe_remote_code),
        gates=Gates(tuple(judged.gate or ()), use=judged.use, override=judged.override),
    )


def means(model: Model) -> Means:
    """Put what the options say into the means of a replay."""
    from provenance_gen.generation.models import Unsafe
    from provenance_gen.studio.replay import Means

    adapter = parse_adapter(model.ip_adapter)
    return Means(
        model=model.model,
        loras=parse_loras(model.lora or []),
        controlnet=model.controlnet,
        ip_adapter=adapter[0] if adapter else None,
        config=model.model_config,
        unsafe=Unsafe(pickle=model.unsafe_pickle, remote_code=model.unsafe_remote_code),
    )


def prompts(prompt: str | None, file: Path | None, *, empty: bool = False) -> list[str]:
    """Return the prompts asked for: one, or the lines of a file that are not empty.

    Args:
        prompt: the one prompt; ``-`` reads it from standard input.
        file: a file with prompts.
        empty: whether the one prompt may be empty.

    Raises:
        UsageError: neither or both were given, or the prompt is empty.
        FileError: the file cannot be read, or holds no prompt.
    """
    if (prompt is None) == (file is None):
        raise UsageError("give a prompt, or --prompt-file with one prompt on each line")
    if file is None:
        # A line end that the shell or an editor put there is no part of the prompt.
        one = str(prompt)
        if one == "-":
            one = _decoded(_bytes(Path("-")), _STANDARD).rstrip("\r\n")
        if not one.strip() and not empty:
            raise UsageError("the prompt is empty: write one, or insist with --empty-prompt")
        return [one]
    name = _STANDARD if str(file) == "-" else file.name
    listed = re.split(r"\r\n|\r|\n", _decoded(_bytes(file), name))
    found = [line.strip() for line in listed if line.strip()]
    if not found:
        raise FileError(f"{name} holds no prompt: write one on each line")
    return found


def _bytes(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.expanduser().read_bytes()
    except FileNotFoundError as error:
        raise FileError(f"there is no file {str(file)!r}") from error
    except (OSError, ValueError) as error:
        raise FileError(f"{file.name} cannot be read: give a text file") from error


def _decoded(data: bytes, name: str) -> str:
    """Decode text: UTF-8, or UTF-16 where it begins with a byte order mark, as Windows writes."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(f"{name} is not UTF-8 text: save it with that encoding") from error
    if "\0" in text:
        raise FileError(f"{name} is not text: it holds zero bytes")
    return text


def generate(work: Work, request: Request, prompts: Sequence[str], *, json: bool) -> None:
    """Make an attempt for each prompt and print what came of it.

    Raises:
        KeyboardInterrupt: saying how far it had come.
    """
    if request.model == MODEL_ID and not json:
        _warn_of_unknown_words(" ".join(prompts))
    ledger = work.studio.ledger
    before, done = ledger.head().size, 0
    try:
        with output.progress("loading", then="generating", jobs=len(prompts)) as moved:
            request = replace(request, gates=watched(request.gates, moved))
            for attempt in work.generate_each(request, prompts, on_step=moved):
                done += 1
                moved.finished(f"attempt {attempt.number}")
                with moved.paused():
                    if json:
                        output.put_json(attempt.model_dump(mode="json"))
                    else:
                        output.say(*lines(work, attempt))
    except KeyboardInterrupt:
        if ledger.head().size == before:
            raise KeyboardInterrupt("interrupted before an attempt had begun") from None
        words = f"interrupted; {done} of {len(prompts)} attempts were completed, the one that had"
        raise KeyboardInterrupt(f"{words} begun is on record as interrupted") from None


def watched(gates: Gates, moved: Bar | Lines) -> Gates:
    """Let gates ask the person at the terminal, and say of a prompt that is too long that it is."""

    def passed(call: Call) -> None:
        if said := cut_lines(call):
            with moved.paused():
                output.note("\n".join(said), style="yellow")

    return replace(gates, ask=functools.partial(ask_why, moved), passed=passed)


def cut_lines(call: Call) -> list[str]:
    """Return what is said of texts that are longer than what the model reads of them."""
    return [
        f"{cut.argument}: the model reads {cut.used} of {cut.tokens} tokens; what comes after them"
        " has no effect"
        for cut in call.tokens
        if cut.used < cut.tokens
    ]


def ask_why(moved: Bar | Lines, firing: Firing) -> str | None:
    """Ask the person at the terminal why to go on past a gate; None where nobody is there."""
    if not output.is_person():
        return None
    factor = firing.factor
    with moved.paused():
        output.note(f"Gate {firing.policy.id} ({factor.id}): {factor.rule.en}", style="bold yellow")
        if factor.would_help:
            output.note(factor.would_help.en)
        return output.ask("To go on all the same, say why (nothing: stop)")


def lines(work: Work, attempt: Attempt) -> list[str]:
    """Return what is printed of a finished attempt."""
    seeds = [state.seed for state in attempt.call.generators if state.seed is not None]
    seconds = (attempt.milliseconds or 0) / 1000
    images = "1 image" if len(attempt.images) == 1 else f"{len(attempt.images)} images"
    said = [f"Attempt {attempt.number}: {images} in {seconds:.1f} s"]
    if attempt.revises is not None:
        looked = f" after looking at {attempt.viewed}" if attempt.viewed else ""
        guessed = " (inferred)" if attempt.revision_basis == "inferred" else ""
        said.append(f"  revises attempt {attempt.revises}{looked}{guessed}")
    for place, image in enumerate(attempt.images):
        seed = f"seed {seeds[place]}" if place < len(seeds) else "seed not known"
        oddity = "  replaced by the safety checker" if image.flagged else ""
        oddity += "  all one colour" if image.blank else ""
        path = work.studio.store.path(image.ref.pixel_digest)
        said.append(f"  {image.name}  {seed}  {path}{oddity}")
    return said


def _warn_of_unknown_words(prompt: str) -> None:
    from provenance_gen.generation.builtin.captions import unknown_words

    if unknown := unknown_words(prompt):
        shown = ", ".join(unknown[:8]) + (", …" if len(unknown) > 8 else "")  # noqa: PLR2004
        output.note(
            f"the built-in model does not know: {shown}"
            " (it draws a few simple things; --model FOLDER takes a larger one)"
        )
