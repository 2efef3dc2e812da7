"""What changed in the input from an attempt to the one that revises it.

Differences are computed when read and stored nowhere. Texts are compared word by word; scripts
written without spaces (Han, kana) are compared character by character. It says what changed, not
whether the change was any good, nor that the picture changed because of it.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from provenance_gen.records.event import Basis
from provenance_gen.records.finding import (
    INPUT_DIGITS,
    InputChange,
    Passage,
    TextChange,
    ValueChange,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.records.work import Attempt, Work

_LONE: Final = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD: Final = re.compile(
    rf"[{_LONE}]\s*|[^\W{_LONE}]+(?:['\u2019-][^\W{_LONE}]+)*\s*|[^\w\s]\s*|\s+"
)
_RUN: Final = re.compile(rf"[^\W{_LONE}]{{2}}")
"""The end of a word and the beginning of another, with nothing between."""

MAX_WORDS: Final = 4_000
"""Above this, what lies between the common beginning and end is shown as replaced whole:
comparing is quadratic, and a prompt of 50,000 characters must not stall a report."""

NOT_REVISING: Final = frozenset({"seed", "model", "count"})
"""Changes that ask for another throw of the same dice, and do not revise what was asked for."""


def words(text: str) -> tuple[str, ...]:
    """Split a text into words and marks, each with the spaces after it; joined they give it."""
    return tuple(_WORD.findall(text))


def passages(before: str, after: str) -> tuple[Passage, ...]:
    """Compare two texts word by word; spaces alone are no difference.

    What stayed and what came joins to ``after``; what stayed and what went joins to ``before``,
    but for spaces: what went has some around it where it would run into what stays beside it.
    """
    old, new = words(before), words(after)
    old_keys, new_keys = _bare(old), _bare(new)
    start = _common(old_keys, new_keys)
    end = _common(old_keys[start:][::-1], new_keys[start:][::-1])
    result: list[Passage] = []

    def say(op: str, part: Sequence[str]) -> None:
        if part:
            result.append(Passage.model_validate({"op": op, "words": "".join(part)}))

    say("equal", new[:start])
    last_old, last_new = len(old) - end, len(new) - end
    codes: list[tuple[str, int, int, int, int]]
    codes = [("replace", 0, last_old - start, 0, last_new - start)]
    if max(last_old, last_new) - start <= MAX_WORDS:
        matcher = SequenceMatcher(None, old_keys[start:last_old], new_keys[start:last_new])
        codes = list(matcher.get_opcodes())
    for op, a, b, c, d in codes:
        if op == "equal":
            say("equal", new[start + c : start + d])
        else:
            gone, came = old[start + a : start + b], new[start + c : start + d]
            said = result[-1].words if result else ""
            say("delete", (_gap(said, gone), *gone, _gap("".join(gone), came)) if gone else ())
            say("insert", came)
    say("equal", new[len(new) - end :])
    return tuple(result)


def _gap(before: str, after: Sequence[str]) -> str:
    """Return the space that two words need between them; none in scripts without spaces."""
    return " " if after and _RUN.fullmatch(before[-1:] + after[0][:1]) else ""


def changes(work: Work) -> tuple[InputChange, ...]:
    """Return what changed for every attempt that is linked to an earlier one."""
    attempts = {attempt.number: attempt for attempt in work.attempts}
    return tuple(
        change(attempts[attempt.revises], attempt)
        for attempt in work.attempts
        if attempt.revises is not None and attempt.revises in attempts
    )


def change(earlier: Attempt, later: Attempt) -> InputChange:
    """Compare the inputs of two attempts."""
    texts = _text_changes(earlier, later)
    values = _value_changes(earlier, later)
    seen = any(not text.withheld for text in texts)
    return InputChange(
        attempt=later.number,
        revises=earlier.number,
        viewed=later.viewed,
        basis=later.revision_basis or Basis.INFERRED,
        citation=later.citation,
        texts=texts,
        values=values,
        revised=seen or any(value.name not in NOT_REVISING for value in values),
    )


def _bare(parts: Sequence[str]) -> list[str]:
    return [part.strip() for part in parts]


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    length = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        length += 1
    return length


def _texts(attempt: Attempt) -> dict[str, str | None]:
    """Every text of the input by its name; None where the words are withheld."""
    found: dict[str, str | None] = {}
    for name, given in attempt.call.prompts.items():
        for place, text in enumerate(given, 1):
            found[name if len(given) == 1 else f"{name} {place}"] = text
    return found | dict(attempt.call.words)


def _text_changes(earlier: Attempt, later: Attempt) -> tuple[TextChange, ...]:
    before, after = _texts(earlier), _texts(later)
    found = []
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name, ""), after.get(name, "")
        if old is None or new is None:
            found.append(TextChange(name=name, withheld=True))
        elif _bare(words(old)) != _bare(words(new)):
            found.append(TextChange(name=name, passages=passages(old, new)))
    return tuple(found)


def _values(attempt: Attempt) -> dict[str, str]:
    call = attempt.call
    inputs = (item.pixel_digest or (item.image and item.image.pixel_digest) for item in call.inputs)
    plain = {
        "task": call.task.value,
        "steps": call.steps,
        "guidance": call.guidance,
        "width": call.width,
        "height": call.height,
        "strength": call.strength,
        "count": call.count,
        "scheduler": call.scheduler,
        "inputs": ", ".join(digest[:INPUT_DIGITS] for digest in inputs if digest) or None,
        "seed": ", ".join(g.seed for g in call.generators if g.seed is not None) or None,
        "model": attempt.model.digest or attempt.model.name,
    }
    merged = plain | {f"argument {name}": value for name, value in call.arguments.items()}
    return {name: str(value) for name, value in merged.items() if value is not None}


def _value_changes(earlier: Attempt, later: Attempt) -> tuple[ValueChange, ...]:
    before, after = _values(earlier), _values(later)
    return tuple(
        ValueChange(name=name, before=before.get(name), after=after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )
