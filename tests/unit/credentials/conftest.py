"""One development identity for the whole session, and two signed files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provenance_gen.records.export import Disclosure
from tests.unit.credentials import samples

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> samples.Keys:
    """Return the studio's identity."""
    return samples.keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def signed(tmp_path_factory: pytest.TempPathFactory, keys: samples.Keys) -> dict[str, Path]:
    """Return a signed PNG and a signed JPEG of an edited picture, fully disclosed."""
    folder = tmp_path_factory.mktemp("signed")
    return {
        kind: samples.sign(
            folder,
            keys,
            name,
            samples.definition(samples.EDITED, Disclosure.FULL, f"image/{kind}"),
        )[0]
        for kind, name in (("png", "harbour.png"), ("jpeg", "harbour.jpg"))
    }
