"""The twelve things, each as a few fat shapes that survive a picture of 64 pixels.

Every thing fills the square from -1 to 1 of its brush. Facing and posture never change, so that
few samples are enough to learn a kind. Sizes and places are left to `drawing`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from provenance_gen.generation.builtin.brush import Brush, Color, Point, ball, mix, petal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["DRAWERS"]

_WOOD: Color = (112, 70, 40)
_LEAF: Color = (60, 150, 62)
_WINDOW: Color = (255, 232, 140)
_CREAM: Color = (252, 248, 236)
_BEAK: Color = (250, 160, 40)
_INK: Color = (24, 22, 30)
_DARK_COATS = frozenset({"red", "green", "brown", "black"})


def _box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _house(brush: Brush) -> None:
    brush.body(_box(-0.76, -0.15, 0.76, 0.95))
    brush.dark([(-1.0, -0.1), (0.0, -0.95), (1.0, -0.1)])
    brush.fill(_box(-0.17, 0.35, 0.2, 0.93), color=_WOOD)
    brush.fill(_box(-0.58, 0.15, -0.32, 0.48), color=_WINDOW)
    brush.fill(_box(0.35, 0.15, 0.61, 0.48), color=_WINDOW)


def _boat(brush: Brush) -> None:
    brush.fill(_box(-0.05, -1.0, 0.05, 0.4), color=_WOOD)
    sail = mix(_CREAM, brush.main, 0.06)
    brush.fill([(0.12, -0.95), (0.12, 0.22), (0.86, 0.22)], color=sail)
    brush.fill([(-0.14, -0.72), (-0.14, 0.22), (-0.7, 0.22)], color=mix(sail, brush.main, 0.12))
    brush.body([(-1.0, 0.36), (1.0, 0.36), (0.68, 0.92), (-0.68, 0.92)])


def _pine_tree(brush: Brush) -> None:
    brush.fill(_box(-0.13, 0.5, 0.13, 1.0), color=_WOOD)
    brush.body(
        [(-0.86, 0.68), (0.86, 0.68), (0.0, -0.1)],
        [(-0.68, 0.2), (0.68, 0.2), (0.0, -0.55)],
        [(-0.5, -0.26), (0.5, -0.26), (0.0, -1.0)],
    )


def _tree(brush: Brush) -> None:
    brush.fill(_box(-0.15, 0.1, 0.15, 1.0), color=_WOOD)
    brush.body(
        ball(-0.42, -0.12, 0.46),
        ball(0.42, -0.12, 0.46),
        ball(0.0, -0.46, 0.54),
        ball(0.0, -0.05, 0.44),
    )


def _sun(brush: Brush) -> None:
    brush.body(*[petal(math.pi * k / 4, 0.6, 1.0, 0.2) for k in range(8)])
    brush.body(ball(0.0, 0.0, 0.58))


def _moon(brush: Brush) -> None:
    # The sickle: the outer circle where the inner one does not cover it, then back along the
    # inner one. The two meet where both radii hold; the angles follow from the cosine rule.
    outer, inner, shift = 0.95, 0.8, 0.5
    meet = (outer**2 - inner**2 + shift**2) / (2 * shift)
    far = math.acos(meet / outer)
    near = math.atan2(outer * math.sin(far), meet - shift)
    steps = [k / 30 for k in range(31)]
    rim = [far + (2 * math.pi - 2 * far) * step for step in steps]
    bay = [2 * math.pi - near - (2 * math.pi - 2 * near) * step for step in steps]
    points = [(outer * math.cos(a), outer * math.sin(a)) for a in rim]
    points += [(shift + inner * math.cos(a), inner * math.sin(a)) for a in bay]
    brush.body([(x + 0.22, y) for x, y in points])


def _star(brush: Brush) -> None:
    tips = [(1.0 if k % 2 == 0 else 0.48, math.pi * k / 5 - math.pi / 2) for k in range(10)]
    brush.body([(r * math.cos(a), r * math.sin(a) + 0.06) for r, a in tips])


def _heart(brush: Brush) -> None:
    turns = [2 * math.pi * k / 60 for k in range(60)]
    brush.body(
        [
            (
                math.sin(t) ** 3 * 0.96,
                -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t))
                / 16,
            )
            for t in turns
        ]
    )


def _fish(brush: Brush) -> None:
    brush.dark([(0.3, 0.0), (1.0, -0.52), (0.86, 0.0), (1.0, 0.52)])
    brush.dark([(-0.3, -0.3), (0.1, -0.72), (0.3, -0.25)])
    brush.body(ball(-0.22, 0.0, 0.76, squash=0.62))
    brush.plain(ball(-0.58, -0.1, 0.15), (255, 255, 255))
    brush.plain(ball(-0.6, -0.1, 0.085), _INK)


def _bird(brush: Brush) -> None:
    brush.dark([(0.4, 0.2), (1.05, -0.12), (1.0, 0.42)])
    brush.fill([(-0.74, -0.32), (-1.08, -0.14), (-0.74, -0.02)], color=_BEAK)
    brush.body(ball(0.05, 0.25, 0.62, squash=0.72), ball(-0.46, -0.18, 0.36))
    brush.dark([(-0.16, 0.22), (0.42, -0.92), (0.5, 0.3)])
    brush.plain(ball(-0.55, -0.26, 0.12), (255, 255, 255))
    brush.plain(ball(-0.57, -0.26, 0.075), _INK)


def _flower(brush: Brush) -> None:
    brush.fill(_box(-0.07, 0.1, 0.07, 1.0), color=_LEAF)
    brush.fill(ball(0.32, 0.7, 0.27, squash=0.5), ball(-0.32, 0.7, 0.27, squash=0.5), color=_LEAF)
    turns = [2 * math.pi * k / 5 - math.pi / 2 for k in range(5)]
    brush.body(*[ball(0.42 * math.cos(a), 0.42 * math.sin(a) - 0.3, 0.31) for a in turns])
    heart = _WOOD if brush.color in {"yellow", "orange"} else (255, 222, 80)
    brush.fill(ball(0.0, -0.3, 0.23), color=heart)


def _cat(brush: Brush) -> None:
    brush.body(ball(0.56, 0.62, 0.16), ball(0.68, 0.38, 0.14), ball(0.72, 0.14, 0.12))
    brush.body(ball(0.02, 0.52, 0.5, squash=0.92))
    brush.body(
        ball(0.0, -0.32, 0.54, squash=0.86),
        [(-0.53, -0.4), (-0.46, -1.0), (-0.06, -0.68)],
        [(0.53, -0.4), (0.46, -1.0), (0.06, -0.68)],
    )
    eye: Color = (250, 222, 90) if brush.color in _DARK_COATS else _INK
    brush.plain(ball(-0.22, -0.36, 0.1), eye)
    brush.plain(ball(0.22, -0.36, 0.1), eye)
    brush.plain([(-0.1, -0.16), (0.1, -0.16), (0.0, -0.03)], (240, 120, 140))


DRAWERS: Mapping[str, Callable[[Brush], None]] = {
    "house": _house,
    "boat": _boat,
    "pine tree": _pine_tree,
    "tree": _tree,
    "sun": _sun,
    "moon": _moon,
    "star": _star,
    "heart": _heart,
    "fish": _fish,
    "bird": _bird,
    "flower": _flower,
    "cat": _cat,
}
"""For each kind, what draws it."""
