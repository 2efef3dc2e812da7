"""Which files names stand for, in trees as they come: links in circles, folders nobody may see."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from provenance_gen.errors import UsageError
from provenance_gen.studio.gather import files, is_bundle

LINKS = pytest.mark.skipif(os.name == "nt", reason="SKIPPED: links need a right there")
LONG = "x" * 200


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write pictures by name alone, some of them hidden, and folders that are named as pictures."""
    for name in ("a.png", "b.png/in.jpg", "b.png/.hidden.jpg", ".hidden/h.jpg", "c/d/e.JPG"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _found(*names: str) -> list[str]:
    return [path.as_posix() for path in files(names)]


@pytest.mark.usefixtures("tree")
def test_folders_and_patterns() -> None:
    """By name, folder after folder; ``**`` is any number of folders, at any place."""
    assert _found(".") == ["a.png", "b.png/.hidden.jpg", "b.png/in.jpg", "c/d/e.JPG"]
    assert _found("**/*.jpg") == ["b.png/in.jpg"]
    assert _found("**/.*.jpg") == ["b.png/.hidden.jpg"]
    assert _found("**") == ["a.png", "b.png/in.jpg", "c/d/e.JPG"]
    assert _found("c/**/d/**/*.[Jj]*") == ["c/d/e.JPG"]
    assert _found("*/**/in.*") == ["b.png/in.jpg"]
    assert _found("*.png") == ["a.png"]
    assert _found(f"{Path.cwd().as_posix()}/**/a.png") == [f"{Path.cwd().as_posix()}/a.png"]
    for nothing in ("**/*.gif", "none/**/*.png", "a.png/**"):
        with pytest.raises(UsageError, match="no image file has such a name"):
            _found(nothing)


@LINKS
def test_links_that_lead_nowhere_are_told(tree: Path) -> None:
    """A circle or a missing target is a file that cannot be read, not the end of the run."""
    (tree / "c" / "x.png").symlink_to("y.png")
    (tree / "c" / "y.png").symlink_to("x.png")
    (tree / "c" / "z.png").symlink_to("gone.png")
    (tree / "c" / "good.png").symlink_to("../a.png")
    (tree / "c" / "folder.png").symlink_to("..")
    os.mkfifo(tree / "c" / "pipe.png")
    found = ["c/d/e.JPG", "c/good.png", "c/x.png", "c/y.png", "c/z.png"]
    assert _found("c") == found
    assert _found("c/**") == found
    assert _found("c/*.png") == found[1:]


@LINKS
def test_links_to_folders_are_never_gone_through(tree: Path) -> None:
    """Two that lead upwards would be walked in circles, the same pictures for years."""
    (tree / "c" / "up").symlink_to("..")
    (tree / "c" / "here").symlink_to(".")
    (tree / "c" / "d" / "up").symlink_to("../..")
    assert _found("**/*.JPG") == ["c/d/e.JPG"]
    assert _found(".") == ["a.png", "b.png/.hidden.jpg", "b.png/in.jpg", "c/d/e.JPG"]


@pytest.mark.skipif(os.name == "nt", reason="SKIPPED: folders are made from within one another")
def test_a_folder_that_cannot_be_looked_into_is_told(tree: Path) -> None:
    """Its path is longer than the system takes, as root may look into any other."""
    place = os.open(tree / "c", os.O_RDONLY)
    for _ in range(30):
        os.mkdir(LONG, dir_fd=place)
        inner = os.open(LONG, os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(place)
    for name in (".", "**/*"):
        *others, last = (path for path in _found(name) if "hidden" not in path)
        closed, *rest = [path for path in (*others, last) if LONG in path]
        assert closed.endswith(LONG)
        assert not rest
        assert {"a.png", "b.png/in.jpg", "c/d/e.JPG"} <= {*others, last}


def test_folders_within_folders(tree: Path) -> None:
    """More of them than Python calls functions within one another."""
    deep, low = str(tree / "c"), None
    try:
        for _ in range(1500):
            os.mkdir(f"{deep}/f")  # noqa: PTH102 - makes those above by calls within one another
            deep += "/f"
        low = Path(deep, "low.png")
        low.touch()
        assert _found("c")[-1].endswith("/f/low.png")
    except OSError:
        pytest.skip("SKIPPED: this system has no paths that long")
    finally:
        # pytest removes what a test leaves by such calls too, and fails all runs that come after.
        if low is not None:
            low.unlink()
        while deep.endswith("/f"):
            os.rmdir(deep)  # noqa: PTH106 - as above
            deep = deep.removesuffix("/f")


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="SKIPPED: root may look into any folder"
)
def test_a_closed_folder_is_no_bundle(tree: Path) -> None:
    """It is a folder of which nothing can be said, wherever it is named."""
    (tree / "c").chmod(0)
    try:
        assert not is_bundle(tree / "c")
        assert _found("c") == ["c"]
        assert "c" in _found(".")
    finally:
        (tree / "c").chmod(0o700)
