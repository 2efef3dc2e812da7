"""Where the links and pictures of a page lead: into the page itself, or to files beside it.

The templates ask; what they are given is safe to stand in an attribute as it is.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, ClassVar, Final

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provenance_gen.records.base import EventNumber
    from provenance_gen.records.report import EditView, Figure

PICTURES: Final = "pictures/"


class OnePage:
    """Everything in one file."""

    folder: ClassVar = False
    sources: ClassVar = "data:"
    """Where pictures may come from (CSP ``img-src``)."""
    lazily: ClassVar = ""

    def event(self, number: EventNumber) -> str:
        """Return the address of an event in the appendix."""
        return f"#event-{number}"

    def revision(self, attempt: int) -> str:
        """Return the address of what an attempt changed."""
        return f"#revision-{attempt}"

    def picture(self, figure: Figure) -> Markup | None:
        """Return the address of a picture, or None where its pixels are gone."""
        return _data(figure.png)

    def difference(self, edit: EditView) -> Markup | None:
        """Return the address of a picture of what an edit changed, or None."""
        return _data(edit.difference)


def _data(png: bytes | None) -> Markup | None:
    if png is None:
        return None
    return Markup("data:image/png;base64," + b64encode(png).decode())  # noqa: S704  # base64


class Folder:
    """Pages and pictures beside each other; a picture is a file that many pages may show.

    A picture is fetched when a page first shows it, and handed out by ``fetched``, so that only
    those of one page are in memory.
    """

    folder: ClassVar = True
    sources: ClassVar = "data: file: 'self'"
    lazily: ClassVar = Markup(' loading="lazy" decoding="async"')

    def __init__(
        self, final: Figure | None, events: Mapping[EventNumber, str], revisions: Mapping[int, str]
    ) -> None:
        """Take the picture that is shown whole, and the pages of events and of revisions."""
        self._final = final
        self._events = events
        self._revisions = revisions
        self._known: dict[str, str | None] = {}
        self._fetched: list[tuple[str, bytes]] = []

    def event(self, number: EventNumber) -> str:
        """Return the address of an event in the appendix."""
        return f"{self._events.get(number, '')}#event-{number}"

    def revision(self, attempt: int) -> str:
        """Return the address of what an attempt changed."""
        return f"{self._revisions.get(attempt, '')}#revision-{attempt}"

    def measure(self, name: str) -> str:
        """Return the address of the events that a measure was counted from."""
        return f"measure-{name}.html"

    def picture(self, figure: Figure) -> str | None:
        """Return the address of a picture, or None where its pixels are gone."""
        if figure is self._final:
            return (
                self._file("final", figure.png)
                if "final" not in self._known
                else (self._known["final"])
            )
        name = figure.pixel_digest
        return self._known[name] if name in self._known else self._file(name, figure.png)

    def difference(self, edit: EditView) -> str | None:
        """Return the address of a picture of what an edit changed, or None."""
        return self._file(f"difference-{edit.number}", edit.difference)

    def fetched(self) -> Iterator[tuple[str, bytes]]:
        """Give the pictures that were asked for since the last time, as names and bytes."""
        yield from self._fetched
        self._fetched.clear()

    def _file(self, name: str, png: bytes | None) -> str | None:
        self._known[name] = f"{PICTURES}{name}.png" if png else None
        if png:
            self._fetched.append((f"{PICTURES}{name}.png", png))
        return self._known[name]
