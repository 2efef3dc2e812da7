"""No bytes make a reader or a parser raise, or take long. Longer runs: ``make soak``."""

from __future__ import annotations

import json
import time
import zlib
from typing import Any, Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from provenance_gen.metadata import bmff, carriers, exif, gif, jpeg, png, read, riff, xmp
from provenance_gen.metadata.carriers import Carrier
from provenance_gen.metadata.siblings import Siblings
from tests.damage import damaged
from tests.unit.metadata import files

INFOTEXT = "a\nNegative prompt: b\nSteps: 2, Sampler: x, Seed: 3, Size: 4x5, Model: m"
GRAPH = '{"1":{"class_type":"KSampler","inputs":{"positive":["1",0],"seed":2}}}'
LABEL = files.rdf("<Iptc4xmpExt:DigitalSourceType>x</Iptc4xmpExt:DigitalSourceType>").encode()
WHOLE: Final[dict[str, bytes]] = {
    "image/png": files.png(
        files.text("parameters", INFOTEXT),
        files.packed_text("prompt", GRAPH),
        files.wide_text("XML:com.adobe.xmp", LABEL.decode(), packed=True),
        files.chunk(b"eXIf", files.user_comment(INFOTEXT)),
        files.chunk(b"comf", b"prompt\x00" + GRAPH.encode()),
    ),
    "image/jpeg": files.jpeg(
        (0xE1, b"Exif\x00\x00" + files.user_comment(INFOTEXT, "utf-16-le", big=False)),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + LABEL),
        (0xFE, INFOTEXT.encode()),
    ),
    "image/webp": files.webp((b"EXIF", files.user_comment(GRAPH)), (b"XMP ", LABEL)),
    "image/gif": files.gif(INFOTEXT.encode(), b"x"),
    "image/avif": files.avif(files.user_comment(INFOTEXT), LABEL),
    "image/jxl": files.jxl(
        files.box(b"Exif", bytes(4) + files.user_comment(INFOTEXT)), files.box(b"xml ", LABEL)
    ),
    "image/svg+xml": files.svg(LABEL.decode()),
    "image/tiff": files.tiff([(0x010E, 2, INFOTEXT.encode()), (0x02BC, 1, LABEL)]),
}
KEYS: Final = (
    "parameters",
    "prompt",
    "workflow",
    "UserComment",
    "Comment",
    "comment",
    "Model",
    "invokeai_metadata",
    "sd-metadata",
    "Dream",
    "DgenerateConfig",
    "Prompt",
    "postprocessing",
    "alpha",
)
WORDS: Final = (
    *KEYS,
    *("seed", "steps", "cfg", "positive", "negative", "inputs", "class_type", "nodes", "image"),
    *("sui_image_params", "sui_models", "param", "hash", "model", "width", "height", "resolution"),
    *("Software", "Source", "uc", "mflux_version", "base_model", "performance", "version"),
    *("use_stable_diffusion_model", "negative_prompt", "guider", "sigmas", "text", "conditioning"),
)
SCALARS: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        [*WORDS, "NovelAI", "KSampler", "SaveImage", "fooocus", "-1", "1e999", "9" * 50]
    ),
    st.tuples(st.sampled_from(["1", "2", "3"]), st.integers(0, 2)).map(list),
)
JSON: Final = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from([*WORDS, "1", "2", "3"]), inner, max_size=6),
    ),
    max_leaves=25,
)
LINES: Final = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(
            ["Steps: 1, ", "Seed: ", 'Model: "a', "\n", ":", ",", '"', "\\", "Negative prompt:",
             "Template:", " -s 5", " -S", '"a [b', "]", "#! dgenerate", "--prompts", "'", "prompt:",
             "Model hash: unknown", "Version: f", "App: SD.Next"]
        ),
    ),
    max_size=12,
).map("".join)  # fmt: skip


@st.composite
def damaged_file(draw: st.DrawFn) -> tuple[str, bytes]:
    """Draw a kind of file, and a whole one of it with some places damaged."""
    media_type = draw(st.sampled_from(sorted(WHOLE)))
    return media_type, draw(damaged(WHOLE[media_type]))


def check_bytes(media_type: str, data: bytes) -> None:
    """Read a file's carriers and claims; everything that comes out can be written down."""
    begun = time.process_time()
    found = carriers.find(data, media_type)
    for carrier in found:
        assert isinstance(carrier.properties, dict)
    check_parsers(found)
    for claim in read.claims(data, media_type):
        json.dumps([claim.prompt, claim.model, claim.carrier]).encode()
        assert (claim.prompt or "").encode() is not None
    assert time.process_time() - begun < 5


def check_parsers(found: tuple[Carrier, ...]) -> None:
    """Show every carrier to every parser itself, where nothing catches what it raises."""
    siblings = Siblings(found)
    for carrier in found:
        for parser in (*read.PARSERS, *read.LABELS):
            claim = parser(carrier, siblings)
            assert claim is None or claim.steps is None or claim.steps >= 0


@given(damaged_file())
def test_damaged_files(case: tuple[str, bytes]) -> None:
    """Whole files with a few bytes changed."""
    check_bytes(*case)


@given(st.sampled_from(sorted(WHOLE)), st.binary(max_size=300))
def test_random_bytes(media_type: str, data: bytes) -> None:
    """Bytes that begin as a file of the kind does, and go on at random."""
    check_bytes(media_type, data)
    check_bytes(media_type, WHOLE[media_type][:40] + data)


@given(st.binary(max_size=400))
@example(b"II*\x00\x08\x00\x00\x00" + b"\xff" * 200)
@example(
    b"MM\x00*\x00\x00\x00\x08" + b"\x00\x05" + b"\x87\x69\x00\x04\x00\x00\x00\x01\x00\x00\x00\x08"
)
def test_every_container_reader(data: bytes) -> None:
    """Each reader alone, on bytes that are none of its own."""
    list(exif.entries(data))
    list(exif.entries(b"II*\x00\x08\x00\x00\x00" + data))
    list(png.chunks(data))
    list(jpeg.segments(data))
    list(riff.webp_chunks(b"RIFF\x00\x00\x00\x00WEBP" + data))
    list(bmff.items(data))
    list(bmff.items(b"\x00\x00\x00\x00meta\x00\x00\x00\x00" + data))
    list(gif.texts(data))
    xmp.read(data)
    exif.user_comment(b"UNICODE\x00" + data, big=False)
    exif.user_comment(b"JIS\x00\x00\x00\x00\x00" + data, big=True)
    for kind in (b"tEXt", b"zTXt", b"iTXt"):
        png.text(kind, data, png.Budget())
        png.text(kind, b"k\x00\x00" + zlib.compress(data), png.Budget())


@given(st.lists(st.tuples(st.sampled_from(KEYS), JSON), max_size=4))
def test_parsers_on_json(items: list[tuple[str, Any]]) -> None:
    """Objects with the names that the tools use, and anything as values."""
    check_parsers(tuple(Carrier("x", key, json.dumps(value), b"") for key, value in items))


@given(st.lists(st.tuples(st.sampled_from(KEYS), LINES), max_size=4))
def test_parsers_on_text(items: list[tuple[str, str]]) -> None:
    """Pieces of the forms that are lines of text, in any order."""
    check_parsers(tuple(Carrier("x", key, text, text.encode()) for key, text in items))


@given(st.dictionaries(st.sampled_from("123456"), JSON, max_size=6))
def test_graphs(nodes: dict[str, Any]) -> None:
    """Graphs whose links lead anywhere."""
    graph = {"1": {"class_type": "KSampler", "inputs": {"positive": ["2", 0], "seed": ["3", 1]}}}
    whole = {key: {"class_type": "x", "inputs": value} for key, value in nodes.items()}
    for value in (graph | whole, whole | graph, graph | nodes):
        check_parsers((Carrier("x", "prompt", json.dumps(value), b""),))


LONG: Final = {
    "brackets": "[" * 1_000_000,
    "objects": '{"a":' * 200_000,
    "nested graph": '{"1":{"class_type":"x","inputs":' + "[" * 100_000 + "]" * 100_000 + "}}",
    "digits": '{"sui_image_params":{"seed":' + "9" * 1_000_000 + "}}",
    "commas": "Steps: 1" + "," * 1_000_000,
    "colons": "Steps: 1" + ":" * 1_000_000,
    "words": "Steps: " + "a " * 500_000,
    "pairs": "Steps: 1, " + "a: b, " * 200_000,
    "quotes": "Steps: " + '"' * 1_000_000,
    "escapes": 'Steps: "' + '\\"' * 500_000,
    "open quotes": 'a:"\\' * 250_000,
    "lines": "Steps:\n" * 150_000,
    "square": '"' + "[" * 1_000_000 + '"',
    "dashes": '"a" ' + "-a " * 300_000,
    "blanks": '"a" -a' + " " * 1_000_000 + "-",
    "config": "#! dgenerate\n" + "\\\n" * 500_000,
}


@pytest.mark.parametrize("name", LONG)
def test_long_texts_take_no_time(name: str) -> None:
    """A megabyte made to slow a parser down; each parser is linear or bounded."""
    text = LONG[name]
    begun = time.process_time()
    check_parsers(tuple(Carrier("x", key, text, b"") for key in ("parameters", "Dream", "prompt")))
    assert time.process_time() - begun < 3


@pytest.mark.slow
@settings(max_examples=20_000)
@given(damaged_file())
def test_damaged_files_for_long(case: tuple[str, bytes]) -> None:
    """The same as in the quick run, many more times."""
    check_bytes(*case)


@pytest.mark.slow
@settings(max_examples=5_000)
@given(
    st.lists(st.tuples(st.sampled_from(KEYS), st.one_of(JSON.map(json.dumps), LINES)), max_size=5)
)
def test_parsers_for_long(items: list[tuple[str, str]]) -> None:
    """The same as in the quick run, many more times."""
    check_parsers(tuple(Carrier("x", key, text, text.encode()) for key, text in items))
