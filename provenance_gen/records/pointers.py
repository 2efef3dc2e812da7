"""JSON pointers (RFC 6901): the places in an event's body where its withheld texts stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provenance_gen.errors import CanonicalFormError


def keys(pointer: str) -> tuple[str, ...]:
    """Return the keys that a pointer leads through; ``~1`` and ``~0`` in it stand for / and ~."""
    return tuple(k.replace("~1", "/").replace("~0", "~") for k in pointer.split("/")[1:])


def join(body: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Put disclosed texts back in their places; the reverse of ``event.split``.

    Raises:
        CanonicalFormError: a pointer leads to no place in the body.
    """
    result = _copied(body)
    for pointer, text in texts.items():
        path = keys(pointer)
        place = result
        try:
            for key in path[:-1]:
                place = place[int(key)] if isinstance(place, list) else place.setdefault(key, {})
            place[int(path[-1]) if isinstance(place, list) else path[-1]] = text
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise CanonicalFormError(pointer, "leads to no place in the body") from error
    return result  # type: ignore[no-any-return]


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(item) for item in value]
    return value
