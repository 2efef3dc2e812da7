"""Bundles made to harm their reader: each is refused in one sentence, within its limits.

Read by the same function that the process of the reader runs; that a process of its own reads
them, and what becomes of one that takes too much, is shown at the end.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import stat
import struct
import sys
import time
import zipfile
from typing import TYPE_CHECKING

import pytest

from provenance_gen.errors import ProvenanceError
from provenance_gen.ledger import bundle_form, bundle_write
from provenance_gen.records.bundle import BundleVerdict, BundleVerdictKind
from provenance_gen.studio import aside, bundle_reader, own_fault
from provenance_gen.studio.child import Limits
from provenance_gen.studio.verify_bundle import verify_bundle
from tests.unit.ledger.bundles import Files, full_bundle, summed, zipped
from tests.unit.studio.bundled import evidence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEEP = b'{"a":' * 100_000
WRONG, UNREADABLE = BundleVerdictKind.WRONG, BundleVerdictKind.UNREADABLE


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The files of a bundle of a ledger, with all texts; not to be changed."""
    return full_bundle(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The files of an evidence bundle, with all texts; not to be changed."""
    return evidence(tmp_path_factory.mktemp("whole"))[0]


def judged(path: Path) -> BundleVerdict:
    """Check a bundle, and see that what is said of it is one sentence that a person can read."""
    verdict = bundle_reader.check(path, None, None)
    assert len(verdict.summary) < 400
    assert verdict.summary.isprintable()
    assert len(verdict.model_dump_json()) < 20_000
    return verdict


def entry(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    """Return what a zip says of a file."""
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    return made


def packed(*entries: tuple[zipfile.ZipInfo | str, bytes], kind: int = zipfile.ZIP_STORED) -> bytes:
    """Return a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return buffer.getvalue()


def named(name: bytes, kept: Files) -> bytes:
    """Return a bundle with one more file, whose name has no form that a writer of zips gives."""
    plain = zipped({**kept, "x" * len(name): b"x"}, compress=False)
    changed = plain.replace(b"x" * len(name), name)
    assert changed != plain
    return changed


def overlapping(kept: Files) -> bytes:
    """Return a bundle whose directory leads twice to the bytes of one file."""
    data = bytearray(zipped(kept, compress=False))
    first = data.index(b"PK\1\2")
    second = data.index(b"PK\1\2", first + 4)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    return bytes(data)


def miscounted(kept: Files) -> bytes:
    """Return a bundle whose directory says that there is one file less."""
    data = bytearray(zipped(kept))
    end = data.rindex(b"PK\5\6")
    for place in (end + 8, end + 10):
        data[place] -= 1
    return bytes(data)


def encrypted(kept: Files) -> bytes:
    """Return a bundle whose first file says that it is encrypted."""
    data = bytearray(zipped(kept))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def of_zip64(kept: Files) -> bytes:
    """Return a bundle with the record of another, larger form before its end."""
    data = zipped(kept)
    start, end = data.index(b"PK\1\2"), data.rindex(b"PK\5\6")
    # It counts as part of the directory, so that nothing else is odd.
    size = struct.pack("<L", end - start + 20)
    return data[:end] + b"PK\6\7" + bytes(16) + data[end : end + 12] + size + data[end + 16 :]


ZIPS: dict[str, tuple[Callable[[Files], bytes], str]] = {
    "leads above": (lambda kept: named(b"../evil", kept), "a name that no bundle holds: '../evil'"),
    "absolute": (lambda kept: named(b"/etc/cron", kept), "a name that no bundle holds: '/etc"),
    "of a drive": (lambda kept: named(b"C:evil", kept), "a name that no bundle holds: 'C:evil'"),
    "device": (lambda kept: named(b"CON", kept), "a name that no bundle holds: 'CON'"),
    "device with an ending": (lambda kept: named(b"nul.txt", kept), "a name .* 'nul.txt'"),
    "not UTF-8": (lambda kept: named(b"\xff\xfe", kept), "a name that no bundle holds"),
    "zero in the name": (lambda kept: named(b"a\0b", kept), "a name that no bundle holds"),
    "right to left": (lambda _: packed(("a\u202egnp.exe", b"")), "a name that no bundle holds"),
    "same but for case": (lambda _: packed(("a", b"1"), ("A", b"2")), "the same name"),
    "link": (lambda _: packed((entry("a", stat.S_IFLNK | 0o777), b"/etc")), "a is a link"),
    "folder of a name": (lambda _: packed((entry("a", stat.S_IFDIR | 0o777), b"")), "is a link"),
    "encrypted": (encrypted, "is encrypted"),
    "overlapping": (overlapping, "contradict"),
    "miscounted": (miscounted, "contradict|belong to no file"),
    "ZIP64": (of_zip64, "contradict"),
    "something before": (lambda kept: b"#!/bin/sh\n" + zipped(kept), "no file"),
    "something behind": (lambda kept: zipped(kept) + b"more", "no file|no zip"),
    "a zip of a zip": (lambda kept: packed(("r.zip", zipped(kept))), "no bundle"),
    "bomb": (lambda _: packed(("a", bytes(1 << 20)), kind=zipfile.ZIP_DEFLATED), "beyond belief"),
    "LZMA": (lambda _: packed(("a", bytes(99)), kind=zipfile.ZIP_LZMA), "in an odd way"),
    "nothing": (lambda _: packed(), "no bundle"),
    "no zip": (lambda _: b"PK\3\4" + os.urandom(99), "not a zip|no file"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ZIPS)
def test_hostile_zips(kept: Files, tmp_path: Path, kind: str) -> None:
    """Nothing is unpacked; what is odd is named."""
    make, reason = ZIPS[kind]
    (tmp_path / "b.zip").write_bytes(make(kept))
    verdict = judged(tmp_path / "b.zip")
    assert verdict.verdict is UNREADABLE
    assert re.search(reason, verdict.summary)
    assert [path.name for path in tmp_path.iterdir()] == ["b.zip"]


def changed(kept: Files, **files: bytes) -> Files:
    """Return a bundle's files with others in their places and digests that fit."""
    return summed(kept | {name.replace("_", "."): data for name, data in files.items()})


def _stamped(kept: Files) -> Files:
    tokens = {bundle_form.token_name(5, f"a{number}"): b"x" for number in range(2_000)}
    return summed(kept | tokens)


LEDGERS: dict[str, Callable[[Files], Files]] = {
    "about nested deeply": lambda kept: changed(kept, bundle_json=DEEP),
    "about with a huge number": lambda kept: changed(
        kept, bundle_json=kept["bundle.json"].replace(b'"size":9', b'"size":' + b"9" * 100_000)
    ),
    "about with a long name": lambda kept: changed(
        kept, bundle_json=kept["bundle.json"].replace(b"provgen-test", b"p" * 1_000_000)
    ),
    "events nested deeply": lambda kept: changed(kept, events_jsonl=DEEP + b"\n"),
    "events without end": lambda kept: changed(kept, events_jsonl=b"{" * 1_000_000),
    "a million empty events": lambda kept: changed(kept, events_jsonl=b"\n" * 1_000_000),
    "a million empty leaves": lambda kept: changed(kept, leaves_txt=b"\n" * 1_000_000),
    "more leaves than events": lambda kept: changed(
        kept, leaves_txt=kept["leaves.txt"] + (b"0" * 64 + b"\n") * 100_000
    ),
    "texts nested deeply": lambda kept: changed(kept, disclosures_jsonl=DEEP + b"\n"),
    "a text with a long name": lambda kept: changed(
        kept, disclosures_jsonl=kept["disclosures.jsonl"].replace(b'"/', b'"/' + b"a" * 1_000_000)
    ),
    "key not UTF-8": lambda kept: changed(kept, ledger_vkey=b"\xff\xfe\n"),
    "thousands of tokens": _stamped,
    "note without end": lambda kept: changed(
        kept, **{"checkpoints/000000000009_note": b"a\n" * 1_000_000}
    ),
}


@pytest.mark.parametrize("kind", LEDGERS)
def test_hostile_ledgers(kept: Files, tmp_path: Path, kind: str) -> None:
    """With digests that fit; the time is a few seconds of the processor at the very most."""
    files = LEDGERS[kind](kept)
    assert files != kept
    bundle_write.write(files, tmp_path / "b")
    begun = time.process_time()
    assert judged(tmp_path / "b").verdict in {WRONG, UNREADABLE}
    assert time.process_time() - begun < 10


def about(whole: Files, **other: object) -> Files:
    """Return the files of an evidence bundle that says other things of itself."""
    said = json.loads(whole["evidence.json"]) | other
    return whole | {"evidence.json": json.dumps(said).encode()}


EVIDENCE: dict[str, Callable[[Files], Files]] = {
    "nested deeply": lambda whole: whole | {"evidence.json": DEEP},
    "a huge number": lambda whole: about(whole, size=2**53 - 1),
    "a number beyond numbers": lambda whole: (
        whole
        | {
            "evidence.json": re.sub(
                rb'"size": ?\d+', b'"size": ' + b"9" * 100_000, whole["evidence.json"]
            )
        }
    ),
    "many pictures": lambda whole: about(
        whole, images={f"{n}.1": "images/1.1.png" for n in range(100_000)}
    ),
    "pictures elsewhere": lambda whole: about(whole, images={"1.1": "../../../../etc/passwd"}),
    "a picture of a long name": lambda whole: about(whole, images={"1.1": "x" * 1_000_000}),
    "files elsewhere": lambda whole: about(whole, files={"/etc/passwd": 1}),
    "another work": lambda whole: about(whole, work="w" * 64),
    "a work of a long name": lambda whole: about(whole, work="w" * 1_000_000),
    "a policy elsewhere": lambda whole: about(whole, policies=["../../own"]),
    "another form": lambda whole: about(whole, form="x" * 1_000_000),
    "another version": lambda whole: about(whole, software="9" * 1_000_000),
    "a page that is a file of pages": lambda whole: about(whole, paged=True),
    "a page of nothing but beginnings": lambda whole: (
        whole | {"report/report.html": b'src="data:image/png;base64,' * 100_000}
    ),
    "no report": lambda whole: {n: d for n, d in whole.items() if n != "report/report.json"},
    "no ledger": lambda whole: {n: d for n, d in whole.items() if n[:7] != "ledger/"},
}


@pytest.mark.parametrize("kind", EVIDENCE)
def test_hostile_evidence(whole: Files, tmp_path: Path, kind: str) -> None:
    """With digests that fit."""
    files = summed(EVIDENCE[kind](whole))
    assert files != whole
    bundle_write.write(files, tmp_path / "b")
    begun = time.process_time()
    assert judged(tmp_path / "b").verdict in {WRONG, UNREADABLE}
    assert time.process_time() - begun < 10


@pytest.mark.parametrize("around", ["", "evidence/", "\u8a3c\u62e0 (1)/"])
def test_what_was_packed_anew_is_told_the_way(whole: Files, tmp_path: Path, around: str) -> None:
    """Folders among the names, one around them, what macOS adds, sizes behind the bytes."""
    entries = [(f"{around}{name}", data) for name, data in whole.items()]
    folders = [(f"{around}{name}/", b"") for name in ("ledger", "report")]
    (tmp_path / "anew.zip").write_bytes(packed(*folders, *entries, ("__MACOSX/._x", b"")))
    verdict = judged(tmp_path / "anew.zip")
    assert verdict.verdict is UNREADABLE
    assert "unpack it" in verdict.summary


def test_nobody_is_told_to_unpack_what_leads_elsewhere(whole: Files, tmp_path: Path) -> None:
    """Not in the way of folders either."""
    for evil in ("../evil", "ledger/../../evil", "ledger/CON", "e/../../x"):
        for around in ("", "e/", "../"):
            entries = [(f"{around}{name}", data) for name, data in whole.items()]
            (tmp_path / "b.zip").write_bytes(packed(*entries, (around + evil, b"")))
            verdict = judged(tmp_path / "b.zip")
            assert verdict.verdict is UNREADABLE
            assert "unpack" not in verdict.summary, (evil, around)


def test_it_is_read_in_a_process_that_is_ended(whole: Files, tmp_path: Path) -> None:
    """When it takes longer than it may."""
    bundle_write.write(whole, tmp_path / "b.zip")
    verdict = verify_bundle(tmp_path / "b.zip", seconds=0.01)
    assert verdict.verdict is UNREADABLE
    assert verdict.summary == "reading it took longer than 0.01 s and was stopped"
    assert verify_bundle(tmp_path / "b.zip").verdict is BundleVerdictKind.CONSISTENT


def test_it_takes_no_more_memory_than_it_may(kept: Files, tmp_path: Path) -> None:
    """Leaves as large as any file that is read whole may be, with a digest that fits."""
    bundle_write.write(summed(kept | {"leaves.txt": bytes(250 << 20)}), tmp_path / "b")
    verdict = verify_bundle(tmp_path / "b", memory=512 << 20)
    assert verdict.verdict is UNREADABLE
    assert verdict.summary == "reading it took more than 512 MiB of memory and was stopped"


def test_memory_is_watched_where_the_platform_does_not_bound_it(
    whole: Files, tmp_path: Path
) -> None:
    """As on macOS and Windows; nothing of such a process is left."""
    bundle_write.write(whole, tmp_path / "b")
    asked = {"path": str(tmp_path / "b"), "key": None, "certificates": None}
    request = json.dumps(asked | {"seconds": 60, "memory": 4 << 30}).encode()
    limits = Limits(memory=30 << 20, watched=True)
    told, why = aside.ask("provenance_gen.studio.bundle_reader", request, limits=limits)
    assert (told, why) == (b"", "reading it took more than 30 MiB of memory and was stopped")
    told, why = aside.ask("provenance_gen.studio.bundle_reader", request, limits=Limits())
    assert (BundleVerdict.model_validate_json(told).kind, why) == ("evidence", None)


@pytest.mark.skipif(sys.platform != "linux", reason="names here are text")
def test_a_name_that_is_no_text_costs_no_verdict(whole: Files, tmp_path: Path) -> None:
    """The process that reads the bundle answers in JSON, which cannot tell such a name."""
    path = tmp_path / os.fsdecode(b"b\xff.zip")
    bundle_write.write(whole, path)
    verdict = verify_bundle(path)
    assert (verdict.verdict, verdict.file) == (BundleVerdictKind.CONSISTENT, str(path))


def test_a_fault_of_ours_is_no_word_on_the_bundle(kept: Files, tmp_path: Path) -> None:
    """A request that no caller makes fails in the process that checks: neither wrong nor bad."""
    path = tmp_path / "bundle.zip"
    path.write_bytes(zipped(kept))
    asked = {"path": str(path), "key": 7, "certificates": None, "compare": False}
    asked |= {"seconds": 60, "memory": 4 << 30}
    told, why = aside.ask(
        "provenance_gen.studio.bundle_reader", json.dumps(asked).encode(), limits=Limits()
    )
    assert why is None
    found = BundleVerdict.model_validate_json(told)
    assert (found.verdict, found.internal, found.checks) == (UNREADABLE, True, ())
    assert "this program itself failed (internal error: " in found.summary
    assert "provenance_gen.studio.bundle_reader:" in found.summary
    assert str(tmp_path) not in found.summary
    assert not verify_bundle(path).internal


def test_a_fault_over_a_policy_is_a_fault(tmp_path: Path) -> None:
    """What another process failed at is told on, and taken for no word on the policy."""
    inner = "KeyError in provenance_gen.policy.loader:1"
    fault: Exception = own_fault.FaultError(inner)
    assert not isinstance(fault, ProvenanceError)
    assert f"(internal error: {inner})" in own_fault.words(fault)
    request = json.dumps([["a.yaml", base64.b64encode(b"id: x").decode()], ["b.yaml", 7]])
    told, _ = aside.ask(
        "provenance_gen.studio.policy_reader", request.encode(), "60", limits=Limits()
    )
    first, second = map(json.loads, told.splitlines())
    assert "reason" in first
    assert second["fault"].startswith("TypeError in base64:")
    assert str(tmp_path) not in told.decode()
