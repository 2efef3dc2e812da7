"""Credentials that lie elsewhere: beside the file, or at an address that it names."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from provenance_gen.credentials.trust import given_list
from provenance_gen.studio import remote
from provenance_gen.studio.child import Limits
from provenance_gen.studio.driver import Job
from provenance_gen.studio.pool import Pool, Task
from provenance_gen.studio.verify import verify, verify_each
from tests.serving import serving
from tests.unit.credentials import foreign, samples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provenance_gen.records.verdict import Verdict

WHO = foreign.stranger()
LISTS = (given_list(WHO.root, "a list"),)


def _judge(path: Path, fetch: str) -> Verdict:
    (found,) = verify_each([path], lists=LISTS, fetch=fetch)  # type: ignore[arg-type]
    return found


@pytest.fixture
def elsewhere(tmp_path: Path) -> tuple[Path, Path]:
    """Return a folder that is served, and one for files that point there."""
    for name in ("served", "files"):
        (tmp_path / name).mkdir()
    return tmp_path / "served", tmp_path / "files"


def test_nothing_is_fetched_unless_asked(elsewhere: tuple[Path, Path]) -> None:
    """Then it is, and binds this very file; an address of this machine needs more than the wish."""
    served, files = elsewhere
    path = files / "a.png"
    with serving(served) as (url, asked):
        data, store = foreign.sign(samples.encoded(), "image/png", WHO, url=f"{url}/a.c2pa")
        path.write_bytes(data)
        (served / "a.c2pa").write_bytes(store)
        never = _judge(path, "never")
        public = _judge(path, "public")
        assert asked == []
        found = _judge(path, "anywhere")
        assert asked == ["/a.c2pa"]
        path.write_bytes(data[:-20] + b"x" + data[-19:])
        changed = _judge(path, "anywhere")
    assert (never.verdict, never.credentials.presence) == ("unsigned", "remote")
    assert "nothing is fetched without --fetch" in never.checks[1].reason
    assert public.verdict == "unsigned"
    assert "private network" in public.checks[1].reason
    assert never.summary.endswith("neither yes nor no.")
    assert "elsewhere ('http://127.0.0.1" in never.summary
    assert "were not read: nothing is fetched without --fetch." in never.summary
    assert "were not read: fetching them failed: its address" in public.summary
    assert (found.verdict, found.credentials.presence) == ("trusted", "remote")
    assert "signed by 'A Newsroom'" in found.summary
    assert "elsewhere" not in found.summary
    assert changed.summary.startswith("Not valid: ")
    assert found.credentials.remote_url == never.credentials.remote_url
    assert changed.verdict in ("invalid", "unreadable")


@pytest.mark.parametrize("content", [b"", b"hello", b"\x00" * 1000, None])
def test_what_comes_back_is_no_manifest(
    elsewhere: tuple[Path, Path], content: bytes | None
) -> None:
    """Empty, garbage or nothing at all: never valid, and no error."""
    served, files = elsewhere
    with serving(served) as (url, _):
        data, _store = foreign.sign(samples.encoded(), "image/png", WHO, url=f"{url}/a.c2pa")
        (files / "a.png").write_bytes(data)
        if content is not None:
            (served / "a.c2pa").write_bytes(content)
        found = _judge(files / "a.png", "anywhere")
    assert found.verdict in ("unsigned", "invalid")
    assert any(check.status == "failed" for check in found.checks)


def test_slow_servers_take_no_more_than_a_run_waits_in_all(elsewhere: tuple[Path, Path]) -> None:
    """However many files name them; those after are told why they were not asked for."""
    _, files = elsewhere
    with _silent() as (url, asked):
        data, _store = foreign.sign(samples.encoded(), "image/png", WHO, url=f"{url}/a.c2pa")
        for name in "abc":
            (files / f"{name}.png").write_bytes(data)
        fetcher, limits = remote.Fetcher(private=True, patience=0.1), Limits()
        with Pool(limits, workers=1) as pool:
            jobs = (Job(files / f"{name}.png") for name in "abc")
            for job, first in pool.each(jobs, ordered=True):
                found = fetcher.completed(job.path, first, Task(), limits)
                said = (found.credentials and found.credentials.error) or ""
                assert ("slow servers took" in said) == (job.path.name != "a.png")
                assert job.path.name != "a.png" or "answers with HTTP status 404" in said
        assert len(asked) == 1


@contextlib.contextmanager
def _silent() -> Iterator[tuple[str, list[str]]]:
    """Serve nothing, and take more than a second to say so."""
    asked: list[str] = []

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            time.sleep(1.3)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_a_manifest_beside_the_file_may_belong_to_another(elsewhere: tuple[Path, Path]) -> None:
    """``a.c2pa`` is that of ``a.jpg``; ``a.png`` beside it is not taken for a changed file."""
    _, files = elsewhere
    _, store = foreign.sign(samples.encoded("JPEG"), "image/jpeg", WHO, aside=True)
    (files / "a.c2pa").write_bytes(store)
    (files / "a.png").write_bytes(samples.encoded("PNG"))
    alone = verify(files / "a.png", lists=LISTS)
    assert (alone.verdict, alone.checks[2].status) == ("invalid", "failed")
    assert "or they belong to another file of that name" in alone.checks[2].reason
    (files / "a.jpg").write_bytes(samples.encoded("JPEG", seed=5))
    assert verify(files / "a.png", lists=LISTS).verdict == "invalid"  # nor is it of that one
    (files / "a.jpg").write_bytes(samples.encoded("JPEG"))
    beside = verify(files / "a.png", lists=LISTS)
    assert (beside.verdict, beside.credentials.presence) == ("unsigned", "none")
    assert "those in a.c2pa belong to a.jpg" in beside.checks[1].reason
    assert verify(files / "a.jpg", lists=LISTS).verdict == "trusted"
    if os.name == "posix":  # a link that leads in circles is passed over
        (files / "a.bmp").symlink_to("a.bmp")
        assert verify(files / "a.png", lists=LISTS).verdict == "unsigned"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF"])
def test_a_manifest_beside_the_file(elsewhere: tuple[Path, Path], kind: str) -> None:
    """It is found by its name; changed files, and manifests of other files, do not pass."""
    _, files = elsewhere
    data, path, aside = samples.encoded(kind), files / f"a.{kind.lower()}", files / "a.c2pa"
    same, store = foreign.sign(data, f"image/{kind.lower()}", WHO, aside=True)
    assert same == data
    path.write_bytes(data)
    assert verify(path, lists=LISTS).verdict == "unsigned"
    aside.write_bytes(store)
    found = verify(path, lists=LISTS)
    assert (found.verdict, found.credentials.presence) == ("trusted", "sidecar")
    assert "lie beside the file" in found.checks[1].reason
    path.write_bytes(samples.encoded(kind, seed=2))
    changed = verify(path, lists=LISTS)
    assert (changed.verdict, changed.checks[2].code) == ("invalid", "assertion.dataHash.mismatch")
    aside.write_bytes(b"nothing")
    garbage = verify(path, lists=LISTS)
    assert (garbage.verdict, garbage.credentials.presence) == ("invalid", "unreadable")
    said = "the Content Credentials beside the file, in 'a.c2pa', cannot be read ("
    assert garbage.checks[1].reason.startswith(said)


def test_a_manifest_inside_counts_before_one_beside(elsewhere: tuple[Path, Path]) -> None:
    """A file that carries its own is not judged by a stranger's that lies there too."""
    _, files = elsewhere
    for kind in ("PNG", "GIF"):
        data, _ = foreign.sign(samples.encoded(kind), f"image/{kind.lower()}", WHO)
        (files / f"{kind}.x").write_bytes(data)
        (files / f"{kind}.c2pa").write_bytes(b"nothing")
        found = verify(files / f"{kind}.x", lists=LISTS)
        assert (found.verdict, found.credentials.presence) == ("trusted", "embedded")
