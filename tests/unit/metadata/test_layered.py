"""Layers of editors' files: names, groups, and what hostile files get."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image

from provenance_gen.errors import MissingExtraError, UnreadableImageError
from provenance_gen.metadata.layered import Found, layers

STACK = """<?xml version="1.0"?>
<image version="0.0.6" w="64" h="48"><stack>
  <layer name="Sail" src="data/0.png" visibility="visible"/>
  <stack name="Water" visibility="hidden"><layer name="Foam &amp; light" src="data/1.png"/></stack>
  <layer name="水面" src="data/2.png"/>
</stack></image>"""

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE DOC PUBLIC '-//KDE//DTD krita 2.0//EN' 'http://www.calligra.org/DTD/krita-2.0.dtd'>
<DOC xmlns="http://www.calligra.org/DTD/krita"><IMAGE name="a" width="64" height="48"><layers>
  <layer name="Ink" nodetype="paintlayer" visible="1"><masks><mask name="Fade"/></masks></layer>
  <layer name="Ground" nodetype="grouplayer" visible="0"><layers>
    <layer name="Paper" nodetype="paintlayer" visible="1"/>
  </layers></layer>
</layers></IMAGE></DOC>"""


def archive(**members: str) -> bytes:
    """Return a zip archive of XML members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in members.items():
            file.writestr(f"{name}.xml", text)
    return made.getvalue()


def test_openraster() -> None:
    """The outermost stack is the picture itself; stacks within it are groups."""
    assert layers(archive(stack=STACK), "ora") == [
        Found("Sail", "layer", 0, visible=True),
        Found("Water", "group", 0, visible=False),
        Found("Foam & light", "layer", 1, visible=True),
        Found("水面", "layer", 0, visible=True),
    ]


def test_krita() -> None:
    """Groups are told apart; a mask lies under its layer."""
    assert layers(archive(maindoc=DOCUMENT), "kra") == [
        Found("Ink", "layer", 0, visible=True),
        Found("Fade", "layer", 1, visible=True),
        Found("Ground", "group", 0, visible=False),
        Found("Paper", "layer", 1, visible=True),
    ]


def test_photoshop() -> None:
    """A .psd that psd-tools itself wrote is read back."""
    psd_tools = pytest.importorskip("psd_tools")
    made = psd_tools.PSDImage.new("RGB", (16, 16))
    made.create_pixel_layer(Image.new("RGB", (8, 8), "red"), name="Below")
    group = made.create_group(name="Above")
    group.create_pixel_layer(Image.new("RGB", (8, 8), "blue"), name="Inside")
    data = io.BytesIO()
    made.save(data)
    assert layers(data.getvalue(), "psd") == [
        Found("Above", "group", 0, visible=True),
        Found("Inside", "layer", 1, visible=True),
        Found("Below", "layer", 0, visible=True),
    ]


def test_gimp_is_not_read() -> None:
    """That a form's layers are not read is said, and is no error."""
    assert layers(b"gimp xcf v011\0", "xcf") is None


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize("form", ["ora", "kra", "psd"])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 no archive",
        archive(other="<a/>"),
        archive(stack="<a", maindoc="<a"),
        archive(stack=BOMB, maindoc=BOMB),
        archive(stack="<stack>" * 500, maindoc="<layer>" * 500),
        archive(stack=" " * (17 << 20) + "<a/>", maindoc=" " * (17 << 20) + "<a/>"),
        archive(stack=STACK, maindoc=DOCUMENT)[:-30],
    ],
)
def test_hostile_files(form: str, data: bytes) -> None:
    """Damaged, swollen and nested files, and those that define entities, are refused."""
    try:
        with pytest.raises(UnreadableImageError):
            layers(data, form)
    except MissingExtraError:
        pytest.skip("psd-tools is not installed")
