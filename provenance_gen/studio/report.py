"""Write the contribution report of a work."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provenance_gen.contribution.measures import measure
from provenance_gen.digests import sha256_hex, write_atomic
from provenance_gen.editing.measure import reference
from provenance_gen.errors import ImageError, PolicyError, UsageError
from provenance_gen.images.difference import difference_image
from provenance_gen.images.pixels import encode_png
from provenance_gen.images.store import make_thumbnail
from provenance_gen.policy import drafts
from provenance_gen.policy.evaluate import evaluate
from provenance_gen.policy.loader import load
from provenance_gen.records import payloads
from provenance_gen.records.policy import PolicyKind
from provenance_gen.reporting import context, forbidden, html
from provenance_gen.reporting import json as json_form

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from provenance_gen.images.store import ImageStore
    from provenance_gen.records import work as records
    from provenance_gen.records.policy import Policy
    from provenance_gen.records.report import ReportContext
    from provenance_gen.studio.work import Work


@dataclass(frozen=True)
class Written:
    """The report's files, and what they speak of."""

    html: Path
    json: Path
    tree_size: int
    """Number of events that the report was written from."""


class StoredPictures:
    """Gives the report its pictures from the image store."""

    def __init__(self, store: ImageStore, work: records.Work) -> None:
        """Take pictures of one work."""
        self._store = store
        self._small: dict[str, bytes | None] = {}
        self._digests = {image.name: image.ref.pixel_digest for image in work.images}

    def thumbnail(self, pixel_digest: str) -> bytes | None:
        """Return a small picture as PNG, or None where its pixels are gone."""
        # Made from the picture, whose digest is checked: the stored one is not, and a report
        # must not show what somebody put in its place.
        if pixel_digest not in self._small:
            self._small[pixel_digest] = None
            with contextlib.suppress(ImageError, OSError):
                small = make_thumbnail(self._store.open(pixel_digest))
                self._small[pixel_digest] = encode_png(small)
        return self._small[pixel_digest]

    def full(self, pixel_digest: str) -> bytes | None:
        """Return the whole picture as PNG, or None where its pixels are gone."""
        with contextlib.suppress(ImageError, OSError):
            self._store.open(pixel_digest)
            return self._store.path(pixel_digest).read_bytes()
        return None

    def difference(self, edit: records.Edit) -> bytes | None:
        """Return a picture of what an edit changed, or None where none can be made."""
        with contextlib.suppress(ImageError, OSError):
            parent = self._store.open(self._digests[edit.parent])
            child = self._store.open(edit.image.ref.pixel_digest)
            shown = difference_image(reference(parent, edit.operations), child)
            buffer = io.BytesIO()
            shown.save(buffer, "PNG")
            return buffer.getvalue()
        return None


def gather(work: Work, *, policies: Sequence[Policy], language: str) -> ReportContext:
    """Compute everything the report says, from the events and time-stamps so far.

    Raises:
        UsageError: the language is not known.
    """
    # Imported here: whoever only wants the types above needs no database.
    from provenance_gen.studio.anchors import trusted_times  # noqa: PLC0415

    history = work.studio.history()
    found = history.work(work.id)
    contribution = measure(found)
    return context.build(
        history,
        found,
        policies=[
            (policy, evaluate(policy, contribution), drafts.fill(policy, contribution))
            for policy in policies
        ],
        contribution=contribution,
        language=language,
        pictures=StoredPictures(work.studio.store, found),
        times=trusted_times(work.studio, history.size),
    )


def report(
    work: Work,
    destination: Path,
    *,
    policies: Sequence[str],
    language: str,
    overwrite: bool,
) -> Written:
    """Write the report; see ``Work.report``."""
    work.studio.demand_own()
    if not policies:
        raise UsageError("name at least one policy, such as jp-bunka-2024")
    files = _files(destination, overwrite=overwrite)
    loaded = [load(policy) for policy in policies]
    for policy in loaded:
        if policy.kind is not PolicyKind.CONTRIBUTION:
            raise PolicyError(
                policy.id, "it judges an exported file; see provgen verify FILE --policy"
            )
    gathered = gather(work, policies=loaded, language=language)
    page, data = html.render(gathered), json_form.render(gathered)
    _refuse_forbidden(page, loaded)
    for file, content in zip(files, (page.encode(), data), strict=True):
        write_atomic(file, content)
    work.studio.append(
        payloads.ReportWritten(
            work=work.id,
            policies=tuple(view.id for view in gathered.policies),
            language=language,
            tree_size=gathered.ledger.tree_size,
            digests=(sha256_hex(page.encode()), sha256_hex(data)),
        )
    )
    return Written(files[0], files[1], gathered.ledger.tree_size)


def _refuse_forbidden(page: str, policies: Sequence[Policy]) -> None:
    """Refuse to write a report in which we draw a conclusion that only people may draw.

    It cannot happen with the shipped policies; a policy of the user's own may word one.
    """
    for trip in forbidden.search(page, policies):
        raise PolicyError(
            trip.policy,
            f"the report would say what this policy forbids: {trip.sentence!r}"
            f" (pattern {trip.pattern!r})",
        )


def _files(destination: Path, *, overwrite: bool) -> tuple[Path, Path]:
    if destination.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{destination.name}: the report is an HTML file; end its name in .html")
    files = (destination, destination.with_suffix(".json"))
    for file in files:
        if file.exists() and not overwrite:
            raise UsageError(f"{file} exists; choose another name or pass --overwrite")
    if not destination.parent.is_dir():
        raise UsageError(f"there is no folder {destination.parent}")
    return files
