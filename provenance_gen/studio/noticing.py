"""Which image the next attempt revises: the one named, else the one last picked or shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.ledger.types import types_since
from provenance_gen.records.event import Basis
from provenance_gen.records.payloads import Revision
from provenance_gen.records.work import Choice
from provenance_gen.studio.select import find

if TYPE_CHECKING:
    from provenance_gen.records import work as records
    from provenance_gen.studio.work import ImageLike, Work

_TELLING: Final = frozenset({"image.selected", "image.viewed"})
"""Events that can change what was noticed last."""


class Noticed:
    """Tells what the next attempt revises; a batch reads only the events that came since."""

    def __init__(self, work: Work, based_on: ImageLike | None) -> None:
        """Look at one work.

        Args:
            work: the work.
            based_on: the image that the person says they looked at.
        """
        self._work = work
        # The log itself: asking the studio for it waits until all finished calls are stored,
        # and which image was noticed does not hang on that.
        self._ledger = work.studio.ledger
        self._based_on = based_on
        self._read = 0
        self._revision: Revision | None = None

    def revision(self) -> Revision | None:
        """Return which attempt is revised, and how that is known.

        Raises:
            UnknownReferenceError: the work has no image as named.
        """
        types = types_since(self._ledger, self._read)
        if self._read == 0 or not _TELLING.isdisjoint(types):
            self._revision = _revision(self._work.history(), self._based_on)
        self._read += len(types)
        return self._revision


def _revision(history: records.Work, based_on: ImageLike | None) -> Revision | None:
    if based_on is not None:
        looked_at, basis = find(history, based_on), Basis.CONTEMPORANEOUS
    else:
        guess = _last_noticed(history)
        if guess is None:
            return None
        looked_at, basis = guess, Basis.INFERRED
    origin = history.lineage(looked_at.name)[0].ref.origin
    if not any(attempt.id == origin for attempt in history.attempts):
        return None
    return Revision(attempt=origin, viewed=looked_at.ref, basis=basis)


def _last_noticed(history: records.Work) -> records.Image | None:
    """Return the image last picked, else the last of those shown to a person."""
    noticed = [
        (selection.citation.order, selection.images[-1])
        for selection in history.selections
        if selection.choice is Choice.SELECTED and selection.images
    ]
    noticed += [(v.citation.order, v.images[-1]) for v in history.views if v.images]
    return history.image(max(noticed)[1]) if noticed else None
