"""Find things in a ComfyUI graph by following its links backwards from the sampler.

A graph is ``{id: {"class_type": …, "inputs": {name: value or [id, slot]}}}``. It is a stranger's:
links may lead in circles, to nothing, or through thousands of nodes. Every walk visits a node once
and no more than ``MAX_NODES``.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.metadata.values import mapping, size

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_NODES: Final = 5_000

_MAX_TEXTS: Final = 32
_TEXTS: Final = (
    "text",
    "prompt",
    "text_g",
    "text_l",
    "clip_l",
    "clip_g",
    "t5xxl",
    "positive_prompt",
    "populated_text",
    "wildcard_text",
    "string",
    "value",
)
_JOINED: Final = ("string_a", "string_b", "text_a", "text_b", "text_c", "text_d", "text1", "text2")
"""Texts that a node puts one behind the other."""
_EXECUTED: Final = ("populated_text", "text_0")
"""What a node made of its other texts while it ran, where it wrote that down."""
_NUMBERS: Final = ("value", "seed", "noise_seed", "int", "number", "float")
_MODELS: Final = ("ckpt_name", "unet_name", "model_name", "gguf_name", "base_ckpt_name")
_PIPES: Final = ("pipe", "basic_pipe", "context", "base_ctx")
"""Links that carry model, words and settings in one."""
_PIXELS: Final = ("images", "image", "pixels", "video")
_EMPTY: Final = ("ConditioningZeroOut",)
"""Nodes whose result no longer holds the words that went in."""

_NOT_WORDS: Final = frozenset(
    {"clip", "model", "vae", "image", "images", "samples", "latent", "latent_image", "mask",
     "control_net", "clip_vision", "clip_vision_output", "style_model", "noise", "sigmas"}
)  # fmt: skip
"""Inputs that lead away from the words of a conditioning."""

Node = dict[str, Any]


class Graph:
    """A graph that ran, asked for one thing at a time."""

    def __init__(self, nodes: dict[str, Any]) -> None:
        self._nodes: dict[str, Node] = {
            key: node for key, node in list(nodes.items())[:MAX_NODES] if isinstance(node, dict)
        }

    def sampler(self) -> Node | None:
        """Return the sampler nearest to what was saved; any sampler where nothing was.

        Nodes that sample within an upscaling or a repair count where no other does.
        """
        saved = self._kept()
        for fits in (_is_sampler, _samples):
            near = next((node for node in self._backwards(saved) if fits(node)), None)
            near = near or next((node for node in self._nodes.values() if fits(node)), None)
            if near is not None:
                return near
        return None

    def service(self) -> Node | None:
        """Return the node that asked a service for the picture that was saved.

        Such a node takes a prompt and a seed and gives pixels; there is no sampler in the graph.
        """
        nodes = self._backwards(self._kept(), _PIXELS)
        return next((n for n in nodes if "prompt" in _inputs(n) and "seed" in _inputs(n)), None)

    def _kept(self) -> list[Node]:
        """Return the nodes that save pictures, or else those that show them."""
        for word in ("save", "preview"):
            found = [node for node in self._nodes.values() if word in _kind(node).lower()]
            if found:
                return found
        return []

    def value(self, sampler: Node, *names: str) -> Any:
        """Return a setting of the sampler, or of the nodes that its settings come from."""
        for node in self._settings(sampler):
            for name in names:
                if name in _inputs(node):
                    found = self._plain(_inputs(node)[name], (*names, *_NUMBERS))
                    if found is not None:
                        return found
        return None

    def text(self, sampler: Node, side: str) -> str | None:
        """Return the words of one side, ``positive`` or ``negative``.

        Words of several nodes are put below each other, each once.
        """
        start = self._side(sampler, side)
        if start is None:
            return None
        found: list[str] = []
        seen: set[str] = set()
        waiting = [start]
        while waiting and len(found) < _MAX_TEXTS:
            key = waiting.pop()
            node = self._nodes.get(key)
            if node is None or key in seen or _kind(node) in _EMPTY:
                continue
            seen.add(key)
            texts = self.words(node, side)
            found += [text for text in dict.fromkeys(texts) if text not in found]
            if not texts:
                # The last link is followed first, so they are put in reverse.
                waiting += reversed(list(_onwards(_inputs(node), side)))
        return "\n".join(found) if found else None

    def words(self, node: Node, side: str = "positive") -> list[str]:
        """Return the words that a node holds, or that are put straight into it."""
        inputs = _inputs(node)
        executed = [inputs[name] for name in _EXECUTED if isinstance(inputs.get(name), str)]
        if executed:
            return executed[:1]
        both = inputs.get(side)
        if isinstance(both, str):
            return [both]  # a loader that holds the words of both sides
        named = [name for name in (*_TEXTS, *_JOINED) if name in inputs]
        words = (self._plain(inputs[name], _TEXTS) for name in named)
        return [word for word in words if isinstance(word, str)]

    def model(self, sampler: Node) -> Any:
        """Return the file name of the model that the sampler was given."""
        for node in self._along(sampler, ("model", "guider", "unet", *_PIPES)):
            for name in _MODELS:
                found = _inputs(node).get(name)
                # Some loaders keep a picture of the model beside its name.
                found = mapping(found).get("content", found)
                if isinstance(found, str):
                    return found
        return None

    def size(self, sampler: Node) -> str | None:
        """Return the size of the latent image that the sampler began with, where a node says it."""
        for node in self._along(sampler, ("latent_image", "samples", "latent", "pixels")):
            inputs = _inputs(node)
            if "scale_by" in inputs or "upscale_by" in inputs:
                return None  # what was said before no longer goes for it
            wide, high = (
                self._plain(inputs.get(name, inputs.get(f"empty_latent_{name}")), (name, *_NUMBERS))
                for name in ("width", "height")
            )
            if found := size(wide, high):
                return found
        return None

    def _side(self, sampler: Node, side: str) -> str | None:
        """Return the node that the words of a side come from: at the sampler, or at its guider."""
        names = (side, "conditioning", "cond1") if side == "positive" else (side,)
        for node in self._settings(sampler):
            inputs = _inputs(node)
            for name in names:
                if found := _link(inputs.get(name)):
                    return found
        pipes = (_link(_inputs(sampler).get(name)) for name in _PIPES)
        return next((found for found in pipes if found), None)

    def _settings(self, sampler: Node) -> Iterator[Node]:
        """Yield the sampler and the nodes that hold its settings, nearest first."""
        yield sampler
        for name in ("guider", "noise", "sampler", "sigmas", *_PIPES):
            link = _link(_inputs(sampler).get(name))
            node = self._nodes.get(link) if link else None
            if node is not None:
                yield node

    def _along(self, start: Node, names: tuple[str, ...]) -> Iterator[Node]:
        """Yield the nodes met when following inputs of these names alone."""
        yield from self._backwards([start], names)

    def _backwards(self, start: list[Node], names: tuple[str, ...] = ()) -> Iterator[Node]:
        """Yield nodes by distance, following every input or those of some names."""
        waiting = deque(start)
        seen = {id(node) for node in start}
        while waiting:
            node = waiting.popleft()
            yield node
            for name, value in _inputs(node).items():
                link = _link(value)
                before = self._nodes.get(link) if link and (not names or name in names) else None
                if before is not None and id(before) not in seen:
                    seen.add(id(before))
                    waiting.append(before)

    def _plain(self, value: Any, names: tuple[str, ...]) -> Any:
        """Return a value, or what the node it comes from holds under one of the names."""
        seen: set[str] = set()
        while (link := _link(value)) is not None:
            node = self._nodes.get(link)
            if node is None or link in seen:
                return None
            seen.add(link)
            inputs = _inputs(node)
            name = next((name for name in (*_EXECUTED, *names) if name in inputs), None)
            if name is None:
                # A reroute: its only link leads on.
                links = [item for item in inputs.values() if _link(item)]
                joins = any(name in inputs for name in _JOINED)
                value = links[0] if len(links) == 1 and not joins else None
            else:
                value = inputs[name]
        return value if isinstance(value, (str, int)) and not isinstance(value, bool) else None


def _onwards(inputs: dict[str, Any], side: str) -> Iterator[str]:
    """Yield the nodes that a conditioning came through."""
    if _link(inputs.get("positive")) and _link(inputs.get("negative")):
        inputs = {"side": inputs[side]}  # such a node passes both sides on
    for name, value in inputs.items():
        link = _link(value)
        if link is not None and name not in _NOT_WORDS:
            yield link


def _is_sampler(node: Node) -> bool:
    inputs = _inputs(node)
    if _link(inputs.get("guider")) and "sigmas" in inputs:
        return True
    return "Sampler" in _kind(node) and _link(inputs.get("positive")) is not None


def _samples(node: Node) -> bool:
    """Tell whether a node samples although it is called otherwise, or is given all in one."""
    inputs = _inputs(node)
    given = any(_link(inputs.get(name)) for name in ("positive", *_PIPES))
    stepped = any(name in inputs for name in ("seed", "noise_seed", "steps", "denoise"))
    return given and (stepped or "sampler" in _kind(node).lower())


def _kind(node: Node) -> str:
    kind = node.get("class_type")
    return kind if isinstance(kind, str) else ""


def _inputs(node: Node) -> dict[str, Any]:
    return mapping(node.get("inputs"))


def _link(value: Any) -> str | None:
    """Return the node that a value points to, if it is a link: a node and a slot."""
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 - node and slot
        return None
    key, slot = value
    linked = isinstance(key, (str, int)) and isinstance(slot, int)
    return str(key) if linked else None
