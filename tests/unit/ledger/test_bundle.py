"""Bundles: checked with no database, refused when odd, and no changed byte is accepted."""

from __future__ import annotations

import io
import os
import re
import stat
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.errors import LedgerError, LedgerVersionError, UsageError
from provenance_gen.ledger import anchor, bundle_check, bundle_files, bundle_form, checkpoint
from provenance_gen.ledger.bundle import gather
from provenance_gen.ledger.redaction import choose, redact, texts
from provenance_gen.ledger.store import Ledger
from provenance_gen.records.base import Text
from provenance_gen.records.bundle import BundleVerdict, BundleVerdictKind
from provenance_gen.records.event import Actor, ActorKind, Draft
from provenance_gen.records.payloads import IntentStated, WorkCreated
from tests.tsa import OPENSSL, serving
from tests.unit.ledger.conftest import Made

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Files = dict[str, bytes]
PERSON = Actor(kind=ActorKind.PERSON)
WRONG = BundleVerdictKind.WRONG
CONSISTENT = BundleVerdictKind.CONSISTENT
CONFIRMED = BundleVerdictKind.CONFIRMED


def stated(number: int) -> Draft:
    """Draft an event of one of two works, with a text."""
    said = IntentStated(work=f"w{number % 2}", intent=Text(f"words {number}"))
    return Draft(payload=said, actor=PERSON)


@pytest.fixture
def filled(made: Made) -> Made:
    """A ledger of nine events with checkpoints over five and nine."""
    return fill(made)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    """The files of a bundle of such a ledger, with all texts; not to be changed."""
    key, folder = Ed25519PrivateKey.generate(), tmp_path_factory.mktemp("kept")
    ledger = Ledger.create(folder, origin="provgen-test", key=key)
    vkey = checkpoint.verifier_key("provgen-test", key.public_key())
    yield gathered(fill(Made(ledger, folder, key, vkey)), "all")
    ledger.close()


def fill(made: Made) -> Made:
    """Append nine events, with checkpoints over five and nine."""
    begun = WorkCreated(work="w0", title=Text("Harbour"), author=Text("Ann"))
    made.ledger.append_many([Draft(payload=begun, actor=PERSON), *map(stated, range(4))])
    made.ledger.checkpoint()
    made.ledger.append_many([stated(n) for n in range(4, 8)])
    made.ledger.checkpoint()
    return made


def gathered(made: Made, *disclose: str, work: str | None = None) -> Files:
    """Return the files of a bundle over all events."""
    size = made.ledger.head().size
    return gather(
        made.ledger, size=size, verifier_key=made.verifier_key, work=work, disclose=disclose
    ).files


def checked(files: Files, key: str | None = None, roots: bytes | None = None) -> BundleVerdict:
    """Check the files of a bundle."""
    return bundle_check.check(files, name="b", key=key, certificates=roots)


def summed(files: Files) -> Files:
    """Return the files with fitting digests, as somebody who changes them would leave them."""
    changed = dict(files)
    changed[bundle_form.SUMS] = bundle_form.sums(changed)
    return changed


def test_nothing_inside_is_a_root_of_trust(filled: Made) -> None:
    """Without a key the result reads consistent, with it confirmed, with another wrong."""
    files = gathered(filled)
    found = checked(files)
    assert found.verdict == "consistent, not anchored"
    assert (found.size, found.events, found.checkpoints, found.texts) == (9, 9, 2, 0)
    assert checked(files, filled.verifier_key).verdict is CONFIRMED
    other = checkpoint.verifier_key("provgen-test", Ed25519PrivateKey.generate().public_key())
    assert checked(files, other).verdict is WRONG
    with pytest.raises(LedgerError):
        checked(files, "no key")


def test_whole_bundle_by_somebody_else_is_not_confirmed(filled: Made, tmp_path: Path) -> None:
    """A bundle made anew from the same events with another key is consistent, and no more."""
    key = Ed25519PrivateKey.generate()
    (tmp_path / "other").mkdir()
    ledger = type(filled.ledger).create(tmp_path / "other", origin="provgen-test", key=key)
    ledger.append_many([stated(n) for n in range(9)])
    ledger.checkpoint()
    vkey = checkpoint.verifier_key("provgen-test", key.public_key())
    files = gather(ledger, size=9, verifier_key=vkey).files
    ledger.close()
    assert checked(files).verdict is CONSISTENT
    assert checked(files, filled.verifier_key).verdict is WRONG


def test_texts_are_disclosed_by_name(filled: Made) -> None:
    """None, some or all texts are told, each as its event commits to it."""
    assert checked(gathered(filled)).texts == 0
    assert checked(gathered(filled, "title", "author")).texts == 2
    found = checked(gathered(filled, "all"))
    assert (found.texts, found.withheld) == (10, 0)
    with pytest.raises(UsageError, match="author, intent, title"):
        gathered(filled, "prompt")


def test_a_redacted_text_is_not_told(filled: Made) -> None:
    """What was deleted cannot be disclosed, and the bundle stays whole."""
    chosen = choose(texts(filled.ledger, [filled.ledger.leaves()[0].hex()]), "title")
    redact(filled.ledger, chosen, actor=PERSON, work="w0", reason="x")
    filled.ledger.checkpoint()
    files = gathered(filled, "all")
    assert b"Harbour" not in b"".join(files.values())
    found = checked(files, filled.verifier_key)
    assert (found.verdict, found.withheld) == (CONFIRMED, 1)


def test_one_work_alone(filled: Made) -> None:
    """Of other works only hashes are told, and the tree can still be computed."""
    files = gathered(filled, "all", work="w1")
    assert b'"work":"w0"' not in files[bundle_form.EVENTS]
    found = checked(files, filled.verifier_key)
    assert (found.verdict, found.events, found.texts) == (CONFIRMED, 4, 4)


def test_same_ledger_same_bundle(filled: Made) -> None:
    """Two bundles of one state are the same bytes."""
    assert bundle_files.zipped(gathered(filled)) == bundle_files.zipped(gathered(filled))


@pytest.mark.parametrize("name", ["b", "b.zip"])
def test_written_and_read(filled: Made, tmp_path: Path, name: str) -> None:
    """A folder and a zip hold the same files; what exists is not overwritten."""
    files = gathered(filled, "title")
    bundle_files.write(files, tmp_path / name)
    assert bundle_files.read(tmp_path / name) == files
    with pytest.raises(UsageError, match="exists"):
        bundle_files.write(files, tmp_path / name)
    with pytest.raises(UsageError, match="no folder"):
        bundle_files.write(files, tmp_path / "missing" / name)


def _accepted(read: Callable[[], Files], original: Files, key: str | None = None) -> bool:
    """Tell whether changed content passes; only our own error may be raised."""
    try:
        files = read()
        return files != original and checked(files, key).verdict is not WRONG
    except LedgerError:
        return False


def _flip_zip(files: Files, stride: int) -> tuple[int, int]:
    data = bundle_files.zipped(files, compress=False)
    tried = accepted = 0
    for place in range(0, len(data), stride):
        changed = bytearray(data)
        changed[place] ^= 1 << place % 8
        tried += 1
        accepted += _accepted(lambda b=bytes(changed): bundle_files.unzip(b), files)  # type: ignore[misc]
    return tried, accepted


def _flip_folder(files: Files, folder: Path, stride: int) -> tuple[int, int]:
    bundle_files.write(files, folder)
    tried = accepted = 0
    for name, data in files.items():
        for place in range(len(name) % stride, len(data), stride):
            changed = bytearray(data)
            changed[place] ^= 1 << place % 8
            (folder / name).write_bytes(changed)
            tried += 1
            accepted += _accepted(lambda: bundle_files.read(folder), files)
        (folder / name).write_bytes(data)
    return tried, accepted


def _flip_and_sum(files: Files, key: str, stride: int) -> tuple[int, set[str]]:
    """Flip bytes and write fitting digests; return the files in which a change passed."""
    tried, accepted = 0, set()
    for name, data in files.items():
        if name == bundle_form.SUMS:
            continue
        for place in range(len(name) % stride, len(data), stride):
            changed = bytearray(data)
            changed[place] ^= 1 << place % 8
            now = summed({**files, name: bytes(changed)})
            tried += 1
            if _accepted(lambda now=now: now, files, key):  # type: ignore[misc]
                accepted.add(name)
    return tried, accepted


def test_no_flipped_byte_is_accepted(filled: Made, tmp_path: Path) -> None:
    """No byte of a zip or of a folder can be another one; nothing foreign is raised."""
    files = gathered(filled, "all")
    assert checked(files).verdict is CONSISTENT
    for tried, accepted in (_flip_zip(files, 7), _flip_folder(files, tmp_path / "b", 19)):
        assert tried > 200
        assert accepted == 0


def test_flips_with_fitting_digests_are_seen_by_the_key(filled: Made) -> None:
    """Whoever changes a byte and mends the digests changes only the page that is not proved."""
    files = gathered(filled, "all")
    tried, accepted = _flip_and_sum(files, filled.verifier_key, 13)
    assert tried > 300
    assert accepted <= {bundle_form.README}


@pytest.mark.slow
def test_no_flipped_byte_at_all_is_accepted(filled: Made, tmp_path: Path) -> None:
    """The same for every byte."""
    files = gathered(filled, "all")
    for tried, accepted in (_flip_zip(files, 1), _flip_folder(files, tmp_path / "b", 1)):
        assert tried > 9_000
        assert accepted == 0
    assert _flip_and_sum(files, filled.verifier_key, 1)[1] <= {bundle_form.README}


def _without(files: Files, name: str) -> Files:
    return {key: data for key, data in files.items() if key != name}


def _lines(data: bytes, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    return b"".join(line + b"\n" for line in change(data.split(b"\n")[:-1]))


def _changed(files: Files, name: str, change: Callable[[list[bytes]], list[bytes]]) -> Files:
    return {**files, name: _lines(files[name], change)}


E, L, D = bundle_form.EVENTS, bundle_form.LEAVES, bundle_form.DISCLOSURES
CHANGES: dict[str, Callable[[Files], Files]] = {
    "event removed": lambda f: _changed(f, E, lambda e: e[:3] + e[4:]),
    "event doubled": lambda f: _changed(f, E, lambda e: [*e, e[-1]]),
    "events swapped": lambda f: _changed(f, E, lambda e: [e[1], e[0], *e[2:]]),
    "event changed": lambda f: _changed(f, E, lambda e: [e[0].replace(b"person", b"unknow"), *e]),
    "key doubled": lambda f: _changed(
        f, E, lambda e: [e[0].replace(b'"basis":', b'"basis":"inferred","basis":'), *e[1:]]
    ),
    "space added": lambda f: _changed(f, E, lambda e: [e[0].replace(b":", b": ", 1), *e[1:]]),
    "last line open": lambda f: {**f, E: f[E][:-1]},
    "leaf removed": lambda f: _changed(f, L, lambda x: x[:-1]),
    "leaf exchanged": lambda f: _changed(f, L, lambda x: [x[1], x[0], *x[2:]]),
    "leaf in capitals": lambda f: _changed(f, L, lambda x: [x[0].upper(), *x[1:]]),
    "leaf of two lines": lambda f: {**f, L: f[L].replace(b"\n", b" ", 1)},
    "text doubled": lambda f: _changed(f, D, lambda d: [d[0], *d]),
    "texts swapped": lambda f: _changed(f, D, lambda d: [d[1], d[0], *d[2:]]),
    "text of another event": lambda f: _changed(
        f, D, lambda d: [*d[:-1], d[-1].replace(b'"event":8', b'"event":7')]
    ),
    "text that nothing commits to": lambda f: _changed(
        f, D, lambda d: [d[0].replace(b"/author", b"/aaa"), *d[1:]]
    ),
    "text with another key": lambda f: _changed(
        f, D, lambda d: [d[0].replace(b'"event"', b'"a":1,"event"'), *d[1:]]
    ),
    "number as truth": lambda f: _changed(
        f, D, lambda d: [d[0].replace(b'"event":0', b'"event":false'), *d[1:]]
    ),
    "newest checkpoint removed": lambda f: _without(f, bundle_form.note_name(9)),
    "checkpoint under another name": lambda f: (
        _without(f, bundle_form.note_name(5))
        | {bundle_form.note_name(4): f[bundle_form.note_name(5)]}
    ),
    "checkpoint that is none": lambda f: {**f, bundle_form.note_name(5): b"\xff"},
    "key removed": lambda f: {**f, bundle_form.VERIFIER_KEY: b""},
    "key not UTF-8": lambda f: {**f, bundle_form.VERIFIER_KEY: b"\xff"},
    "other PEM": lambda f: {**f, bundle_form.PEM: b"PEM"},
    "a file too many": lambda f: {**f, "more.txt": b"x"},
    "a token that is none": lambda f: {**f, bundle_form.token_name(5, "tsa"): b"x"},
    "a token over nothing": lambda f: {**f, bundle_form.token_name(7, "tsa"): b"x"},
    "another size": lambda f: {**f, bundle_form.ABOUT: f[bundle_form.ABOUT].replace(b":9", b":8")},
    "another origin": lambda f: {
        **f,
        bundle_form.ABOUT: f[bundle_form.ABOUT].replace(b"-test", b"-tess"),
    },
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_found(kept: Files, change: str) -> None:
    """Whatever is changed, with fitting digests or without, something is wrong."""
    changed = CHANGES[change](kept)
    assert changed != kept
    assert checked(changed).verdict is WRONG
    assert checked(summed(changed)).verdict is WRONG


@pytest.mark.parametrize(
    ("about", "error"),
    [
        (b"", LedgerError),
        (b"[]", LedgerError),
        (b'{"format":"provenance-gen/bundle@2"}', LedgerVersionError),
        (b'{"format":"other"}', LedgerError),
        (b'{"format":3}', LedgerError),
        (b'{"format":"provenance-gen/bundle@1","origin":"a","size":0,"work":null}', LedgerError),
        (b'{"format":"provenance-gen/bundle@1","origin":"a","size":true,"work":null}', LedgerError),
        (b'{"format":"provenance-gen/bundle@1","origin":1,"size":9,"work":null}', LedgerError),
        (
            b'{"format":"provenance-gen/bundle@1","more":1,"origin":"a","size":9,"work":null}',
            LedgerError,
        ),
        (
            b'{"format":"provenance-gen/bundle@1","origin":"a","origin":"a","size":9,"work":null}',
            LedgerError,
        ),
    ],
)
def test_what_is_no_bundle(kept: Files, about: bytes, error: type[LedgerError]) -> None:
    """A bundle says what it is in one form; another one, or a newer one, is not read."""
    with pytest.raises(error):
        checked({**kept, bundle_form.ABOUT: about})
    with pytest.raises(LedgerError):
        checked(_without(kept, bundle_form.LEAVES))
    with pytest.raises(LedgerError):
        checked({})


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
        bundle_files.unzip(_zip([(_entry(name), b"x")]))


def test_odd_zips_are_refused(kept: Files) -> None:
    """Links, doubles, encryption, hidden bytes, bombs and other compressions are refused."""
    plain = bundle_files.zipped(kept)
    assert bundle_files.unzip(plain)
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
            pytest.fail(f"read: {bundle_files.unzip(odd).keys()}")


def test_local_header_that_contradicts_the_directory(kept: Files) -> None:
    """Readers that believe the one or the other would see two bundles: so neither is read."""
    data = bytearray(bundle_files.zipped(kept, compress=False))
    place = data.index(b"README.md")
    data[place : place + 9] = b"README.xx"
    with pytest.raises(LedgerError):
        bundle_files.unzip(bytes(data))


@given(st.binary(max_size=600))
def test_junk_raises_our_error(junk: bytes) -> None:
    """Whatever bytes are read, they are a bundle or our own error."""
    for data in (junk, b"PK\3\4" + junk, junk + b"PK\5\6" + bytes(18)):
        with pytest.raises(LedgerError):
            checked(bundle_files.unzip(data))


@pytest.mark.skipif(os.name != "posix", reason="links and pipes are made otherwise here")
@pytest.mark.parametrize("kind", ["link", "folder link", "pipe", "folder", "deep folder"])
def test_odd_folders_are_refused(kept: Files, tmp_path: Path, kind: str) -> None:
    """Links, pipes and folders in a folder are refused, and no pipe is waited for."""
    folder = tmp_path / "b"
    bundle_files.write(kept, folder)
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


@pytest.mark.skipif(OPENSSL is None or os.name != "posix", reason="needs openssl and a shell")
def test_stranger_checks_it_with_common_tools(filled: Made, tmp_path: Path) -> None:
    """The commands of the page work as they stand, and fail where the tree is another."""
    folder = tmp_path / "b"
    bundle_files.write(gathered(filled), folder)
    page = (folder / "README.md").read_text(encoding="utf-8")
    shell, program = (
        re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)[0] for kind in ("sh", "python")
    )
    done = subprocess.run(
        ["sh", "-ec", shell], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Signature Verified Successfully" in done.stdout
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["True", "True"]
    (folder / "leaves.txt").write_bytes(_lines((folder / "leaves.txt").read_bytes(), sorted))
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "False"]


@pytest.fixture
def stamped(filled: Made) -> Iterator[tuple[Made, bytes]]:
    """A ledger with two time-stamps, the first of them cited; and their authority's root."""
    with serving() as server:
        for number in (8, 9):
            authorities = [server.authority()]
            anchor.anchor(filled.ledger, filled.ledger.checkpoint().size, authorities)
            filled.ledger.append(stated(number))
        filled.ledger.checkpoint()
        yield filled, server.root


def test_time_stamps(stamped: tuple[Made, bytes]) -> None:
    """Believed only under certificates that the reader gave; they say what existed by when."""
    made, root = stamped
    files = gathered(made)
    found = checked(files)
    assert (found.verdict, found.timestamps, found.sealed) == (CONSISTENT, 2, 0)
    found = checked(files, roots=root)
    assert (found.verdict, found.sealed, found.size) == (CONFIRMED, 10, 11)
    assert "10 of 11 events existed by" in found.summary
    with serving() as other:
        assert checked(files, roots=other.root).verdict is WRONG
    token = bundle_form.token_name(9, "loopback")
    assert checked(summed(_without(files, token))).verdict is WRONG
    swapped = {**files, bundle_form.token_name(10, "loopback"): files[token]}
    assert checked(summed(swapped)).verdict is WRONG


def test_openssl_believes_the_tokens(stamped: tuple[Made, bytes], tmp_path: Path) -> None:
    """The page's command for time-stamps works as it stands."""
    made, root = stamped
    folder = tmp_path / "b"
    bundle_files.write(gathered(made), folder)
    (folder / "ROOT.pem").write_bytes(root)
    page = (folder / "README.md").read_text(encoding="utf-8")
    shell = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)[1]
    shell = shell.replace("NUMBER.NAME", "000000000009.loopback").replace("NUMBER", "000000000009")
    done = subprocess.run(
        ["sh", "-ec", shell], cwd=folder, capture_output=True, text=True, check=False
    )
    assert "Verification: OK" in done.stdout + done.stderr
