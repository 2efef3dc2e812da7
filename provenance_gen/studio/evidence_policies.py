"""The policies of an evidence bundle, which anybody may have written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.errors import PolicyError
from provenance_gen.policy.loader import parse

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from provenance_gen.records.evidence import Evidence
    from provenance_gen.records.policy import Policy

FOLDER: Final = "policies/"


def file_of(name: str) -> str:
    """Return the name of a policy's file in the bundle."""
    return f"{FOLDER}{name}.yaml"


def read(parts: Mapping[str, bytes], about: Evidence, foreign: Container[str]) -> list[Policy]:
    """Read the policies that a bundle names, in its order.

    Args:
        parts: its files.
        about: what it says of itself.
        foreign: those of them that this user did not choose; see ``policy.loader.parse``.

    Raises:
        PolicyError: one cannot be used, or calls itself otherwise than its file.
        KeyError: one is missing.
    """
    loaded = [
        parse(parts[file_of(name)], file_of(name), foreign=name in foreign)
        for name in about.policies
    ]
    for name, policy in zip(about.policies, loaded, strict=True):
        if policy.id != name:
            raise PolicyError(file_of(name), f"it calls itself {policy.id}")
    return loaded
