"""The public face: ``Studio`` and ``Work``; one file per verb; the only place where rooms meet.

Names are imported when they are first asked for, since the process that parses untrusted files
starts here too and must stay light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from provenance_gen.studio.studio import Studio
    from provenance_gen.studio.work import Work

__all__ = ["Studio", "Work"]


def __getattr__(name: str) -> Any:
    """Import the public names when they are first asked for (PEP 562)."""
    if name == "Studio":
        from provenance_gen.studio.studio import Studio  # noqa: PLC0415

        return Studio
    if name == "Work":
        from provenance_gen.studio.work import Work  # noqa: PLC0415

        return Work
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
