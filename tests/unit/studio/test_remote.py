"""Credentials that lie elsewhere: beside the file, or at an address that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provenance_gen.credentials.trust import given_list
from provenance_gen.studio.verify import verify, verify_each
from tests.serving import serving
from tests.unit.credentials import foreign, samples

if TYPE_CHECKING:
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
    assert "nothing is fetched unless you ask" in never.checks[1].reason
    assert public.verdict == "unsigned"
    assert "private network" in public.checks[1].reason
    assert (found.verdict, found.credentials.presence) == ("trusted", "remote")
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


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_a_manifest_beside_the_file(elsewhere: tuple[Path, Path], kind: str) -> None:
    """It is found by its name; changed files, and manifests of other files, do not pass."""
    _, files = elsewhere
    data = samples.encoded(kind)
    path = files / f"a.{kind.lower()}"
    media_type = f"image/{kind.lower()}"
    _, store = foreign.sign(data, media_type, WHO, url="https://example.invalid/a.c2pa")
    with_url, _ = foreign.sign(data, media_type, WHO, url="https://example.invalid/a.c2pa")
    path.write_bytes(with_url)
    assert verify(path, lists=LISTS).credentials.presence == "remote"
    # The store binds the file that carries the address; a second signing of it is another one.
    path.with_suffix(".c2pa").write_bytes(store)
    other = verify(path, lists=LISTS)
    assert other.credentials.presence == "sidecar"
    path.with_suffix(".c2pa").write_bytes(b"nothing")
    assert verify(path, lists=LISTS).verdict == "invalid"
