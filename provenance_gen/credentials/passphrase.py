"""Where the passphrase of an encrypted key, or the PIN of a token, comes from.

In order: the environment variable ``PROVGEN_PASSPHRASE``, the system's keyring where the optional
library ``keyring`` is installed, and a person at the terminal. It is never written to a file of
ours, never logged, and never part of a message.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from typing import Final, TypeAlias

from provenance_gen.environment import PASSPHRASE
from provenance_gen.errors import MissingExtraError, SigningError

VARIABLE: Final = PASSPHRASE
_SERVICE: Final = "provenance-gen"

Ask: TypeAlias = Callable[[str], str | None]
"""Asks a person for what it names; None where nobody can be asked."""


def nobody(_label: str) -> None:
    """Ask nobody: for programs, and where standard input is no terminal."""


def find(label: str, account: str, ask: Ask = nobody) -> str:
    """Return the passphrase of a key.

    Args:
        label: what it is the passphrase of, as a person is asked.
        account: name under which the keyring keeps it.
        ask: asks a person.

    Raises:
        SigningError: there is none in any of the places.
    """
    found = os.environ.get(VARIABLE) or _kept(account) or ask(label)
    if not found:
        raise SigningError(
            f"{label} needs a passphrase: set {VARIABLE}, keep it in the system's keyring, or run"
            " this at a terminal"
        )
    return found


def remember(account: str, passphrase: str) -> None:
    """Keep a passphrase in the system's keyring.

    Raises:
        MissingExtraError: the library is not installed.
        SigningError: the system has no keyring, or it refused.
    """
    if importlib.util.find_spec("keyring") is None:
        raise MissingExtraError("keeping a passphrase in the system's keyring", "keyring")
    import keyring  # noqa: PLC0415 - optional
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        keyring.set_password(_SERVICE, account, passphrase)
    except KeyringError as error:
        raise SigningError(f"the system's keyring refused ({type(error).__name__})") from error


def _kept(account: str) -> str | None:
    if importlib.util.find_spec("keyring") is None:
        return None
    import keyring  # noqa: PLC0415 - optional
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        return keyring.get_password(_SERVICE, account)
    except KeyringError:
        # A machine without a keyring, such as a server: the next place is asked.
        return None
