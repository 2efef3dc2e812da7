"""Where the links and pictures of a page lead: into the page itself, or to files beside it.

The templates ask; what they are given is safe to stand in an attribute as it is.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from markupsafe import Markup

from provenance_gen.reporting import origin_picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provenance_gen.records.base import EventNumber
    from provenance_gen.records.report import EditView, Figure, OriginView

INDEX: Final = "index.html"
"""The first page of a folder."""

PICTURES: Final = "pictures/"


class HeavyError(Exception):
    """The pictures of a page are more than it may hold; nobody outside of here meets it."""


class OnePage:
    """Everything in one file."""

    folder: ClassVar = False
    sources: ClassVar = "data:"
    """Where pictures may come from (CSP ``img-src``)."""
    lazily: ClassVar = ""

    def __init__(self, most: int | None = None) -> None:
        """Take how many characters all pictures may have; None for any number."""
        self._left = most

    def event(self, number: EventNumber) -> str:
        """Return the address of an event in the appendix."""
        return f"#event-{number}"

    def revision(self, attempt: int) -> str:
        """Return the address of what an attempt changed."""
        return f"#revision-{attempt}"

    def picture(self, figure: Figure) -> Markup | None:
        """Return the address of a picture, or None where its pixels are gone."""
        return self._held(figure.png)

    def difference(self, edit: EditView) -> Markup | None:
        """Return the address of a picture of what an edit changed, or None."""
        return self._held(edit.difference)

    def origin(self, view: OriginView) -> tuple[Markup | None, Markup | None]:
        """Return the addresses of a picture and of its origin map; None where there is none."""
        if (drawn := view.png) is None:
            return None, None
        return self._held(view.reduced() if view.reduced else None), self._held(drawn)

    def standing(self) -> str:
        """Return the address of what the words of the small lines mean."""
        return "#standing"

    def _held(self, png: bytes | None) -> Markup | None:
        # A picture that is shown twice is in the page twice.
        held = _data(png)
        if self._left is not None and held is not None:
            self._left -= len(held)
            if self._left < 0:
                raise HeavyError
        return held


def swatch(name: str) -> Markup | None:
    """Return the address of a sample of a colour of the origin map; it is in the page itself."""
    return _data(origin_picture.swatch(name))


def _data(png: bytes | None) -> Markup | None:
    if png is None:
        return None
    return Markup("data:image/png;base64," + b64encode(png).decode())  # noqa: S704  # base64


@dataclass(frozen=True)
class Elsewhere:
    """Addresses, by pixel digests, of pictures that lie outside the folder already."""

    whole: Mapping[str, str] = field(default_factory=dict)
    small: Mapping[str, str] = field(default_factory=dict)


class Folder:
    """Pages and pictures beside each other; a picture is a file that many pages may show.

    A picture is fetched when a page first shows it, and handed out by ``fetched``, so that only
    those of one page are in memory.
    """

    folder: ClassVar = True
    sources: ClassVar = "data: file: 'self'"
    lazily: ClassVar = Markup(' loading="lazy" decoding="async"')

    def __init__(
        self,
        final: Figure | None,
        events: Mapping[EventNumber, str],
        revisions: Mapping[int, str],
        elsewhere: Elsewhere | None = None,
    ) -> None:
        """Take the picture that is shown whole, and the pages of events and of revisions."""
        self._final = final
        self._elsewhere = elsewhere or Elsewhere()
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
        if figure.pixels is None:
            return None
        final = figure is self._final
        there = self._elsewhere.whole if final else self._elsewhere.small
        if figure.pixel_digest in there:
            return there[figure.pixel_digest]
        name = "final" if final else figure.pixel_digest
        return self._known[name] if name in self._known else self._file(name, figure.png)

    def difference(self, edit: EditView) -> str | None:
        """Return the address of a picture of what an edit changed, or None."""
        return self._file(f"difference-{edit.number}", edit.difference)

    def origin(self, view: OriginView) -> tuple[str | None, str | None]:
        """Return the addresses of a picture and of its origin map; None where there is none."""
        if (drawn := view.png) is None:
            return None, None
        beside = self._file(f"beside-{view.image}", view.reduced() if view.reduced else None)
        return beside, self._file(f"origin-{view.image}", drawn)

    def standing(self) -> str:
        """Return the address of what the words of the small lines mean."""
        return f"{INDEX}#standing"

    def fetched(self) -> Iterator[tuple[str, bytes]]:
        """Give the pictures that were asked for since the last time, as names and bytes."""
        yield from self._fetched
        self._fetched.clear()

    def _file(self, name: str, png: bytes | None) -> str | None:
        self._known[name] = f"{PICTURES}{name}.png" if png else None
        if png:
            self._fetched.append((f"{PICTURES}{name}.png", png))
        return self._known[name]


class Wordings(Folder):
    """The same pages for their words only: no picture is fetched, and every one has an address."""

    def picture(self, figure: Figure) -> str | None:
        """Return a place in the page itself."""
        return "#" if figure.pixels else None

    def difference(self, edit: EditView) -> str | None:
        """Return a place in the page itself."""
        return "#" if edit.compared else None

    def origin(self, view: OriginView) -> tuple[str | None, str | None]:
        """Return places in the page itself."""
        return ("#", "#") if view.drawn else (None, None)
