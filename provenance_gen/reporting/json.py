"""A report as JSON: the same context as the page, for programs.

Texts stand exactly as they were given, so whoever shows them must escape them. Pictures are left
out; their pixel digests stand in their places.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provenance_gen.records.report import ReportContext


def render(context: ReportContext) -> bytes:
    """Return UTF-8 JSON of schema ``provenance-gen/report/1``, in the order of the record."""
    value = context.model_dump(mode="json")
    ordered = {"schema": value.pop("schema_"), **value}
    return (json.dumps(ordered, ensure_ascii=False, indent=2) + "\n").encode()
