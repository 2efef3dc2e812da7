"""What is written carelessly, or by other programs than those it looks like."""

from __future__ import annotations

import json

import pytest

from provenance_gen.credentials.statement import claimed_role, claimed_statement
from provenance_gen.metadata import read
from provenance_gen.metadata.xmp import IPTC_EXT
from tests.unit.metadata import files, written

AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@pytest.mark.parametrize(
    "text",
    [
        "Photographer: A. Painter, Location: Paris, Camera: some camera",
        "Model: X100, Size: 6000x4000, Lens: 23 mm, Date: today",
        "A soup.\nSteps: 3, Time: 20 min, Servings: 4",
        "CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 90, type: x, kind: y",
        "Seed: sunflower, Soil: loam, Water: daily",
        "Screenshot",
        '{"filter": 0, "sensor_type": "rear", "mirror": false}',
    ],
)
def test_captions_are_no_parameters(text: str) -> None:
    """Three names with values make no generator: a picture must not be called AI for them."""
    for data, kind in (
        (files.png(files.text("Comment", text)), "image/png"),
        (files.png(files.text("parameters", text)), "image/png"),
        (files.jpeg((0xFE, text.encode())), "image/jpeg"),
        (files.jpeg_exif(files.user_comment(text)), "image/jpeg"),
        (files.gif(text.encode()), "image/gif"),
    ):
        assert files.claims(data, kind) == ()


def test_a_text_called_extras_need_not_be_of_upscaling() -> None:
    """The key alone names no tool."""
    assert files.claims(files.png(files.text("extras", "see the appendix"))) == ()
    (old,) = files.claims(files.png(files.text("extras", "Upscale: 4, visibility: 1, model:x")))
    assert old.generator is False


@pytest.mark.parametrize(
    "stated",
    [
        AI,
        "https" + AI[4:],
        AI + "/",
        AI.replace("trained", "Trained"),
        AI.replace("cv.", "CV."),
        "trainedAlgorithmicMedia",
        "trainedalgorithmicmedia",
        "digsrctype:trainedAlgorithmicMedia",
        "https://schema.org/TrainedAlgorithmicMediaDigitalSource",
        f" {AI}\n",
    ],
)
def test_sloppy_source_types(stated: str) -> None:
    """Meant is meant, in whatever letters."""
    label = f"<Iptc4xmpExt:DigitalSourceType>{stated}</Iptc4xmpExt:DigitalSourceType>"
    claim = files.only(files.png(files.wide_text("XML:com.adobe.xmp", files.rdf(label))))
    assert claimed_role(claim) == "generated"
    assert claim.digital_source_type == stated.strip()


@pytest.mark.parametrize(
    "stated", ["http://example.org/trainedAlgorithmicMedia", "AI", "not trainedAlgorithmicMedia"]
)
def test_what_names_no_source_type(stated: str) -> None:
    """Somebody else's address, or words."""
    label = f"<Iptc4xmpExt:DigitalSourceType>{stated}</Iptc4xmpExt:DigitalSourceType>"
    claim = files.only(files.png(files.wide_text("XML:com.adobe.xmp", files.rdf(label))))
    assert claimed_statement((claim,)).statement == "unknown"


@pytest.mark.parametrize(
    ("namespace", "name"),
    [
        (IPTC_EXT, "DigitalSourcefileType"),
        (IPTC_EXT.replace("02-29", "02-19"), "DigitalSourceType"),
        (IPTC_EXT.rstrip("/"), "DigitalSourceType"),
    ],
)
def test_older_and_misprinted_names(namespace: str, name: str) -> None:
    """The property's first name, and the namespace as older papers misprint it."""
    packet = files.rdf(f"<o:{name}>{AI}</o:{name}>", f'xmlns:o="{namespace}"')
    claim = files.only(files.jpeg((0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + packet.encode())),
                       "image/jpeg")  # fmt: skip
    assert claim.digital_source_type == AI


def test_profiles_kept_as_hexadecimal_text() -> None:
    """ImageMagick keeps EXIF and XMP so when it writes a PNG."""

    def raw(name: str, value: bytes) -> str:
        digits = value.hex()
        lines = "\n".join(digits[n : n + 72] for n in range(0, len(digits), 72))
        return f"\n{name}\n{len(value):8}\n{lines}\n"

    block = b"Exif\x00\x00" + files.user_comment(written.INFOTEXT + "Version: v1.10.1")
    exif = files.packed_text("Raw profile type exif", raw("exif", block))
    label = f"<Iptc4xmpExt:DigitalSourceType>{AI}</Iptc4xmpExt:DigitalSourceType>"
    packet = b"http://ns.adobe.com/xap/1.0/\x00" + files.rdf(label).encode()
    xmp = files.packed_text("Raw profile type APP1", raw("APP1", packet))
    damaged = files.text("Raw profile type exif", "\nexif\n 4\nno digits")
    found = files.claims(files.png(exif, xmp, damaged))
    assert [(claim.tool, claim.carrier) for claim in found] == [
        ("AUTOMATIC1111", "PNG EXIF UserComment"),
        ("XMP/IPTC", "XMP (PNG zTXt)"),
    ]


def test_midjourney() -> None:
    """The prompt with its options; who asked for it is not taken."""
    claim = files.only(
        files.png(files.text("Description", written.MIDJOURNEY), files.text("Author", "somebody"))
    )
    assert (claim.tool, claim.prompt, claim.seed) == (
        "Midjourney",
        "a boat at dusk --ar 16:9 --seed 42 --v 6.1",
        "42",
    )
    assert claim.generator
    assert files.claims(files.png(files.text("Description", "A job. Job ID: see below"))) == ()


def test_novelai_without_its_settings() -> None:
    """Its name and the description stay where an editor drops the JSON."""
    claim = files.only(
        files.png(
            files.text("Software", "NovelAI"),
            files.text("Description", "1girl"),
            files.text("Source", written.NOVELAI_SOURCE),
        )
    )
    assert (claim.tool, claim.prompt, claim.seed) == ("NovelAI", "1girl", None)
    assert claim.model == "Stable Diffusion XL"


def test_invokeai_of_the_first_days() -> None:
    """Options without blanks, and the sampler by its older letter."""
    text = '"a hill" -s50 -b1 -W512 -H640 -C7.5 -mk_lms -S42'
    claim = files.only(files.png(files.text("Dream", text)))
    assert (claim.steps, claim.seed, claim.size) == (50, "42", "512x640")
    assert (claim.sampler, claim.guidance) == ("k_lms", "7.5")


@pytest.mark.parametrize(
    ("label", "said"), [("1", "generated"), ("2", "unknown"), ("3", "unknown")]
)
def test_labels_of_the_chinese_standard(label: str, said: str) -> None:
    """Generated is said by 1 alone: possible and suspected are neither yes nor no."""
    block = json.dumps({"AIGC": {"Label": label, "ContentProducer": "x", "ProduceID": "y"}})
    claim = files.only(files.png(files.text("AIGC", block)))
    assert claim.tool == "AIGC label"
    assert claimed_statement((claim,)).statement == said


def test_a_label_beside_a_source_type() -> None:
    """In one packet both are found; that they differ is then seen."""
    camera = AI.replace("trainedAlgorithmicMedia", "digitalCapture")
    value = '{"Label":"1","ContentProducer":"x","ProduceID":"y"}'
    packet = files.rdf(
        f"<Iptc4xmpExt:DigitalSourceType>{camera}</Iptc4xmpExt:DigitalSourceType>"
        f"<T:AIGC>{value}</T:AIGC>",
        'xmlns:T="http://www.tc260.org.cn/ns/AIGC/1.0/"',
    )
    found = files.claims(files.png(files.wide_text("XML:com.adobe.xmp", packet)))
    assert [claim.tool for claim in found] == ["XMP/IPTC", "AIGC label"]
    assert claimed_statement(found).statement == "generated"
    assert len(read.LABELS) == 1
