"""The commands of a studio's life: what they print, and their exit codes."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.unit.cli.conftest import Run


def test_backup_says_what_it_wrote(run: Run, begun: Path) -> None:
    """One line for people, one of JSON for programs; a second one is not written over it."""
    result = run("ledger", "backup", "../backup.zip")
    assert (result.code, "2 events, with 0 images. It was audited" in result.out) == (0, True)
    assert "Keys are not in it" in result.err
    again = run("ledger", "backup", "../backup.zip")
    assert (again.code, "exists" in again.err) == (2, True)
    facts = json.loads(run("ledger", "backup", "../bare", "--no-images", "--json").out)
    assert (facts["size"], facts["images"], facts["path"]) == (2, None, "../bare")
    assert (begun.parent / "bare" / ".provgen" / "ledger.db").is_file()


def test_resume_says_which_way_it_went(
    run: Run, begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing to resume, a copy, a move, and an older state."""
    nothing = run("ledger", "resume")
    assert (nothing.code, "nothing to resume" in nothing.err) == (2, True)
    shutil.copytree(begun, tmp_path / "copy")
    shutil.copytree(begun, tmp_path / "older")
    assert run("new", "Later").code == 0
    monkeypatch.chdir(tmp_path / "copy")
    refused = run("new", "x")
    assert (refused.code, "provgen ledger resume" in refused.err) == (2, True)
    copied = run("ledger", "resume", "--reason", "a second try")
    assert (copied.code, "Began a new log" in copied.out, "lost" in copied.out) == (0, True, False)
    begun.rename(tmp_path / "moved")
    monkeypatch.chdir(tmp_path / "moved")
    moved = run("ledger", "resume")
    assert (moved.code, "the same log goes on here" in moved.out) == (0, True)
    shutil.rmtree(tmp_path / "moved" / ".provgen")
    shutil.copytree(tmp_path / "older" / ".provgen", tmp_path / "moved" / ".provgen")
    facts = json.loads(run("ledger", "resume", "--json").out)
    assert (facts["found"], facts["new_log"], facts["lost"]) == ("behind", True, 1)


def test_audit_covers_every_log(run: Run, begun: Path) -> None:
    """Earlier logs are audited with the present one, and a fault in one of them counts."""
    assert "earlier" not in json.loads(run("ledger", "audit", "--json").out)
    assert run("ledger", "resume", "--new-log").code == 0
    assert "Nothing is wrong inside the earlier logs" in run("ledger", "audit").out
    facts = json.loads(run("ledger", "audit", "--json").out)
    assert [one["passed"] for one in facts["earlier"]] == [True]
    note = begun / ".provgen" / "checkpoints" / "000000000001.note"
    note.write_text("no checkpoint")
    result = run("ledger", "audit")
    assert (result.code, "✗" in result.out) == (1, True)
