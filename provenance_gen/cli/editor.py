"""The work behind ``provgen edit``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.editing import parsing
from provenance_gen.errors import UsageError
from provenance_gen.images.pixels import decode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from PIL.Image import Image as Picture

    from provenance_gen.editing.steps import Step
    from provenance_gen.records.work import Edit


def result(
    given: Mapping[str, str | None], strokes: Sequence[str], file: Path | None
) -> Picture | list[Step]:
    """Return the steps that the options ask for, or the picture another program made.

    Raises:
        UsageError: nothing is asked for, both are, or an option cannot be understood.
        UnreadableImageError: the file is no picture.
    """
    steps: list[Step] = [
        getattr(parsing, f"parse_{name}")(text) for name, text in given.items() if text is not None
    ]
    steps += [parsing.parse_stroke(text) for text in strokes]
    if file is not None and steps:
        raise UsageError("give steps or --file, not both: each is an edit of its own")
    if file is not None:
        return decode(file)
    if not steps:
        raise UsageError("say what to do, such as --crop 0,8,64,48 or --file retouched.png")
    return steps


def lines(edit: Edit) -> list[str]:
    """Return what is printed of a recorded edit."""
    change = edit.difference
    said = [f"{edit.image.name}: {edit.parent} edited by {_by(edit)}"]
    if change.tone:
        said.append("  changed: the tone of the whole picture")
    if change.bounds is None and not change.tone:
        said.append("  changed: nothing but the frame")
    elif change.bounds is not None:
        left, top, width, height = change.bounds
        said.append(
            f"  changed: {change.changed} px² of {change.area},"
            f" within {width}x{height} at {left},{top}"
        )
    said.append(f"  size: {edit.image.stored.width}x{edit.image.stored.height}")
    return said


def _by(edit: Edit) -> str:
    if edit.operations:
        return ", ".join(operation.name for operation in edit.operations)
    return f"{edit.tool or 'another program'} (who or what acted there is not known)"
