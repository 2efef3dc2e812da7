"""More of what foreign tools write: texts that are spread over chunks, packets, command lines."""

from __future__ import annotations

import json

from tests.unit.metadata import files, written
from tests.unit.metadata.test_tools import fields
from tests.unit.metadata.written import HUGE


def test_novelai() -> None:
    """The model's hash stands at the end of the source."""
    comment = json.dumps(written.NOVELAI)
    data = files.png(
        files.text("Software", "NovelAI"),
        files.text("Source", written.NOVELAI_SOURCE),
        files.text("Description", "1girl"),
        files.text("Comment", comment),
    )
    claim = files.only(data)
    assert (claim.tool, claim.carrier) == ("NovelAI", "PNG tEXt Comment")
    assert fields(claim) == {
        "prompt": "1girl",
        "negative_prompt": "bad",
        "seed": str(HUGE),
        "steps": 28,
        "sampler": "k_euler",
        "guidance": "5.5",
        "model": "Stable Diffusion XL",
        "model_hash": "C1E1CE71",
        "size": "832x1216",
    }
    other = files.png(files.text("Comment", comment))
    assert files.claims(other) == ()


def test_invokeai_of_three_generations() -> None:
    """``invokeai_metadata``, ``sd-metadata`` and ``Dream``."""
    claim = files.only(files.png(files.text("invokeai_metadata", json.dumps(written.INVOKEAI))))
    assert (claim.tool, claim.model, claim.model_hash) == ("InvokeAI", "flux", "blake3:abc")
    assert (claim.guidance, claim.size, claim.negative_prompt) == ("6.0", "1024x512", "")
    claim = files.only(files.png(files.text("sd-metadata", json.dumps(written.INVOKEAI_SECOND))))
    assert (claim.prompt, claim.negative_prompt) == ("a hill  green", "fog, rain")
    assert (claim.seed, claim.sampler, claim.model) == (str(HUGE), "k_lms", "sd-1.5")
    claim = files.only(files.png(files.text("Dream", written.INVOKEAI_FIRST)))
    assert (claim.prompt, claim.negative_prompt, claim.seed) == (
        'a \\"hill\\"',
        "fog",
        "4047361346",
    )
    assert (claim.steps, claim.guidance, claim.sampler) == (50, "7.5", "k_lms")
    assert claim.size == "512x640"
    imported = files.only(files.png(files.text("invokeai_metadata", '{"app_version": "6.0"}')))
    assert not imported.generator


def test_easy_diffusion() -> None:
    """A chunk for each setting, with keys or labels; or JSON in EXIF."""
    keys = written.EASY_DIFFUSION
    claim = files.only(files.png(*(files.text(key, value) for key, value in keys.items())))
    assert (claim.tool, claim.carrier) == ("Easy Diffusion", "PNG tEXt prompt")
    assert (claim.seed, claim.steps, claim.size) == ("99", 25, "512x512")
    jpeg = files.only(
        files.jpeg_exif(files.user_comment(written.EASY_DIFFUSION_JSON)), "image/jpeg"
    )
    assert fields(jpeg) == fields(claim)
    labels = {"Prompt": "a tree", "Stable Diffusion model": "m", "Steps": "3", "Seed": "1"}
    labelled = files.only(files.png(*(files.text(key, value) for key, value in labels.items())))
    assert fields(labelled) == {"prompt": "a tree", "seed": "1", "steps": 3, "model": "m"}


def test_draw_things() -> None:
    """JSON in a property of the XMP packet."""
    value = json.dumps(written.DRAW_THINGS)
    escaped = value.replace("&", "&amp;").replace("<", "&lt;")
    packet = files.rdf(
        "<exif:UserComment><rdf:Alt><rdf:li xml:lang='x-default'>"
        f"{escaped}</rdf:li></rdf:Alt></exif:UserComment>"
    )
    claim = files.only(files.png(files.wide_text("XML:com.adobe.xmp", packet)))
    assert (claim.tool, claim.carrier) == ("Draw Things", "XMP (PNG iTXt)")
    assert (claim.prompt, claim.negative_prompt, claim.seed) == ("a bay", "", str(HUGE))
    assert (claim.guidance, claim.size, claim.model) == ("7.5", "768x512", "sdxl.ckpt")


def test_dgenerate() -> None:
    """A command line is split into words, and never run."""
    config = written.DGENERATE
    claim = files.only(files.png(files.text("DgenerateConfig", config)))
    assert claim.tool == "dgenerate"
    assert fields(claim) == {
        "prompt": "a horse",
        "negative_prompt": "fog",
        "seed": "84331",
        "steps": 30,
        "guidance": "8",
        "model": "stabilityai/stable-diffusion-2",
        "size": "512x768",
    }
    jpeg = files.only(files.jpeg_exif(files.user_comment(config)), "image/jpeg")
    assert fields(jpeg) == fields(claim)
    broken = files.only(files.png(files.text("DgenerateConfig", 'model --prompts "open')))
    assert fields(broken) == {}


def test_mflux() -> None:
    """The run's own values, not those of the picture that it began with."""
    block = files.user_comment(json.dumps(written.MFLUX), "utf-8")
    claim = files.only(files.png(files.chunk(b"eXIf", block)))
    assert claim.tool == "mflux"
    assert fields(claim) == {
        "prompt": "a lake",
        "seed": "42",
        "steps": 20,
        "model": "black-forest-labs/FLUX.1-dev",
        "size": "1024x1024",
    }
