"""ComfyUI: the graph that ran (``prompt``) and the one on the screen (``workflow``).

PNG text, EXIF of WebP as ``prompt:{…}`` in tags counted down from Make or Model, the ``comf``
chunk of animations (ComfyUI ``comfy_api/latest/_ui.py``). A graph has no field for the prompt: it
is found by following the links from the sampler (``comfy_graph``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance_gen.metadata.tools.comfy_graph import Graph
from provenance_gen.metadata.values import claim, load_json, mapping

if TYPE_CHECKING:
    from provenance_gen.metadata.carriers import Carrier
    from provenance_gen.metadata.siblings import Siblings
    from provenance_gen.records.claim import FoundClaim


def parse(carrier: Carrier, siblings: Siblings) -> FoundClaim | None:
    """Read a claim by ComfyUI; the graph on the screen counts only where the other is missing."""
    key, value = _graph(carrier)
    if key == "prompt" and _is_prompt(value):
        return _claim(carrier, Graph(value))
    if key == "workflow" and isinstance(value.get("nodes"), list):
        return None if _has_prompt(siblings) else _screen(carrier, value)
    return None


def _graph(carrier: Carrier) -> tuple[str, dict[str, Any]]:
    """Return which graph a carrier holds, and the graph."""
    key, text = _named(carrier)
    return key, carrier.json if text is None else mapping(load_json(text)[0])


def _named(carrier: Carrier) -> tuple[str, str | None]:
    """Return which graph a carrier holds, and its text where a tag of EXIF holds both."""
    if carrier.json:
        return carrier.key, None
    # A tag of EXIF, whose own name says nothing.
    name, colon, text = carrier.text.lstrip().partition(":")
    if not colon or name.lower() not in ("prompt", "workflow"):
        return "", None
    return name.lower(), text


def _is_prompt(value: dict[str, Any]) -> bool:
    return any("class_type" in mapping(node) for node in value.values())


def _has_prompt(siblings: Siblings) -> bool:
    # Every graph on the screen asks, so the other is not read anew for each.
    named = (siblings.get(key) for key in ("prompt", "Model", "Make"))
    return any(carrier is not None and _named(carrier)[0] == "prompt" for carrier in named)


def _claim(carrier: Carrier, graph: Graph) -> FoundClaim:
    sampler = graph.sampler()
    if sampler is None:
        return _served(carrier, graph)
    return claim(
        "ComfyUI",
        carrier,
        prompt=graph.text(sampler, "positive"),
        negative_prompt=graph.text(sampler, "negative"),
        seed=graph.value(sampler, "seed", "noise_seed"),
        steps=graph.value(sampler, "steps"),
        sampler=graph.value(sampler, "sampler_name"),
        guidance=graph.value(sampler, "cfg"),
        model=graph.model(sampler),
        size=graph.size(sampler),
    )


def _served(carrier: Carrier, graph: Graph) -> FoundClaim:
    """Read a graph without a sampler: it asks a service for the picture, or upscales, or crops."""
    service = graph.service()
    if service is None:
        return claim("ComfyUI", carrier, generator=False)
    return claim(
        "ComfyUI",
        carrier,
        prompt="\n".join(graph.words(service)) or None,
        seed=graph.value(service, "seed"),
    )


def _screen(carrier: Carrier, value: dict[str, Any]) -> FoundClaim:
    # Values stand there without their names, so none is taken.
    within = mapping(value.get("definitions")).get("subgraphs")
    graphs = [value, *(mapping(one) for one in _listed(within))]
    kinds = (mapping(node).get("type") for one in graphs for node in _listed(one.get("nodes")))
    sampled = any(isinstance(kind, str) and "sampler" in kind.lower() for kind in kinds)
    return claim("ComfyUI", carrier, generator=sampled)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
