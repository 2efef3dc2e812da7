"""The command of another program: its words, and the place of the file in it."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from provenance_gen.editing.capture import arguments, words
from provenance_gen.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("command", "posix", "expected"),
    [
        ("krita", True, ["krita"]),
        ("my\\ editor 'a b' {}", True, ["my editor", "a b", "{}"]),
        ('"C:\\Program Files\\Krita\\krita.exe" --nosplash', False, None),
        ("C:\\Krita\\krita.exe {}", False, ["C:\\Krita\\krita.exe", "{}"]),
    ],
)
def test_words(command: str, posix: bool, expected: list[str] | None) -> None:  # noqa: FBT001
    """Quotation marks hold words together and are no part of them."""
    wanted = expected or ["C:\\Program Files\\Krita\\krita.exe", "--nosplash"]
    assert words(command, posix=posix) == wanted


def test_the_file_goes_where_it_is_wanted(tmp_path: Path) -> None:
    """In place of the braces, or behind everything."""
    file = tmp_path / "a b.png"
    python = shutil.which(sys.executable) or sys.executable
    assert arguments(f'"{python}" x.py {{}} -q', file)[1:] == ["x.py", str(file), "-q"]
    assert arguments(f'"{python}" x.py', file)[1:] == ["x.py", str(file)]


@pytest.mark.parametrize("command", ["", "no-such-program-here", "'"])
def test_a_program_that_is_not_there(tmp_path: Path, command: str) -> None:
    """One sentence, before anything is opened."""
    with pytest.raises(UsageError):
        arguments(command, tmp_path / "a.png")
