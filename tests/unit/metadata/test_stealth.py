"""Text hidden in the lowest bits of pixels."""

from __future__ import annotations

import gzip
import io

import numpy as np
import pytest
from PIL import Image

from provenance_gen.images.pixels import decode
from provenance_gen.metadata import read, stealth
from tests.unit.metadata.written import STEALTH, hidden
from tests.unit.metadata.written import stealth as stealth_text


@pytest.mark.parametrize(
    "name", [b"stealth_pngcomp", b"stealth_pnginfo", b"stealth_rgbcomp", b"stealth_rgbinfo"]
)
def test_alpha_and_colour(name: bytes) -> None:
    """Plain or gzipped, in the alpha channel or in the colours, after saving as PNG or WebP."""
    picture = hidden(name, stealth_text(name))
    for kind in ("PNG", "WEBP"):
        buffer = io.BytesIO()
        picture.save(buffer, kind, lossless=True, exact=True)
        data = buffer.getvalue()
        (claim,) = read.claims(data, f"image/{kind.lower()}", decode(data))
        where = "alpha" if b"png" in name else "rgb"
        assert (claim.tool, claim.carrier) == ("NovelAI", f"stealth {where}")
        if name != b"stealth_pnginfo":
            assert (claim.prompt, claim.seed) == ("a boat, 船", str(2**40))
            assert (claim.model, claim.model_hash) == ("NovelAI Diffusion V4", "7ABFFA2A")


def test_colour_without_alpha() -> None:
    """Three bits a pixel in an RGB picture."""
    picture = hidden(b"stealth_rgbcomp", stealth_text(b"stealth_rgbcomp")).convert("RGB")
    (carrier,) = stealth.find(picture)
    assert carrier.text == STEALTH


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGB", (1, 1)),
        Image.new("RGBA", (3, 50)),
        Image.new("L", (50, 50)),
        hidden(b"stealth_pngcomp", b"no gzip at all"),
        hidden(b"stealth_pngcomp", gzip.compress(bytes(20 << 20))[:200]),
        hidden(b"stealth_pnginfo", b"short", length=2**31),
        hidden(b"stealth_pnginfo", b"odd", length=17),
        hidden(b"stealth_pnginfo", b"none", length=0),
    ],
)
def test_nothing_hidden_or_nothing_usable(picture: Image.Image) -> None:
    """Too small, of another mode, damaged, of an impossible length."""
    assert stealth.find(picture) == ()


def test_a_gzip_bomb() -> None:
    """What inflates beyond the limit is passed over."""
    bomb = gzip.compress(bytes(9 << 20), 9)
    side = int((8 * (len(bomb) + 19)) ** 0.5) + 2
    stream = np.unpackbits(
        np.frombuffer(b"stealth_pngcomp" + (8 * len(bomb)).to_bytes(4, "big") + bomb, np.uint8)
    )
    alpha = np.zeros(side * side, np.uint8)
    alpha[: len(stream)] = stream
    pixels = np.zeros((side, side, 4), np.uint8)
    pixels[..., 3] = alpha.reshape(side, side).T
    assert stealth.find(Image.fromarray(pixels)) == ()
