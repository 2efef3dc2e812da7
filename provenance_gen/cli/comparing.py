"""The command that puts two pictures beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from provenance_gen.cli import output
from provenance_gen.cli.making import JsonOption, WorkOption
from provenance_gen.records.counting import counted
from provenance_gen.records.show import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance_gen.records.comparison import Chosen, Comparison, Edited, Side, Written

_NONE = "-"
_GUESSED = "linked to it only by a guess of the program"
_MANY = 12


def compare(
    a: Annotated[
        str, typer.Argument(help="An image such as 2.3, an image file, or an evidence bundle.")
    ],
    b: Annotated[str, typer.Argument(help="The other.")],
    to: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write a page as well, such as a-b.html.")
    ] = None,
    language: Annotated[
        str, typer.Option("--language", "-l", help="Of the page: en or ja.")
    ] = "en",
    *,
    work: WorkOption = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the page.")] = False,
    json: JsonOption = False,
) -> None:
    r"""Put two pictures beside each other: what making is recorded of each, and where it shows.

    It ranks nobody. Counts are of the steps that lead to each picture. Where there is no record,
    nothing can be said; that is not the same as "nothing was done".

    \b
    Examples:
      provgen compare 1.2 e3
      provgen compare harbour.png somebody-elses.jpg
      provgen compare 1.2 e3 --output one-click-or-an-evening.html
      provgen compare evidence-a.zip evidence-b.zip
    """
    from provenance_gen.errors import StudioNotFoundError
    from provenance_gen.studio import Studio
    from provenance_gen.studio.compare import compare as put_beside
    from provenance_gen.studio.compare_page import write

    try:
        studio = Studio.open()
    except StudioNotFoundError:
        found = put_beside(a, b)
        written = to and write(found, to, language=language, overwrite=overwrite)
    else:
        with studio:
            found = put_beside(a, b, studio=studio, work=work)
            written = to and write(found, to, language=language, studio=studio, overwrite=overwrite)
    if json:
        output.put_json(found.as_json())
        return
    _show(found)
    if written:
        output.say(f"Wrote {written}")


def _show(found: Comparison) -> None:
    from provenance_gen.records.finding import MEASURES

    sides = (found.a, found.b)
    output.table(("", visible(found.a.name), visible(found.b.name)), list(_rows(sides, MEASURES)))
    for side in sides:
        output.say(f"{side.name}: {side.says}")
        output.say(*(f"  {line}" for line in _details(side)))
    if found.same_pixels:
        output.say("Both have the same pixels.")
    output.say(
        "This ranks nobody: counts say that something is recorded, not what it is worth, and what"
        " is not recorded may still have been done."
    )


def _rows(sides: tuple[Side, Side], meanings: object) -> Iterator[tuple[str, str, str]]:
    def row(name: str, of: Callable[[Side], str | None]) -> tuple[str, str, str]:
        first, second = (of(side) or _NONE for side in sides)
        return name, first, second

    yield row("known from", lambda side: _BASIS[side.basis])
    yield row("image", lambda side: side.image)
    yield row("work", lambda side: output.shorten(side.work) if side.work else None)
    yield row("model", lambda side: ", ".join(side.models))
    yield row("first event", lambda side: _to_the_second(side.begun))
    yield row("last event", lambda side: _to_the_second(side.ended))
    yield row(
        "events",
        lambda side: ", ".join(f"{count} {word}" for word, count in sorted(side.standing.items())),
    )
    yield row("signed by (as claimed)", lambda side: side.signer.name if side.signer else None)
    yield row("AI, as stated", lambda side: side.ai.statement if side.ai else None)
    for name in dict.fromkeys([*sides[0].measures, *sides[1].measures]):
        if any(side.measures.get(name) for side in sides):
            label = dict(meanings)[name]  # type: ignore[call-overload]
            yield row(label, lambda side, key=name: _number(side, key))  # type: ignore[misc]


def _to_the_second(time: str | None) -> str | None:
    """Leave out what would break the column; ``--json`` has it all."""
    return time and time.split(".")[0].removesuffix("Z") + "Z"


def _number(side: Side, name: str) -> str | None:
    return f"{side.measures[name]:,}" if name in side.measures else None


def _details(side: Side) -> Iterator[str]:
    if side.guessed:
        more = ", …" if len(side.guessed) > _MANY else ""
        numbers = ", ".join(map(str, side.guessed[:_MANY])) + more
        yield f"{counted(len(side.guessed), 'attempt')} {_GUESSED}: {numbers}"
    for choice in side.choices:
        reason = f": {output.shorten(choice.reason)}" if choice.reason else ""
        others = f" over {counted(choice.over, 'other')}" if choice.over else ""
        yield f"picked {choice.image}{others}{_guess(choice)}{reason}"
    for edit in side.edits:
        where = "; ".join(
            f"{width}x{height} at {left},{top}" for left, top, width, height in edit.regions[:3]
        )
        done = ", ".join(edit.operations) or "compared"
        shown = f"{edit.changed:,} of {edit.area:,} px²  {where}".rstrip()
        if edit.uniform:
            shown = "practically every pixel"
        elif edit.tone:
            shown = "the tone of the whole picture" + (f"; {shown}" if edit.changed else "")
        yield f"edit {edit.image} ({_who(edit)}; {done}){_guess(edit)}: {shown}"
    for layer in side.written:
        yield f"{layer.image} {_layer(layer)} wrote most of {layer.area:,} px²"
    for action in side.actions:
        yield f"says: {action.action}" + (f" ({action.software})" if action.software else "")
    if side.withheld:
        yield f"{counted(side.withheld, 'text')} withheld"


def _guess(step: Chosen | Edited) -> str:
    return f" ({_GUESSED})" if step.guessed else ""


def _who(edit: Edited) -> str:
    """Say who or what made an edit; who had one of another program recorded need not have."""
    actor = _ACTORS[edit.actor.value]
    if edit.agent != "external":
        return _WHO[edit.agent].format(actor=actor)
    whose = "a person confirmed it as their own" if edit.confirmed else "whose work is not known"
    return f"in another program, {whose}; recorded by {actor}"


def _layer(layer: Written) -> str:
    if layer.agent == "external":
        return f"{layer.writer} ({'confirmed' if layer.confirmed else 'unconfirmed'})"
    return layer.writer if layer.writer == layer.agent else f"{layer.writer} ({layer.agent})"


_WHO = {
    "human": "in the built-in editor, by {actor}",
    "model": "by a model, called by {actor}",
    "program": "a mark that provgen drew, asked for by {actor}",
}
_ACTORS = {"person": "a person", "program": "a program", "unknown": "an unknown actor"}
_BASIS = {
    "ledger": "this studio's ledger",
    "bundle": "an evidence bundle",
    "credentials": "its own credentials",
    "claims": "unsigned claims",
    "nothing": "nothing: no record",
}
