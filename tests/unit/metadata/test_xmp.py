"""XMP packets: written and read, and hostile ones refused."""

from __future__ import annotations

import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.images.pixels import decode, pixel_digest
from provenance_gen.metadata import carriers, xmp
from tests.unit.metadata import files

AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
DIGITAL = "Iptc4xmpExt:DigitalSourceType"


@pytest.mark.parametrize(
    "packet",
    [
        files.rdf(f"<{DIGITAL}>{AI}</{DIGITAL}>"),
        files.rdf(f"<{DIGITAL}>\n  {AI}\n</{DIGITAL}>"),
        files.rdf(f'<{DIGITAL} rdf:resource="{AI}"/>'),
        files.rdf(f"<{DIGITAL}><rdf:Bag><rdf:li>{AI}</rdf:li></rdf:Bag></{DIGITAL}>"),
        files.rdf("", f'Iptc4xmpExt:DigitalSourceType="{AI}"'),
        files.rdf(f"<{DIGITAL}>{AI}</{DIGITAL}>")
        .replace("Iptc4xmpExt:", "o:")
        .replace("xmlns:Iptc4xmpExt", "xmlns:o"),
    ],
)
def test_every_way_to_write_a_property(packet: str) -> None:
    """As an element, a reference, a list, an attribute, and under any prefix."""
    assert xmp.read(packet.encode()) == {"DigitalSourceType": (AI,)}
    claim = files.only(files.png(files.wide_text("XML:com.adobe.xmp", packet)))
    assert (claim.tool, claim.carrier) == ("XMP/IPTC", "XMP (PNG iTXt)")
    assert (claim.digital_source_type, claim.generator) == (AI, False)
    assert claim.raw_digest == hashlib.sha256(packet.encode()).hexdigest()


@pytest.mark.parametrize("coding", ["utf-16", "utf-8-sig"])
def test_other_encodings(coding: str) -> None:
    """What the packet's byte order mark says."""
    packet = files.rdf(f"<{DIGITAL}>{AI}</{DIGITAL}>").replace("\ufeff", "")
    assert xmp.read(packet.encode(coding)) == {"DigitalSourceType": (AI,)}


@pytest.mark.parametrize("extra", ["", f"<{DIGITAL}>{AI}</{DIGITAL}>"])
def test_authors(extra: str) -> None:
    """Each of ``dc:creator``, in order, also where nothing else of use stands in the packet."""
    names = "<rdf:Seq><rdf:li>A. Painter</rdf:li><rdf:li>B, Singer</rdf:li></rdf:Seq>"
    packet = files.rdf(f"{extra}<dc:creator>{names}</dc:creator>", f'xmlns:dc="{xmp.DUBLIN_CORE}"')
    claim = files.only(files.png(files.wide_text("XML:com.adobe.xmp", packet)))
    assert (claim.tool, claim.authors) == ("XMP/IPTC", ("A. Painter", "B, Singer"))
    assert (claim.digital_source_type is not None) == bool(extra)
    assert not claim.generator


def test_the_fields_on_ai() -> None:
    """IPTC 2025.1: system, version and prompt; a packet without any of them is no claim."""
    fields = (
        "<Iptc4xmpExt:AISystemUsed>Painter</Iptc4xmpExt:AISystemUsed>"
        "<Iptc4xmpExt:AISystemVersionUsed>2</Iptc4xmpExt:AISystemVersionUsed>"
        "<Iptc4xmpExt:AIPromptInformation><rdf:Alt><rdf:li>a boat</rdf:li></rdf:Alt>"
        "</Iptc4xmpExt:AIPromptInformation>"
    )
    claim = files.only(files.png(files.wide_text("XML:com.adobe.xmp", files.rdf(fields))))
    assert (claim.model, claim.prompt, claim.generator) == ("Painter 2", "a boat", True)
    assert claim.digital_source_type is None
    empty = files.png(files.wide_text("XML:com.adobe.xmp", files.rdf("")))
    assert files.claims(empty) == ()


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(8))
    + "]>"
)


@pytest.mark.parametrize(
    "packet",
    [
        LAUGHS + files.rdf(f"<{DIGITAL}>&i;</{DIGITAL}>"),
        '<!DOCTYPE x SYSTEM "http://example.org/x.dtd">'
        + files.rdf(f"<{DIGITAL}>{AI}</{DIGITAL}>"),
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>',
        files.rdf(f"<{DIGITAL}>{AI}</{DIGITAL}>") + "<more/>",
        files.rdf(f"<{DIGITAL}>{AI}</{DIGITAL}>")[:-30],
        files.rdf(f"<{DIGITAL}>&undefined;</{DIGITAL}>"),
        "<a>" * 5_000,
        files.rdf("<exif:x/>" * 30_000 + f"<{DIGITAL}>{AI}</{DIGITAL}>"),
        '<?xml version="1.0" encoding="no-such-thing"?><x/>',
        "",
    ],
)
def test_refused(packet: str) -> None:
    """Declarations, entities, damage, depth, length: such a packet holds nothing."""
    begun = time.process_time()
    assert xmp.read(packet.removeprefix("\ufeff").encode()) == {}
    assert time.process_time() - begun < 2


@given(st.text(max_size=200), st.text(max_size=60))
def test_what_is_written_is_read_back(prompt: str, system: str) -> None:
    """Any text comes back, but for what XML cannot hold and blanks around it."""
    packet = xmp.packet(AI, system=system, prompt=prompt)
    values = xmp.read(packet)
    assert values["DigitalSourceType"] == (AI,)
    plain = xmp._allowed(prompt).strip()
    assert values.get("AIPromptInformation", ("",))[0] == plain
    assert packet == xmp.packet(AI, system=system, prompt=prompt)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_spliced_in_by_bytes(kind: str) -> None:
    """Every byte of the picture stays; the packet stands where readers look for it."""
    data = files.encoded(kind)
    packet = xmp.packet(AI)
    marked = xmp.put_in(data, packet)
    place = next(n for n in range(len(data)) if data[n] != marked[n])
    added = len(marked) - len(data)
    assert marked[:place] == data[:place]
    assert any(marked[n + added :] == data[n:] for n in range(place + 1))
    assert pixel_digest(decode(marked)) == pixel_digest(decode(data))
    (carrier,) = carriers.find(marked, f"image/{kind.lower()}")
    assert (carrier.raw, carrier.properties) == (packet, {"DigitalSourceType": (AI,)})


def test_what_cannot_be_marked() -> None:
    """Another format, and a packet that no JPEG segment holds."""
    with pytest.raises(ValueError, match="JPEG"):
        xmp.put_in(files.encoded("WEBP"), xmp.packet(AI))
    with pytest.raises(ValueError, match="at most"):
        xmp.put_in(files.encoded("JPEG"), xmp.packet(AI, prompt="x" * 70_000))


def test_properties_of_other_pictures_are_not_this_ones() -> None:
    """Editors keep the packets of what was pasted in; they stand deeper down."""
    pasted = (
        '<p:Pantry xmlns:p="http://ns.adobe.com/xap/1.0/mm/"><rdf:Bag><rdf:li>'
        f"<rdf:Description><{DIGITAL}>{AI}</{DIGITAL}></rdf:Description></rdf:li>"
        f'<rdf:li><rdf:Description Iptc4xmpExt:DigitalSourceType="{AI}"/></rdf:li>'
        "</rdf:Bag></p:Pantry>"
    )
    assert xmp.read(files.rdf(pasted).encode()) == {}


def test_two_values_for_one_property() -> None:
    """The last counts, and that there are two is kept."""
    two = f"<{DIGITAL}>other</{DIGITAL}><{DIGITAL}>{AI}</{DIGITAL}>"
    claim = files.only(files.png(files.wide_text("XML:com.adobe.xmp", files.rdf(two))))
    assert (claim.digital_source_type, claim.doubled) == (AI, True)
