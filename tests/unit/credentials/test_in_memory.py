"""The library's C interface tells what its Python half tells, of every file."""

from __future__ import annotations

import io
import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from provenance_gen.credentials import container, in_memory
from provenance_gen.credentials.native import c2pa
from tests.unit.credentials import samples

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def settings(keys: samples.Keys) -> Any:
    """Return the library's settings, with the root that the samples are signed under."""
    verify = {"remote_manifest_fetch": False, "ocsp_fetch": False}
    return c2pa.Context.from_dict({"verify": verify, "trust": {"user_anchors": keys.root.decode()}})


def _told(read: Any) -> tuple[Any, ...]:
    # Beside the signatures the second output names the moment at which it was made.
    exactly = [one["signature"] for one in json.loads(read.crjson())["manifests"]]
    return json.loads(read.json()), exactly, read.get_remote_url()


def _by_wrapper(data: bytes, media_type: str, settings: Any) -> tuple[Any, ...] | None:
    try:
        with c2pa.Reader(media_type, io.BytesIO(data), context=settings) as read:
            return _told(read)
    except c2pa.C2paError:
        return None


def _in_memory(data: bytes, media_type: str, settings: Any) -> tuple[Any, ...] | None:
    found = in_memory.reader(data, media_type, settings)
    if found is None:
        return None
    with found as read:
        return _told(read)


def test_both_tell_the_same(settings: Any, signed: dict[str, Path]) -> None:
    """Of each format, whole, cut off at many places, and with one byte changed."""
    for path in signed.values():
        data = path.read_bytes()
        media_type = container.media_type(data)
        assert media_type
        whole = _in_memory(data, media_type, settings)
        assert whole
        assert whole[0]["validation_state"] == "Trusted"
        changed = bytes((*data[:-40], data[-40] ^ 1, *data[-39:]))
        places = range(0, len(data), max(1, len(data) // 25))
        for one in (data, changed, *(data[:place] for place in places)):
            by_wrapper = _by_wrapper(one, media_type, settings)
            assert _in_memory(one, media_type, settings) == by_wrapper, (path.name, len(one))


def test_files_that_are_read_at_once_are_not_mixed_up(
    settings: Any, signed: dict[str, Path]
) -> None:
    """One stream serves all, one after the other."""
    files = [path.read_bytes() for path in signed.values()] * 8
    kinds = [container.media_type(data) or "" for data in files]
    alone = [_in_memory(*one, settings) for one in zip(files, kinds, strict=True)]
    with ThreadPoolExecutor(4) as threads:
        found = threads.map(lambda data, kind: _in_memory(data, kind, settings), files, kinds)
        assert list(found) == alone


@pytest.mark.skipif(os.name != "posix", reason="Windows does not tell it this way")
def test_nothing_is_left_of_a_file(settings: Any, signed: dict[str, Path]) -> None:
    """Neither of one that was read nor of one that the library refuses."""
    resource = pytest.importorskip("resource")
    good = signed["png"].read_bytes()
    refused = samples.encoded()
    before = 0
    for number in range(1_200):
        if number == 200:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert in_memory.reader(refused, "image/png", settings) is None
        if number % 4 == 0:
            assert _in_memory(good, "image/png", settings)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < (8 << 20 if os.uname().sysname == "Darwin" else 8 << 10)
