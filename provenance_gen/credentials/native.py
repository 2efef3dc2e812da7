"""The C2PA library, loaded from where it is installed and from nowhere else.

Left to itself its Python half looks for the native one in the current folder first. That may be a
stranger's folder full of pictures to be verified, and whatever lies there under that name would
run. All of this room that needs the library takes it from here (an import-linter contract says so).
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any, Final

_VARIABLE: Final = "C2PA_LIBRARY_NAME"
"""Where the library may be told what to load; a whole path ends its search."""
_FILES: Final = {"win32": "c2pa_c.dll", "darwin": "libc2pa_c.dylib"}
_FILE: Final = "libc2pa_c.so"


def _installed() -> Path:
    """Return the native half: the installed one, or that which the user's environment names whole.

    Raises:
        ImportError: it is not where it belongs.
    """
    told = os.environ.get(_VARIABLE, "")
    if Path(told).is_absolute():
        return Path(told)
    found = importlib.util.find_spec("c2pa")
    file = _FILES.get(sys.platform, _FILE)
    for place in (found.submodule_search_locations or ()) if found else ():
        for path in (Path(place, "libs", file), Path(place, file)):
            if path.is_file():
                return path.absolute()
    raise ImportError(f"{file} is not in the installed package c2pa-python; install it again")


def _loaded(native: Path) -> Any:
    before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = str(native)
    try:
        import c2pa as library  # noqa: PLC0415 - not before it is told what to load
    finally:
        del os.environ[_VARIABLE]
        if before is not None:
            os.environ[_VARIABLE] = before
    return library


NATIVE: Final = _installed()
"""The native half, whose C interface ``credentials.in_memory`` calls."""
c2pa: Final = _loaded(NATIVE)
"""The package ``c2pa``, which has no types."""
