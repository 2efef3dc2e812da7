"""The environment that is handed to other programs: ours, without its secrets."""

from __future__ import annotations

import os
from typing import Final

PASSPHRASE: Final = "PROVGEN_PASSPHRASE"  # noqa: S105 - the name of the variable
"""Holds the passphrase of an encrypted signing key, for runs without a terminal."""

_SECRETS: Final = frozenset({PASSPHRASE})


def without_secrets() -> dict[str, str]:
    """Return the environment for a process that need not sign: readers of files, editors."""
    return {name: value for name, value in os.environ.items() if name.upper() not in _SECRETS}
