"""What is printed of edits and of their confirmations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.records.event import Basis

if TYPE_CHECKING:
    from provenance_gen.records.work import Edit


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
    if change.uniform and not edit.operations:
        said.append(
            f"  practically every pixel changed: if it was not made from {edit.parent}, bring it in"
            " by itself with: provgen import"
        )
    said.append(f"  size: {edit.image.stored.width}x{edit.image.stored.height}")
    for kept in edit.sources or ():
        count = "layers not read" if kept.count is None else f"{kept.count} layers"
        said.append(f"  kept: {kept.name or 'a layered file'} ({count})")
    return said


def confirmed_line(edit: Edit) -> str:
    """Return what is printed of a confirmation."""
    if edit.theirs:
        return f"{edit.image.name}: confirmed, made from {edit.parent} and by you"
    if edit.confirmed:
        return (
            f"{edit.image.name}: recorded, made from {edit.parent}; no terminal is attached, so"
            " that nobody is known to have confirmed it, and it counts for nobody"
        )
    return f"{edit.image.name}: confirmed, made from {edit.parent}; by whom is left open"


def _by(edit: Edit) -> str:
    if edit.operations:
        return ", ".join(operation.name for operation in edit.operations)
    tool = edit.tool or "another program"
    if edit.theirs:
        return f"{tool} (by you, as you confirm)"
    if edit.confirmed:
        return f"{tool} (said to be yours; without a terminal that counts for nobody)"
    guess = "; that it was made from it is a guess" if edit.citation.basis is Basis.INFERRED else ""
    return f"{tool} (who or what acted there is not known{guess})"
