"""The words of the built-in model: what each attribute may be called, and the words it ignores.

Only lists; how they are put together is left to `captions`, how they become tokens to `tokens`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "COLOR_WORDS",
    "FILLERS",
    "KIND_WORDS",
    "LAYOUT_PHRASES",
    "NOISE_PHRASES",
    "NOISE_WORDS",
    "PAIR_FORMS",
    "PLACE_PHRASES",
    "SIZE_WORDS",
    "TIME_PHRASES",
]

KIND_WORDS: Mapping[str, tuple[str, ...]] = {
    "house": ("house", "home", "cottage", "cabin", "hut", "building", "barn"),
    "boat": ("boat", "sailboat", "sailing boat", "ship", "sailing ship", "yacht", "vessel"),
    "pine tree": ("pine tree", "pine", "fir tree", "fir", "spruce", "christmas tree"),
    "tree": ("tree", "oak", "oak tree", "leafy tree", "round tree", "apple tree"),
    "sun": ("sun", "sunshine", "shining sun"),
    "moon": ("moon", "crescent moon", "crescent", "half moon"),
    "star": ("star", "five pointed star", "shining star"),
    "heart": ("heart", "love heart", "valentine heart"),
    "fish": ("fish", "goldfish", "swimming fish", "tropical fish"),
    "bird": ("bird", "songbird", "robin", "sparrow", "flying bird"),
    "flower": ("flower", "blossom", "daisy", "blooming flower", "tulip", "rose"),
    "cat": ("cat", "kitten", "kitty", "house cat", "sitting cat"),
}
COLOR_WORDS: Mapping[str, tuple[str, ...]] = {
    "red": ("red", "crimson", "scarlet", "dark red"),
    "orange": ("orange", "ginger"),
    "yellow": ("yellow", "golden", "gold"),
    "green": ("green", "emerald"),
    "blue": ("blue", "navy", "azure"),
    "purple": ("purple", "violet"),
    "pink": ("pink", "rose pink", "magenta"),
    "brown": ("brown", "wooden", "chestnut"),
    "black": ("black", "jet black"),
    "white": ("white", "snow white"),
    "grey": ("grey", "gray", "silver"),
}
SIZE_WORDS: Mapping[str, tuple[str, ...]] = {
    "small": ("small", "tiny", "little", "distant"),
    "large": ("large", "big", "huge", "giant"),
}
LAYOUT_PHRASES: Mapping[str, tuple[str, ...]] = {
    "left": ("on the left", "at the left", "on the left side", "to the left"),
    "right": ("on the right", "at the right", "on the right side", "to the right"),
}
PLACE_PHRASES: Mapping[str, tuple[str, ...]] = {
    "plain": (
        "on a white background",
        "on a plain background",
        "on white",
        "isolated on white",
        "plain white background",
        "on blank paper",
    ),
    "sky": ("in the sky", "in the air", "against the sky", "up in the sky", "in the clouds"),
    "sea": (
        "on the sea",
        "on the sea",
        "on the ocean",
        "at sea",
        "over the sea",
        "by the sea",
        "on the water",
        "on a lake",
        "in the harbour",
        "in the harbor",
        "in the bay",
        "on the waves",
        "in the water",
        "on a river",
    ),
    "meadow": (
        "on the grass",
        "in a meadow",
        "in a green field",
        "in the field",
        "on a lawn",
        "in the garden",
        "in the park",
        "on a green hill",
        "over the meadow",
        "in the countryside",
    ),
    "snow": (
        "in the snow",
        "on the snow",
        "in winter",
        "on ice",
        "in a snowy landscape",
        "in a winter landscape",
        "over the snow",
    ),
    "sand": (
        "on the beach",
        "in the desert",
        "on the sand",
        "on a sandy beach",
        "at the beach",
        "over the desert",
    ),
}
TIME_PHRASES: Mapping[str, tuple[str, ...]] = {
    "day": ("by day", "in daylight", "on a sunny day", "in the morning", "at noon"),
    "sunset": (
        "at sunset",
        "at sunset",
        "at dusk",
        "at sundown",
        "in the evening",
        "at twilight",
        "at dawn",
        "at sunrise",
        "during sunset",
        "in the sunset",
        "under an orange sky",
    ),
    "night": (
        "at night",
        "at night",
        "by night",
        "at midnight",
        "in the dark",
        "under the stars",
        "on a starry night",
        "in the moonlight",
    ),
}
PAIR_FORMS: Mapping[str, tuple[str, ...]] = {
    "side": (
        "{0} and {1}",
        "{0} next to {1}",
        "{0} beside {1}",
        "{0} with {1}",
        "{0} to the left of {1}",
        "{0} left of {1}",
        "{1} to the right of {0}",
        "{1} right of {0}",
        "{0} on the left and {1} on the right",
    ),
    "over": (
        "{0} above {1}",
        "{0} over {1}",
        "{1} under {0}",
        "{1} below {0}",
        "{1} with {0} above",
        "{1} beneath {0}",
        "{1} and {0} above it",
    ),
}
"""In a side pair {0} is left of {1}; in an over pair {0} is above {1}."""

FILLERS = (
    "a picture of",
    "a painting of",
    "a drawing of",
    "an illustration of",
    "a photo of",
    "an image of",
    "a scene with",
    "there is",
    "a cartoon of",
    "a sketch of",
    "a view of",
    "an oil painting of",
    "a watercolor of",
    "a photograph of",
)
NOISE_PHRASES = (
    "masterpiece",
    "high quality",
    "best quality",
    "highly detailed",
    "warm light",
    "soft light",
    "soft colors",
    "bright colours",
    "calm",
    "peaceful",
    "low horizon",
    "warm sky against cold water",
    "digital art",
    "simple",
    "minimalist",
    "clean lines",
    "in the style of a children book",
    "flat design",
    "beautiful",
    "4 k",
    "centered",
    "dramatic light",
    "trending",
    "sharp focus",
    "with long shadows",
)
"""What people add to prompts and this model has not learned to draw."""

NOISE_WORDS = tuple(
    """beautiful cute lovely nice pretty old new young quiet lonely single one happy sad simple calm
    peaceful charming shiny soft bright vivid friendly wonderful floating resting sleeping playing
    gentle magic fine tall sturdy abandoned colourful colorful dreamy proud elegant funny modern
    ancient sweet clear strong fresh fluffy""".split()
)
"""Adjectives that may stand before a thing; the model learns to ignore them."""
