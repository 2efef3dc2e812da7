"""What a model's name stands for, and how its weights are named."""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING

import pytest

from provenance_gen.errors import MissingModelError, ModelError
from provenance_gen.generation import models
from provenance_gen.generation.trouble import not_loaded, running_trouble

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records.generation import ModelIdentity


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


def test_a_slip_in_a_path_is_not_asked_of_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the first half is a folder here, the name may be a path; a revision says it is none."""
    monkeypatch.chdir(tmp_path)
    assert models.find("models/sd15").kind == "hub"
    (tmp_path / "models" / "sd14").mkdir(parents=True)
    for find in (models.find, lambda name: models.find_part(name, "ControlNet")):
        with pytest.raises(MissingModelError, match=r"models here holds no sd15.*models/sd15@main"):
            find("models/sd15")
        assert find("models/sd15@main") == models.ModelSource("hub", "models/sd15", "main")
        assert find("others/sd15").kind == "hub"
    for name in ("./sd15", "~/none/sd15", "C:sd15", "models\\sd15"):
        with pytest.raises(MissingModelError, match="there is no such folder"):
            models.find(name)


def test_folder_without_a_model(tmp_path: Path) -> None:
    """A folder that holds no model says so, without its path."""
    with pytest.raises(ModelError, match=r"model_index\.json"):
        models.find(str(tmp_path))


def hashed(folder: Path) -> ModelIdentity:
    """Return a folder's identity with all digests."""
    source = models.find(str(folder))
    identity = models.identify(source, folder, "my model").result()
    assert identity is not None
    return identity


def test_identity(folder: Path) -> None:
    """Each weights file has its SHA-256, and all together one digest."""
    identity = hashed(folder)
    digests = [hashlib.sha256(c * 10).hexdigest() for c in (b"unet", b"vae")]
    assert [file.digest for file in identity.files] == digests
    lines = f"unet {digests[0]}\nvae {digests[1]}\n"
    assert identity.digest == hashlib.sha256(lines.encode()).hexdigest()
    assert (identity.licence, identity.basis) == ("openrail++", "loaded_by_us")


def test_changed_weights_are_noticed(folder: Path) -> None:
    """The digest is taken again when the file has changed."""
    first = hashed(folder)
    (folder / "unet" / "weights.safetensors").write_bytes(b"other weights")
    assert first.digest != hashed(folder).digest


def test_digests_are_remembered(folder: Path) -> None:
    """What was hashed once is known at once, until the file's state changes."""
    old = time.time() - 60
    for file in folder.rglob("*.safetensors"):
        os.utime(file, (old, old))
    source = models.find(str(folder))
    fresh = models.identify(source, folder, "m")
    assert (fresh.needed, fresh.identity().digest) == (True, None)
    known = fresh.result()
    again = models.identify(source, folder, "m")
    assert (again.identity(), again.needed) == (known, False)
    (folder / "vae" / "weights.safetensors").write_bytes(b"other")
    assert models.identify(source, folder, "m").identity().digest is None


def test_hashing_can_be_given_up(folder: Path) -> None:
    """Who stops waiting gets no digest; the next run hashes."""
    hashing = models.identify(models.find(str(folder)), folder, "m")
    hashing.cancel()
    hashing.start()
    assert hashing.result() is not None


@pytest.mark.parametrize("name", ["weights.bin", "weights.ckpt"])
def test_pickles_are_refused(folder: Path, name: str) -> None:
    """Weights that can run code are loaded only when that is asked for, and recorded so."""
    (folder / "unet" / "weights.safetensors").rename(folder / "unet" / name)
    source = models.find(str(folder))
    with pytest.raises(ModelError, match="--unsafe-pickle"):
        models.refuse_unsafe(source, models.Unsafe())
    allowed = models.Unsafe(pickle=True)
    models.refuse_unsafe(source, allowed)
    assert models.identify(source, folder, "m", allowed).identity().unsafe == ("pickle",)
    with pytest.raises(ModelError, match="pickle"):
        models.find(str(folder / "unet" / name))


def test_code_of_strangers_is_refused(folder: Path) -> None:
    """A model that brings Python code is not loaded unless that is asked for."""
    (folder / "model_index.json").write_text('{"_class_name": ["pipeline", "Mine"]}')
    (folder / "pipeline.py").write_text("raise SystemExit")
    source = models.find(str(folder))
    with pytest.raises(ModelError, match=r"pipeline\.py.*--unsafe-remote-code"):
        models.refuse_unsafe(source, models.Unsafe())
    models.refuse_unsafe(source, models.Unsafe(remote_code=True))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("GatedRepoError", "is gated"),
        ("RepositoryNotFoundError", "not on the hub"),
        ("RevisionNotFoundError", "no such revision"),
        ("LocalEntryNotFoundError", "cannot be reached"),
        ("OfflineModeIsEnabled", "cannot be reached"),
    ],
)
def test_hub_trouble_is_one_sentence(error: str, words: str) -> None:
    """However deep the library wraps the reason, it is told, with what to do."""
    reason = type(error, (OSError,), {})("https://huggingface.co/… token hf_secret\nmore")
    try:
        try:
            raise reason
        except OSError as inner:
            raise OSError("Cannot load model") from inner
    except OSError as outer:
        said = str(not_loaded("owner/name", outer))
    assert words in said
    assert "\n" not in said
    assert "hf_secret" not in said


@pytest.mark.parametrize(
    "error",
    [
        type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory. Tried"),
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"),
    ],
)
def test_advice_when_memory_runs_out(error: Exception) -> None:
    """Who runs out of memory is told what makes a run smaller."""
    assert "--size" in running_trouble(error)
