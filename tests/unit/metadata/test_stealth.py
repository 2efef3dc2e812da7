"""Text hidden in the lowest bits of pixels."""

from __future__ import annotations

import gzip
import io
import json

import numpy as np
import pytest
from PIL import Image

from provenance_gen.images.pixels import decode
from provenance_gen.metadata import read, stealth

SIZE = (40, 60)
INFO = json.dumps(
    {
        "Software": "NovelAI",
        "Source": "NovelAI Diffusion V4 7ABFFA2A",
        "Description": "a boat, 船",
        "Comment": json.dumps({"uc": "fog", "seed": 2**40, "steps": 28, "scale": 5}),
    }
)


def hidden(name: bytes, value: bytes, *, length: int | None = None) -> Image.Image:
    """Return a picture with a value in it, by the order that the format gives its bits."""
    bits = name + (8 * len(value) if length is None else length).to_bytes(4, "big") + value
    stream = np.unpackbits(np.frombuffer(bits, np.uint8))
    pixels = np.random.default_rng(3).integers(0, 256, (SIZE[1], SIZE[0], 4), dtype=np.uint8)
    columns = pixels.transpose(1, 0, 2).copy()
    bands = columns[..., 3:] if name.startswith(b"stealth_png") else columns[..., :3]
    flat = bands.reshape(-1).copy()
    flat[: len(stream)] = (flat[: len(stream)] & 0xFE) | stream
    bands[...] = flat.reshape(bands.shape)
    return Image.fromarray(columns.transpose(1, 0, 2).copy())


def fitting(name: bytes) -> bytes:
    """Return what a picture of this size can hold under a name."""
    raw = INFO.encode() if name.startswith(b"stealth_rgb") else b'{"Software": "NovelAI"}'
    return gzip.compress(INFO.encode()) if name.endswith(b"comp") else raw


@pytest.mark.parametrize(
    "name", [b"stealth_pngcomp", b"stealth_pnginfo", b"stealth_rgbcomp", b"stealth_rgbinfo"]
)
def test_alpha_and_colour(name: bytes) -> None:
    """Plain or gzipped, in the alpha channel or in the colours, after saving as PNG or WebP."""
    picture = hidden(name, fitting(name))
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
    picture = hidden(b"stealth_rgbcomp", fitting(b"stealth_rgbcomp")).convert("RGB")
    (carrier,) = stealth.find(picture)
    assert carrier.text == INFO


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
