"""Keep an editor's layered file byte for byte, with what can be read of its layers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.editing.capture import LAYERED
from provenance_gen.errors import UnreadableImageError, UsageError
from provenance_gen.records.base import Text
from provenance_gen.records.edit import LayeredSource, SourceLayer
from provenance_gen.studio import aside
from provenance_gen.studio.child import Limits
from provenance_gen.studio.layering import SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.studio.studio import Studio

__all__ = ["keep_source"]

_MAX_BYTES: Final = 1 << 30
_READER: Final = "provenance_gen.studio.layering"


def keep_source(studio: Studio, path: Path) -> LayeredSource:
    """Keep a layered file as a blob, and read its layers in a process of its own.

    A file whose layers cannot be read is kept all the same, since it is evidence.

    Raises:
        UsageError: its ending is none of ``editing.capture.LAYERED``.
        UnreadableImageError: the file cannot be read, or is larger than 1 GiB.
        StorageError: the disk is full.
    """
    form = path.suffix.lower()
    if form not in LAYERED:
        raise UsageError(f"{path.name!r} is no layered file; known are {', '.join(LAYERED)}")
    try:
        if not path.is_file():
            raise UnreadableImageError(f"{path.name!r} does not exist, or is not a file")
        if path.stat().st_size > _MAX_BYTES:
            raise UnreadableImageError(f"{path.name!r} is larger than {_MAX_BYTES >> 20} MiB")
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableImageError(f"{path.name!r} cannot be read") from error
    found = _read(data, form.removeprefix("."))
    listed = found.get("layers")
    return LayeredSource(
        blob=studio.store.put_blob(data),
        form=form.removeprefix("."),
        size=len(data),
        layers=None if listed is None else tuple(_layer(item) for item in listed),
        count=found.get("count"),
        name=Text(path.name),
    )


def _layer(item: dict[str, Any]) -> SourceLayer:
    name = Text(str(item["name"]))
    return SourceLayer(
        name=name or None, kind=item["kind"], depth=item["depth"], visible=item["visible"]
    )


def _read(data: bytes, form: str) -> dict[str, Any]:
    told, _ = aside.ask(_READER, data, form, limits=Limits(seconds=SECONDS))
    try:
        answer = json.loads(told)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
