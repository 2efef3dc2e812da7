"""The work behind ``provgen edit``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.cli import output
from provenance_gen.cli.edited import lines
from provenance_gen.editing import parsing, phrases
from provenance_gen.errors import ProvenanceError, StorageError, UnreadableImageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from provenance_gen.editing.areas import Area
    from provenance_gen.editing.steps import Step
    from provenance_gen.records.work import Edit
    from provenance_gen.studio import Work
    from provenance_gen.studio.outside import Sitting

_MAX_FILE: Final = 64 << 20
"""Largest font or file of strokes, in bytes."""


@dataclass(frozen=True)
class Painted:
    """What ``--inpaint`` asks of a model."""

    prompt: str | None = None
    mask: str | None = None
    box: str | None = None
    model: str | None = None
    strength: float | None = None
    seed: int | None = None
    gate: tuple[str, ...] = ()
    use: str | None = None
    override: str | None = None


@dataclass(frozen=True)
class Asked:
    """What one call of ``provgen edit`` asks for."""

    image: str
    steps: list[Step]
    painting: Painted
    file: Path | None
    command: str | None
    stay: bool
    sources: tuple[Path, ...]
    tool: str | None
    confirm: bool
    note: str | None

    def check(self) -> None:
        """Refuse what makes no sense together.

        Raises:
            UsageError: nothing or two things are asked for, or an option without what it is for.
        """
        ways = [bool(self.steps) or self.painting.prompt is not None]
        ways += [self.file is not None, self.command is not None]
        if sum(ways) > 1:
            raise UsageError(
                "give steps and --inpaint, or --with, or --file: each is an edit of its own"
            )
        if self.painting.prompt is None and self.painting != Painted():
            raise UsageError(
                "--mask, --box, --model, --strength, --seed, --gate, --use and --override go with"
                " --inpaint"
            )
        if not any(ways):
            raise UsageError(
                "say what to do, such as --crop 0,16,128,96, --with krita or --file retouched.png"
            )
        if self.file is None and self.sources:
            raise UsageError("--source goes with --file; with --with, save it beside the picture")
        if self.file is None and self.command is None and self.confirm:
            raise UsageError("--confirm goes with --file or --with: all else is recorded as it is")
        if self.command is None and self.stay:
            raise UsageError("--stay goes with --with")


def steps(
    plain: Mapping[str, str | None], laid: Mapping[str, Any], font: Path | None
) -> list[Step]:
    """Return the steps that the options ask for, in order.

    Args:
        plain: options with one value, read by ``parsing``.
        laid: options that can be repeated; ``strokes`` is a file.
        font: the font of all texts.

    Raises:
        UsageError: an option cannot be understood.
        UnreadableImageError: the font or the file of strokes cannot be read.
    """
    found: list[Step] = [
        getattr(parsing, f"parse_{name}")(text) for name, text in plain.items() if text is not None
    ]
    letters = small_file(font) if font else None
    if letters is not None and not laid["text"]:
        raise UsageError("--font goes with --text")
    for name, given in laid.items():
        if name == "strokes":
            found += phrases.read_strokes(small_file(given)) if given else []
        elif name == "stroke":
            found += map(parsing.parse_stroke, given or [])
        elif name == "text":
            found += [phrases.parse_text(text, letters) for text in given or []]
        else:
            found += map(getattr(phrases, f"parse_{name}"), given or [])
    return found


def edit(work: Work, asked: Asked, *, json: bool) -> None:
    """Make the edit that is asked for, record it, and print what became of it."""
    if asked.command is not None:
        _with(work, asked, json=json)
        return
    if asked.painting.prompt is not None:
        done = _painted(work, asked)
    else:
        result: Any = asked.steps
        if asked.file is not None:
            from provenance_gen.studio.bring_in import open_file

            result = open_file(work.studio, asked.file).picture
        recorded = work.edit(
            asked.image, result, tool=asked.tool, note=asked.note, sources=asked.sources
        )
        done = [work.confirm(recorded.image.name) if asked.confirm else recorded]
    if not json:
        output.say(*(line for recorded in done for line in lines(recorded)))
    elif len(done) == 1:
        output.put_json(done[0].model_dump(mode="json"))
    else:
        output.put_json({"edits": [recorded.model_dump(mode="json") for recorded in done]})


def _painted(work: Work, asked: Asked) -> list[Edit]:
    """Do the steps, then have the model paint in what they made: an edit each."""
    area = _area(asked.painting)
    before = []
    if asked.steps:
        before.append(work.edit(asked.image, asked.steps, tool=asked.tool, note=asked.note))
    image = before[-1].image.name if before else asked.image
    return [*before, _paint(work, image, area, asked)]


def _area(given: Painted) -> Area:
    """Return where a model is to paint.

    Raises:
        UsageError: neither a mask nor a box is given, or both, or it cannot be understood.
    """
    from provenance_gen.editing.areas import Area

    if (given.mask is None) == (given.box is None):
        raise UsageError("--inpaint needs --mask FILE or --box LEFT,TOP,WIDTH,HEIGHT, one of them")
    return Area(mask=given.mask, box=phrases.parse_box(given.box) if given.box else None)


def _paint(work: Work, image: str, area: Area, asked: Asked) -> Edit:
    from provenance_gen.cli import attempts
    from provenance_gen.generation.builtin import MODEL_ID
    from provenance_gen.studio.gates import Gates
    from provenance_gen.studio.inpaint import Painting

    given = asked.painting
    with output.progress("loading the model", then="painting") as bar:
        painting = Painting(
            prompt=given.prompt or "",
            model=given.model or MODEL_ID,
            strength=given.strength,
            seed=given.seed,
            gates=attempts.watched(Gates(given.gate, use=given.use, override=given.override), bar),
        )
        return work.inpaint(image, area, painting, note=asked.note, on_step=bar)


def _with(work: Work, asked: Asked, *, json: bool) -> None:
    """Open the image in another program, and say what it saved."""

    def saved(edit: Edit) -> None:
        if not json:
            output.say(*lines(edit))

    def opened() -> None:
        output.note(
            f"{asked.image} is open in {asked.command}; every save is recorded. Close the program"
            " when you have finished, or press Ctrl-C here."
        )

    sitting = work.edit_with(
        asked.image,
        asked.command or "",
        tool=asked.tool,
        note=asked.note,
        stay=asked.stay,
        on_open=opened,
        on_save=saved,
    )
    edits = list(sitting.edits)
    if asked.confirm:
        edits = [work.confirm(item.image.name) for item in edits]
    if json:
        output.put_json(
            {
                "ended": sitting.ended.value,
                "exit_code": sitting.code,
                "unread": list(sitting.unread),
                "folder": str(sitting.folder) if sitting.folder else None,
                "edits": [item.model_dump(mode="json") for item in edits],
            }
        )
    elif edits:
        names = ", ".join(item.image.name for item in edits)
        each = " ".join(item.image.name for item in edits)
        hint = f"if it is your work: provgen confirm {each}"
        rest = "confirmed as yours" if asked.confirm else hint
        output.say(f"Recorded {names}; {rest}")
    _tell(sitting)


def _tell(sitting: Sitting) -> None:
    """Say what went wrong in a sitting.

    Raises:
        ProvenanceError: a file could not be recorded, or the program failed and saved nothing.
    """
    for why in sitting.unread:
        output.note(f"not recorded: {why}", style="yellow")
    if not sitting.edits and not sitting.unread:
        output.note("nothing was saved, so nothing was recorded")
    if sitting.ended == "stopped" and sitting.code is None:
        output.note(
            f"the program is still open; what it saves from now on in {sitting.folder} is not"
            " recorded: bring it in with --file"
        )
    elif sitting.folder:
        output.note(f"the working folder was left: {sitting.folder}")
    if sitting.ended == "crashed":
        kept = "what it had saved is recorded" if sitting.edits else "it had saved nothing"
        raise StorageError(f"the program ended with exit code {sitting.code}; {kept}")
    if sitting.unread:
        raise ProvenanceError("a file that the program saved could not be recorded")


def small_file(path: Path) -> bytes:
    """Return the bytes of a font or of a file of strokes.

    Raises:
        UnreadableImageError: there is no such file, or it is too large or cannot be read.
    """
    try:
        if not path.is_file():
            raise UnreadableImageError(f"{path.name!r} does not exist, or is not a file")
        if path.stat().st_size > _MAX_FILE:
            raise UnreadableImageError(f"{path.name!r} is larger than {_MAX_FILE >> 20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableImageError(f"{path.name!r} cannot be read") from error
