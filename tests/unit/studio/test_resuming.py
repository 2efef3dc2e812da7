"""A new log goes on where an old one ended: it cites it, and the old one is never forked."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from provenance_gen import Studio, settings
from provenance_gen.errors import ForeignStudioError, LedgerBrokenError, UsageError
from provenance_gen.ledger import checkpoint
from provenance_gen.records.event import ActorKind
from provenance_gen.records.history import citation
from provenance_gen.records.verdict import VerdictKind
from provenance_gen.studio.standing import Place
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from pathlib import Path


LATECOMER = """
import sys
from provenance_gen import Studio
from provenance_gen.errors import FrozenStudioError
from provenance_gen.records.payloads import IntentStated
studio = Studio.open(sys.argv[1])
print("ready", flush=True)
try:
    while True:
        print(studio.append(IntentStated(work="w")).sequence, flush=True)
except FrozenStudioError as error:
    print(error, flush=True)
"""


def test_copy_is_read_then_goes_on_in_a_new_log(art: Path, tmp_path: Path) -> None:
    """A copy begins a log that cites the old one; works, images, names and numbers go on."""
    copy = tmp_path / "copy"
    shutil.copytree(art, copy)
    with Studio.open(copy, actor=ActorKind.PERSON) as studio:
        assert (studio.standing.place, studio.foreign) == (Place.COPIED, True)
        old, head = studio.history(), studio.ledger.head()
        with pytest.raises(ForeignStudioError, match=r"a copy of yours in .*art.*ledger resume"):
            studio.new_work("x")
        done = studio.resume(reason="to try things out")
    assert (done.new_log, done.earlier, done.size, done.lost) == (True, head.origin, head.size, 0)
    with Studio.open(copy, actor=ActorKind.PERSON) as studio:
        assert (studio.standing.place, studio.ledger.origin) == (Place.HOME, done.origin)
        first = next(studio.ledger.events())
        assert (first.type, first.sequence) == ("log.resumed", 0)
        assert first.payload["root"] == head.root.hex()
        assert first.payload["reason"] == "to try things out"
        work = studio.work()
        again = generate(work, "a red boat")
        assert len(again) == 3
        history = work.history()
        assert [i.name for i in history.images] == ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"]
        assert history.attempts[0].images == old.works[0].attempts[0].images or (
            history.attempts[0].citation.log == 1
        )
        assert [history.citation.number, history.attempts[1].citation.number] == ["1:1", "2:1"]
        assert studio.audit().passed
        assert [found.problems for found in studio.audit_earlier()] == [()]
    # The original never noticed, and goes on with its own log and key.
    with Studio.open(art) as studio:
        assert (studio.standing.place, studio.ledger.origin) == (Place.HOME, head.origin)
        studio.new_work("in the original")


def test_what_left_before_is_verified_after(art: Path, tmp_path: Path) -> None:
    """A file exported under the old log is confirmed by it; one under the new log too."""
    with Studio.open(art) as studio:
        studio.work().export("1.2", tmp_path / "before.png")
        size = studio.resume(new_log=True).size
    with Studio.open(art) as studio:
        work = studio.work()
        work.export("1.1", tmp_path / "after.png")
        for name in ("before.png", "after.png"):
            verdict = studio.verify(tmp_path / name)
            ledger = next(check for check in verdict.checks if check.id == "ledger")
            assert (verdict.verdict, ledger.code) == (
                VerdictKind.VALID,
                "provgen.ledger.confirmed",
            ), name
        work.report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    report = json.loads((tmp_path / "report.json").read_text())
    numbers = [event["sequence"] for event in report["events"]]
    assert "1:1" in numbers
    assert "2:1" in numbers
    assert numbers == sorted(numbers, key=lambda n: tuple(map(int, n.split(":"))))
    assert 'id="event-2:1"' in page
    assert [log["size"] for log in report["ledger"]["earlier"]] == [size]
    assert f"from the first {size + report['ledger']['tree_size']} events" in page


def test_another_users_studio_is_gone_on_from(
    art: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On another computer it is foreign; resumed, it has keys of its own and says so."""
    monkeypatch.setenv(settings.CONFIG_VARIABLE, str(tmp_path / "another config"))
    with Studio.open(art) as studio:
        assert studio.standing.place is Place.FOREIGN
        studio.resume()
    with Studio.open(art) as studio:
        cited = next(studio.ledger.events()).payload
        assert (cited["own"], studio.standing.place) == (False, Place.HOME)
        studio.work().export("1.1", tmp_path / "x.png")
        assert studio.verify(tmp_path / "x.png").verdict is VerdictKind.VALID
        assert all(found.passed for found in (studio.audit(), *studio.audit_earlier()))


def test_broken_ledger_is_not_gone_on_from(art: Path, tmp_path: Path) -> None:
    """What is damaged is neither cited nor changed."""
    copy = tmp_path / "copy"
    shutil.copytree(art, copy)
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
    )
    change = "UPDATE event SET body = body || x'20' WHERE seq = 2"
    subprocess.run(
        [sys.executable, "-c", script, str(copy / ".provgen" / "ledger.db"), change], check=True
    )
    with Studio.open(copy) as studio, pytest.raises(LedgerBrokenError, match="restore a backup"):
        studio.resume()
    assert not (copy / ".provgen" / "logs").exists()


def test_missing_earlier_log_is_said(art: Path) -> None:
    """Works of a log that is gone are not silently left out."""
    with Studio.open(art) as studio:
        studio.resume(new_log=True)
    for file in (art / ".provgen").glob("ledger.db*"):
        file.unlink()
    with Studio.open(art) as studio, pytest.raises(LedgerBrokenError, match="missing"):
        studio.history()


def test_earlier_log_of_other_events_is_found(art: Path) -> None:
    """The audit holds an earlier log against what the next one cites."""
    with Studio.open(art) as studio:
        studio.resume(new_log=True)
    with Studio.open(art) as studio:
        assert studio.audit_earlier()[0].passed
        with studio.earlier[0].ledger.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE event SET leaf = zeroblob(32) WHERE seq = 1")
        assert not studio.audit_earlier()[0].passed


def test_signing_identity_is_kept(art: Path) -> None:
    """The same certificate signs on; the ledger's key is new."""
    with Studio.open(art) as studio:
        before, old_key = studio.secrets.signing_chain.read_bytes(), studio.verifier_key
        studio.resume(new_log=True)
    with Studio.open(art) as studio:
        assert studio.secrets.signing_chain.read_bytes() == before
        assert studio.verifier_key != old_key
        assert b"PRIVATE KEY" in studio.secrets.signing_key.read_bytes()
        note = next((studio.ledger.notes).glob("*.note")).read_text()
        assert checkpoint.verify(note, studio.verifier_key or "").size == 1


def test_citations_of_one_log_name_no_log(art: Path) -> None:
    """Where there is one log, events are known by their number alone."""
    with Studio.open(art) as studio:
        event = next(studio.ledger.events())
        assert (citation(event).number, citation(event).log) == (0, None)
        assert citation(event, ["other", event.log]).number == "2:0"


def test_links_in_a_downloaded_folder_are_not_followed(
    art: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Resuming writes nowhere but in the studio."""
    monkeypatch.setenv(settings.CONFIG_VARIABLE, str(tmp_path / "another config"))
    (tmp_path / "mine").mkdir()
    (art / ".provgen" / "logs").symlink_to(tmp_path / "mine")
    with Studio.open(art) as studio, pytest.raises(UsageError, match="links"):
        studio.resume()
    assert list((tmp_path / "mine").iterdir()) == []


def test_nothing_is_recorded_past_the_end_of_an_old_log(art: Path) -> None:
    """Programs that have the studio open stop; what they were told is recorded is cited."""
    command = [sys.executable, "-c", LATECOMER, str(art)]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        assert all(w.stdout is not None and w.stdout.readline() for w in writers)
        with Studio.open(art) as studio:
            done = studio.resume(new_log=True)
        said = [writer.communicate(timeout=60)[0].splitlines() for writer in writers]
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    assert all("goes on in another log" in lines[-1] for lines in said)
    assert all(int(line) < done.size for lines in said for line in lines[:-1])
    with Studio.open(art) as studio:
        assert studio.audit_earlier()[0].passed
