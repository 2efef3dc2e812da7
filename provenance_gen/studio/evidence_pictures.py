"""The pictures of an evidence bundle's report: where they come from, and how they are compared.

A picture in the report has to be one whose digest stands in the events. So the report takes the
small pictures that were on record when the image was, and whoever checks the page compares what it
shows by digest, without decoding it.
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING, Final

from provenance_gen.digests import sha256_hex
from provenance_gen.errors import LedgerError
from provenance_gen.studio.report_pictures import StoredPictures

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Mapping

    from provenance_gen.images.store import ImageStore
    from provenance_gen.ledger.bundle_parts import Parts
    from provenance_gen.records.evidence import Evidence
    from provenance_gen.records.work import Edit, Work

_PICTURE: Final = re.compile(r'src="data:image/png;base64,([A-Za-z0-9+/]*={0,2})"')
_SMALL, _WHOLE, _DIFFERENCE = b"small ", b"whole ", b"difference "


class NoPictures:
    """Gives a report no pictures."""

    def thumbnail(self, _pixel_digest: str) -> bytes | None:
        """Return None."""

    def full(self, _pixel_digest: str) -> bytes | None:
        """Return None."""

    def difference(self, _edit: Edit) -> bytes | None:
        """Return None."""


class WholePictures(StoredPictures):
    """Gives a report pictures whose digests stand in the events, as far as these name any."""

    def __init__(self, store: ImageStore, work: Work, there: Container[str]) -> None:
        """Take pictures of one work.

        Args:
            store: where they are kept.
            work: the work.
            there: names of the images whose pictures are in the bundle; no other is given.
        """
        super().__init__(store, work)
        self._there = {i.ref.pixel_digest for i in work.images if i.name in there}

    def thumbnail(self, pixel_digest: str) -> bytes | None:
        """Return the small picture on record; where that is lost, the whole one."""
        return self.on_record(pixel_digest) or self.full(pixel_digest)

    def full(self, pixel_digest: str) -> bytes | None:
        """Return the whole picture, or None where it is not in the bundle."""
        return self.unreduced(pixel_digest) if pixel_digest in self._there else None

    def on_record(self, pixel_digest: str) -> bytes | None:
        """Return the small picture, or None where it is not the one on record."""
        if pixel_digest not in self._there:
            return None
        small = super().thumbnail(pixel_digest)
        recorded = self._thumbnails.get(pixel_digest)
        return small if small and recorded in (None, sha256_hex(small)) else None


class SmallPictures(WholePictures):
    """Gives a report small pictures only."""

    def thumbnail(self, pixel_digest: str) -> bytes | None:
        """Return the small picture on record, or None where that is lost."""
        return self.on_record(pixel_digest)

    def full(self, pixel_digest: str) -> bytes | None:
        """Return a small picture."""
        return self.on_record(pixel_digest)

    def difference(self, _edit: Edit) -> bytes | None:
        """Return None: a difference has the size of the picture."""


class Placeholders:
    """Gives a report that is made again a mark wherever a picture was, to tell which it was."""

    def __init__(self, about: Evidence, work: Work) -> None:
        """Take what the bundle says of itself, and the work that its events tell."""
        self._there = {i.ref.pixel_digest for i in work.images if i.name in about.images}
        self._digests = {i.name: i.ref.pixel_digest for i in work.images}
        self._whole = about.pictures == "full"

    def thumbnail(self, pixel_digest: str) -> bytes | None:
        """Return the mark of a small picture."""
        return _SMALL + pixel_digest.encode() if pixel_digest in self._there else None

    def full(self, pixel_digest: str) -> bytes | None:
        """Return the mark of a whole picture, or of a small one where all are small."""
        if self._whole and pixel_digest in self._there:
            return _WHOLE + pixel_digest.encode()
        return self.thumbnail(pixel_digest)

    def difference(self, edit: Edit) -> bytes | None:
        """Return the mark of a picture of a change."""
        both = {self._digests.get(edit.parent), edit.image.ref.pixel_digest}
        mark = _DIFFERENCE + edit.image.name.encode()
        return mark if self._whole and both <= self._there else None


class Fitting:
    """Compares pictures with the marks that stood in their places, by digest."""

    def __init__(self, work: Work) -> None:
        """Take the work whose pictures they are to be."""
        self._small = {i.ref.pixel_digest: i.stored.thumbnail_digest for i in work.images}
        self._whole = {i.ref.pixel_digest: i.stored.file_digest for i in work.images}
        self._names = {i.ref.pixel_digest: i.name for i in reversed(work.images)}

    def unknown(self, mark: bytes, digest: str | None) -> str | None:
        """Return in words which picture it is, where the events hold no digest of it.

        Args:
            mark: what stood in its place; see ``Placeholders``.
            digest: that of the picture; None for what is no picture.

        Raises:
            LedgerError: it is another than the events name.
        """
        pixels = mark.rpartition(b" ")[2].decode()
        if mark.startswith(_DIFFERENCE):
            return f"the change {pixels}"
        small = mark.startswith(_SMALL)
        if small and self._small[pixels] is None:
            return f"the small picture {self._names[pixels]}"
        if digest not in {self._whole[pixels], self._small[pixels] if small else None}:
            name = self._names[pixels]
            raise LedgerError(f"the page shows another picture than the {name} of these events")
        return None


def unknown_pictures(told: str, made: str, work: Work) -> list[str] | None:
    """Compare a page with the one that was made again with placeholders.

    Args:
        told: the page.
        made: the page as it has to be.
        work: the work that both are of.

    Returns:
        Which of its pictures the events hold no digest of, in words; None where the page differs.

    Raises:
        LedgerError: a picture in it is another than the events name.
    """
    # Words and pictures take turns: what differs in words cannot pass as part of a picture.
    ours, theirs = _PICTURE.split(made), _PICTURE.split(told)
    if ours[::2] != theirs[::2]:
        return None
    fitting = Fitting(work)
    marks = map(b64decode, ours[1::2])
    shown = map(_digest, theirs[1::2])
    return _each_once(map(fitting.unknown, marks, shown))


def unknown_in_folder(
    pages: Iterable[tuple[str, bytes]], parts: Parts, others: Collection[str], work: Work
) -> list[str] | None:
    """Compare a folder of pages with the one that was made again with placeholders.

    Args:
        pages: names and contents as they have to be.
        parts: the files of the bundle.
        others: names of what lies in the same folder and is none of the pages.
        work: the work that both are of.

    Returns:
        As ``unknown_pictures``; None too where a file is missing or was added.

    Raises:
        LedgerError: a picture in it is another than the events name.
    """
    fitting, names = Fitting(work), set(others)
    unknown: list[str | None] = []
    for name, content in pages:
        names.add(name)
        digest = parts.digest(name) if name in parts else None
        if name.endswith(".html") or digest is None:
            if digest != sha256_hex(content):
                return None
        else:
            unknown.append(fitting.unknown(content, digest))
    there = {name for name in parts if name.startswith("report/")}
    return _each_once(unknown) if there <= names else None


def small_digests(work: Work) -> Mapping[str, str | None]:
    """Return the digests of small pictures on record by the names of their images."""
    return {image.name: image.stored.thumbnail_digest for image in work.images}


def _each_once(said: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(filter(None, said)))


def _digest(shown: str) -> str | None:
    try:
        return sha256_hex(b64decode(shown, validate=True))
    except ValueError:
        return None
