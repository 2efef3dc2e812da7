"""The report of a large work as a folder: a first page, further pages, and pictures beside them.

The first page says everything that the whole report says, but names the parts of long sections
instead of showing them. Pages come one at a time, so that a work of tens of thousands of attempts
is never in memory as text. The same context gives the same files; none of them needs another
program, a script or the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provenance_gen.records.base import Record
from provenance_gen.reporting.html import MANY, environment
from provenance_gen.reporting.site import INDEX, Elsewhere, Folder, Wordings
from provenance_gen.reporting.strings import Phrases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from provenance_gen.records.report import ReportContext

LARGE: Final = 500
"""Above this many images a report is a folder."""

LONG: Final[Mapping[str, int]] = {
    "timeline": 1_000,
    "attempts": 200,
    "revisions": 200,
    "choices": 200,
    "edits": 100,
    "events": 2_000,
}
"""Items on one page; a section with no more of them stands on the first page."""

_SECTIONS: Final = {"events": "appendix"}
"""Names of sections that are not those of their items."""


class Part(Record):
    """A page that holds some of a section's items, from ``first`` to ``last`` of ``all``."""

    file: str
    first: int
    last: int
    all: int
    begun: str | None = None
    """Time of the first, where the items have one."""


def is_large(context: ReportContext) -> bool:
    """Tell whether the work has too many images for one page."""
    generated = sum(len(attempt.images) for attempt in context.attempts)
    return generated + len(context.edits) + len(context.imports) > LARGE


def wordings(context: ReportContext) -> Iterator[tuple[str, bytes]]:
    """Give the same pages, to be read and not to be kept: with no pictures.

    Raises:
        ResourceError: a template or a sentence is missing: the installation is damaged.
    """
    yield from _pages(context, Wordings, None)


def pages(
    context: ReportContext, elsewhere: Elsewhere | None = None
) -> Iterator[tuple[str, bytes]]:
    """Give every file of the folder by its name, which may lie in the folder ``pictures``.

    Args:
        context: what the report says.
        elsewhere: pictures that lie outside the folder already, and are not given.

    Raises:
        ResourceError: a template or a sentence is missing: the installation is damaged.
    """
    yield from _pages(context, Folder, elsewhere)


def _pages(
    context: ReportContext, kind: type[Folder], elsewhere: Elsewhere | None
) -> Iterator[tuple[str, bytes]]:
    parts = {name: _parts(name, getattr(context, name)) for name in LONG}
    paged = {name: found for name, found in parts.items() if found}
    site = kind(
        context.final,
        {e.sequence: _on(paged, "events", i) for i, e in enumerate(context.events)},
        {r.change.attempt: _on(paged, "revisions", i) for i, r in enumerate(context.revisions)},
        elsewhere,
    )
    given = {"t": Phrases(context.language), "s": site}
    index = environment().get_template("report.html.j2")
    yield INDEX, index.render(c=context, paged=paged, **given).encode()
    yield from site.fetched()
    for name, found in paged.items():
        items = getattr(context, name)
        for place, part in enumerate(found):
            # Only what the section shows: the rest is on the first page.
            some = {name: items[part.first - 1 : part.last], "measures": ()}
            yield (
                part.file,
                _part(context.model_copy(update=some), name, found, place, given),
            )
            yield from site.fetched()
    for measure in context.measures:
        if len(measure.events) > MANY:
            file = site.measure(measure.name)
            count = len(measure.events)
            only = Part(file=file, first=1, last=count, all=count)
            yield file, _part(context, "measure", [only], 0, given | {"measure": measure})


def _part(
    context: ReportContext, name: str, found: Sequence[Part], place: int, given: dict[str, Any]
) -> bytes:
    section = _SECTIONS.get(name, name)
    page = environment().get_template("part.html.j2")
    return page.render(
        c=context,
        paged={},
        body=f"{section}.html.j2",
        section="appendix" if name == "measure" else section,
        part=found[place],
        before=found[place - 1] if place else None,
        after=found[place + 1] if place + 1 < len(found) else None,
        **given,
    ).encode()


def _parts(name: str, items: Sequence[Any]) -> tuple[Part, ...]:
    """Return the pages of a section, or none where the first page can hold it."""
    size = LONG[name]
    if len(items) <= size:
        return ()
    return tuple(
        Part(
            file=f"{name}-{place:03d}.html",
            first=start + 1,
            last=min(start + size, len(items)),
            all=len(items),
            begun=getattr(items[start], "moment", None) or getattr(items[start], "timestamp", None),
        )
        for place, start in enumerate(range(0, len(items), size), 1)
    )


def _on(paged: Mapping[str, Sequence[Part]], name: str, place: int) -> str:
    """Return the page that an item is on, by its place among the items."""
    return paged[name][place // LONG[name]].file if name in paged else INDEX
