"""The one door to OpenCV, which comes with the extra ``measure``.

Imported when it is needed, so that everything else works without it. One thread and one seed:
the same pixels give the same figures.
"""

from __future__ import annotations

import functools
from typing import Any

from provenance_gen.errors import MissingExtraError

__all__ = ["vision"]


@functools.cache
def vision() -> Any:
    """Return OpenCV, set to one thread.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import cv2  # noqa: PLC0415
    except ImportError as error:
        purpose = "finding what another program changed"
        raise MissingExtraError(purpose, "measure") from error
    cv2.setNumThreads(1)
    return cv2
