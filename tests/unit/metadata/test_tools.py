"""What each foreign tool writes is read as it stands; what it left out stays out."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from provenance_gen.metadata import read
from provenance_gen.records.verdict import Claim
from tests.unit.metadata import files, written
from tests.unit.metadata.written import HUGE, INFOTEXT

if TYPE_CHECKING:
    from provenance_gen.records.claim import FoundClaim


def fields(claim: FoundClaim) -> dict[str, Any]:
    """Return what is claimed, without what is absent and without the digest."""
    apart = ("tool", "carrier", "raw_digest", "generator", "doubled")
    values = dataclasses.asdict(claim)
    return {key: value for key, value in values.items() if key not in apart and value is not None}


def test_automatic1111() -> None:
    """Prompts of several lines, quoted values, a seed beyond 2^53."""
    claim = files.only(files.png(files.text("parameters", INFOTEXT + "Version: v1.10.1")))
    assert (claim.tool, claim.carrier) == ("AUTOMATIC1111", "PNG tEXt parameters")
    assert claim.generator
    assert fields(claim) == {
        "prompt": "a red boat, (sea:1.2)\nsecond line",
        "negative_prompt": "blurry,\nugly",
        "seed": str(HUGE),
        "steps": 20,
        "sampler": "DPM++ 2M",
        "guidance": "7.5",
        "model": "v1, pruned",
        "model_hash": "6ce0161689",
        "size": "512x768",
    }


@pytest.mark.parametrize(("ending", "tool"), written.INFOTEXT_ENDINGS.items())
def test_who_else_writes_that_form(ending: str, tool: str) -> None:
    """By the version, or by the application's name; where nothing says it, nobody is named."""
    assert files.only(files.png(files.text("parameters", INFOTEXT + ending))).tool == tool


def test_infotext_in_exif_and_comments() -> None:
    """The same text stands in JPEG, WebP and GIF."""
    block = files.user_comment(INFOTEXT)
    jpeg = files.only(files.jpeg_exif(block), "image/jpeg")
    webp = files.only(files.webp((b"EXIF", block)), "image/webp")
    gif = files.only(files.gif(INFOTEXT.encode()), "image/gif")
    assert fields(jpeg) == fields(webp) == fields(gif)
    assert jpeg.carrier == "JPEG EXIF UserComment"


def test_infotext_without_some_parts() -> None:
    """No prompt, no negative prompt, an empty one; SD.Next's templates are no part of either."""
    bare = files.only(files.png(files.text("parameters", "Steps: 1, Sampler: a, Seed: 2")))
    assert fields(bare) == {"steps": 1, "sampler": "a", "seed": "2"}
    templated = (
        "p\nNegative prompt: \nTemplate: t\nNegative template: n\nSteps: 1, Seed: 2, Size: 1x1"
    )
    claim = files.only(files.png(files.text("parameters", templated)))
    assert (claim.prompt, claim.negative_prompt) == ("p", "")
    half = templated.replace("Template: t\n", "").replace("prompt: ", "prompt: fog")
    claim = files.only(files.png(files.text("parameters", half)))
    assert (claim.prompt, claim.negative_prompt) == ("p", "fog")
    assert files.claims(files.png(files.text("parameters", "just some words: and a colon"))) == ()
    assert files.claims(files.png(files.text("parameters", ""))) == ()


def test_upscaled_only() -> None:
    """Upscaling is a claim, and none of generating."""
    claim = files.only(files.png(files.text("postprocessing", written.UPSCALED)))
    assert (claim.tool, claim.generator) == ("A1111-compatible", False)


def test_krita() -> None:
    """Its own order of settings, and a model hash that is none."""
    claim = files.only(files.png(files.wide_text("parameters", written.KRITA)))
    assert (claim.tool, claim.model_hash) == ("Krita AI Diffusion", None)
    assert (claim.model, claim.guidance, claim.size) == ("dream.safetensors", "5.0", "1024x640")


def test_swarmui() -> None:
    """Numbers or texts, in PNG, EXIF, and the old place in EXIF."""
    text = json.dumps(written.SWARMUI)
    claim = files.only(files.png(files.wide_text("parameters", text)))
    assert claim.tool == "SwarmUI"
    assert fields(claim) == {
        "prompt": "a cat",
        "negative_prompt": "",
        "seed": str(HUGE),
        "steps": 25,
        "sampler": "euler",
        "guidance": "7.0",
        "model": "Official/sd_xl",
        "model_hash": "0xabc",
        "size": "1024x512",
    }
    jpeg = files.only(files.jpeg_exif(files.user_comment(text, "utf-16-le")), "image/jpeg")
    legacy = files.tiff([(0x0110, 2, text.encode() + b"\x00")])
    old = files.only(files.webp((b"EXIF", legacy)), "image/webp")
    assert fields(jpeg) == fields(old) == fields(claim)


def test_fooocus() -> None:
    """By key or by label; the resolution, a Python tuple, is not evaluated."""
    scheme = files.text("fooocus_scheme", "fooocus")
    claim = files.only(files.png(files.text("parameters", json.dumps(written.FOOOCUS)), scheme))
    assert (claim.tool, claim.size, claim.guidance) == ("Fooocus", "896x1152", "4.0")
    assert (claim.model, claim.model_hash, claim.seed) == ("juggernautXL", "aeb7e9e689", str(HUGE))
    old = {"Prompt": "x", "Seed": 5, "Base Model": "m", "Version": "v2", "Resolution": "__import__"}
    block = files.tiff([(0x927C, 2, b"fooocus\x00"), (0x9286, 2, json.dumps(old).encode() + b"\0")])
    labelled = files.only(files.jpeg_exif(block), "image/jpeg")
    assert fields(labelled) == {"prompt": "x", "seed": "5", "model": "m"}


def test_wrong_types_are_absent() -> None:
    """Objects, truth values, fractions and words where numbers belong: nothing is made of them."""
    params = {"prompt": {"a": 1}, "seed": 1.5, "steps": True, "cfgscale": "high", "width": -5}
    text = json.dumps({"sui_image_params": params | {"model": ["x", 2], "height": 5}})
    assert fields(files.only(files.png(files.text("parameters", text)))) == {"model": "x"}


def test_doubled_names_are_noted() -> None:
    """The last value counts, as in most readers; that there are two is kept."""
    text = '{"sui_image_params": {"prompt": "first", "prompt": "second"}}'
    claim = files.only(files.png(files.text("parameters", text)))
    assert (claim.prompt, claim.doubled) == ("second", True)


def test_half_a_surrogate_pair_and_long_words() -> None:
    """Nothing leaves that UTF-8 cannot hold, or that has no end."""
    text = '{"sui_image_params": {"prompt": "a\\ud800b", "negativeprompt": "' + "x" * 50_000 + '"}}'
    claim = files.only(files.png(files.text("parameters", text)))
    assert claim.prompt == "a?b"
    assert len(claim.negative_prompt or "") == 20_000


TOOLS = (
    "AUTOMATIC1111",
    "Forge",
    "SD.Next",
    "A1111-compatible",
    "Krita AI Diffusion",
    "ComfyUI",
    "InvokeAI",
    "SwarmUI",
    "Fooocus",
    "NovelAI",
    "Easy Diffusion",
    "Draw Things",
    "dgenerate",
    "mflux",
    "Midjourney",
    "XMP/IPTC",
    "AIGC label",
)


def test_the_document_names_every_tool_and_field() -> None:
    """What can stand in ``tool`` and in a claim is in docs/foreign-tools.md."""
    page = (Path(__file__).parents[3] / "docs" / "foreign-tools.md").read_text(encoding="utf-8")
    for tool in TOOLS:
        assert f"`{tool}`" in page
    for field in Claim.model_fields:
        assert f"`{field}`" in page
    folder = Path(read.__file__).parent / "tools"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "comfy_graph"}
    assert {
        parser.__module__.rpartition(".")[2] for parser in (*read.PARSERS, *read.LABELS)
    } == modules
