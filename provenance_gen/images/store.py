"""The image store: files known by what is in them, written once and never overwritten.

::

    images/ab/<pixel_digest>.png      the image, without loss and without metadata
    thumbnails/ab/<pixel_digest>.png  at most 256 pixels a side, made when the image is stored
    files/ab/<sha256>                 originals of imports, byte for byte
    blobs/ab/<sha256>                 tensors and generator states

Files appear whole or not at all. One that already holds the right bytes is left alone; a damaged
one is replaced. What is read is checked against its digest; paths of thumbnails alone
are handed out unchecked (where that matters, ask for ``small``). Making a store creates no folder,
so that a read-only studio can be opened. What the files mean is left to the ledger.
"""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

from provenance_gen import leftovers
from provenance_gen.digests import atomic_file, file_digest, sha256_hex
from provenance_gen.errors import ImageError, UnreadableImageError
from provenance_gen.images.files import (
    demand_no_links,
    digest_of,
    has_bytes,
    is_link,
    make_folder,
    place,
    remove,
    storage_error,
    write,
)
from provenance_gen.images.pixels import (
    MAX_PIXELS,
    decode,
    encode_png,
    pixel_digest,
)
from provenance_gen.images.stored import StoredFiles, in_folder
from provenance_gen.images.thumbnails import THUMBNAIL_SIDE, make_thumbnail, normal
from provenance_gen.records.image import StoredImage

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from provenance_gen.records.base import Digest

__all__ = ["THUMBNAIL_SIDE", "ImageStore", "make_thumbnail"]


class ImageStore:
    """The images, originals and blobs of one studio.

    Args:
        root: the folder that holds them; it need not exist before something is stored.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, image: Image.Image) -> StoredImage:
        """Store an image and its thumbnail; an image that is there already is left alone.

        An opaque image is stored as RGB, one with transparency as RGBA, 16-bit grey as such,
        so that one image has one file, whatever mode it came in.

        Raises:
            ImageError: pixels without a canonical form, none at all, or more than ``MAX_PIXELS``.
            StorageError: the disk is full or the folder cannot be written.
        """
        if not 0 < image.width * image.height <= MAX_PIXELS:
            raise ImageError(
                f"an image of {image.width} x {image.height} pixels cannot be stored;"
                f" allowed are 1 to {MAX_PIXELS:,} pixels"
            )
        digest = pixel_digest(image)
        path = self.path(digest)
        if not self._holds(digest):
            write(path, encode_png(normal(image)))
        return StoredImage(
            pixel_digest=digest,
            file_digest=digest_of(path),
            width=image.width,
            height=image.height,
            thumbnail_digest=self._put_thumbnail(digest, image),
        )

    def put_file(self, source: Path | bytes) -> Digest:
        """Keep a file byte for byte and return the SHA-256 of its bytes.

        Raises:
            UnreadableImageError: the file cannot be read, or changed while it was copied.
            StorageError: the disk is full or the folder cannot be written.
        """
        if isinstance(source, bytes):
            return self._put_bytes("files", source)
        try:
            if not source.is_file():
                raise UnreadableImageError(f"{source.name!r} is not a file")
            digest = file_digest(source)
            file = source.open("rb")
        except (OSError, ValueError) as error:
            raise UnreadableImageError(f"{source.name!r} cannot be read") from error
        destination = self._place("files", digest)
        with file:
            if has_bytes(destination, digest):
                return digest
            demand_no_links(destination)
            try:
                make_folder(destination.parent)
                with atomic_file(destination) as temporary:
                    with temporary.open("wb") as copy:
                        shutil.copyfileobj(file, copy, 1 << 20)
                    if file_digest(temporary) != digest:
                        raise UnreadableImageError(f"{source.name!r} changed while it was copied")
            except OSError as error:
                raise storage_error(destination, error) from error
        return digest

    def put_blob(self, data: bytes) -> Digest:
        """Store bytes, such as a tensor or a generator's state, and return their SHA-256.

        Raises:
            StorageError: the disk is full or the folder cannot be written.
        """
        return self._put_bytes("blobs", data)

    def blob(self, digest: Digest) -> bytes:
        """Return stored bytes, checked against their digest.

        Raises:
            ImageError: they are missing or altered.
        """
        return self._bytes("blobs", digest)

    def file(self, digest: Digest) -> bytes:
        """Return the original of an import, checked against its digest.

        Raises:
            ImageError: it is missing or altered.
        """
        return self._bytes("files", digest)

    def has(self, pixel_digest: Digest) -> bool:
        """Tell whether there is a file for the image; it is not opened.

        Raises:
            ImageError: this is no digest.
        """
        return self.path(pixel_digest).is_file()

    def path(self, pixel_digest: Digest) -> Path:
        """Return where the image's file is, or would be.

        Raises:
            ImageError: this is no digest.
        """
        return self._place("images", pixel_digest, ".png")

    def open(self, pixel_digest: Digest) -> Image.Image:
        """Return a stored image, checked against its digest.

        Raises:
            UnreadableImageError: the file is missing, unreadable, or holds other pixels.
        """
        path = self.path(pixel_digest)
        image = decode(path)
        if _digest_or_none(image) != pixel_digest:
            raise UnreadableImageError(f"{path.name!r} was altered: it holds other pixels")
        return image

    def thumbnail(self, pixel_digest: Digest) -> Path:
        """Return the path of an image's thumbnail; a lost one is made again.

        Raises:
            UnreadableImageError: it is lost, and so is the image.
            StorageError: it is lost and the folder cannot be written.
        """
        path = self._thumbnail_path(pixel_digest)
        if not path.is_file():
            self._put_thumbnail(pixel_digest, self.open(pixel_digest))
        return path

    def small(self, pixel_digest: Digest, thumbnail_digest: Digest | None) -> bytes:
        """Return a thumbnail's bytes, which are not taken from a file that somebody exchanged.

        The stored one is read where it has the recorded digest; otherwise one is made anew from
        the image, and not stored.

        Raises:
            ImageError: the image is missing or altered, and so is the thumbnail.
        """
        path = self._thumbnail_path(pixel_digest)
        if thumbnail_digest:
            with contextlib.suppress(OSError):
                data = path.read_bytes()
                if sha256_hex(data) == thumbnail_digest:
                    return data
        return encode_png(make_thumbnail(self.open(pixel_digest)))

    def remove(self, pixel_digest: Digest) -> None:
        """Delete an image and its thumbnail; one that is not there is no error.

        Raises:
            ImageError: this is no digest.
            StorageError: a file cannot be deleted.
        """
        remove(self.path(pixel_digest), self._thumbnail_path(pixel_digest))

    def remove_file(self, digest: Digest) -> None:
        """Delete the original of an import; one that is not there is no error.

        Raises:
            ImageError: this is no digest.
            StorageError: it cannot be deleted.
        """
        remove(self._place("files", digest))

    def sweep(self) -> None:
        """Delete what killed processes left unfinished; it may hold the pixels of any image."""
        for folder in self.root.glob("*/[0-9a-f][0-9a-f]"):
            if not (is_link(folder) or is_link(folder.parent)):
                leftovers.sweep(folder)

    @property
    def files(self) -> StoredFiles:
        """Its files as an audit asks for them."""
        return StoredFiles(in_folder(self.root))

    def _place(self, kind: str, digest: Digest, suffix: str = "") -> Path:
        return self.root / place(kind, digest, suffix)

    def _thumbnail_path(self, digest: Digest) -> Path:
        return self._place("thumbnails", digest, ".png")

    def _put_thumbnail(self, digest: Digest, image: Image.Image) -> Digest:
        # Made even if there is one: its digest is going to be recorded.
        data = encode_png(make_thumbnail(image))
        small, path = sha256_hex(data), self._thumbnail_path(digest)
        if not has_bytes(path, small):
            write(path, data)
        return small

    def _holds(self, digest: Digest) -> bool:
        try:
            self.open(digest)
        except ImageError:
            return False
        return True

    def _put_bytes(self, kind: str, data: bytes) -> Digest:
        digest = sha256_hex(data)
        path = self._place(kind, digest)
        if not has_bytes(path, digest):
            write(path, data)
        return digest

    def _bytes(self, kind: str, digest: Digest) -> bytes:
        path = self._place(kind, digest)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ImageError(f"{path.name!r} is missing or cannot be read") from error
        if sha256_hex(data) != digest:
            raise ImageError(f"{path.name!r} was altered")
        return data


def _digest_or_none(image: Image.Image) -> Digest | None:
    try:
        return pixel_digest(image)
    except UnreadableImageError:
        raise
    except ImageError:
        return None
