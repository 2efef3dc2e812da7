"""``provgen demo`` tells the whole story, and a second run leaves the first alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from provenance_gen import Studio

PROVGEN = [sys.executable, "-m", "provenance_gen.cli"]
WRITTEN = [
    "contact-sheet.png",
    "harbour-changed.png",
    "harbour-stripped.png",
    "harbour.png",
    "report.html",
    "report.ja.html",
    "report.ja.json",
    "report.json",
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """Run the demo once, in an empty folder with a configuration of its own."""
    folder = tmp_path_factory.mktemp("demo")
    config = tmp_path_factory.mktemp("demo-config")
    done = run([*PROVGEN, "demo"], folder, config)
    assert done.returncode == 0, done.stderr
    return folder, config, done.stdout


def run(command: list[str], folder: Path, config: Path) -> subprocess.CompletedProcess[str]:
    """Run a command without the network that a model hub would want."""
    environment = {
        "PROVGEN_CONFIG_DIR": str(config),
        "HF_HUB_OFFLINE": "1",
        "PATH": "/usr/bin:/bin",
    }
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_every_part_of_the_story(told: tuple[Path, Path, str]) -> None:
    """All steps are there, in order, and the files it names exist."""
    folder, _, said = told
    places = [said.index(f"\n{number}. ") for number in range(1, 11)]
    assert places == sorted(places)
    art = folder / "provgen-demo"
    assert sorted(path.name for path in art.iterdir() if path.is_file()) == WRITTEN
    assert all(f"provgen-demo/{name}" in said for name in WRITTEN)
    for verdict in ("harbour.png: VALID", "changed.png: INVALID", "stripped.png: UNSIGNED"):
        assert verdict in said
    assert "its credentials are not in this file" in said
    assert "problems: 0" in said


def test_what_it_recorded(told: tuple[Path, Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two attempts of four images, the second revised from an image that was named."""
    folder, config, _ = told
    monkeypatch.setenv("PROVGEN_CONFIG_DIR", str(config))
    with Studio.open(folder / "provgen-demo") as studio:
        work = studio.work().history()
        assert studio.audit().passed
    assert [len(attempt.images) for attempt in work.attempts] == [4, 4]
    assert (work.attempts[1].revises, work.attempts[1].viewed) == (1, "1.2")
    assert [edit.image.name for edit in work.edits] == ["e1", "e2"]
    assert work.edits[0].difference.tone
    assert work.edits[1].difference.bounds is not None
    assert work.citation.actor == "program"
    report = json.loads((folder / "provgen-demo" / "report.json").read_text())
    assert report["schema"] == "provenance-gen/report/1"


def test_a_second_run_leaves_the_first(told: tuple[Path, Path, str]) -> None:
    """A folder that is not empty is refused; without a name a new one is chosen."""
    folder, config, _ = told
    before = (folder / "provgen-demo" / "harbour.png").read_bytes()
    done = run([*PROVGEN, "demo", "provgen-demo"], folder, config)
    assert (done.returncode, "not empty" in done.stderr) == (2, True)
    assert (folder / "provgen-demo" / "harbour.png").read_bytes() == before


def test_without_the_libraries_nothing_is_begun(tmp_path: Path) -> None:
    """One sentence says what to install; no folder and no key is left behind.

    The interpreter gets the paths of what is installed, but for those that hold PyTorch.
    """
    bare = tmp_path / "bare"
    bare.mkdir()
    for place in map(Path, sys.path):
        for part in place.iterdir() if place.name == "site-packages" else ():
            if part.name not in {"torch", "diffusers", "transformers"}:
                (bare / part.name).symlink_to(part)
    (tmp_path / "here").mkdir()
    root = Path(__file__).resolve().parents[2]
    begin = f"import sys; sys.path[:0] = [{str(root)!r}, {str(bare)!r}]"
    script = f"{begin}; sys.argv = ['provgen', 'demo']; from provenance_gen.cli import main; main()"
    done = run([sys.executable, "-S", "-c", script], tmp_path / "here", tmp_path / "config")
    assert (done.returncode, done.stdout) == (2, "")
    assert "generating images needs: pip install 'provenance-gen[generate]'" in done.stderr
    assert not list((tmp_path / "here").iterdir())
    assert not (tmp_path / "config").exists()
