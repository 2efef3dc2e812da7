"""The wheel holds what a user needs, and finds it when it is installed."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from provenance_gen import resources

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "provenance_gen"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel through the source distribution, as an index would get it."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run([*build, "-t", "sdist"], cwd=ROOT, check=True, capture_output=True)
    (source,) = folder.glob("*.tar.gz")
    subprocess.run(["tar", "xzf", source.name], cwd=folder, check=True)
    unpacked = folder / source.name.removesuffix(".tar.gz")
    subprocess.run([*build, "-t", "wheel"], cwd=unpacked, check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return made


def test_what_the_wheel_holds(wheel: Path) -> None:
    """Policies, templates, the model and the type marker are in it; tests are not."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        size = sum(
            item.file_size for item in archive.infolist() if "/builtin/model/" in item.filename
        )
    for wanted in (
        f"{PACKAGE}/_data/policies/jp-bunka-2024.yaml",
        f"{PACKAGE}/_data/reports/templates/report.html.j2",
        f"{PACKAGE}/generation/builtin/model/model_index.json",
        f"{PACKAGE}/records/report.schema.json",
        f"{PACKAGE}/records/verdict.schema.json",
        f"{PACKAGE}/py.typed",
    ):
        assert wanted in names
    assert not any(name.startswith("tests/") for name in names)
    assert 1_000_000 < size <= 16_000_000


def test_installed_elsewhere(wheel: Path, tmp_path: Path) -> None:
    """From the wheel the data is found without the checkout."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    script = (
        "from provenance_gen import resources, __file__ as place\n"
        "from provenance_gen.policy.loader import load\n"
        "print(place); print(load('jp-bunka-2024').id)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    place, policy = done.stdout.splitlines()
    assert Path(place).is_relative_to(tmp_path)
    assert policy == "jp-bunka-2024"


def test_checkout_data_is_live() -> None:
    """In the checkout no stale copy of the data hides edits."""
    assert not (ROOT / PACKAGE / "_data").exists()
    assert resources.policies().joinpath("jp-bunka-2024.yaml").is_file()
