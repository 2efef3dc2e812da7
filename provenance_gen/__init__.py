"""provenance-gen: record the making of an image, seal it, sign the picture, let others check it.

The public face is small: ``Studio`` and ``Work`` record, ``verify`` checks any image file. It
documents; it never decides that something is protected by copyright.

Nothing heavy is imported here: torch and diffusers load when a model does, SQLModel when a studio
is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance_gen.version import VERSION

if TYPE_CHECKING:
    from provenance_gen.studio import Studio, Work
    from provenance_gen.studio.verify import verify

__version__ = VERSION

__all__ = ["Studio", "Work", "__version__", "verify"]


def __getattr__(name: str) -> Any:
    """Import the public names when they are first asked for (PEP 562)."""
    if name == "verify":
        # Not an attribute of ``studio``: there its module takes that name once it is imported.
        from provenance_gen.studio.verify import verify  # noqa: PLC0415

        return verify
    if name in ("Studio", "Work"):
        from provenance_gen import studio  # noqa: PLC0415

        return getattr(studio, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
