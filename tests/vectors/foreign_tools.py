"""Unsigned pictures with what each foreign tool writes, in each container it writes it to."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Final

from provenance_gen.credentials.vocabulary import IPTC
from tests.unit.metadata import files, written
from tests.vectors.vector import Vector

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_MANIFEST: Final = ((2, "provgen.manifest.none"),)


def vectors() -> Iterator[Vector]:
    """Yield a picture for each tool, generation of a tool, and place that it writes to."""
    for file, data, tool, carrier in (*_infotexts(), *_json(), *_graphs(), *_others(), *_hidden()):
        yield Vector(
            f"foreign/{file}",
            f"unsigned; {tool} wrote into it ({carrier})",
            data,
            ("unsigned",),
            failed=_NO_MANIFEST,
            claims=((tool, carrier),),
        )


Row = tuple[str, bytes, str, str]
"""File, bytes, tool, carrier."""


def _infotexts() -> Iterator[Row]:
    for number, (ending, tool) in enumerate(written.INFOTEXT_ENDINGS.items()):
        chunk = files.text("parameters", written.INFOTEXT + ending)
        yield f"infotext-{number}.png", files.png(chunk), tool, "PNG tEXt parameters"
    text = written.INFOTEXT + "Version: v1.10.1"
    block = files.user_comment(text)
    tool = "AUTOMATIC1111"
    yield "a1111.jpg", files.jpeg_exif(block), tool, "JPEG EXIF UserComment"
    yield "a1111.webp", files.webp((b"EXIF", block)), tool, "WebP EXIF UserComment"
    yield "a1111.gif", files.gif(text.encode()), tool, "GIF comment"
    upscaled = files.png(files.text("postprocessing", written.UPSCALED))
    yield "upscaled.png", upscaled, "A1111-compatible", "PNG tEXt postprocessing"
    krita = files.png(files.wide_text("parameters", written.KRITA))
    yield "krita.png", krita, "Krita AI Diffusion", "PNG iTXt parameters"


def _json() -> Iterator[Row]:
    swarm = json.dumps(written.SWARMUI)
    where = "PNG iTXt parameters"
    yield "swarmui.png", files.png(files.wide_text("parameters", swarm)), "SwarmUI", where
    in_exif = files.user_comment(swarm, "utf-16-le")
    yield "swarmui.jpg", files.jpeg_exif(in_exif), "SwarmUI", "JPEG EXIF UserComment"
    legacy = files.tiff([(0x0110, 2, swarm.encode() + b"\x00")])
    yield "swarmui-legacy.webp", files.webp((b"EXIF", legacy)), "SwarmUI", "WebP EXIF Model"
    fooocus = files.text("parameters", json.dumps(written.FOOOCUS))
    scheme = files.text("fooocus_scheme", "fooocus")
    yield "fooocus.png", files.png(fooocus, scheme), "Fooocus", "PNG tEXt parameters"
    for name, key, text in (
        ("3", "invokeai_metadata", json.dumps(written.INVOKEAI)),
        ("2", "sd-metadata", json.dumps(written.INVOKEAI_SECOND)),
        ("1", "Dream", written.INVOKEAI_FIRST),
    ):
        data = files.png(files.text(key, text))
        yield f"invokeai-{name}.png", data, "InvokeAI", f"PNG tEXt {key}"
    novelai = files.png(
        files.text("Software", "NovelAI"),
        files.text("Source", written.NOVELAI_SOURCE),
        files.text("Comment", json.dumps(written.NOVELAI)),
    )
    yield "novelai.png", novelai, "NovelAI", "PNG tEXt Comment"
    block = files.user_comment(json.dumps(written.MFLUX), "utf-8")
    yield "mflux.png", files.png(files.chunk(b"eXIf", block)), "mflux", "PNG EXIF UserComment"


def _graphs() -> Iterator[Row]:
    graph, screen = json.dumps(written.comfyui()), json.dumps(written.COMFYUI_SCREEN)
    both = (files.text("prompt", graph), files.text("workflow", screen))
    yield "comfyui.png", files.png(*both), "ComfyUI", "PNG tEXt prompt"
    block = files.tiff(
        [(0x010F, 2, b"workflow:" + screen.encode()), (0x0110, 2, b"prompt:" + graph.encode())]
    )
    yield "comfyui.webp", files.webp((b"EXIF", block)), "ComfyUI", "WebP EXIF Model"
    chunk = files.chunk(b"comf", b"prompt\x00" + graph.encode("latin-1"))
    yield "comfyui.apng", files.png(chunk, behind=True), "ComfyUI", "APNG comf prompt"


def _others() -> Iterator[Row]:
    keys = (files.text(key, value) for key, value in written.EASY_DIFFUSION.items())
    yield "easy-diffusion.png", files.png(*keys), "Easy Diffusion", "PNG tEXt prompt"
    block = files.user_comment(written.EASY_DIFFUSION_JSON)
    yield "easy-diffusion.jpg", files.jpeg_exif(block), "Easy Diffusion", "JPEG EXIF UserComment"
    value = json.dumps(written.DRAW_THINGS)
    alternatives = f"<rdf:Alt><rdf:li xml:lang='x-default'>{value}</rdf:li></rdf:Alt>"
    packet = files.rdf(f"<exif:UserComment>{alternatives}</exif:UserComment>")
    data = files.png(files.wide_text("XML:com.adobe.xmp", packet))
    yield "draw-things.png", data, "Draw Things", "XMP (PNG iTXt)"
    config = files.text("DgenerateConfig", written.DGENERATE)
    yield "dgenerate.png", files.png(config), "dgenerate", "PNG tEXt DgenerateConfig"
    for kind in ("trainedAlgorithmicMedia", "digitalCapture"):
        label = f"<Iptc4xmpExt:DigitalSourceType>{IPTC}{kind}</Iptc4xmpExt:DigitalSourceType>"
        data = files.png(files.wide_text("XML:com.adobe.xmp", files.rdf(label)))
        yield f"iptc-{kind}.png", data, "XMP/IPTC", "XMP (PNG iTXt)"
    term = "<plus:DataMining>http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED</plus:DataMining>"
    packet = files.rdf(term, 'xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"')
    data = files.png(files.wide_text("XML:com.adobe.xmp", packet))
    yield "plus-data-mining.png", data, "XMP/IPTC", "XMP (PNG iTXt)"

    block = files.wide_text("AIGC", written.AIGC)
    yield "aigc.png", files.png(block), "AIGC label", "PNG iTXt AIGC"
    job = files.text("Description", written.MIDJOURNEY)
    yield "midjourney.png", files.png(job), "Midjourney", "PNG tEXt Description"


def _hidden() -> Iterator[Row]:
    for name in written.STEALTH_NAMES:
        picture = written.hidden(name.encode(), written.stealth(name.encode()))
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        where = "alpha" if "png" in name else "rgb"
        yield f"{name.replace('_', '-')}.png", buffer.getvalue(), "NovelAI", f"stealth {where}"
