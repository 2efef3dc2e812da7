"""``provgen demo``: the main job from beginning to end, with real parts, in a new folder.

A script plays the artist here, and the record says so: its events name a program as their actor.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from provenance_gen.cli import output
from provenance_gen.errors import UsageError

if TYPE_CHECKING:
    from provenance_gen.records.work import Attempt
    from provenance_gen.studio import Studio, Work

TITLE: Final = "Harbour at dusk"
INTENT: Final = "One small boat, warm sky against cold water"
FIRST: Final = "a boat on the sea"
REVISED: Final = "a red boat on the sea at sunset"
_COUNT: Final = 4
_SEED: Final = 7


def demo(
    folder: Annotated[
        Path | None, typer.Argument(help="New folder to work in; else provgen-demo.")
    ] = None,
) -> None:
    r"""Play the whole story in a new folder: make, choose, edit, sign, verify, report.

    A script plays the artist, and the record says so. Nothing outside the new folder and your
    configuration folder is written.

    \b
    Example:
      provgen demo
    """
    from provenance_gen.generation.pipelines import demand_libraries

    demand_libraries()  # else the story would end at its third step, in a folder half full
    place = _new_folder(folder)
    with _init(place) as studio:
        work = _begin(studio)
        first, second = _generate(work)
        edited = _choose_and_edit(work, place, first, second)
        _export(work, edited, place)
        _verify(studio, place)
        _report(work, place)
        _audit(studio)
    _farewell(place)


def _new_folder(asked: Path | None) -> Path:
    """Return a folder that is not there yet, so that an earlier run stays as it is."""
    if asked is not None:
        if asked.exists() and (not asked.is_dir() or any(asked.iterdir())):
            raise UsageError(f"{asked} is not empty; name a new folder")
        return asked
    base = Path("provgen-demo")
    place, number = base, 1
    while place.exists():
        number += 1
        place = Path(f"{base}-{number}")
    return place


def _step(number: int, text: str, *commands: str) -> None:
    output.say("")
    output.title(f"{number}. {text}")
    output.say(*(f"   $ provgen {command}" for command in commands), style="cyan")


def _init(place: Path) -> Studio:
    from provenance_gen.records.event import ActorKind
    from provenance_gen.studio import Studio

    _step(1, "A studio: ledger, image store, signing key", f"init {place}")
    studio = Studio.init(place, author="Demo (a script plays the artist)", actor=ActorKind.PROGRAM)
    output.say(f"   {studio.folder.root}", f"   ledger {studio.ledger.origin}")
    return studio


def _begin(studio: Studio) -> Work:
    _step(2, "A work, with what it is meant to be", f'new "{TITLE}" --intent "{INTENT}"')
    return studio.new_work(TITLE, intent=INTENT, author="Demo (a script plays the artist)")


def _generate(work: Work) -> tuple[Attempt, Attempt]:
    from provenance_gen.studio.generate import Request

    _step(
        3, "Attempt 1, from a first prompt", f'generate "{FIRST}" --count {_COUNT} --seed {_SEED}'
    )
    with output.progress("loading the model") as moved:
        first = work.generate(Request(FIRST, count=_COUNT, seed=_SEED), on_step=moved)
    _show_attempt(work, first)
    looked_at = first.images[1].name
    command = f'generate "{REVISED}" --count {_COUNT} --seed {_SEED} --based-on {looked_at}'
    _step(4, f"Attempt 2, revised after looking at {looked_at}", command)
    with output.progress("generating") as moved:
        request = Request(REVISED, count=_COUNT, seed=_SEED, based_on=looked_at)
        second = work.generate(request, on_step=moved)
    _show_attempt(work, second)
    return first, second


def _show_attempt(work: Work, attempt: Attempt) -> None:
    seconds = (attempt.milliseconds or 0) / 1000
    names = ", ".join(image.name for image in attempt.images)
    revised = f", revises attempt {attempt.revises}" if attempt.revises else ""
    output.say(
        f"   {names} in {seconds:.1f} s{revised}; recorded as event"
        f" {attempt.citation.sequence} before the model ran"
    )
    if attempt.number == 1:
        path = os.path.relpath(work.studio.store.path(attempt.images[0].ref.pixel_digest))
        output.say(f"   the first lies in {path}", style="dim")


def _choose_and_edit(work: Work, place: Path, first: Attempt, second: Attempt) -> str:
    from provenance_gen.cli.edited import lines
    from provenance_gen.cli.listing import write_sheet
    from provenance_gen.editing import parsing

    write_sheet(work, work.history().images, place / "contact-sheet.png")
    picked, *others = [image.name for image in second.images]
    reasons = ("the boat stands free and the sky is warm", "less clear", "no dusk in it")
    earlier = [image.name for image in first.images]
    _step(
        5,
        "A choice",
        f'pick {picked} --reason "{reasons[0]}"',
        f'reject {" ".join(others)} --reason "{reasons[1]}"',
        f'reject {" ".join(earlier)} --reason "{reasons[2]}"',
    )
    work.select(picked, reason=reasons[0])
    work.reject(others, reason=reasons[1])
    work.reject(earlier, reason=reasons[2])
    output.say(f"   picked {picked} over {', '.join(others)}")
    size = second.images[0].stored
    crop = f"0,{size.height // 8},{size.width},{size.height * 3 // 4}"
    wide, high = size.width, size.height
    across = f"{wide // 32},{high * 5 // 8} {wide // 5},{high * 39 // 64}"
    stroke = f"{across};width=2;color=#ffd27f;opacity=0.8"
    _step(
        6,
        "Two edits: a crop with more colour, then a painted stroke",
        f"edit {picked} --crop {crop} --saturation 1.2",
        f'edit e1 --stroke "{stroke}"',
    )
    toned = work.edit(
        picked,
        [parsing.parse_crop(crop), parsing.parse_saturation("1.2")],
        note="closer to the horizon, warmer",
    )
    painted = work.edit(
        toned.image.name, [parsing.parse_stroke(stroke)], note="a streak of light on the water"
    )
    for edit in (toned, painted):
        output.say(*(f"   {line}" for line in lines(edit)))
    return painted.image.name


def _export(work: Work, image: str, place: Path) -> None:
    _step(7, "The picture leaves the studio, signed", f"export {image} harbour.png")
    made = work.export(image, place / "harbour.png")
    output.say(f"   harbour.png, {made.signed.size} bytes, disclosure: {made.disclosure}")


def _verify(studio: Studio, place: Path) -> None:
    from provenance_gen.cli.tampering import with_one_pixel_changed
    from provenance_gen.cli.verdict_shown import show
    from provenance_gen.images.pixels import decode, encode_png
    from provenance_gen.studio.own_ledger import verify_in

    _step(8, "Anybody can check it", "verify harbour.png")
    signed = place / "harbour.png"
    show(verify_in(studio, [signed])[0])
    changed, stripped = place / "harbour-changed.png", place / "harbour-stripped.png"
    changed.write_bytes(with_one_pixel_changed(signed.read_bytes()))
    stripped.write_bytes(encode_png(decode(signed)))
    _step(9, "One pixel changed; and the credentials stripped", "verify harbour-*.png")
    for verdict in verify_in(studio, [changed, stripped]):
        show(verdict)


def _report(work: Work, place: Path) -> None:
    _step(10, "The contribution report", "report --policy jp-bunka-2024")
    work.report(place / "report.html")
    work.report(place / "report.ja.html", language="ja")
    output.say("   report.html, report.json, and both in Japanese")


def _audit(studio: Studio) -> None:
    output.say("")
    output.title("And the ledger it all stands in")
    output.say("   $ provgen ledger audit", style="cyan")
    found = studio.audit()
    output.say(f"   {found.size} events, {found.images} images, problems: {len(found.problems)}")
    if not found.passed:
        raise typer.Exit(1)


def _farewell(place: Path) -> None:
    output.say("", "Written:")
    for file in sorted(path for path in place.iterdir() if path.is_file()):
        output.say(f"  {file}")
    output.say("", f"Look at {place / 'report.html'}, then: cd {place} && provgen show")
