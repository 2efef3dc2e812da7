"""Where the shipped policies and report templates are.

In an installed wheel they lie in ``provenance_gen/_data``; in a checkout they are the folders
``policies/`` and ``reports/templates/`` at the top, so that an edit shows at once. Files of the
user's own are given by path and never looked up here.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from provenance_gen.errors import ResourceError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_PACKAGED = files("provenance_gen").joinpath("_data")
_CHECKOUT = Path(__file__).resolve().parents[1]


def data_root() -> Traversable:
    """Return the folder that holds ``policies`` and ``reports/templates``.

    Raises:
        ResourceError: neither the packaged data nor a checkout is there.
    """
    if _PACKAGED.is_dir():
        return _PACKAGED
    if (_CHECKOUT / "pyproject.toml").is_file() and (_CHECKOUT / "policies").is_dir():
        return _CHECKOUT
    raise ResourceError("the shipped policies and report templates are missing; reinstall")


def policies() -> Traversable:
    """Return the folder of the shipped policy files."""
    return data_root().joinpath("policies")


def report_templates() -> Traversable:
    """Return the folder of the shipped report templates."""
    return data_root().joinpath("reports", "templates")
