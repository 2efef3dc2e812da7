"""XMP packets: the few properties that speak of making are read, and our own are written.

ISO 16684-1 for the form; IPTC Photo Metadata 2025.1 for ``DigitalSourceType`` and the fields on AI
(``AISystemUsed``, ``AISystemVersionUsed``, ``AIPromptInformation``), and since 2023.1 for
``DataMining`` and ``OtherConstraints``, which it took over from PLUS. The reader refuses document
type declarations and entities, so that nothing in a packet can expand or point elsewhere.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from provenance_gen.metadata import jpeg, png

IPTC_EXT: Final = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
EXIF: Final = "http://ns.adobe.com/exif/1.0/"
XMP: Final = "http://ns.adobe.com/xap/1.0/"
DUBLIN_CORE: Final = "http://purl.org/dc/elements/1.1/"
TC260: Final = "http://www.tc260.org.cn/ns/AIGC/1.0/"
PLUS: Final = "http://ns.useplus.org/ldf/xmp/1.0/"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
MAX_PACKET: Final = 4 << 20
"""Longest packet that is read, in bytes."""

PNG_KEY: Final = "XML:com.adobe.xmp"
JPEG_HEAD: Final = b"http://ns.adobe.com/xap/1.0/\x00"
MAX_JPEG_PACKET: Final = jpeg.MAX_SEGMENT - len(JPEG_HEAD)
"""Longest packet that one JPEG segment holds, in bytes."""

_APP1: Final = 0xE1
_SURROGATES: Final = range(0xD800, 0xE000)
_MAX_DEPTH: Final = 32
_MAX_ELEMENTS: Final = 20_000
_MAX_VALUES: Final = 16
_MAX_VALUE: Final = 1 << 20
_EARLIER: Final = ("2008-02-29/", "2008-02-19/", "2008-02-29", "2008-02-19")
"""How the namespace of IPTC's extension ends: as it should, and in what older papers misprinted."""

_PROPERTIES: Final = {
    # Its first version called the same property otherwise.
    f"{IPTC_EXT} DigitalSourcefileType": "DigitalSourceType",
    **{
        f"{IPTC_EXT.removesuffix(_EARLIER[0])}{end} DigitalSourceType": "DigitalSourceType"
        for end in _EARLIER
    },
    f"{IPTC_EXT} AISystemUsed": "AISystemUsed",
    f"{IPTC_EXT} AISystemVersionUsed": "AISystemVersionUsed",
    f"{IPTC_EXT} AIPromptInformation": "AIPromptInformation",
    f"{IPTC_EXT} AIPromptWriterName": "AIPromptWriterName",
    f"{PLUS} DataMining": "DataMining",
    f"{TC260} AIGC": "AIGC",
    f"{EXIF} UserComment": "UserComment",
    f"{XMP} CreatorTool": "CreatorTool",
    f"{DUBLIN_CORE} creator": "creator",
}
_RDF: Final = f"{RDF} RDF"
_RESOURCE: Final = f"{RDF} resource"
_ESCAPES: Final = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_DESCRIPTION: Final = f"{RDF} Description"


class _RefusedError(Exception):
    """The packet declares types or entities, nests too deeply or is too long."""


def read(packet: bytes) -> dict[str, tuple[str, ...]]:
    """Return the properties of use, by their name without namespace; empty where there are none.

    Values written as attributes, elements, references or list items count alike. What stands
    before an error is not used either: half a packet is none.
    """
    if len(packet) > MAX_PACKET:
        return {}
    if packet[:2] not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        # Some writers end the packet with zeros, which XML forbids.
        packet = packet.strip(b"\x00 \r\n\t")
    reader = _Reader()
    try:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CharacterDataHandler = reader.text
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        parser.Parse(packet, True)  # noqa: FBT003 - expat takes it by position
    except (expat.ExpatError, _RefusedError, ValueError, LookupError):
        return {}  # LookupError and ValueError: an encoding that Python does not know or like
    return {name: tuple(values) for name, values in reader.found.items()}


def _refuse(*_: object) -> None:
    raise _RefusedError


@dataclass
class _Reader:
    """Collects the wanted properties while expat walks through the packet."""

    found: dict[str, list[str]] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    """Names of the elements that are open."""
    elements: int = 0
    wanted: str | None = None
    """Name of the wanted property that is open."""
    opened: int = 0
    """At which depth it was opened."""
    parts: list[str] = field(default_factory=list)
    length: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        outer = self.path[-2:]
        self.path.append(name)
        self.elements += 1
        if len(self.path) > _MAX_DEPTH or self.elements > _MAX_ELEMENTS:
            raise _RefusedError
        # Deeper down stand the properties of other pictures, from which this one was made.
        if self.wanted is None and name in _PROPERTIES and outer == [_RDF, _DESCRIPTION]:
            self.wanted, self.opened = _PROPERTIES[name], len(self.path)
        if self.wanted is not None:
            self._close_value()
            if _RESOURCE in attributes:
                self._add(self.wanted, attributes[_RESOURCE])
        elif name == _DESCRIPTION and outer[-1:] == [_RDF]:
            for key, value in attributes.items():
                if key in _PROPERTIES:
                    self._add(_PROPERTIES[key], value)

    def end(self, _name: str) -> None:
        if self.wanted is not None:
            self._close_value()
            if len(self.path) == self.opened:
                self.wanted = None
        self.path.pop()

    def text(self, text: str) -> None:
        if self.wanted is not None and self.length < _MAX_VALUE:
            self.parts.append(text)
            self.length += len(text)

    def _close_value(self) -> None:
        value = "".join(self.parts).strip()
        self.parts, self.length = [], 0
        if value and self.wanted:
            self._add(self.wanted, value)

    def _add(self, name: str, value: str) -> None:
        values = self.found.setdefault(name, [])
        if len(values) < _MAX_VALUES:
            values.append(value[:_MAX_VALUE])


def packet(
    source_type: str | None,
    *,
    creator: str | None = None,
    system: str | None = None,
    system_version: str | None = None,
    prompt: str | None = None,
    mining: str | None = None,
    constraints: str | None = None,
    aigc: str | None = None,
) -> bytes:
    """Write an XMP packet that says how a picture was made; the same input gives the same bytes.

    Args:
        source_type: IPTC digital source type, its whole address; left out where None.
        creator: name that the person signs as (``dc:creator``); left out where None.
        system: engine or model that was used (``AISystemUsed``); left out where None.
        system_version: its version (``AISystemVersionUsed``).
        prompt: information on the prompt (``AIPromptInformation``).
        mining: what is allowed of mining and training (``plus:DataMining``), the whole address of
            a term of the PLUS vocabulary; left out where None.
        constraints: the conditions that such a term points to (``plus:OtherConstraints``).
        aigc: JSON of an AIGC block (``TC260:AIGC``), from ``metadata.aigc.value``.
    """
    fields = {
        "DigitalSourceType": source_type,
        "AISystemUsed": system,
        "AISystemVersionUsed": system_version,
        "AIPromptInformation": prompt,
    }
    lines = [
        f"   <Iptc4xmpExt:{name}>{_allowed(value).translate(_ESCAPES)}</Iptc4xmpExt:{name}>"
        for name, value in fields.items()
        if value
    ]
    if creator:
        name = _allowed(creator).translate(_ESCAPES)
        lines.append(f"   <dc:creator><rdf:Seq><rdf:li>{name}</rdf:li></rdf:Seq></dc:creator>")
    if mining:
        term = _allowed(mining).translate(_ESCAPES)
        lines.append(f"   <plus:DataMining>{term}</plus:DataMining>")
    if constraints:
        words = _in_any_language(constraints)
        lines.append(f"   <plus:OtherConstraints>{words}</plus:OtherConstraints>")
    if aigc:
        lines.append(f"   <TC260:AIGC>{_allowed(aigc).translate(_ESCAPES)}</TC260:AIGC>")
    body = "\n".join(lines)
    more = f' xmlns:dc="{DUBLIN_CORE}"' if creator else ""
    more += f' xmlns:plus="{PLUS}"' if mining or constraints else ""
    more += f' xmlns:TC260="{TC260}"' if aigc else ""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        f' <rdf:RDF xmlns:rdf="{RDF}">\n'
        f'  <rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{IPTC_EXT}"{more}>\n'
        f"{body}\n"
        "  </rdf:Description>\n"
        " </rdf:RDF>\n"
        "</x:xmpmeta>\n"
        '<?xpacket end="r"?>'
    ).encode()


def put_in(data: bytes, packet: bytes) -> bytes:
    """Return a PNG or JPEG with the packet spliced in; every other byte stays as it is.

    Args:
        data: a file without a packet of its own.
        packet: from ``packet``; for JPEG at most ``MAX_JPEG_PACKET`` bytes.

    Raises:
        ValueError: it is neither a PNG nor a JPEG, or the packet is too long for a JPEG.
    """
    if data.startswith(png.SIGNATURE):
        return png.with_international_text(data, PNG_KEY, packet)
    return jpeg.with_segment(data, _APP1, JPEG_HEAD + packet)


def _in_any_language(text: str) -> str:
    """Return a text in the form of those that may stand in several languages, with one for all."""
    item = f'<rdf:li xml:lang="x-default">{_allowed(text).translate(_ESCAPES)}</rdf:li>'
    return f"<rdf:Alt>{item}</rdf:Alt>"


def _allowed(text: str) -> str:
    """Replace the characters that XML 1.0 cannot hold (section 2.2), and carriage returns.

    A reader of XML turns carriage returns into line feeds in any case.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter if _is_character(letter) else "\ufffd" for letter in text)


def _is_character(letter: str) -> bool:
    code = ord(letter)
    if code < 0x20:  # noqa: PLR2004 - the control characters
        return letter in "\t\n"
    return code not in _SURROGATES and code not in (0xFFFE, 0xFFFF)
