"""The image store: identity, durability, damage."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from provenance_gen.digests import file_digest, sha256_hex
from provenance_gen.errors import ImageError, StorageError, UnreadableImageError
from provenance_gen.images.pixels import decode, encode_png, pixel_digest
from provenance_gen.images.store import THUMBNAIL_SIDE, ImageStore, make_thumbnail

if TYPE_CHECKING:
    from pathlib import Path

ABSENT = "0" * 64


def picture(width: int = 40, height: int = 30) -> Image.Image:
    """Return random colours."""
    generator = np.random.default_rng(1)
    return Image.fromarray(generator.integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    """Return an empty store."""
    return ImageStore(tmp_path / "studio")


def test_making_a_store_writes_nothing(store: ImageStore) -> None:
    """A studio that may only be read can be opened."""
    assert not store.has(ABSENT)
    assert not store.root.exists()


def test_put_and_open(store: ImageStore) -> None:
    """What comes out is what went in, and is described truly."""
    image = picture()
    stored = store.put(image)
    assert stored.pixel_digest == pixel_digest(image)
    assert (stored.width, stored.height) == (40, 30)
    assert stored.file_digest == file_digest(store.path(stored.pixel_digest))
    assert store.has(stored.pixel_digest)
    assert store.open(stored.pixel_digest).tobytes() == image.tobytes()
    assert store.files.problem(stored) is None
    place = store.path(stored.pixel_digest).relative_to(store.root)
    assert place.parts[:2] == ("images", stored.pixel_digest[:2])


def test_one_picture_is_one_file(store: ImageStore) -> None:
    """The same picture in other modes is stored once, and its file is not touched."""
    grey = picture().convert("L")
    first = store.put(grey.convert("RGBA"))
    before = store.path(first.pixel_digest).stat()
    assert store.put(grey) == first == store.put(grey.convert("RGB"))
    assert store.path(first.pixel_digest).stat().st_mtime_ns == before.st_mtime_ns
    other = ImageStore(store.root.parent / "other")
    assert other.put(grey) == first


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_mode_can_be_stored(store: ImageStore, mode: str) -> None:
    """Any mode is stored without loss, with a thumbnail that can be shown."""
    image = Image.new(mode, (300, 20), 1)
    stored = store.put(image)
    assert pixel_digest(store.open(stored.pixel_digest)) == pixel_digest(image)
    assert decode(store.thumbnail(stored.pixel_digest)).mode in ("RGB", "RGBA")


def test_thumbnails(store: ImageStore) -> None:
    """The longest side is 256; smaller pictures keep their size; lost ones are made again."""
    large, small = store.put(picture(512, 64)), store.put(picture(40, 30))
    path = store.thumbnail(large.pixel_digest)
    assert decode(path).size == (THUMBNAIL_SIDE, 32)
    assert decode(store.thumbnail(small.pixel_digest)).size == (40, 30)
    content = path.read_bytes()
    path.unlink()
    assert store.thumbnail(large.pixel_digest).read_bytes() == content
    assert make_thumbnail(Image.new("L", (2000, 1))).size == (THUMBNAIL_SIDE, 1)


def test_a_thumbnail_is_read_only_where_it_is_the_recorded_one(store: ImageStore) -> None:
    """One that somebody exchanged, or of which no digest is recorded, is made anew."""
    stored = store.put(picture(512, 64))
    path = store.thumbnail(stored.pixel_digest)
    right, wrong = path.read_bytes(), encode_png(picture(9, 9))
    assert store.small(stored.pixel_digest, stored.thumbnail_digest) == right
    path.write_bytes(wrong)
    assert store.small(stored.pixel_digest, stored.thumbnail_digest) == right
    assert store.small(stored.pixel_digest, None) == right
    assert path.read_bytes() == wrong
    store.path(stored.pixel_digest).unlink()
    with pytest.raises(ImageError):
        store.small(stored.pixel_digest, stored.thumbnail_digest)
    path.write_bytes(right)
    assert store.small(stored.pixel_digest, stored.thumbnail_digest) == right


def test_storing_again_puts_an_exchanged_thumbnail_right(store: ImageStore) -> None:
    """Since its digest is recorded again."""
    stored = store.put(picture(512, 64))
    store.thumbnail(stored.pixel_digest).write_bytes(b"something else")
    assert store.put(picture(512, 64)) == stored
    assert sha256_hex(store.thumbnail(stored.pixel_digest).read_bytes()) == stored.thumbnail_digest


def test_metadata_do_not_enter(store: ImageStore) -> None:
    """Text that came with a picture is not in its stored file."""
    image = picture()
    image.info["icc_profile"] = b"profile"
    image.info["parameters"] = "a secret prompt"
    assert store.open(store.put(image).pixel_digest).info == {}


def test_damage_is_found_and_repaired(store: ImageStore) -> None:
    """A damaged file is named by an audit, refused when read, replaced when stored again."""
    stored = store.put(picture())
    path = store.path(stored.pixel_digest)
    good = path.read_bytes()
    for bad in (good[:-30], b"", encode_png(Image.new("RGB", (40, 30)))):
        path.write_bytes(bad)
        assert (
            store.files.problem(stored) == "the file was altered: it no longer holds these pixels"
        )
        with pytest.raises(UnreadableImageError):
            store.open(stored.pixel_digest)
        assert store.put(picture()) == stored
        assert path.read_bytes() == good


def test_other_bytes_with_the_same_pixels_are_a_problem(store: ImageStore) -> None:
    """A profile slipped into a file would change its look: an audit says so."""
    stored = store.put(picture())
    picture().save(store.path(stored.pixel_digest), "PNG", icc_profile=b"profile")
    problem = store.files.problem(stored)
    assert problem is not None
    assert "its pixels are the same" in problem


def test_what_is_missing_is_named(store: ImageStore) -> None:
    """A lost file is named by an audit and refused when read."""
    stored = store.put(picture())
    store.path(stored.pixel_digest).unlink()
    assert store.files.problem(stored) == "the file is missing"
    with pytest.raises(UnreadableImageError, match="does not exist"):
        store.open(stored.pixel_digest)
    store.thumbnail(stored.pixel_digest).unlink()
    with pytest.raises(UnreadableImageError):
        store.thumbnail(stored.pixel_digest)
    with pytest.raises(ImageError):
        store.blob(ABSENT)


@pytest.mark.parametrize(
    "digest", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n", "/" + "0" * 63]
)
def test_what_is_no_digest_leads_nowhere(store: ImageStore, digest: str) -> None:
    """A digest from a foreign ledger cannot name a path of its own."""
    for ask in (store.path, store.open, store.has, store.thumbnail, store.blob, store.file):
        with pytest.raises(ImageError, match="64 lowercase"):
            ask(digest)


def test_originals_and_blobs(store: ImageStore, tmp_path: Path) -> None:
    """Files and blobs come back byte for byte, are repaired, and are checked when read."""
    content = b"any bytes" * 1000
    source = tmp_path / "original.jpg"
    source.write_bytes(content)
    expected = sha256_hex(content)
    assert store.put_file(source) == store.put_file(content) == store.put_blob(content) == expected
    assert store.file(expected) == store.blob(expected) == content
    path = store.root / "files" / expected[:2] / expected
    path.write_bytes(b"damaged")
    with pytest.raises(ImageError, match="altered"):
        store.file(expected)
    assert store.put_file(source) == expected
    assert store.file(expected) == content
    for bad in (tmp_path, tmp_path / "missing"):
        with pytest.raises(UnreadableImageError):
            store.put_file(bad)


def test_many_threads_store_the_same(store: ImageStore) -> None:
    """Storing one picture at the same time from everywhere gives one whole file."""
    with ThreadPoolExecutor(8) as pool:
        stored = set(pool.map(lambda _: store.put(picture()), range(24)))
    assert len(stored) == 1
    files = sorted(path.suffix for path in store.root.rglob("*") if path.is_file())
    assert files == [".png", ".png"]


def test_pictures_without_a_form_are_refused(store: ImageStore) -> None:
    """Nothing is written for pixels that cannot be stored without loss."""
    for image in (Image.new("F", (2, 2)), Image.new("RGB", (0, 5))):
        with pytest.raises(ImageError):
            store.put(image)
    assert not store.root.exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """Where a file stands in the way, our error says so."""
    (tmp_path / "studio").write_bytes(b"")
    store = ImageStore(tmp_path / "studio")
    for put in (lambda: store.put(picture()), lambda: store.put_blob(b"x")):
        with pytest.raises(StorageError, match="cannot write"):
            put()


@pytest.mark.skipif(sys.platform != "linux", reason="file size limits are a POSIX matter")
def test_a_full_disk_leaves_nothing_half_written(store: ImageStore, tmp_path: Path) -> None:
    """When the system refuses further bytes, no part of a file remains, and old ones stay."""
    import resource  # noqa: PLC0415 - there is none on Windows

    small = store.put(picture(4, 4))
    source = tmp_path / "large.bin"
    source.write_bytes(os.urandom(100_000))
    before = sorted(path for path in store.root.rglob("*") if path.is_file())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        for put in (
            lambda: store.put(picture(200, 200)),
            lambda: store.put_blob(bytes(100_000)),
            lambda: store.put_file(source),
        ):
            with pytest.raises(StorageError):
                put()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert sorted(path for path in store.root.rglob("*") if path.is_file()) == before
    assert store.files.problem(small) is None


@pytest.mark.skipif(os.name != "posix", reason="SKIPPED: making links needs rights on Windows")
@pytest.mark.parametrize("level", ["kind", "shard"])
def test_nothing_goes_through_a_link(store: ImageStore, tmp_path: Path, level: str) -> None:
    """A folder of the store that is a link leads no writing and no deleting elsewhere."""
    image, data = picture(), b"a state"
    stored, blob = store.put(image), store.put_blob(data)
    elsewhere = tmp_path / "elsewhere"
    for file in [path for path in store.root.rglob("*") if path.is_file()]:
        folder = file.parent if level == "shard" else file.parent.parent
        if folder.is_symlink():
            continue
        target = elsewhere / folder.relative_to(store.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(target)
        folder.symlink_to(target)
    before = {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()}
    assert len(before) == 3
    # Reading is no harm: the digests are checked.
    assert store.put(image) == stored
    with pytest.raises(StorageError, match="is a link"):
        store.remove(stored.pixel_digest)
    for path in before:
        path.write_bytes(b"damaged")
    for put in (lambda: store.put(image), lambda: store.put_blob(data)):
        with pytest.raises(StorageError, match="is a link"):
            put()
    assert store.files.blob_problem(blob) == f"blob {blob} was altered"
    assert {path.read_bytes() for path in before} == {b"damaged"}
    assert {path for path in elsewhere.rglob("*") if path.is_file()} == set(before)
    (store.root / "files").symlink_to(elsewhere)
    with pytest.raises(StorageError, match="is a link"):
        store.put_file(b"an original")
