"""What is wrong with the files of an image store, wherever it lies: for audits and backups.

The bytes are compared with the digest under which they are known; where other bytes may still
hold the same pixels, that is said. Nothing is repaired here.
"""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING, Final

from provenance_gen.errors import ImageError, UnreadableImageError
from provenance_gen.images.files import place
from provenance_gen.images.pixels import decode, pixel_digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedIOBase
    from pathlib import Path

    from provenance_gen.records.base import Digest
    from provenance_gen.records.image import StoredImage

_MISSING: Final = "the file is missing"
_UNREADABLE: Final = "the file cannot be read"


def in_folder(root: Path) -> Callable[[str], BufferedIOBase | None]:
    """Return what opens the plain files of a store in a folder, as ``StoredFiles`` asks for."""

    def open_file(name: str) -> BufferedIOBase | None:
        path = root / name
        return path.open("rb") if path.is_file() else None

    return open_file


class StoredFiles:
    """The files of a store, opened by name; every answer is None where all is well."""

    def __init__(self, open_file: Callable[[str], BufferedIOBase | None]) -> None:
        """Take what opens a file by its name in the store, such as ``blobs/ab/<sha256>``.

        It returns None where there is no such file, and may raise ``OSError``.
        """
        self._open = open_file

    def problem(self, stored: StoredImage) -> str | None:
        """Return what is wrong with a stored image.

        The file's bytes are compared first. A file with other bytes is a problem even where the
        pixels are the same, since a colour profile or text may have been put into it.
        """
        try:
            found = self._digest("images", stored.pixel_digest, ".png")
        except OSError:
            return _UNREADABLE
        if found is None:
            return _MISSING
        if found == stored.file_digest:
            return None
        if what := self._pixels_problem(stored.pixel_digest):
            return what
        return "the file was altered: its bytes differ, its pixels are the same"

    def input_problem(self, digest: Digest) -> str | None:
        """Return what is wrong with a picture that was given to a generator, by pixel digest."""
        what = self._pixels_problem(digest)
        return f"a picture that was given to it: {what}" if what else None

    def original_problem(self, digest: Digest) -> str | None:
        """Return what is wrong with a file that ``put_file`` kept."""
        if self._holds("files", digest):
            return None
        return "the file it was brought in from is missing or altered"

    def blob_problem(self, digest: Digest) -> str | None:
        """Return what is wrong with bytes that ``put_blob`` kept."""
        try:
            found = self._digest("blobs", digest)
        except OSError:
            return f"blob {digest} cannot be read"
        if found is None:
            return f"blob {digest} is missing"
        return None if found == digest else f"blob {digest} was altered"

    def lingers(self, digest: Digest, original: Digest | None) -> bool:
        """Tell whether an image, its thumbnail or the file it was brought in from is there."""
        names = [str(place("images", digest, ".png")), str(place("thumbnails", digest, ".png"))]
        names += [str(place("files", original))] if original else []
        return any(map(self._is_there, names))

    def _is_there(self, name: str) -> bool:
        try:
            file = self._open(name)
        except OSError:
            return True
        if file is None:
            return False
        file.close()
        return True

    def _holds(self, kind: str, digest: Digest) -> bool:
        with contextlib.suppress(OSError):
            return self._digest(kind, digest) == digest
        return False

    def _digest(self, kind: str, digest: Digest, suffix: str = "") -> Digest | None:
        """Return the SHA-256 of a file's bytes, or None where there is none."""
        file = self._open(str(place(kind, digest, suffix)))
        if file is None:
            return None
        with file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _pixels_problem(self, digest: Digest) -> str | None:
        try:
            file = self._open(str(place("images", digest, ".png")))
            if file is None:
                return _MISSING
            with file:
                if pixel_digest(decode(file.read())) == digest:
                    return None
        except OSError:
            return _UNREADABLE
        except (UnreadableImageError, ImageError):
            pass
        return "the file was altered: it no longer holds these pixels"
