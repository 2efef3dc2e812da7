"""The command that measures where the steps of a picture's making show in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from provenance_gen.cli import output
from provenance_gen.cli.folding import folded
from provenance_gen.cli.generating import Model
from provenance_gen.cli.making import JsonOption, WorkOption, open_studio
from provenance_gen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance_gen.records.finding import Contribution
    from provenance_gen.records.origin import Origin, OriginLayer, Recovered, StructureKept

_EVENTS = 6
"""Most events that are named beside a count; JSON has all."""
_SO = "1 if "
"""How the meaning of a fact begins that is counted as 1."""
_SHOWN = 3
"""Most regions of a layer that are printed; JSON has more."""


@folded
def measure(
    model: Model,
    image: Annotated[str, typer.Argument(help="The image, such as 2.3 or e4.")],
    folder: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for the images of the map."),
    ] = None,
    prompt_information: Annotated[
        bool,
        typer.Option(
            "--prompt-information",
            help="Instead: how much the prompt steered the model, in nats; loads the model.",
        ),
    ] = False,
    words: Annotated[
        bool, typer.Option("--words", help="And each of its words, by leaving it out.")
    ] = False,
    samples: Annotated[
        int, typer.Option(help="Noise levels drawn for it, an even number; more are more exact.")
    ] = 32,
    work: WorkOption = None,
    json: JsonOption = False,
) -> None:
    r"""Show what led to an image, and which step wrote which part of it: the origin map.

    Areas are in pixels of the image (px²). A change of the whole picture's tone is named and has
    no area. What another program changed is found by comparing the pictures, which needs
    pip install 'provenance-gen[measure]'.

    \b
    Examples:
      provgen measure e4
      provgen measure e4 -o origin
      provgen measure 2.3 --prompt-information --words -o steering
    """
    if words and not prompt_information:
        raise UsageError("--words goes with --prompt-information")
    if prompt_information:
        from provenance_gen.cli import attempts, informing

        with open_studio() as studio:
            informing.measure(
                studio.work(work),
                image,
                attempts.means(model),
                informing.Wanted(words, samples, folder),
                json=json,
            )
        return
    with open_studio() as studio:
        measured = studio.work(work).measure(image, folder)
    if json:
        output.put_json(measured.model_dump(mode="json"))
    elif measured.origin:
        _show(measured, measured.origin, folder)


def _show(measured: Contribution, found: Origin, folder: Path | None) -> None:
    output.title(f"Origin map of {found.image}, {found.width}x{found.height}")
    for layer in found.layers:
        output.say(*_lines(layer))
    output.say(*_remarks(found))
    output.title(f"What led to {found.image}")
    output.say(*_counts(measured))
    if folder is not None:
        output.say(f"Wrote labels.png and {len(found.layers)} coverage images to {folder}")


def _counts(measured: Contribution) -> Iterator[str]:
    from provenance_gen.records.finding import MEASURES

    for name, item in measured.measures.items():
        if item.value:
            meaning = MEASURES[name]
            # Of a fact that is so or not, its number is no count.
            said = f"{item.value:>7,}" if not meaning.startswith(_SO) else "    yes"
            events = [f"#{cited.number}" for cited in item.citations[:_EVENTS]]
            more = " …" if len(item.citations) > _EVENTS else ""
            yield f"{said}  {meaning.removeprefix(_SO)}  ({' '.join(events)}{more})"


def _lines(layer: OriginLayer) -> Iterator[str]:
    events = ", ".join(f"#{cited.number}" for cited in layer.citations)
    yield f"{layer.label:>3}  {_writer(layer)}, event {events}"
    yield f"       wrote most of {layer.area} px²; parts of pixels add up to {_area(layer)} px²"
    places = [
        f"{width}x{height} at {left},{top} ({region.area} px²)"
        for region in layer.regions[:_SHOWN]
        for left, top, width, height in (region.box,)
    ]
    if len(layer.regions) > _SHOWN:
        places.append(f"and {len(layer.regions) - _SHOWN} more")
    if places:
        yield f"       within {'; '.join(places)}"


def _area(layer: OriginLayer) -> str:
    return f"{float(layer.covered):.0f}"


def _writer(layer: OriginLayer) -> str:
    put_in = f" of {layer.source_image or 'another picture'}" if layer.source else ""
    first = layer.citations[0]
    if layer.agent == "import":
        return f"{layer.image} {'own material' if layer.confirmed else 'imported picture'}"
    words = f"{layer.image} {layer.writer}{put_in}"
    if layer.agent == "external":
        words += " (confirmed)" if layer.confirmed else " (unconfirmed)"
    elif layer.agent == "program":
        words += " (a mark drawn by the program)"
    elif layer.agent == "human" and first.actor != "person":
        words += f" (not by a person: {first.actor})"
    if first.basis == "inferred" and len(layer.citations) == 1:
        words += " (its parent is inferred)"
    return words


def _remarks(found: Origin) -> Iterator[str]:
    if found.mixed:
        yield f"{found.mixed} px² have no writer of more than half of their value (label 0)"
    for tone in found.tones:
        names = ", ".join(tone.operations) or "by another program"
        yield f"{tone.image} changed the whole picture: {names}; no area is counted for it"
    yield from map(_compared, found.recovered)
    for step in found.unmeasured:
        yield f"{step.image}: {step.reason}; every pixel is counted as that step's"
    yield from map(_kept, found.structure)
    yield "An area says where a step shows, not what it is worth."


def _compared(found: Recovered) -> str:
    moved = "" if found.exact else ", scaled or turned"
    return (
        f"{found.image} beside {found.parent}: {found.changed} of {found.area} px² differ by more"
        f" than {found.tolerance} of 255{moved}; colour difference (CIEDE2000) mean"
        f" {float(found.delta_e_mean):.1f}, largest {float(found.delta_e_maximum):.1f};"
        f" SSIM {float(found.ssim):.3f}"
    )


def _kept(found: StructureKept) -> str:
    name = found.input_image or "the picture given"
    own = ", which a person says they made," if found.own else ""
    return (
        f"{found.image} beside {name}{own} ({found.argument}): edges overlap"
        f" {float(found.edges):.2f} (by chance {float(found.edges_by_chance):.2f}),"
        f" SSIM {float(found.ssim):.2f}"
    )
