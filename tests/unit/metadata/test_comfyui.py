"""ComfyUI graphs: the words are found by following the links, wherever they begin and end."""

from __future__ import annotations

import json
import time

from provenance_gen.metadata.tools.comfy_graph import Graph
from tests.unit.metadata import files, written
from tests.unit.metadata.written import Nodes, node
from tests.unit.metadata.written import comfyui as simple


def test_png_webp_and_animation() -> None:
    """The same graph in text chunks, in EXIF tags, and in the chunk behind the pixels."""
    text = json.dumps(simple())
    screen = json.dumps(written.COMFYUI_SCREEN)
    in_png = files.only(files.png(files.text("prompt", text), files.text("workflow", screen)))
    assert (in_png.tool, in_png.carrier) == ("ComfyUI", "PNG tEXt prompt")
    assert (in_png.prompt, in_png.negative_prompt) == ("a boat", "fog")
    assert (in_png.seed, in_png.steps, in_png.guidance) == (str(2**63), 20, "8.0")
    assert (in_png.sampler, in_png.model) == ("euler", "v1-5.safetensors")
    assert (in_png.size, in_png.generator) == ("512x768", True)
    block = files.tiff(
        [(0x010F, 2, b"workflow:" + screen.encode()), (0x0110, 2, b"prompt:" + text.encode())]
    )
    in_webp = files.only(files.webp((b"EXIF", b"Exif\x00\x00" + block)), "image/webp")
    assert (in_webp.carrier, in_webp.prompt) == ("WebP EXIF Model", "a boat")
    parts = [b"prompt\x00" + text.encode("latin-1"), b"workflow\x00" + screen.encode()]
    in_apng = files.only(files.png(*(files.chunk(b"comf", p) for p in parts), behind=True))
    assert (in_apng.carrier, in_apng.prompt) == ("APNG comf prompt", "a boat")


def test_only_the_graph_on_the_screen() -> None:
    """Its values have no names, so none is taken."""
    for kind, generator in (("KSampler", True), ("ImageUpscaleWithModel", False)):
        screen = json.dumps({"nodes": [{"type": kind, "widgets_values": [42, "a boat"]}]})
        claim = files.only(files.png(files.text("workflow", screen)))
        assert (claim.tool, claim.prompt, claim.generator) == ("ComfyUI", None, generator)


def test_separate_nodes_for_noise_guider_and_steps() -> None:
    """Flux's form: each setting is a node of its own."""
    graph = {
        "1": node("SamplerCustomAdvanced", noise=["2", 0], guider=["3", 0], sampler=["4", 0],
                  sigmas=["5", 0], latent_image=["6", 0]),
        "2": node("RandomNoise", noise_seed=["12", 0]),
        "3": node("BasicGuider", model=["7", 0], conditioning=["8", 0]),
        "4": node("KSamplerSelect", sampler_name="euler"),
        "5": node("BasicScheduler", scheduler="simple", steps=28, model=["7", 0]),
        "6": node("EmptySD3LatentImage", width=["13", 0], height=1024),
        "7": node("LoraLoaderModelOnly", lora_name="l", model=["9", 0]),
        "8": node("FluxGuidance", guidance=3.5, conditioning=["10", 0]),
        "9": node("UNETLoader", unet_name="flux1-dev.safetensors"),
        "10": node("CLIPTextEncodeFlux", clip_l="a boat", t5xxl="a boat on the sea"),
        "11": node("DualCLIPLoader", clip_name1="x"),
        "12": node("PrimitiveInt", value=7),
        "13": node("PrimitiveInt", value=768),
    }  # fmt: skip
    claim = files.only(files.png(files.text("prompt", json.dumps(graph))))
    assert claim.prompt == "a boat\na boat on the sea"
    assert claim.negative_prompt is None
    assert (claim.seed, claim.steps, claim.sampler) == ("7", 28, "euler")
    assert (claim.model, claim.size) == ("flux1-dev.safetensors", "768x1024")


def test_through_nodes_that_carry_both_sides() -> None:
    """Control nets pass the positive side on first; zeroed words are no words."""
    graph = simple()
    graph["3"]["inputs"] |= {"positive": ["20", 0], "negative": ["20", 1]}
    graph["20"] = node("ControlNetApplyAdvanced", positive=["21", 0], negative=["22", 0],
                       control_net=["23", 0], image=["24", 0])  # fmt: skip
    graph["21"] = node("ConditioningCombine", conditioning_1=["6", 0], conditioning_2=["25", 0])
    graph["22"] = node("ConditioningZeroOut", conditioning=["6", 0])
    graph["25"] = node("CLIPTextEncode", text=["26", 0], clip=["4", 1])
    graph["26"] = node("Reroute", value_in=["27", 0])
    graph["27"] = node("PrimitiveString", value="at dusk")
    claim = files.only(files.png(files.text("prompt", json.dumps(graph))))
    assert (claim.prompt, claim.negative_prompt) == ("a boat\nat dusk", None)


def test_the_sampler_nearest_to_the_saved_picture() -> None:
    """Of two passes the second made the picture; a graph apart made nothing that was saved."""
    graph = simple()
    graph["3b"] = json.loads(json.dumps(graph["3"]))
    graph["3b"]["inputs"] |= {"latent_image": ["3", 0], "steps": 9, "seed": 5}
    graph["8"]["inputs"]["samples"] = ["3b", 0]
    apart = {"0": node("KSampler", seed=1, steps=1, positive=["6", 0], negative=["7", 0])}
    claim = files.only(files.png(files.text("prompt", json.dumps(apart | graph))))
    assert (claim.seed, claim.steps, claim.size) == ("5", 9, "512x768")


def test_no_sampler_no_generating() -> None:
    """A graph that only upscales is a claim by ComfyUI, and says nothing of generating."""
    graph = {
        "1": node("LoadImage", image="photo.jpg"),
        "2": node("SaveImage", images=["1", 0]),
    }
    claim = files.only(files.png(files.text("prompt", json.dumps(graph))))
    assert (claim.tool, claim.generator, claim.prompt) == ("ComfyUI", False, None)


def test_circles_and_loose_ends() -> None:
    """Links that lead in circles, to nothing, or are none."""
    graph = simple()
    graph["6"]["inputs"]["text"] = ["30", 0]
    graph["30"] = node("Reroute", link=["31", 0])
    graph["31"] = node("Reroute", link=["30", 0])
    graph["7"] = node("ConditioningCombine", a=["7", 0], b=["404", 0], c=[[], {}], d=[1, 2, 3])
    graph["4"]["inputs"] = {"model": ["3", 0]}
    graph["5"] = "no node"
    claim = files.only(files.png(files.text("prompt", json.dumps(graph))))
    assert (claim.prompt, claim.negative_prompt) == (None, None)
    assert (claim.model, claim.size, claim.steps) == (None, None, 20)


def test_a_large_graph_takes_no_time() -> None:
    """Thousands of nodes, each linked to many others, are visited once each."""
    graph: Nodes = simple()
    for n in range(4_000):
        links = {f"conditioning_{k}": [f"n{(n * 7 + k) % 4_000}", 0] for k in range(20)}
        graph[f"n{n}"] = node("ConditioningCombine", **links)
    graph["3"]["inputs"]["positive"] = ["n0", 0]
    begun = time.process_time()
    sampler = Graph(graph).sampler()
    assert sampler is not None
    assert Graph(graph).text(sampler, "positive") is None
    assert time.process_time() - begun < 2


def test_many_graphs_on_the_screen_read_the_other_once() -> None:
    """Each asks whether there is one that ran, which may be long: not each time anew."""
    long = b"prompt:" + json.dumps({"1": "x" * 1_000_000, "2": list(range(200_000))}).encode()
    many = [files.text("workflow", '{"nodes": []}') for _ in range(200)]
    begun = time.process_time()
    assert files.claims(files.png(files.text("Model", long), *many)) == ()
    assert time.process_time() - begun < 2
