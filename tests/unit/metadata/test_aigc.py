"""The AIGC block: found wherever it stands, checked, and written in the standard's form."""

from __future__ import annotations

import json

import pytest

from provenance_gen.metadata import aigc, marks, xmp
from tests.unit.metadata import files

GOOD = aigc.value(producer="0019100001", content_id="abc-1", integrity="sha256:00")


def with_text(key: str, text: str) -> bytes:
    """Return a PNG with an international text chunk."""
    return files.png(files.wide_text(key, text))


def packet(value: str) -> str:
    """Return an XMP packet with the property."""
    escaped = value.replace("&", "&amp;").replace('"', "&quot;")
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="'
        f'{xmp.RDF}"><rdf:Description rdf:about="" xmlns:TC260="{xmp.TC260}"'
        f' TC260:AIGC="{escaped}"/></rdf:RDF></x:xmpmeta>'
    )


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("AIGC", GOOD),
        ("AIGC", json.dumps({"AIGC": json.loads(GOOD)})),
        ("Comment", json.dumps({"AIGC": json.loads(GOOD)})),
        ("Comment", json.dumps({"AIGC": GOOD})),
        (xmp.PNG_KEY, packet(GOOD)),
    ],
)
def test_a_block_is_found_wherever_it_stands(key: str, text: str) -> None:
    """In a field of its name, inside JSON, and in XMP."""
    (block,) = marks.read(with_text(key, text), "image/png").aigc
    assert block.faults == ()
    assert block.fields == json.loads(GOOD)


def test_what_is_written_has_every_field_and_repeats_the_producer() -> None:
    """First write: the propagator's fields are the producer's (appendix E, note 1)."""
    fields = json.loads(GOOD)
    assert tuple(fields) == aigc.FIELDS
    assert fields["ContentPropagator"] == fields["ContentProducer"] == "0019100001"
    assert fields["PropagateID"] == fields["ProduceID"] == "abc-1"
    assert (fields["Label"], fields["ReservedCode2"]) == ("1", "")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"Label": "4"}, "Label is none of"),
        ({"Label": ""}, "Label is missing"),
        ({"ContentProducer": "某公司"}, "ContentProducer holds a character"),
        ({"ProduceID": 'a"b'}, "ProduceID holds a character"),
        ({"ProduceID": 7}, "ProduceID is no text"),
    ],
)
def test_faults_are_named(change: dict[str, object], says: str) -> None:
    """Each by its field."""
    (block,) = marks.read(
        with_text("AIGC", json.dumps(json.loads(GOOD) | change)), "image/png"
    ).aigc
    assert any(says in fault for fault in block.faults)


@pytest.mark.parametrize("text", ["", "[]", "7", "{", '{"AIGC": 3}'])
def test_what_is_no_block_is_said_to_be_none(text: str) -> None:
    """It stands in a field of that name all the same."""
    (block,) = marks.read(with_text("AIGC", text), "image/png").aigc
    assert block.faults


def test_two_blocks_are_two() -> None:
    """The standard allows one."""
    data = files.png(files.wide_text(xmp.PNG_KEY, packet(GOOD)), files.wide_text("AIGC", GOOD))
    assert len(marks.read(data, "image/png").aigc) == 2


@pytest.mark.parametrize("producer", ["", "某公司", "a b", 'a"b'])
def test_a_block_that_the_standard_forbids_is_not_written(producer: str) -> None:
    """No name is made to fit, and no code invented."""
    with pytest.raises(ValueError, match="ContentProducer"):
        aigc.value(producer=producer, content_id="1")


def test_iptc_fields_are_counted() -> None:
    """Those that a marking policy asks for."""
    data = with_text(
        xmp.PNG_KEY,
        xmp.packet("http://cv.iptc.org/newscodes/digitalsourcetype/x", system="S").decode(),
    )
    found = marks.read(data, "image/png")
    assert (found.systems, found.versions, found.prompts) == (("S",), (), 0)
    assert len(found.source_types) == 1
