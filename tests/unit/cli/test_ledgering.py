"""The commands that sign, anchor and describe the ledger."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from provenance_gen import Studio
from provenance_gen.ledger import checkpoint
from tests.tsa import serving
from tests.unit.studio.test_anchors import configure

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Run


@pytest.fixture
def art(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty studio, and stand in it."""
    assert run("init", "art").code == 0
    monkeypatch.chdir(tmp_path / "art")
    return tmp_path / "art"


@pytest.mark.usefixtures("art")
def test_without_an_authority(run: Run) -> None:
    """The status says so, a checkpoint is signed, and anchoring is wrong use."""
    shown = run("ledger", "status")
    assert shown.code == 0
    assert "none configured" in shown.out
    assert "everything is asserted only" in shown.err
    refused = run("ledger", "anchor")
    assert (refused.code, "config.yaml" in refused.err) == (2, True)
    signed = run("ledger", "checkpoint")
    assert signed.code == 0
    with Studio.open() as studio:
        assert studio.verifier_key
        assert checkpoint.verify(signed.out, studio.verifier_key).size == 1
    facts = json.loads(run("ledger", "checkpoint", "--json").out)
    assert (facts["size"], facts["asked"]) == (1, [])


@pytest.mark.usefixtures("art")
def test_anchor_status_and_audit(run: Run) -> None:
    """Exit code 0 when all have stamped, 3 when one is pending; both are shown."""
    with serving("Good One") as good, serving("bad") as bad:
        bad.body = b"\x1b[31mred"
        configure(good, bad)
        result = run("ledger", "anchor")
        assert result.code == 3
        assert "bad: pending (the answer is no time-stamp)" in result.out
        bad.body = None
        assert run("ledger", "anchor").code == 0
        assert "from before" in run("ledger", "anchor").out
    assert run("new", "Harbour").code == 0
    shown = run("ledger", "status")
    assert "1 of 2 events (50%)" in shown.out
    assert "Good One" in shown.out
    facts = json.loads(run("ledger", "status", "--json").out)
    assert (facts["sealed"], facts["exposed"], facts["pending"]) == (1, 1, [])
    audited = run("ledger", "audit")
    assert audited.code == 0
    assert "2, of them 2 by your authorities" in audited.out


@pytest.mark.usefixtures("art")
def test_a_finding_is_shown_and_fails_nothing(run: Run) -> None:
    """A clock outside its trusted bounds is told, in words and as JSON."""
    with serving() as server:
        configure(server)
        server.shift = dt.timedelta(hours=-3)
        assert run("ledger", "anchor").code == 0
    audited = run("ledger", "audit")
    assert audited.code == 0
    assert "the local clock was ahead by 10" in audited.out
    (finding,) = json.loads(run("ledger", "audit", "--json").out)["findings"]
    assert finding["event"] == 0
