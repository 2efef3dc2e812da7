"""ComfyUI graphs as people build them: loaders that hold the words, pipes, repairs, services."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.unit.metadata import files
from tests.unit.metadata.written import Nodes, node
from tests.unit.metadata.written import comfyui as simple

if TYPE_CHECKING:
    from provenance_gen.records.claim import FoundClaim


def read(graph: Nodes) -> FoundClaim:
    """Read a graph out of a PNG."""
    return files.only(files.png(files.text("prompt", json.dumps(graph))))


def shown(value: dict[str, Any]) -> FoundClaim:
    """Read a graph of the screen, where the other is missing."""
    return files.only(files.png(files.text("workflow", json.dumps(value))))


def test_a_loader_that_holds_both_prompts() -> None:
    """The sampler's sides lead to one node, by slots that count its other outputs too."""
    graph = {
        "1": node("Efficient Loader", ckpt_name="xl.safetensors", positive="a boat",
                  negative="fog", empty_latent_width=832, empty_latent_height=1216),
        "2": node("KSampler (Efficient)", model=["1", 0], positive=["1", 1], negative=["1", 2],
                  latent_image=["1", 3], seed=["3", 0], steps=25, cfg=7, sampler_name="euler"),
        "3": node("Seed (rgthree)", seed=2**63),
        "4": node("SaveImage", images=["2", 5]),
    }  # fmt: skip
    found = read(graph)
    assert (found.prompt, found.negative_prompt) == ("a boat", "fog")
    assert (found.seed, found.steps, found.size) == (str(2**63), 25, "832x1216")
    # The same with its words linked in.
    graph["1"]["inputs"] |= {"positive": ["5", 0], "negative": ["6", 0]}
    graph["5"] = node("PrimitiveStringMultiline", value="a ship")
    graph["6"] = node("PrimitiveStringMultiline", value="rain")
    found = read(graph)
    assert (found.prompt, found.negative_prompt) == ("a ship", "rain")


def test_all_in_one_link() -> None:
    """Pipes carry the model, the words of both sides and the settings."""
    graph = {
        "1": node("easy a1111Loader", ckpt_name={"content": "v1.safetensors", "image": None},
                  positive="a boat", negative="fog"),
        "2": node("easy preSampling", pipe=["1", 0], seed=7, steps=30, cfg=6.5,
                  sampler_name="dpmpp_2m"),
        "3": node("easy kSampler", pipe=["2", 0]),
        "4": node("easy imageSave", images=["3", 1]),
    }  # fmt: skip
    found = read(graph)
    assert (found.generator, found.prompt, found.negative_prompt) == (True, "a boat", "fog")
    assert (found.seed, found.steps, found.guidance, found.sampler) == ("7", 30, "6.5", "dpmpp_2m")
    assert found.model == "v1.safetensors"
    graph = simple() | {
        "20": node("ToBasicPipe", model=["4", 0], positive=["6", 0], negative=["7", 0]),
        "3": node("ImpactKSamplerBasicPipe", basic_pipe=["20", 0], seed=5, steps=9, cfg=2),
    }
    found = read(graph)
    assert (found.prompt, found.negative_prompt, found.seed) == ("a boat", "fog", "5")


def test_sdxl_with_two_encoders_and_a_refiner() -> None:
    """Words for both encoders once; what was saved came from the refiner."""
    graph = simple()
    graph["6"] = node("CLIPTextEncodeSDXL", text_g="a boat", text_l="a boat", clip=["4", 1])
    graph["3"]["class_type"] = "KSamplerAdvanced"
    graph["3"]["inputs"] |= {"noise_seed": 1, "start_at_step": 0}
    graph["11"] = node("CLIPTextEncodeSDXLRefiner", text="sharp", ascore=6.0, clip=["12", 1])
    graph["12"] = node("CheckpointLoaderSimple", ckpt_name="refiner.safetensors")
    graph["10"] = node("KSamplerAdvanced", noise_seed=1, steps=25, positive=["11", 0],
                       negative=["7", 0], model=["12", 0], latent_image=["3", 0])  # fmt: skip
    graph["8"]["inputs"]["samples"] = ["10", 0]
    found = read(graph)
    assert (found.prompt, found.steps, found.model) == ("sharp", 25, "refiner.safetensors")
    graph["8"]["inputs"]["samples"] = ["3", 0]
    assert read(graph).prompt == "a boat"


def test_texts_that_are_joined_or_were_made_while_it_ran() -> None:
    """Parts are put below each other; what a node says it made counts before what it was given."""
    graph = simple()
    graph["6"]["inputs"]["text"] = ["30", 0]
    graph["30"] = node("StringConcatenate", string_a="a boat", string_b=["31", 0], delimiter=", ")
    graph["31"] = node("PrimitiveString", value="at dusk")
    assert read(graph).prompt == "a boat\nat dusk"
    graph["30"] = node("ImpactWildcardProcessor", wildcard_text="a {red|blue} boat",
                       populated_text="a red boat", mode="populate", seed=3)  # fmt: skip
    assert read(graph).prompt == "a red boat"
    graph["30"] = node("ShowText|pysssss", text=["32", 0], text_0="a boat, written by a model")
    graph["32"] = node("OllamaGenerate", prompt="Write a prompt about boats", seed=1)
    assert read(graph).prompt == "a boat, written by a model"


def test_a_seed_is_no_prompt_and_no_number_a_text() -> None:
    """A node that holds both is asked for what is wanted."""
    graph = simple()
    graph["3"]["inputs"]["seed"] = ["30", 1]
    graph["6"]["inputs"]["text"] = ["30", 0]
    graph["30"] = node("Prompt And Seed", text="a boat", seed=99)
    found = read(graph)
    assert (found.prompt, found.seed) == ("a boat", "99")


def test_repairs_count_where_nothing_else_samples() -> None:
    """Behind a sampler its own seed stands; on a photograph the repair is what generates."""
    graph = simple()
    graph["20"] = node("FaceDetailer", image=["8", 0], positive=["6", 0], negative=["7", 0],
                       seed=1, steps=5, denoise=0.4)  # fmt: skip
    graph["9"]["inputs"]["images"] = ["20", 0]
    assert read(graph).seed == str(2**63)
    graph["20"]["inputs"]["image"] = ["21", 0]
    graph["21"] = node("LoadImage", image="photo.jpg")
    for key in ("3", "8"):
        del graph[key]
    found = read(graph)
    assert (found.generator, found.seed, found.prompt) == (True, "1", "a boat")


def test_a_size_that_was_changed_on_the_way() -> None:
    """Upscaled by a factor, it is no longer the size that it began with."""
    graph = simple()
    graph["3b"] = json.loads(json.dumps(graph["3"]))
    graph["3b"]["inputs"]["latent_image"] = ["30", 0]
    graph["8"]["inputs"]["samples"] = ["3b", 0]
    graph["30"] = node("LatentUpscaleBy", samples=["3", 0], scale_by=1.5)
    assert read(graph).size is None
    graph["30"] = node("LatentUpscale", samples=["3", 0], width=1024, height=1536)
    assert read(graph).size == "1024x1536"


def test_services() -> None:
    """A node that takes prompt and seed and gives pixels; one that only writes words is none."""
    graph = {
        "1": node("FluxProUltraImageNode", prompt="a boat", seed=2**40, aspect_ratio="16:9"),
        "2": node("SaveImage", images=["1", 0]),
    }
    found = read(graph)
    assert (found.generator, found.prompt, found.seed) == (True, "a boat", str(2**40))
    graph = {
        "1": node("LoadImage", image="photo.jpg"),
        "2": node("GeminiNode", prompt="Describe it", seed=1, images=["1", 0]),
        "3": node("TextOverlay", image=["1", 0], text=["2", 0]),
        "4": node("SaveImage", images=["3", 0]),
    }
    assert read(graph).generator is False


def test_what_was_saved_counts_before_what_was_shown() -> None:
    """A preview of another branch lies as near."""
    graph = simple()
    other = json.loads(json.dumps(graph["3"]))
    other["inputs"] |= {"seed": 1, "positive": ["7", 0]}
    first = {"0": other, "1": node("PreviewImage", images=["0", 0])}
    assert read(first | graph).seed == str(2**63)


def test_subgraphs() -> None:
    """The graph that ran names inner nodes by two numbers; the screen's keeps them apart."""
    graph = simple()
    graph = {f"12:{key}": value for key, value in graph.items()}
    for each in graph.values():
        links = {k: [f"12:{v[0]}", v[1]] for k, v in each["inputs"].items() if isinstance(v, list)}
        each["inputs"] |= links
    assert read(graph).prompt == "a boat"
    inner = {"subgraphs": [{"nodes": [{"type": "KSampler"}]}, "no graph"]}
    screen = {"nodes": [{"type": "0f2b-a-number"}], "definitions": inner}
    assert shown(screen).generator is True
    assert shown(screen | {"definitions": 7}).generator is False


def test_lists_that_are_no_links() -> None:
    """Two numbers or two words are values, unless a node has that name and a slot follows."""
    graph = simple()
    graph["6"]["inputs"]["text"] = ["a", "b"]
    graph["5"]["inputs"]["width"] = [512, "x"]
    found = read(graph)
    assert (found.prompt, found.size) == (None, None)
