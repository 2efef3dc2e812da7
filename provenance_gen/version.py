"""The version of this program, in a module that everything may import."""

from __future__ import annotations

from typing import Final

VERSION: Final = "0.1.0"
