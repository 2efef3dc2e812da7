"""Names that every system takes, and places where nothing can be written."""

from __future__ import annotations

import os
import sys
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from provenance_gen.errors import StorageError, UsageError
from provenance_gen.names import demand_place, unfit

if TYPE_CHECKING:
    from pathlib import Path

DEVICES = ("CON", "nul", "aux.png", "Prn.tar.gz", "com1", "LPT9.txt", "com¹.png", "nul .txt")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        *((name, "device") for name in DEVICES),
        *((f"a{letter}b.png", "holds") for letter in '<>:"/\\|?*\n\x00'),
        ("photo.png:stream", "holds"),
        ("trailing.", "ends in"),
        ("trailing ", "ends in"),
        ("", "nothing but"),
        ("..", "nothing but"),
        (" . ", "nothing but"),
        ("港" * 86, "longer than 255"),
        ("x" * 256, "longer than 255"),
    ],
)
def test_names_that_some_system_does_not_take(name: str, why: str) -> None:
    """Each is told by its own reason."""
    found = unfit(name)
    assert found is not None
    assert why in found


@pytest.mark.parametrize(
    "name",
    [
        *("harbour.png", "港 é 🎨.png", "conx", "con-1", "xcon.png", "com10", ".hidden"),
        *("港" * 85, "a" * 255, "no-utf-8-\udcff.png", unicodedata.normalize("NFD", "ガé.png")),
    ],
)
def test_names_that_every_system_takes(name: str) -> None:
    """Japanese, accents in either form, and what only resembles a device."""
    assert unfit(name) is None


@given(st.text(max_size=12))
@example("com1.")
def test_what_fits_is_unchanged_by_windows(name: str) -> None:
    """No separator, no stream, no end that is dropped: the rules applied letter by letter."""
    if unfit(name) is None:
        assert not set(name) & set('<>:"/\\|?*')
        assert min(name) >= " "
        assert name.rstrip(" .") == name
        stem = name.partition(".")[0].rstrip(" ").lower()
        assert stem not in {"con", "prn", "aux", "nul", "com1"}


def test_places_that_a_person_names(tmp_path: Path) -> None:
    """On Windows its rules hold, elsewhere those of the system; a missing folder is told."""
    demand_place(tmp_path / "new.png")
    demand_place(tmp_path / "new.png", windows=True)
    with pytest.raises(UsageError, match=r"aux\.png: this name is that of a device"):
        demand_place(tmp_path / "aux.png", windows=True)
    if sys.platform != "win32":
        demand_place(tmp_path / "aux.png")
    with pytest.raises(UsageError, match=r"^x{40}…: this name is "):
        demand_place(tmp_path / ("x" * 300))
    with pytest.raises(UsageError, match="there is no folder"):
        demand_place(tmp_path / "missing" / "new.png")
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="there is no folder"):
        demand_place(tmp_path / "file" / "new.png")


@pytest.mark.skipif(sys.platform == "win32", reason="SKIPPED: only some users may make links there")
def test_a_folder_that_leads_in_circles(tmp_path: Path) -> None:
    """It is told as what it is, and as no odd name."""
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    with pytest.raises(StorageError, match="symbolic links"):
        demand_place(circle / "new.png")


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="SKIPPED: root may look into any folder"
)
def test_a_folder_that_may_not_be_looked_into(tmp_path: Path) -> None:
    """It is told as what it is."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    with pytest.raises(StorageError, match="Permission denied"):
        demand_place(closed / "new.png")
    closed.chmod(0o700)
