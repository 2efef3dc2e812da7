"""Commands that change an image, and that confirm a change made elsewhere: edit, confirm."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from provenance_gen.cli import output
from provenance_gen.cli.making import JsonOption, WorkOption, open_studio, recording

_AREA = "box=L,T,W,H | polygon=x,y ... | brush=x,y ...;width=9 | mask=FILE"


def edit(
    image: Annotated[str, typer.Argument(help="The image, such as 2.3; it stays as it is.")],
    crop: Annotated[str | None, typer.Option(help="LEFT,TOP,WIDTH,HEIGHT in pixels.")] = None,
    straighten: Annotated[
        str | None, typer.Option(help="Degrees clockwise; empty corners are cut off.")
    ] = None,
    rotate: Annotated[str | None, typer.Option(help="Degrees clockwise: 90, 180, 270.")] = None,
    flip: Annotated[str | None, typer.Option(help="horizontal or vertical.")] = None,
    resize: Annotated[str | None, typer.Option(help="WIDTHxHEIGHT in pixels.")] = None,
    white_balance: Annotated[
        str | None, typer.Option(help="X,Y of a place that should be grey.")
    ] = None,
    exposure: Annotated[str | None, typer.Option(help="Stops; 1 doubles the light.")] = None,
    levels: Annotated[str | None, typer.Option(help="BLACK,WHITE[,GAMMA], 0 to 255.")] = None,
    curves: Annotated[str | None, typer.Option(help='"0,0 64,50 255,255": from,to.')] = None,
    contrast: Annotated[str | None, typer.Option(help="Factor; 1 changes nothing.")] = None,
    saturation: Annotated[str | None, typer.Option(help="Factor; 0 is grey.")] = None,
    temperature: Annotated[str | None, typer.Option(help="Stops towards warm.")] = None,
    paste: Annotated[
        list[str] | None,
        typer.Option(help='Image or file: "i1;at=10,20;scale=0.5;mask=FILE;blend=multiply".'),
    ] = None,
    fill: Annotated[
        list[str] | None, typer.Option(help=f'"{_AREA};color=#ffcc33;opacity=0.5".')
    ] = None,
    stroke: Annotated[
        list[str] | None,
        typer.Option(help='Painted line: "x,y x,y;width=3;color=#ffcc33;opacity=0.8".'),
    ] = None,
    strokes: Annotated[Path | None, typer.Option(help="JSON file of painted lines.")] = None,
    text: Annotated[
        list[str] | None,
        typer.Option(help='"at=4,40;size=24;color=#ffcc33;text=your words".'),
    ] = None,
    font: Annotated[Path | None, typer.Option(help="Font file for --text.")] = None,
    erase: Annotated[list[str] | None, typer.Option(help=f'"{_AREA};opacity=1".')] = None,
    blur: Annotated[
        list[str] | None, typer.Option(help=f'Radius, whole or over an area: "4;{_AREA}".')
    ] = None,
    sharpen: Annotated[list[str] | None, typer.Option(help='Amount: "1;radius=1.5;...".')] = None,
    inpaint: Annotated[
        str | None, typer.Option(help="Prompt: a model paints --mask or --box anew.")
    ] = None,
    mask: Annotated[str | None, typer.Option(help="File or image, white where to paint.")] = None,
    box: Annotated[str | None, typer.Option(help="LEFT,TOP,WIDTH,HEIGHT to paint.")] = None,
    model: Annotated[str | None, typer.Option(help="Model for --inpaint.")] = None,
    strength: Annotated[float | None, typer.Option(help="How far to go, 0 to 1.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed for --inpaint.")] = None,
    gate: Annotated[
        list[str] | None, typer.Option(help="Gate to judge --inpaint by, by name or file.")
    ] = None,
    use: Annotated[
        str | None, typer.Option(help="What it is for: commercial, noncommercial, research.")
    ] = None,
    override: Annotated[
        str | None, typer.Option(help="Why to go on where a gate asks for a reason.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="The picture another program made of it.")
    ] = None,
    with_: Annotated[
        str | None,
        typer.Option("--with", help='Open it in a program: krita, "gimp {}", default.'),
    ] = None,
    stay: Annotated[
        bool, typer.Option("--stay", help="Watch on after the program returns, until Ctrl-C.")
    ] = False,
    source: Annotated[
        list[Path] | None, typer.Option(help="Layered file to keep: .kra .ora .psd .xcf.")
    ] = None,
    tool: Annotated[str | None, typer.Option(help="That program's name.")] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="You say: the work in that program is yours.")
    ] = False,
    note: Annotated[str | None, typer.Option(help="What you did and why.")] = None,
    work: WorkOption = None,
    json: JsonOption = False,
) -> None:
    r"""Edit an image; what changed is measured and recorded.

    Steps are done in the order in which the options are listed: geometry, tone, then what is laid
    on top.

    Give steps, --inpaint (a model paints, after the steps if there are any, as an edit of its own),
    --with (another program, every save of which is recorded while it is open) or --file (what
    another program made). What acted in another program is not known: it counts as your work once
    you confirm it.

    \b
    Examples:
      provgen edit 2.3 --crop 0,16,128,96 --saturation 1.2
      provgen edit e1 --stroke "8,80 40,76;width=4;color=#ffcc33" --note "light on the water"
      provgen edit e1 --paste "sketch.png;at=8,8;blend=multiply" --text "at=4,4;text=Harbour"
      provgen edit 2.3 --inpaint "a red boat" --box 24,56,64,40
      provgen edit 2.3 --with krita
      provgen edit e2 --file retouched.png --tool Krita --source retouched.kra --confirm
    """
    from provenance_gen.cli import editor

    steps = editor.steps(
        {
            "crop": crop,
            "straighten": straighten,
            "rotate": rotate,
            "flip": flip,
            "resize": resize,
            "white_balance": white_balance,
            "exposure": exposure,
            "levels": levels,
            "curves": curves,
            "contrast": contrast,
            "saturation": saturation,
            "temperature": temperature,
        },
        {
            "paste": paste,
            "fill": fill,
            "stroke": stroke,
            "strokes": strokes,
            "text": text,
            "erase": erase,
            "blur": blur,
            "sharpen": sharpen,
        },
        font,
    )
    painting = editor.Painted(
        inpaint, mask, box, model, strength, seed, tuple(gate or ()), use, override
    )
    asked = editor.Asked(
        image=image,
        steps=steps,
        painting=painting,
        file=file,
        command=with_,
        stay=stay,
        sources=tuple(source or ()),
        tool=tool,
        confirm=confirm,
        note=note,
    )
    asked.check()
    with recording(json=json) as studio:
        editor.edit(studio.work(work), asked, json=json)


def confirm(
    images: Annotated[list[str], typer.Argument(help="Images of edits, such as e3.")],
    link_only: Annotated[
        bool, typer.Option("--link-only", help="Only that it was made from its parent.")
    ] = False,
    note: Annotated[str | None, typer.Option(help="What you did yourself.")] = None,
    work: WorkOption = None,
    json: JsonOption = False,
) -> None:
    r"""Confirm edits made in another program: made from their parents, and by you.

    The record keeps both facts: what was found, and that you confirmed it. If a program's AI did
    the work, use --link-only, which says only from which image it was made. Of several images all
    are confirmed, or none.

    \b
    Examples:
      provgen confirm e3 --note "repainted the sail by hand"
      provgen confirm e4 --link-only
      provgen confirm e5 e6 e7
    """
    from provenance_gen.cli import edited
    from provenance_gen.studio.confirm import confirm_all

    with open_studio() as studio:
        confirmed = confirm_all(studio.work(work), images, note=note, link_only=link_only)
    for edit in confirmed:
        if json:
            output.put_json(edit.model_dump(mode="json"))
        else:
            output.say(edited.confirmed_line(edit))
