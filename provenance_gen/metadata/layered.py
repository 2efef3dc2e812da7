"""The layers of an editor's own files, by name: OpenRaster (.ora), Krita (.kra), Photoshop (.psd).

OpenRaster and Krita keep a zip archive with an XML list of layers (OpenRaster 0.0.6, section
``stack.xml``; Krita's ``maindoc.xml``); .psd is read by psd-tools, the extra ``layers``. Of
GIMP's .xcf no well-kept library is known, so its layers are not read. Only names, kinds and
whether a layer is seen are read, never pixels. The bytes are untrusted: this runs in a worker.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.parsers import expat

from provenance_gen.errors import MissingExtraError, UnreadableImageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["MAX_LAYERS", "Found", "layers"]

MAX_LAYERS: Final = 2000
"""Most layers that are named; all are counted."""

_MAX_LIST: Final = 16 << 20
_MAX_NAME: Final = 500
_MAX_DEPTH: Final = 200


class Found(NamedTuple):
    """One layer."""

    name: str
    kind: str
    """``layer`` or ``group``."""
    depth: int
    visible: bool


def layers(data: bytes, form: str) -> list[Found] | None:
    """Read the layers of a file, uppermost first; None for a form whose layers are not read.

    Args:
        data: the file.
        form: its ending without the dot.

    Raises:
        UnreadableImageError: the file is damaged, or not of that form.
        MissingExtraError: psd-tools is needed and not installed.
    """
    if form == "ora":
        return _listed(data, "stack.xml", _Stack())
    if form == "kra":
        return _listed(data, "maindoc.xml", _Document())
    if form == "psd":
        return list(_photoshop(data))
    return None


class _Stack:
    """OpenRaster's elements: ``stack`` within the first ``stack`` is a group."""

    group = ("stack",)
    single = ("layer", "text")
    skipped = 1

    @staticmethod
    def found(tag: str, given: dict[str, str], depth: int) -> Found:
        kind = "group" if tag == "stack" else "layer"
        seen = given.get("visibility", "visible") != "hidden"
        return Found(given.get("name", "")[:_MAX_NAME], kind, depth, seen)


class _Document:
    """Krita's elements: each layer is a ``layer``; one that holds others is a group."""

    group = ("layer",)
    single = ("mask",)
    skipped = 0

    @staticmethod
    def found(_tag: str, given: dict[str, str], depth: int) -> Found:
        kind = "group" if given.get("nodetype") == "grouplayer" else "layer"
        seen = given.get("visible", "1") != "0"
        return Found(given.get("name", "")[:_MAX_NAME], kind, depth, seen)


def _listed(data: bytes, member: str, rules: _Stack | _Document) -> list[Found]:
    """Walk through an archive's XML list of layers."""
    found: list[Found] = []
    depth = -rules.skipped

    def begin(tag: str, given: dict[str, str]) -> None:
        nonlocal depth
        if tag not in rules.group and tag not in rules.single:
            return
        if depth > _MAX_DEPTH:
            raise UnreadableImageError("its layers lie deeper in one another than can be")
        if depth >= 0:
            found.append(rules.found(tag, given, depth))
        depth += tag in rules.group

    def end(tag: str) -> None:
        nonlocal depth
        depth -= tag in rules.group

    def refuse(*_: object) -> None:
        raise UnreadableImageError("its list of layers defines entities")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.EntityDeclHandler = refuse
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(member) as file:
            listed = file.read(_MAX_LIST + 1)
        # A list that was cut off is no XML, and is refused as such.
        parser.Parse(listed[:_MAX_LIST], True)  # noqa: FBT003 - expat takes it by position
    except UnreadableImageError:
        raise
    except Exception as error:  # zipfile and zlib raise nearly everything
        raise UnreadableImageError("it is damaged, or no file of its ending") from error
    return found


def _photoshop(data: bytes) -> Iterator[Found]:
    try:
        from psd_tools import PSDImage  # noqa: PLC0415 - an extra, needed for one form only
    except ImportError as error:
        raise MissingExtraError("reading the layers of a .psd file", "layers") from error
    try:
        yield from _nested(PSDImage.open(io.BytesIO(data)), 0)
    except Exception as error:
        raise UnreadableImageError("it is damaged, or no file of its ending") from error


def _nested(group: Iterable[object], depth: int) -> Iterator[Found]:
    if depth > _MAX_DEPTH:
        return
    for layer in reversed(list(group)):
        is_group = bool(layer.is_group())  # type: ignore[attr-defined]
        name = str(layer.name)[:_MAX_NAME]  # type: ignore[attr-defined]
        visible = bool(layer.visible)  # type: ignore[attr-defined]
        yield Found(name, "group" if is_group else "layer", depth, visible)
        if is_group:
            yield from _nested(layer, depth + 1)  # type: ignore[arg-type]
