"""Whatever is changed in a bundle, byte by byte or line by line, is not accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provenance_gen.errors import LedgerError, LedgerVersionError
from provenance_gen.ledger import bundle_files, bundle_form, bundle_write
from tests.unit.ledger.bundles import (
    CONSISTENT,
    WRONG,
    Files,
    checked,
    fill,
    full_bundle,
    gathered,
    lines,
    summed,
    unzipped,
    without,
    zipped,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.ledger.conftest import Made


@pytest.fixture
def filled(made: Made) -> Made:
    """A ledger of nine events with checkpoints over five and nine."""
    return fill(made)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The files of a bundle of such a ledger, with all texts; not to be changed."""
    return full_bundle(tmp_path_factory.mktemp("kept"))


def _accepted(read: Callable[[], Files], original: Files, key: str | None = None) -> bool:
    """Tell whether changed content passes; only our own error may be raised."""
    try:
        files = read()
        return files != original and checked(files, key).verdict is not WRONG
    except LedgerError:
        return False


def _flip_zip(files: Files, stride: int) -> tuple[int, int]:
    data = zipped(files, compress=False)
    tried = accepted = 0
    for place in range(0, len(data), stride):
        changed = bytearray(data)
        changed[place] ^= 1 << place % 8
        tried += 1
        accepted += _accepted(lambda b=bytes(changed): unzipped(b), files)  # type: ignore[misc]
    return tried, accepted


def _flip_folder(files: Files, folder: Path, stride: int) -> tuple[int, int]:
    bundle_write.write(files, folder)
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
        assert tried > 8_000
        assert accepted == 0
    assert _flip_and_sum(files, filled.verifier_key, 1)[1] <= {bundle_form.README}


def _changed(files: Files, name: str, change: Callable[[list[bytes]], list[bytes]]) -> Files:
    return {**files, name: lines(files[name], change)}


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
    "newest checkpoint removed": lambda f: without(f, bundle_form.note_name(9)),
    "checkpoint under another name": lambda f: (
        without(f, bundle_form.note_name(5))
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
        checked(without(kept, bundle_form.LEAVES))
    with pytest.raises(LedgerError):
        checked({})
