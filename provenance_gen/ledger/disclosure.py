"""Salted commitments to texts, in the form of SD-JWT disclosures (RFC 9901, section 4.2).

A disclosure is the base64url form of the JSON array ``[salt, pointer, text]`` with a salt of 128
random bits; what enters the event's body is the base64url SHA-256 of it. Without the salt a short
prompt cannot be guessed from its digest; with the row deleted the text is gone and every proof
stays valid. Deleting it is left to ``redaction``.
"""

from __future__ import annotations

import binascii
import hashlib
import secrets
from typing import TYPE_CHECKING, Final

import orjson

from provenance_gen.errors import LedgerBrokenError
from provenance_gen.records.pointers import keys

if TYPE_CHECKING:
    from collections.abc import Sequence

_SALT_BYTES: Final = 16
_PARTS: Final = 3
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_", b"+/")
_PADDING: Final = (b"", b"===", b"==", b"=")
"""What is left out at the end, by the length over whole groups of four."""


def conceal(pointer: str, text: str) -> tuple[str, str]:
    """Commit to a text.

    Returns:
        The disclosure, to be kept beside the ledger, and its digest, to enter the body.
    """
    disclosure = _base64url(
        orjson.dumps([_base64url(secrets.token_bytes(_SALT_BYTES)), pointer, text])
    )
    return disclosure, digest(disclosure)


def digest(disclosure: str) -> str:
    """Return the base64url SHA-256 of a disclosure's ASCII bytes (RFC 9901, section 4.2.3)."""
    return _base64url(hashlib.sha256(disclosure.encode("ascii")).digest())


def reveal(disclosure: str, pointer: str, committed: str) -> str:
    """Return the text of a disclosure after checking it against what was committed to.

    Raises:
        LedgerBrokenError: it is damaged, of another field, or not what was committed to.
    """
    try:
        if digest(disclosure) != committed:
            raise LedgerBrokenError(f"the text of {pointer} is not what was committed to")
        padded = disclosure.encode("ascii") + b"=" * (-len(disclosure) % 4)
        parts = orjson.loads(binascii.a2b_base64(padded.translate(_FROM_URL)))
    except (ValueError, AttributeError) as error:
        raise LedgerBrokenError(f"the disclosure of {pointer} is damaged") from error
    if not (isinstance(parts, list) and len(parts) == _PARTS and parts[1] == pointer):
        raise LedgerBrokenError(f"the disclosure of {pointer} is of another field")
    salt, text = parts[0], parts[2]
    if not (isinstance(salt, str) and isinstance(text, str)):
        raise LedgerBrokenError(f"the disclosure of {pointer} holds no text")
    return text


def fit(disclosures: Sequence[str], pointers: Sequence[str], committed: Sequence[str]) -> bool:
    """Tell whether ``reveal`` would take every one of some disclosures, in half the time."""
    sha256, write, read = hashlib.sha256, binascii.b2a_base64, binascii.a2b_base64
    try:
        data = [words.encode("ascii") for words in disclosures]
        written = b"".join([write(sha256(words).digest(), newline=False) for words in data])
        if written.translate(_TO_URL) != "".join([f"{digest}=" for digest in committed]).encode():
            return False
        for words, pointer in zip(data, pointers, strict=True):
            padded = words + _PADDING[len(words) % 4]
            parts = orjson.loads(read(padded.translate(_FROM_URL)))
            if type(parts) is not list:
                return False
            salt, named, text = parts
            if named != pointer or type(salt) is not str or type(text) is not str:
                return False
    except ValueError:
        return False
    return True


def segments(pointer: str) -> tuple[str, ...]:
    """Part a JSON pointer (RFC 6901) into its keys; fields of events are named so in events."""
    return keys(pointer)


def short_name(pointer: str) -> str:
    """Return what people call a field: the last key that is no number, such as ``prompt``."""
    named = [key for key in segments(pointer) if not key.isdigit()]
    return named[-1] if named else pointer


def _base64url(data: bytes) -> str:
    written = binascii.b2a_base64(data, newline=False).translate(_TO_URL)
    return str(written.rstrip(b"="), "ascii")
