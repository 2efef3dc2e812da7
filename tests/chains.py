"""Chains of edits whose origin is known for every pixel, drawn apart from the code under test.

The truth is found by following points: each pixel of the final picture is sampled at 4 x 4 points,
and each point is traced back through the steps by their formulas. Where a step painted, its shape
is asked whether it holds the point. For an edit in another program the truth is the definition in
docs/contribution.md, taken literally: the picture is put through the program's geometry and tone
with and without the paint, and a pixel is changed where the two differ by more than the tolerance.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from provenance_gen.contribution.origin import Composition, Key, Step
from provenance_gen.editing import steps as edits
from provenance_gen.editing.trace import trace
from provenance_gen.images.change import EXACT, TOLERANCE
from provenance_gen.images.comparison import Comparison, compare
from provenance_gen.images.layers import Layer, Mark, Writer, mark
from tests.scenes import any_colour, scene

SAMPLES = 4
OWNED = 0.502
"""Share above which a pixel is its writer's: 128 of 255."""
ROOT = Key("1.1", Writer.MODEL)
Shape = Callable[[Any, Any], Any]
Drawing = Callable[[ImageDraw.ImageDraw, float], None]


@dataclass
class _Move:
    """From points of the picture after to points before."""

    matrix: Any


@dataclass
class _Paint:
    key: Key
    holds: Shape
    opacity: float


@dataclass
class Chain:
    """A picture, how it was made, and what the truth is."""

    rng: np.random.Generator
    picture: Image.Image
    first: tuple[int, int]
    steps: list[Step] = field(default_factory=list)
    trail: list[_Move | _Paint] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    lost: int = 0
    """External edits for which no map was found."""
    words: list[str] = field(default_factory=list)

    def truth(self) -> dict[Key, Any]:
        """Return each writer's share of each final pixel."""
        width, height = self.picture.size
        fine = (np.arange(SAMPLES) + 0.5) / SAMPLES
        x, y = np.meshgrid(
            (np.arange(width)[:, None] + fine).ravel(), (np.arange(height)[:, None] + fine).ravel()
        )
        rest = np.ones(x.shape)
        shares: dict[Key, Any] = {}
        for act in reversed(self.trail):
            if isinstance(act, _Move):
                m = act.matrix
                x, y = m[0][0] * x + m[0][1] * y + m[0][2], m[1][0] * x + m[1][1] * y + m[1][2]
            else:
                part = rest * act.opacity * act.holds(x, y)
                shares[act.key] = shares.get(act.key, 0) + part
                rest = rest - part
        shares[ROOT] = rest
        blocks = (height, SAMPLES, width, SAMPLES)
        return {key: part.reshape(blocks).mean(axis=(1, 3)) for key, part in shares.items()}


def begin(rng: np.random.Generator, side: int = 240) -> Chain:
    """Begin with a picture of a model."""
    width, height = int(side * rng.uniform(1.0, 1.4)), side
    picture = scene(rng, width, height)
    return Chain(rng, picture, picture.size)


def built_in(chain: Chain, kind: str) -> None:
    """Do one edit whose layers are recorded: the built-in editor's, or one like it."""
    name = f"e{len(chain.steps) + 1}"
    chain.words.append(kind)
    if kind in ("paste", "inpaint", "fill", "text", "erase"):
        marks = [_synthetic(chain, Key(name, Writer(kind)))]
    else:
        step, act = _step(chain, kind, name)
        edited = edits.apply(chain.picture, [step])
        marks = [mark(layer) for layer in trace(chain.picture.size, edited.operations)]
        chain.picture = edited.image
        if act is not None:
            chain.trail.append(act)
    chain.steps.append(Step(name, marks))


def _step(chain: Chain, kind: str, name: str) -> tuple[edits.Step, _Move | _Paint | None]:
    rng, (width, height) = chain.rng, chain.picture.size
    if kind == "stroke":
        path = _path(rng, width, height)
        thick = float(rng.uniform(4, width / 10))
        opacity = float(rng.choice([0.1, 0.3, 0.7, 0.9, 1.0, 1.0]))
        colour = "#{:02x}{:02x}{:02x}".format(*any_colour(rng))
        paint = _Paint(Key(name, Writer.STROKE), _near(path, thick), opacity)
        return edits.Stroke(tuple(path), thick, colour, opacity), paint
    tones: dict[str, edits.Step] = {
        "exposure": edits.Exposure(float(rng.uniform(-0.8, 0.8))),
        "contrast": edits.Contrast(float(rng.uniform(0.7, 1.3))),
        "saturation": edits.Saturation(float(rng.uniform(0.3, 1.6))),
        "temperature": edits.Temperature(float(rng.uniform(-0.6, 0.6))),
    }
    if kind in tones:
        return tones[kind], None
    return _moving(rng, kind, width, height)


def _moving(
    rng: np.random.Generator, kind: str, width: int, height: int
) -> tuple[edits.Step, _Move]:
    if kind == "crop":
        left, top = (int(rng.integers(0, side // 6 + 1)) for side in (width, height))
        wide, high = (
            int((width - left) * rng.uniform(0.8, 1)),
            int((height - top) * rng.uniform(0.8, 1)),
        )
        return edits.Crop(left, top, wide, high), _Move([[1, 0, left], [0, 1, top]])
    if kind == "resize":
        factor = rng.uniform(0.7, 1.4) if width < 400 else rng.uniform(0.6, 0.9)
        wide, high = round(width * factor), round(height * factor)
        return edits.Resize(wide, high), _Move([[width / wide, 0, 0], [0, height / high, 0]])
    if kind == "rotate":
        turns = int(rng.integers(1, 4))
        matrix = {
            1: [[0, 1, 0], [-1, 0, height]],
            2: [[-1, 0, width], [0, -1, height]],
            3: [[0, -1, width], [1, 0, 0]],
        }[turns]
        return edits.Rotate(turns), _Move(matrix)
    across = bool(rng.integers(0, 2))
    mirror = [[-1, 0, width], [0, 1, 0]] if across else [[1, 0, 0], [0, -1, height]]
    return edits.Flip(across), _Move(mirror)


def _path(rng: np.random.Generator, width: int, height: int) -> list[tuple[float, float]]:
    count = int(rng.integers(1, 5))
    return [(float(rng.uniform(0, width)), float(rng.uniform(0, height))) for _ in range(count)]


def _near(path: Sequence[tuple[float, float]], thick: float) -> Shape:
    """Return the round-ended line through points as a question asked of points."""

    def holds(x: Any, y: Any) -> Any:
        inside = np.zeros(x.shape, bool)
        for (ax, ay), (bx, by) in zip(path, path[1:] or path, strict=False):
            length = (bx - ax) ** 2 + (by - ay) ** 2
            along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length if length else 0 * x
            along = np.clip(along, 0, 1)
            away = np.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay))
            inside |= away <= thick / 2
        return inside

    return holds


def _blob(rng: np.random.Generator, width: int, height: int) -> tuple[Shape, Drawing]:
    """Return a turned ellipse or a rectangle, to be asked and to be drawn."""
    cx, cy = rng.uniform(0.1, 0.9) * width, rng.uniform(0.1, 0.9) * height
    a, b = rng.uniform(0.06, 0.22) * width, rng.uniform(0.06, 0.22) * height
    if rng.integers(0, 2):
        box = (cx - a, cy - b, cx + a, cy + b)
        return (
            lambda x, y: (x >= box[0]) & (x < box[2]) & (y >= box[1]) & (y < box[3]),
            lambda draw, k: draw.rectangle(
                [*(v * k for v in box[:2]), *(v * k - 1 for v in box[2:])], fill=255
            ),
        )
    turn = rng.uniform(0, math.pi)
    c, s = math.cos(turn), math.sin(turn)

    def holds(x: Any, y: Any) -> Any:
        u, v = (x - cx) * c + (y - cy) * s, -(x - cx) * s + (y - cy) * c
        return (u / a) ** 2 + (v / b) ** 2 <= 1

    angles = np.linspace(0, 2 * math.pi, 180)
    ring = [
        (
            cx + a * math.cos(t) * c - b * math.sin(t) * s,
            cy + a * math.cos(t) * s + b * math.sin(t) * c,
        )
        for t in angles
    ]
    return holds, lambda draw, k: draw.polygon(
        [(x * k - 0.5, y * k - 0.5) for x, y in ring], fill=255
    )


def _drawn(drawing: Drawing, size: tuple[int, int]) -> Image.Image:
    """Draw a shape with smooth edges."""
    fine = Image.new("L", (size[0] * 8, size[1] * 8))
    drawing(ImageDraw.Draw(fine), 8)
    return fine.reduce(8)


def _synthetic(chain: Chain, key: Key) -> Mark:
    """Put something into a shape, with a layer as the editor would record it."""
    rng, size = chain.rng, chain.picture.size
    holds, drawing = _blob(rng, *size)
    opacity = float(rng.choice([0.3, 0.8, 1.0, 1.0]))
    mask = np.asarray(_drawn(drawing, size), np.float32) * np.float32(opacity / 255)
    other = scene(rng, *size)
    chain.picture = Image.composite(other, chain.picture, Image.fromarray(np.uint8(mask * 255)))
    chain.trail.append(_Paint(key, holds, opacity))
    return mark(Layer(size, key.writer, mask))


def external(chain: Chain, kinds: Sequence[str], *, quality: int | None = None) -> None:
    """Do an edit in another program: nothing of it is recorded, all of it must be recovered."""
    rng, parent = chain.rng, chain.picture
    name = f"e{len(chain.steps) + 1}"
    chain.words.append(f"external({', '.join(kinds)}{f', q{quality}' if quality else ''})")
    painted, bare = parent, parent
    trail: list[_Move | _Paint] = []
    resampled = False
    for kind in kinds:
        if kind == "paint":
            _, drawing = _blob(rng, *painted.size)
            mask = _drawn(drawing, painted.size)
            other = (
                scene(rng, *painted.size)
                if rng.integers(0, 2)
                else Image.new("RGB", painted.size, any_colour(rng))
            )
            painted = Image.composite(other, painted, mask)
        elif kind == "straighten":
            painted, bare, act = _straightened(rng, painted, bare)
            trail.append(act)
            resampled = True
        else:
            holder = Chain(rng, painted, painted.size)
            step, act2 = _step(holder, kind, name)
            painted, bare = (step.apply(picture)[0] for picture in (painted, bare))
            if act2 is not None:
                trail.append(act2)
            resampled |= kind not in ("crop", "rotate", "flip")
    gap = np.abs(np.asarray(painted, np.int16) - np.asarray(bare, np.int16)).max(axis=2)
    limit = TOLERANCE if resampled or quality else EXACT
    changed = gap > limit
    child = painted if quality is None else _resaved(painted, quality)
    chain.trail += [*trail, _Paint(Key(name, Writer.EXTERNAL), _sampled(changed), 1.0)]
    chain.picture = child
    found = compare(parent, child)
    if not isinstance(found, Comparison):
        chain.lost += 1
        chain.steps.append(
            Step(
                name,
                [mark(Layer(child.size, Writer.EXTERNAL, np.ones(child.size[::-1], np.float32)))],
            )
        )
        return
    chain.comparisons.append(found)
    layer = Layer(
        child.size, Writer.EXTERNAL, found.mask.astype(np.float32), found.registration.to_parent
    )
    chain.steps.append(Step(name, [mark(layer)]))


def _sampled(changed: Any) -> Shape:
    height, width = changed.shape

    def holds(x: Any, y: Any) -> Any:
        column = np.clip(np.floor(x).astype(int), 0, width - 1)
        row = np.clip(np.floor(y).astype(int), 0, height - 1)
        return changed[row, column]

    return holds


def _straightened(
    rng: np.random.Generator, *pictures: Image.Image
) -> tuple[Image.Image, Image.Image, _Move]:
    """Turn by a few degrees, and cut to what shows no corner."""
    width, height = pictures[0].size
    turn = math.radians(float(rng.uniform(1.5, 8) * rng.choice([-1, 1])))
    c, s = math.cos(turn), math.sin(turn)
    factor = 1 / (c + abs(s) * max(width / height, height / width))
    wide, high = int(width * factor), int(height * factor)
    x = width / 2 - c * wide / 2 - s * high / 2
    y = height / 2 + s * wide / 2 - c * high / 2
    numbers = (c, s, x, -s, c, y)
    one, two = (
        p.transform((wide, high), Image.Transform.AFFINE, numbers, Image.Resampling.BICUBIC)
        for p in pictures
    )
    return one, two, _Move([[c, s, x], [-s, c, y]])


def _resaved(picture: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


BUILT_IN = (
    *("crop", "resize", "rotate", "flip", "exposure", "contrast", "saturation", "temperature"),
    *("stroke", "stroke", "stroke", "paste", "inpaint", "fill", "text", "erase"),
)
ELSEWHERE = (
    *("paint", "paint", "paint", "crop", "resize", "rotate", "flip", "straighten"),
    *("exposure", "contrast", "saturation", "temperature"),
)
TONES = ("exposure", "contrast", "saturation", "temperature", "crop", "resize", "flip")
LEAST = 40
"""Areas smaller than so many pixels, in truth and map, are not scored."""


@dataclass
class Score:
    """How well a writer's area was found."""

    iou: float
    truth: int
    found: int


def built_in_chain(rng: np.random.Generator, side: int = 240) -> Chain:
    """Draw a chain of 3 to 8 built-in edits."""
    chain = begin(rng, side)
    for _ in range(rng.integers(3, 9)):
        built_in(chain, str(rng.choice(BUILT_IN)))
    return chain


def external_chain(rng: np.random.Generator, *, resaved: bool, side: int = 240) -> Chain:
    """Draw a chain with one edit in another program and up to two others before and after."""
    chain = begin(rng, side)
    for _ in range(rng.integers(0, 3)):
        built_in(chain, str(rng.choice(BUILT_IN)))
    kinds = ["paint", *map(str, rng.choice(ELSEWHERE, rng.integers(1, 4)))]
    external(chain, kinds, quality=int(rng.integers(85, 97)) if resaved else None)
    for _ in range(rng.integers(0, 3)):
        built_in(chain, str(rng.choice(BUILT_IN)))
    return chain


def tone_chain(rng: np.random.Generator, side: int = 240) -> Chain:
    """Draw one edit in another program that painted nothing; half are saved with loss."""
    chain = begin(rng, side)
    kinds = list(map(str, rng.choice(TONES, rng.integers(1, 4))))
    external(chain, kinds, quality=int(rng.integers(85, 96)) if rng.integers(0, 2) else None)
    return chain


def score(chain: Chain, found: Composition) -> dict[Key, Score]:
    """Compare an origin map with the truth, writer by writer."""
    truth = chain.truth()
    labels = {share.key: number for number, share in enumerate(found.shares, 1)}
    scores = {}
    for key in sorted({*labels, *truth}):
        wanted = truth[key] > OWNED if key in truth else np.zeros(found.labels.shape, bool)
        got = found.labels == labels.get(key, -1)
        sizes = int(wanted.sum()), int(got.sum())
        if max(sizes) >= LEAST:
            scores[key] = Score(float((wanted & got).sum() / (wanted | got).sum()), *sizes)
    return scores
