"""Models and what is loaded into them, from files, through the command line's own way.

Tiny random components on disk; nothing is fetched. In one worker with the other pipelines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from provenance_gen import Studio
from provenance_gen.digests import file_digest
from provenance_gen.errors import ModelError, UsageError
from provenance_gen.generation import pipelines as loading
from provenance_gen.generation.pipelines import Setup
from provenance_gen.generation.replay import Grade
from provenance_gen.records.generation import Task
from provenance_gen.studio.generate import Request
from provenance_gen.studio.replay import Means
from tests import pipelines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provenance_gen.records import work as records
    from provenance_gen.studio import Work

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*__array__ implementation:DeprecationWarning"),
    pytest.mark.xdist_group("pipelines"),
]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of tiny models: a pipeline, one file of it, a ControlNet, an IP-Adapter."""
    root = tmp_path_factory.mktemp("models")
    pipe, _ = pipelines.build(pipelines.stable_diffusion)
    pipe.save_pretrained(root / "sd")
    (root / "file").mkdir()
    (root / "look").mkdir()
    pipelines.checkpoint(root / "file" / "tiny.safetensors", pipe)
    pipelines.controlnet(root / "edges", pipe.unet)
    pipelines.ip_adapter(root / "look" / "look.safetensors", pipe.unet)
    return root


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    """Return a work in a studio of its own."""
    with Studio.init(tmp_path / "art") as studio:
        yield studio.new_work("Tiny")


def request(models: Path, **more: Any) -> Request:
    """Return a request of two steps for the tiny model."""
    values: dict[str, Any] = {"model": str(models / "sd"), "steps": 2, "seed": 5, "device": "cpu"}
    return Request("a red boat", **values | {"size": (32, 32)} | more)


def files_of(attempt: records.Attempt) -> dict[str, str]:
    """Return the digests of weights by component."""
    return {file.component: file.digest for file in attempt.model.files}


def hashed(work: Work) -> records.Attempt:
    """Return the newest attempt, with what was hashed beside it."""
    return work.history().attempts[-1]


def test_single_file_is_the_folder(models: Path, work: Work) -> None:
    """One file gives the pictures of the folder that it was written from, and is replayed."""
    path = models / "file" / "tiny.safetensors"
    folder = work.generate(request(models))
    config = str(models / "sd")
    single = work.generate(request(models, model=str(path), config=config))
    assert [i.ref.pixel_digest for i in single.images] == [
        i.ref.pixel_digest for i in folder.images
    ]
    attempt = hashed(work)
    assert attempt.model.kind == "file"
    assert files_of(attempt) == {"checkpoint": file_digest(path)}
    replayed = work.replay("2", Means(model=str(path), config=config))
    assert (replayed.comparison.grade, replayed.changes) == (Grade.IDENTICAL, ())


def test_configuration_beside_the_file(models: Path, tmp_path: Path) -> None:
    """A file in a folder in diffusers format takes its configuration from there."""
    inside = tmp_path / "both"
    inside.mkdir()
    for part in (models / "sd").iterdir():
        (inside / part.name).symlink_to(part)
    (inside / "tiny.safetensors").write_bytes((models / "file/tiny.safetensors").read_bytes())
    loaded = loading.load(str(inside / "tiny.safetensors"), Setup(device="cpu", fetch=False))
    assert type(loaded.pipe).__name__ == "StableDiffusionPipeline"


def test_no_configuration_at_hand(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a configuration, and without the hub, one sentence says what to do."""
    path = str(models / "file" / "tiny.safetensors")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    for setup in (Setup(device="cpu", fetch=False), Setup(device="cpu")):
        with pytest.raises(ModelError, match=r"^tiny\.safetensors .*--model-config") as caught:
            loading.load(path, setup)
        assert str(models) not in str(caught.value)


def test_controlnet(models: Path, work: Work, tmp_path: Path) -> None:
    """A ControlNet is loaded, guides by an image of the work or a file, and is hashed."""
    pipelines.picture().save(tmp_path / "edges.png")
    plain = work.generate(request(models))
    guided = {"controlnet": str(models / "edges"), "control": tmp_path / "edges.png"}
    made = work.generate(request(models, **guided))
    weaker = work.generate(request(models, **guided, control_scale=0.25))
    attempt = hashed(work)
    assert len({a.images[0].ref.pixel_digest for a in (plain, made, weaker)}) == 3
    assert made.call.pipeline == "StableDiffusionControlNetPipeline"
    assert made.call.task is Task.TEXT_TO_IMAGE
    assert attempt.call.arguments["controlnet_conditioning_scale"] == "0.25"
    net = models / "edges" / "diffusion_pytorch_model.safetensors"
    assert files_of(attempt)["controlnet"] == file_digest(net)
    (given,) = made.call.inputs
    assert given.image == work.history().imports[0].image.ref
    with pytest.raises(UsageError, match="--controlnet"):
        work.replay("2", Means(model=str(models / "sd")))
    means = Means(model=str(models / "sd"), controlnet=str(models / "edges"))
    assert work.replay("2", means).comparison.grade is Grade.IDENTICAL


def test_controlnet_from_an_image(models: Path, work: Work) -> None:
    """With an image to start from, what guides is told from it."""
    work.generate(request(models))
    made = work.generate(
        request(
            models,
            image="1.1",
            strength=0.75,
            steps=4,
            controlnet=str(models / "edges"),
            control=pipelines_picture(work),
            size=None,
        )
    )
    assert made.call.pipeline == "StableDiffusionControlNetImg2ImgPipeline"
    assert made.call.task is Task.IMAGE_TO_IMAGE
    assert [given.argument for given in made.call.inputs] == ["image", "control_image"]


def pipelines_picture(work: Work) -> str:
    """Bring a picture in, and return its name."""
    path = work.studio.folder.root / "edges.png"
    pipelines.picture().save(path)
    return work.bring_in(path).image.name


def test_ip_adapter(models: Path, work: Work, tmp_path: Path) -> None:
    """An IP-Adapter takes over the look of an image, by its weight; its files are hashed."""
    pipelines.picture("orange").save(tmp_path / "look.png")
    adapter = models / "look" / "look.safetensors"
    strong, weak = (
        work.generate(request(models, ip_adapter=(adapter, weight), ip_image=tmp_path / "look.png"))
        for weight in (0.75, 0.25)
    )
    assert strong.images[0].ref.pixel_digest != weak.images[0].ref.pixel_digest
    (told,) = strong.call.adapters
    assert (told.kind, told.file, told.scales) == ("ip_adapter", adapter.name, {"unet": "0.75"})
    assert told.digest == file_digest(adapter)
    encoder = models / "look" / "image_encoder" / "model.safetensors"
    assert files_of(hashed(work))["image_encoder"] == file_digest(encoder)
    assert strong.call.completeness == ()
    means = Means(model=str(models / "sd"), ip_adapter=adapter)
    replayed = work.replay("1", means)
    assert (replayed.comparison.grade, replayed.changes) == (Grade.IDENTICAL, ())
    with pytest.raises(UsageError, match="--ip-adapter"):
        work.replay("1", Means(model=str(models / "sd")))


def test_unseen_ip_adapter_is_named(models: Path, work: Work) -> None:
    """One that was loaded before recording began has a weight and no file."""
    pipe, given = pipelines.build(pipelines.stable_diffusion)
    pipe.load_ip_adapter(str(models / "look"), "", "look.safetensors")
    pipe.set_ip_adapter_scale(0.5)
    recorded = work.record(pipe)
    recorded(**given, ip_adapter_image=pipelines.picture())
    first = hashed(work)
    assert "adapter.ip_adapter.file" in first.call.completeness
    assert [a.scales for a in first.call.adapters] == [{"unet": "0.5"}]
    # Loaded again through the recorded pipeline, with all arguments by place: now it is known.
    recorded.load_ip_adapter(str(models / "look"), "", "look.safetensors")
    recorded(**given, ip_adapter_image=pipelines.picture())
    (told,) = hashed(work).call.adapters
    assert told.digest == file_digest(models / "look" / "look.safetensors")


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"controlnet": "{models}/sd"}, r"holds no config\.json"),
    ({"controlnet": "nowhere/at all"}, "no ControlNet"),
    ({"controlnet": "{models}/sd/unet"}, "UNet2DConditionModel, and no ControlNet"),
    ({"ip_adapter": "{models}/look/missing.safetensors"}, "there is no IP-Adapter file"),
    ({"ip_adapter": "{models}/file/tiny.safetensors"}, "needs an image encoder"),
    ({"ip_adapter": "{models}/other/lora.safetensors"}, "does not fit this model"),
)


@pytest.mark.parametrize(("asked", "words"), WRONG)
def test_what_does_not_fit(models: Path, asked: dict[str, str], words: str) -> None:
    """What cannot be used is refused in one sentence, before anything runs."""
    other = models / "other"
    if not other.exists():
        other.mkdir()
        pipe, _ = pipelines.build(pipelines.stable_diffusion)
        pipelines.lora(other / "lora.safetensors", pipe)
        (other / "image_encoder").symlink_to(models / "look" / "image_encoder")
    ((name, value),) = asked.items()
    place: Any = value.format(models=models)
    if name == "ip_adapter":
        place = (models / place, 1.0)
    with pytest.raises(ModelError, match=words):
        loading.load(str(models / "sd"), Setup(device="cpu", **{name: place}))
