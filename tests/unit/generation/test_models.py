"""What a model's name stands for, and how its weights are named."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from provenance_gen.errors import ModelError
from provenance_gen.generation import models

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that looks like a model in diffusers format."""
    model = tmp_path / "my model"
    for component in ("unet", "vae"):
        (model / component).mkdir(parents=True)
        (model / component / "weights.safetensors").write_bytes(component.encode() * 10)
    (model / "model_index.json").write_text("{}")
    (model / "README.md").write_text("---\nlicense: openrail++\ntags: [x]\n---\nlicense: fake\n")
    return model


def test_names(folder: Path) -> None:
    """A name is the built-in model, a folder or a hub id with a revision."""
    assert models.find("builtin").kind == "builtin"
    assert models.find(str(folder)) == models.ModelSource("folder", str(folder.resolve()))
    assert models.find("owner/name@abc") == models.ModelSource("hub", "owner/name", "abc")


@pytest.mark.parametrize("name", ["", "nothing", "a/b/c", "owner/name with space", "../x/y"])
def test_other_names_are_refused(name: str) -> None:
    """Anything else is refused with what can be given."""
    with pytest.raises(ModelError, match=r"builtin|model_index"):
        models.find(name)


def test_folder_without_a_model(tmp_path: Path) -> None:
    """A folder that holds no model says so, without its path."""
    with pytest.raises(ModelError, match=r"model_index\.json"):
        models.find(str(tmp_path))


def test_identity(folder: Path) -> None:
    """Each weights file has its SHA-256, and all together one digest."""
    identity = models.identify(folder, kind="folder", name="my model", basis="loaded_by_us")
    digests = [hashlib.sha256(c * 10).hexdigest() for c in (b"unet", b"vae")]
    assert [file.digest for file in identity.files] == digests
    lines = f"unet {digests[0]}\nvae {digests[1]}\n"
    assert identity.digest == hashlib.sha256(lines.encode()).hexdigest()
    assert identity.licence == "openrail++"


def test_changed_weights_are_noticed(folder: Path) -> None:
    """The digest is taken again when the file has changed."""
    first = models.identify(folder, kind="folder", name=None, basis="loaded_by_us")
    (folder / "unet" / "weights.safetensors").write_bytes(b"other weights")
    second = models.identify(folder, kind="folder", name=None, basis="loaded_by_us")
    assert first.digest != second.digest
