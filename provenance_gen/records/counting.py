"""How many of a thing there are and which, in English: ``1 event``, ``pictures 1.1 and 1.2``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST: Final = 8
"""So many are named; of more it is said how many they are."""


def counted(count: int, one: str, more: str | None = None) -> str:
    """Return a number with the word that it takes.

    Args:
        count: how many there are.
        one: the word for one of them.
        more: for any other number; by default the same with an s.
    """
    return f"{count} {one if count == 1 else more or one + 's'}"


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence, the first of many and how many more there are."""
    if len(names) > MOST + 1:
        names = (*names[:MOST], f"{len(names) - MOST} more")
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def which(one: str, names: Sequence[str]) -> str:
    """Return a word in the number that names need, and the names: ``pictures 1.1 and 1.2``."""
    return f"{one if len(names) == 1 else one + 's'} {listed(names)}"
