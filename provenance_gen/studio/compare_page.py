"""Write a comparison as a page that can be handed on.

Pictures come from the studio's own store, by the digests of their pixels. A file from elsewhere is
never decoded here, so that the page shows none of it.
"""

from __future__ import annotations

from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

from provenance_gen import leftovers
from provenance_gen.digests import write_atomic
from provenance_gen.errors import UsageError
from provenance_gen.names import demand_place
from provenance_gen.records.report import Figure
from provenance_gen.reporting import comparison, forbidden
from provenance_gen.studio.report import refuse
from provenance_gen.studio.report_pictures import StoredPictures

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records.comparison import Comparison, Side
    from provenance_gen.studio.studio import Studio


def write(
    found: Comparison,
    destination: Path,
    *,
    language: str = "en",
    studio: Studio | None = None,
    overwrite: bool = False,
) -> Path:
    """Write the page; the same comparison gives the same bytes.

    Of a file it tells the name alone: the page is handed on, and where the file lies is nobody's.

    Args:
        found: the comparison.
        destination: the file, which ends in ``.html``.
        language: ``en`` or ``ja``.
        studio: whose pictures are shown; none where there is no studio.
        overwrite: whether a file that is there may be replaced.

    Raises:
        UsageError: the file is there, has another ending, or the language is not known.
        PolicyError: the page would draw a conclusion that only people draw.
        StorageError: it cannot be written.
    """
    if destination.suffix.lower() != ".html":
        raise UsageError(f"{destination.name}: end the page's name in .html")
    demand_place(destination)
    if destination.exists() and not overwrite:
        raise UsageError(f"{destination} exists; choose another name or pass --overwrite")
    sides = {"a": _unplaced(found.a), "b": _unplaced(found.b)}
    page = comparison.render(
        found.model_copy(update=sides), [_figure(s, studio) for s in sides.values()], language
    )
    refuse(forbidden.search(page, ()))
    leftovers.sweep(destination.parent)
    write_atomic(destination, page.encode())
    return destination


def _unplaced(side: Side) -> Side:
    return side.model_copy(update={"name": PurePath(side.name).name or side.name})


def _figure(side: Side, studio: Studio | None) -> Figure | None:
    """Return the picture of a side, if the studio has it."""
    digest = side.pixel_digest
    if studio is None or digest is None:
        return None
    for work in studio.history().works:
        for image in work.images:
            if image.stored.pixel_digest == digest and not image.withdrawn:
                stored = image.stored
                return Figure(
                    name=side.image or image.name,
                    pixel_digest=digest,
                    width=stored.width,
                    height=stored.height,
                    pixels=partial(StoredPictures(studio.store, work).middling, digest),
                )
    return None
