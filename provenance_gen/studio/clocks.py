"""Whose time-stamps count because the user chose to ask them: those of ``config.yaml``.

They vouch for times and never for signers. Lists that the user installed are ``credentials.
installed``'s.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance_gen.credentials.trust import given_list
from provenance_gen.settings import config_folder

if TYPE_CHECKING:
    from provenance_gen.credentials.trust import TrustList


def chosen() -> tuple[TrustList, ...]:
    """Return a list for each time-stamp authority that the user chose.

    Raises:
        SettingsError: ``config.yaml`` cannot be understood.
    """
    if not (config_folder() / "config.yaml").is_file():
        return ()  # the usual case, for which no reader of YAML need be loaded
    from provenance_gen.config import timestamp_authorities  # noqa: PLC0415

    return tuple(
        replace(given_list(one.certificates, f"time-stamps by {one.name}"), vouches="time")
        for one in timestamp_authorities()
    )
