"""A report as JSON: the same context as the page, for programs.

Texts stand exactly as they were given, so whoever shows them must escape them. Pictures are left
out; their pixel digests stand in their places. The report of a large work is many times larger than
one would hold in memory, so it is given in pieces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.records.base import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance_gen.records.report import ReportContext

_STEP: Final = 2


def render(context: ReportContext) -> bytes:
    """Return UTF-8 JSON of schema ``provenance-gen/report/1``, in the order of the record."""
    return b"".join(pieces(context))


def pieces(context: ReportContext) -> Iterator[bytes]:
    """Give the same piece by piece: a field of the record, or an item of one that lists records."""
    yield b'{\n  "schema": ' + _field(context, "schema_")
    for name in type(context).model_fields:
        if name == "schema_":
            continue
        yield f',\n  "{name}": '.encode()
        value = getattr(context, name)
        if isinstance(value, tuple) and value and isinstance(value[0], Record):
            yield from _listed(value)
        else:
            yield _field(context, name)
    yield b"\n}\n"


def _listed(items: tuple[Record, ...]) -> Iterator[bytes]:
    between = b"[\n    "
    for item in items:
        yield between + _moved(item.model_dump_json(indent=_STEP), 2 * _STEP)
        between = b",\n    "
    yield b"\n  ]"


def _field(context: ReportContext, name: str) -> bytes:
    """Return the value of one field as it stands in the whole."""
    whole = context.model_dump_json(indent=_STEP, include={name})
    return whole[whole.index(":") + 2 : -len("\n}")].encode()


def _moved(text: str, by: int) -> bytes:
    # Line feeds in texts are escaped: what stands here was put in between.
    return text.replace("\n", "\n" + " " * by).encode()
