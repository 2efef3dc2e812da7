"""Bundles as folders and zips: odd ones are refused, and nothing is extracted."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import struct
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.errors import LedgerError, UsageError
from provenance_gen.ledger import bundle_files, bundle_write, bundle_zip
from provenance_gen.ledger.bundle_parts import MAX_WHOLE, PIECE
from tests.unit.ledger.bundles import Files, checked, full_bundle, unzipped, zipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The files of a bundle of such a ledger, with all texts; not to be changed."""
    return full_bundle(tmp_path_factory.mktemp("kept"))


def _zip(entries: list[tuple[zipfile.ZipInfo | str, bytes]], **options: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as archive:  # type: ignore[call-overload]
        for entry, data in entries:
            archive.writestr(entry, data)
    return buffer.getvalue()


class _Stream:
    """What cannot be read back, so that sizes are written after the bytes."""

    def __init__(self) -> None:
        self.written = bytearray()

    def write(self, data: bytes) -> int:
        self.written += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""


def _entry(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    return entry


@pytest.mark.parametrize(
    "name",
    [
        "../a", "/a", "a/../b", "a\\b", "C:a", "a/b/c", "other/a", "", ".", "..", ".hidden", "a\nb",
        "checkpoints/", "checkpoints/../a", "aux", "checkpoints/nul.note", "a.", "é", "a" * 200,
    ],
)  # fmt: skip
def test_odd_names_are_refused(name: str) -> None:
    """A name that leads elsewhere, or that a system takes for a device, is refused."""
    with pytest.raises(LedgerError):
        unzipped(_zip([(_entry(name), b"x")]))


def test_odd_zips_are_refused(kept: Files) -> None:
    """Links, doubles, encryption, hidden bytes, bombs and other compressions are refused."""
    plain = zipped(kept)
    assert unzipped(plain)
    with pytest.warns(UserWarning, match="Duplicate name"):
        double = _zip([("a", b"1"), ("a", b"2")])
    encrypted = bytearray(_zip([(_entry("a"), b"1")]))
    encrypted[6] |= 1
    encrypted[encrypted.index(b"PK\1\2") + 8] |= 1
    described = _Stream()
    with zipfile.ZipFile(described, "w") as archive:  # type: ignore[call-overload]
        archive.writestr(_entry("a"), b"1")
    commented = io.BytesIO(plain)
    with zipfile.ZipFile(commented, "a") as archive:
        archive.comment = b"hello"
    for odd in (
        _zip([(_entry("a", stat.S_IFLNK | 0o777), b"/etc/passwd")]),
        _zip([(_entry("a", stat.S_IFDIR | 0o777), b"")]),
        double,
        _zip([("A", b"1"), ("a", b"2")]),
        bytes(encrypted),
        plain + b"\0",
        plain + plain,
        b"\0" + plain,
        b"\x89PNG" + plain,
        commented.getvalue(),
        bytes(described.written),
        _zip([("a", b"\0" * 100_000)], compression=zipfile.ZIP_DEFLATED),
        _zip([("a", os.urandom(100))], compression=zipfile.ZIP_BZIP2),
        _zip([("a", os.urandom(100))], compression=zipfile.ZIP_LZMA),
        plain[:-1],
        plain[: len(plain) // 2],
        b"",
        b"PK\5\6" + bytes(18) + b"x",
    ):
        with pytest.raises(LedgerError):
            pytest.fail(f"read: {unzipped(odd).keys()}")


def test_local_header_that_contradicts_the_directory(kept: Files) -> None:
    """Readers that believe the one or the other would see two bundles: so neither is read."""
    data = bytearray(zipped(kept, compress=False))
    place = data.index(b"README.md")
    data[place : place + 9] = b"README.xx"
    with pytest.raises(LedgerError):
        unzipped(bytes(data))


@given(st.binary(max_size=600))
def test_junk_raises_our_error(junk: bytes) -> None:
    """Whatever bytes are read, they are a bundle or our own error."""
    for data in (junk, b"PK\3\4" + junk, junk + b"PK\5\6" + bytes(18)):
        with pytest.raises(LedgerError):
            checked(unzipped(data))


@pytest.mark.skipif(os.name != "posix", reason="links and pipes are made otherwise here")
@pytest.mark.parametrize("kind", ["link", "folder link", "pipe", "folder", "deep folder"])
def test_odd_folders_are_refused(kept: Files, tmp_path: Path, kind: str) -> None:
    """Links, pipes and folders in a folder are refused, and no pipe is waited for."""
    folder = tmp_path / "b"
    bundle_write.write(kept, folder)
    match kind:
        case "link":
            (folder / "README.md").unlink()
            (folder / "README.md").symlink_to("/etc/hostname")
        case "folder link":
            (folder / "checkpoints").rename(tmp_path / "elsewhere")
            (folder / "checkpoints").symlink_to(tmp_path / "elsewhere")
        case "pipe":
            (folder / "README.md").unlink()
            os.mkfifo(folder / "README.md")
        case "folder":
            (folder / "more").mkdir()
        case _:
            (folder / "checkpoints" / "more").mkdir()
    with pytest.raises(LedgerError):
        bundle_files.read(folder)


def test_missing_file(tmp_path: Path) -> None:
    """What is not there is our own error."""
    with pytest.raises(LedgerError):
        bundle_files.read(tmp_path / "none.zip")


def _patched(data: bytes, field: int, value: int) -> bytes:
    """Return a zip in whose directory a field of four bytes of every entry is another."""
    changed = bytearray(data)
    place = data.index(b"PK\1\2")
    while (place := changed.find(b"PK\1\2", place)) >= 0:
        struct.pack_into("<L", changed, place + field, value)
        place += 46
    return bytes(changed)


def test_bombs_are_refused_before_anything_is_unpacked() -> None:
    """By what they say they hold, how large their directory is, and how much is in them."""
    many = _zip([(_entry(f"a{number}"), bytes(1 << 20)) for number in range(45)])
    lying = _patched(many, 24, 100 << 20)
    directory = bytes(bundle_zip.MAX_ZIPPED_FILES * 166 + 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(directory), 0, 0)
    located = struct.pack("<4sLQL", b"PK\6\7", 0, 0, 1)
    end64 = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(located), 0, 0)
    entry = _entry("a")
    entry.compress_type = zipfile.ZIP_DEFLATED
    squeezed = _zip([(entry, bytes(1_000_000))])
    for odd, said in (
        (lying, "4 GiB"),
        (directory + end, "directory"),
        (located + end64, "contradict"),
        (squeezed, "belief"),
    ):
        with pytest.raises(LedgerError, match=said):
            unzipped(odd)
    # One that holds less than both headers say.
    short = bytearray(_zip([(_entry("a"), b"12345")]))
    for place in (22, short.index(b"PK\1\2") + 24):
        struct.pack_into("<L", short, place, 6)
    with pytest.raises(LedgerError):
        unzipped(bytes(short))


def test_large_files_are_read_in_pieces(tmp_path: Path) -> None:
    """Their digests are known; none of them is ever in memory whole."""
    folder = tmp_path / "b"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "1.1.png").touch()
    os.truncate(folder / "images" / "1.1.png", MAX_WHOLE + 1)
    (folder / "README.md").write_bytes(b"x")
    with bundle_files.opened(folder) as parts:
        assert parts.size("images/1.1.png") == MAX_WHOLE + 1
        tracemalloc.start()
        digest = parts.digest("images/1.1.png")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 8 << 20
        assert digest == hashlib.sha256(bytes(MAX_WHOLE + 1)).hexdigest()
        with pytest.raises(LedgerError, match="larger than"):
            parts["images/1.1.png"]
        with pytest.raises(KeyError):
            parts["images/1.2.png"]


def test_a_file_that_changes_meanwhile_is_refused(tmp_path: Path) -> None:
    """What was said of its digest would not be true of what is read."""
    folder = tmp_path / "b"
    folder.mkdir()
    file = folder / "README.md"
    file.write_bytes(b"one")
    with bundle_files.opened(folder) as parts:
        assert parts["README.md"] == b"one"
        for later in (b"two", b"longer", b""):
            file.write_bytes(later)
            with pytest.raises(LedgerError, match="changed while it was read"):
                parts["README.md"]
        with file.open("wb") as grown:
            grown.truncate(3 * PIECE)
        assert sum(map(len, _until_refused(parts.pieces("README.md")))) <= PIECE


def _until_refused(pieces: Iterator[bytes]) -> Iterator[bytes]:
    with pytest.raises(LedgerError, match="changed while it was read"):
        yield from pieces


def test_what_no_zip_can_hold_is_not_written(tmp_path: Path) -> None:
    """Too much of the same would be taken for a bomb; the other form takes it."""
    files = {"README.md": bytes(1_000_000)}
    with pytest.raises(UsageError, match=r"without \.zip"):
        bundle_write.write(files, tmp_path / "b.zip")
    bundle_write.write(files, tmp_path / "b")
    assert bundle_files.read(tmp_path / "b") == files
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    with bundle_write.writing(tmp_path / "c.zip") as out:
        out.sizes |= dict.fromkeys(map(str, range(bundle_zip.MAX_ZIPPED_FILES)), 0)
        with pytest.raises(UsageError, match="too large for a zip"):
            out.put("one-more", b"")
