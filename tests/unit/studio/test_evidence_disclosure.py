"""What an evidence bundle tells: the texts that were asked for, and of all others nothing.

A work is full of words that were marked. Every text that the ledger keeps is looked up in its
table of secrets, so a field that is added later is looked for too. A bundle's bytes are searched
as they are, and inside the pictures of its pages and the compressed parts of pictures.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import torch
from PIL import Image, PngImagePlugin
from sqlalchemy import select

from provenance_gen.ledger import bundle_files, disclosure
from provenance_gen.ledger.database import reading
from provenance_gen.ledger.tables import SECRET
from provenance_gen.studio.verify_bundle import verify_bundle
from tests.fakes import SIDE, FakePipeline
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from provenance_gen import Studio
    from provenance_gen.records.evidence import Pictures
    from provenance_gen.studio.work import Work

MARK = re.compile(r"Zq7[a-z]+Zq7")
DATA = re.compile(rb"data:image/png;base64,([A-Za-z0-9+/=]+)")
POLICIES = ["us-usco-2025", "jp-bunka-2024"]
UTF = ("utf-16-le", "utf-16-be")


def mark(name: str) -> str:
    """Return a word that stands nowhere else."""
    return f"Zq7{name}Zq7"


OTHERS = {mark(name) for name in ("othertitle", "otherprompt", "othernote")}
"""Words of another work."""
UNSAID = {mark(name) for name in ("folder", "filename", "exif", "chunk", "exported")}
"""Words that came near the record, some of which it keeps."""


@dataclass(frozen=True)
class Secret:
    """A text of the ledger, as it is kept."""

    name: str
    """What ``--disclose`` calls it."""
    text: str
    salt: str
    whole: str
    """Its disclosure."""

    @property
    def marks(self) -> set[str]:
        """The marked words in it."""
        return set(MARK.findall(self.text))


@pytest.fixture
def full(studio: Studio, tmp_path: Path) -> Work:
    """Return a work whose every text is marked, beside another one."""
    other = studio.new_work(mark("othertitle"))
    generate(other, mark("otherprompt"))
    other.edit("1.1", Image.new("RGB", (SIDE, SIDE), "red"), note=mark("othernote"))
    work = studio.new_work(mark("title"), intent=mark("intent"), author=mark("author"))
    pipe = work.record(FakePipeline())
    generator = torch.Generator().manual_seed(1)
    more = {"negative_prompt": mark("negative"), "cross_attention_kwargs": {"a": mark("argument")}}
    pipe(mark("prompt"), num_images_per_prompt=2, generator=generator, **more)
    with pytest.raises(RuntimeError):
        work.record(FakePipeline(failure=RuntimeError(mark("message"))))(mark("failing"))
    (tmp_path / mark("folder")).mkdir()
    pasted = tmp_path / mark("folder") / f"{mark('filename')}.png"
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Comment", mark("chunk"), zip=True)
    exif = Image.Exif()
    exif[0x010E] = mark("exif")
    Image.new("RGB", (SIDE, SIDE), "plum").save(pasted, pnginfo=chunks, exif=exif)
    work.bring_in(pasted, own=True, note=mark("note"))
    work.select("1.1", over=["1.2"], reason=mark("reason"))
    work.reject(["1.2"], reason=mark("rejected"))
    changed = Image.new("RGB", (SIDE, SIDE), "teal")
    work.edit("1.1", changed, tool=mark("tool"), note=mark("painted"))
    work.export("e1", tmp_path / f"{mark('exported')}.png")
    return work


def secrets(work: Work) -> list[Secret]:
    """Return every text that the ledger keeps, of the work and of others."""
    found = []
    with reading(work.studio.ledger.engine) as connection:
        for path, whole in connection.execute(select(SECRET.c.path, SECRET.c.disclosure)):
            padded = whole + "=" * (-len(whole) % 4)
            salt, _, text = json.loads(base64.urlsafe_b64decode(padded))
            found.append(Secret(disclosure.short_name(path), text, salt, whole))
    return found


def layers(data: bytes) -> Iterator[bytes]:
    """Give a file, the pictures that a page holds in itself, and what is compressed in pictures."""
    yield data
    for found in DATA.findall(data):
        yield from layers(base64.b64decode(found))
    if data.startswith(b"\x89PNG"):
        place = 8
        while place < len(data):
            size = int.from_bytes(data[place : place + 4], "big")
            body, place = data[place + 8 : place + 8 + size], place + size + 12
            for start in range(min(size, 90)):
                if body[start : start + 1] == b"\x78":
                    try:
                        yield zlib.decompress(body[start:])
                    except zlib.error:
                        continue


def spelled(word: str) -> Iterator[bytes]:
    """Give the ways in which bytes may hold a word, and those that show it to whoever guesses."""
    plain = word.encode()
    for one in (plain, plain.upper(), plain.lower(), plain[::-1], *map(word.encode, UTF)):
        yield one
        yield one.hex().encode()
        # The same letters stand otherwise in base64, by where they begin; the first and last of
        # them depend on what is beside them.
        for shift in range(3):
            coded = base64.b64encode(b"\0" * shift + one)
            inner = coded[4 if shift else 0 : len(coded) - (4 if (len(one) + shift) % 3 else 0)]
            yield from (inner, inner.translate(bytes.maketrans(b"+/", b"-_")))
    for said in (plain, plain.lower(), json.dumps(word).encode(), plain + b"\n"):
        for kind in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b"):
            digest = hashlib.new(kind, said, usedforsecurity=False).digest()
            yield from (digest, digest.hex().encode(), base64.b64encode(digest).rstrip(b"="))
            yield base64.urlsafe_b64encode(digest).rstrip(b"=")


def leaked(files: dict[str, bytes], words: Collection[str], whole: Collection[str]) -> set[str]:
    """Return which of some words, or of some disclosures and salts, files or their names tell."""
    everything = [*itertools.chain.from_iterable(map(layers, files.values()))]
    haystack = b"\0".join([*everything, "\n".join(files).encode()])
    found = {word for word in words if any(one in haystack for one in spelled(word))}
    return found | {one for one in whole if one.encode() in haystack}


def told(work: Work, path: Path, names: Collection[str], pictures: Pictures) -> None:
    """See that a bundle tells the texts of these names, and nothing of any other."""
    kept = secrets(work)
    work.bundle(
        path,
        policies=POLICIES,
        disclose=tuple(names) or ("none",),
        pictures=pictures,
        formats=("html", "json", "prov"),
        language="ja" if len(names) % 2 else "en",
    )
    files = bundle_files.read(path)
    ours = {word for one in kept if one.name in names for word in one.marks} - OTHERS
    withheld = {word for one in kept for word in one.marks} | OTHERS | UNSAID
    rows = [one for one in kept if one.name not in names or one.marks & OTHERS]
    held = {text for one in rows for text in (one.salt, one.whole)}
    assert leaked(files, withheld - ours, held) == set(), names
    assert leaked(files, ours, ()) == ours
    assert not leaked(files, [str(work.studio.folder.root.parent)], ())
    assert verify_bundle(path).verdict == "consistent, not anchored"


def all_names(work: Work) -> list[str]:
    """Return what ``--disclose`` may be told for a work, by what the ledger keeps."""
    return sorted({one.name for one in secrets(work) if one.marks - OTHERS})


def test_every_mark_is_in_the_ledger(full: Work) -> None:
    """Else nothing would be looked for; and the search finds what is there, however it is held."""
    kept = {word for one in secrets(full) for word in one.marks}
    wanted = ("title", "intent", "author", "prompt", "negative", "argument", "message", "note")
    more = ("reason", "rejected", "tool", "painted", "failing", "otherprompt")
    assert {mark(name) for name in (*wanted, *more)} <= kept
    word = mark("prompt")
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Comment", word, zip=True)
    path = full.studio.folder.root / "told.png"
    Image.new("RGB", (4, 4)).save(path, pnginfo=chunks)
    page = b'src="data:image/png;base64,' + base64.b64encode(path.read_bytes()) + b'"'
    for held in (path.read_bytes(), page, *(b"some" + one + b"more" for one in spelled(word))):
        assert leaked({"a": held}, [word], ()) == {word}
        assert not leaked({"a": held}, [mark("title")], ())
    assert leaked({word: b""}, [word], ()) == {word}
    for shift in range(3):
        assert leaked({"a": base64.b64encode(b"x" * shift + word.encode() + b"y")}, [word], ())


def test_it_tells_what_was_asked_for_and_nothing_else(full: Work, tmp_path: Path) -> None:
    """By the words, their digests, the salts; with whole, small and no pictures."""
    names = all_names(full)
    assert len(names) >= 8
    told(full, tmp_path / "e0", [], "full")
    told(full, tmp_path / "e1", names[::2], "thumbnails")
    told(full, tmp_path / "e2", names[1::2], "none")


@pytest.mark.slow
@pytest.mark.parametrize("pictures", ["full", "thumbnails", "none"])
def test_each_name_alone_and_every_pair(full: Work, tmp_path: Path, pictures: Pictures) -> None:
    """The same for every choice of one and two names, and for all."""
    names = all_names(full)
    choices = [*itertools.combinations(names, 1), *itertools.combinations(names, 2), tuple(names)]
    for number, some in enumerate(choices):
        told(full, tmp_path / f"e{number}", some, pictures)


def test_a_zip_tells_no_time_and_nobody(full: Work, tmp_path: Path) -> None:
    """When it was written, by whom and from where is not in it."""
    full.bundle(tmp_path / f"{mark('zip')}.zip", policies=POLICIES, formats=("html",))
    path = tmp_path / f"{mark('zip')}.zip"
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(entry.extra, entry.comment) for entry in entries} == {(b"", b"")}
    assert b"Zq7" not in path.read_bytes()
