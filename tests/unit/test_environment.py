"""What other programs are handed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from provenance_gen.editing import capture
from provenance_gen.environment import PASSPHRASE, without_secrets

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_passphrase_stays_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """All else goes along, so that programs find what they need."""
    monkeypatch.setenv(PASSPHRASE, "secret")
    monkeypatch.setenv("PROVGEN_OTHER", "told")
    handed = without_secrets()
    assert PASSPHRASE not in handed
    assert handed["PROVGEN_OTHER"] == "told"


def test_an_editor_does_not_see_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The program that is started writes down what it was handed."""
    monkeypatch.setenv(PASSPHRASE, "secret")
    told = tmp_path / "told"
    code = f"import os; open({str(told)!r}, 'w').write(str(dict(os.environ)))"
    process = capture.start([*capture.arguments(sys.executable, tmp_path)[:1], "-c", code])
    assert process.wait(60) == 0
    assert "secret" not in told.read_text(encoding="utf-8")
