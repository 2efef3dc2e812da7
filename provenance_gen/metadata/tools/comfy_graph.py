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
_PLAIN: Final = (*_TEXTS, "seed", "noise_seed", "int", "number", "float")
_MODELS: Final = ("ckpt_name", "unet_name", "model_name", "gguf_name", "base_ckpt_name")
_OUTPUTS: Final = ("SaveImage", "SaveAnimated", "PreviewImage", "Image Save", "ImageSave")
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
        """Return the sampler nearest to what was saved; any sampler where nothing was."""
        saved = [node for node in self._nodes.values() if _kind(node).startswith(_OUTPUTS)]
        near = next((node for node in self._backwards(saved) if _is_sampler(node)), None)
        return near or next((node for node in self._nodes.values() if _is_sampler(node)), None)

    def value(self, sampler: Node, *names: str) -> Any:
        """Return a setting of the sampler, or of the nodes that its settings come from."""
        for node in self._settings(sampler):
            for name in names:
                if name in _inputs(node):
                    found = self._plain(_inputs(node)[name])
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
            key, slot = waiting.pop()
            node = self._nodes.get(key)
            if node is None or key in seen or _kind(node) in _EMPTY:
                continue
            seen.add(key)
            inputs = _inputs(node)
            words = [self._plain(inputs[name]) for name in _TEXTS if name in inputs]
            texts = [word for word in words if isinstance(word, str)]
            found += [text for text in dict.fromkeys(texts) if text not in found]
            if not texts:
                # The last link is followed first, so they are put in reverse.
                waiting += reversed(list(_onwards(inputs, slot)))
        return "\n".join(found) if found else None

    def model(self, sampler: Node) -> Any:
        """Return the file name of the model that the sampler was given."""
        for node in self._along(sampler, ("model", "guider", "unet")):
            for name in _MODELS:
                found = _inputs(node).get(name)
                if isinstance(found, str):
                    return found
        return None

    def size(self, sampler: Node) -> str | None:
        """Return the size of the latent image that the sampler began with, where a node says it."""
        for node in self._along(sampler, ("latent_image", "samples", "latent", "pixels")):
            inputs = _inputs(node)
            found = size(self._plain(inputs.get("width")), self._plain(inputs.get("height")))
            if found:
                return found
        return None

    def _side(self, sampler: Node, side: str) -> tuple[str, Any] | None:
        """Return the link to the words of a side: at the sampler, or at its guider."""
        for node in self._settings(sampler):
            inputs = _inputs(node)
            found = _link(inputs.get(side))
            if found is None and side == "positive":
                found = _link(inputs.get("conditioning"))
            if found is not None:
                return found
        return None

    def _settings(self, sampler: Node) -> Iterator[Node]:
        """Yield the sampler and the nodes that hold its settings, nearest first."""
        yield sampler
        for name in ("guider", "noise", "sampler", "sigmas"):
            link = _link(_inputs(sampler).get(name))
            node = self._nodes.get(link[0]) if link else None
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
                before = self._nodes.get(link[0]) if link and (not names or name in names) else None
                if before is not None and id(before) not in seen:
                    seen.add(id(before))
                    waiting.append(before)

    def _plain(self, value: Any) -> Any:
        """Return a value, or what the node it comes from holds in its place."""
        seen: set[str] = set()
        while (link := _link(value)) is not None:
            node = self._nodes.get(link[0])
            if node is None or link[0] in seen:
                return None
            seen.add(link[0])
            inputs = _inputs(node)
            name = next((name for name in _PLAIN if name in inputs), None)
            if name is None:
                # A reroute: its only link leads on.
                links = [item for item in inputs.values() if _link(item)]
                value = links[0] if len(links) == 1 else None
            else:
                value = inputs[name]
        return value if isinstance(value, (str, int)) and not isinstance(value, bool) else None


def _onwards(inputs: dict[str, Any], slot: Any) -> Iterator[tuple[str, Any]]:
    """Yield the links that a conditioning came through."""
    if _link(inputs.get("positive")) and _link(inputs.get("negative")):
        # Such a node passes both sides on, the positive one first.
        inputs = {"side": inputs["negative" if slot == 1 else "positive"]}
    for name, value in inputs.items():
        link = _link(value)
        if link is not None and name not in _NOT_WORDS:
            yield link


def _is_sampler(node: Node) -> bool:
    inputs = _inputs(node)
    if _link(inputs.get("guider")) and "sigmas" in inputs:
        return True
    return "Sampler" in _kind(node) and _link(inputs.get("positive")) is not None


def _kind(node: Node) -> str:
    kind = node.get("class_type")
    return kind if isinstance(kind, str) else ""


def _inputs(node: Node) -> dict[str, Any]:
    return mapping(node.get("inputs"))


def _link(value: Any) -> tuple[str, Any] | None:
    """Return the node and slot that a value points to, if it is a link."""
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 - node and slot
        return None
    key, slot = value
    return (str(key), slot) if isinstance(key, (str, int)) else None
