"""Anchoring a studio against a real time-stamp server: what is asked, shown, and reported."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from provenance_gen import Studio, settings
from provenance_gen.config import config_file
from provenance_gen.errors import ForeignStudioError, SettingsError, UsageError
from provenance_gen.studio import anchors
from tests.tsa import Server, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provenance_gen.studio import Work


def configure(*servers: Server) -> None:
    """Write the user's configuration so that it names some servers."""
    folder = settings.config_folder()
    entries = []
    for server in servers:
        (folder / f"{server.name}.pem").write_bytes(server.root)
        entries.append(
            {"name": server.name, "url": server.url, "certificates": f"{server.name}.pem"}
        )
    config_file().write_text(yaml.safe_dump({"timestamp_authorities": entries}))


@pytest.fixture
def server() -> Iterator[Server]:
    """A time-stamp server that the user has configured."""
    with serving() as running:
        configure(running)
        yield running


def test_nobody_is_asked_without_a_choice(studio: Studio) -> None:
    """No configuration, no address: anchoring says what to do, a checkpoint is signed."""
    with pytest.raises(UsageError, match="no time-stamp authority is configured"):
        anchors.anchor(studio)
    signed = anchors.checkpoint(studio)
    assert (signed.size, signed.asked) == (1, ())
    found = anchors.status(studio)
    assert (found.checkpoint, found.stamps, found.sealed, found.exposed) == (1, (), 0, 1)


@pytest.mark.usefixtures("server")
def test_status_follows_the_anchors(studio: Studio) -> None:
    """Before the first token only an upper bound; between two, both; after the last, exposed."""
    anchors.anchor(studio)
    studio.new_work("Harbour", intent="one boat")
    found = anchors.status(studio)
    assert (found.events, found.sealed, found.bounded, found.exposed) == (3, 1, 0, 2)
    assert found.median_seconds is None
    anchors.anchor(studio)
    studio.new_work("Another")
    found = anchors.status(studio)
    assert (found.events, found.sealed, found.bounded, found.exposed) == (4, 3, 2, 1)
    assert found.median_seconds is not None
    assert 0 <= found.median_seconds < 60
    assert [line.authority for line in found.stamps] == ["loopback", "loopback"]
    assert studio.audit().passed
    config_file().unlink()
    unknown = anchors.status(studio)
    assert (unknown.sealed, unknown.exposed) == (0, 4)
    assert [line.authority for line in unknown.stamps] == [None, None]


def test_pending_is_shown_and_made_up_for(studio: Studio, server: Server) -> None:
    """An authority that fails stops nothing and is asked again with the next checkpoint."""
    server.status = 503
    (asked,) = anchors.anchor(studio).asked
    assert asked.problem == "the authority answered with HTTP status 503"
    assert anchors.status(studio).pending == ("loopback",)
    server.status = 200
    assert anchors.checkpoint(studio).pending == ()
    assert anchors.status(studio).pending == ()


def test_export_anchors_what_it_signed(work: Work, server: Server, tmp_path: Path) -> None:
    """After an export nothing is exposed; when nobody answers, the export is made all the same."""
    work.export("1.1", tmp_path / "one.png")
    assert anchors.status(work.studio).exposed == 0
    server.body = b"no token"
    work.export("1.2", tmp_path / "two.png")
    found = anchors.status(work.studio)
    assert (tmp_path / "two.png").exists()
    assert (found.exposed, found.pending) == (2, ("loopback",))


@pytest.mark.usefixtures("server")
def test_rewritten_events_are_not_sealed(studio: Studio) -> None:
    """A token seals only events that lead to the root it was given over."""
    studio.new_work("Harbour")
    anchors.anchor(studio)
    assert anchors.status(studio).sealed == 2
    with studio.ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE event SET body = body || x'20' WHERE seq = 0")
    found = anchors.status(studio)
    assert found.sealed == 0
    assert found.stamps[0].problem == "the events do not lead to its checkpoint"


def test_a_copy_is_read_with_one_s_own_authorities(
    studio: Studio, server: Server, tmp_path: Path
) -> None:
    """A folder from elsewhere brings no trust: its tokens are believed if this user's list says so.

    And it is never anchored.
    """
    anchors.anchor(studio)
    shutil.copytree(studio.folder.root, tmp_path / "copy")
    with Studio.open(tmp_path / "copy") as copy:
        assert anchors.status(copy).sealed == 1
        with pytest.raises(UsageError):
            anchors.anchor(copy)
    shutil.rmtree(settings.config_folder() / "studios")
    with Studio.open(tmp_path / "copy") as foreign:
        assert anchors.status(foreign).sealed == 1
        with pytest.raises(ForeignStudioError):
            anchors.anchor(foreign)
    config_file().unlink()
    with Studio.open(tmp_path / "copy") as foreign:
        assert anchors.status(foreign).sealed == 0
    assert server.asked == 1


@pytest.mark.usefixtures("server")
def test_a_resumed_studio_keeps_its_times(studio: Studio, tmp_path: Path) -> None:
    """A copy goes on in a new log; its first event ties the old one to the new one's anchors."""
    anchors.anchor(studio)
    studio.new_work("Harbour")
    studio.close()
    shutil.copytree(studio.folder.root, tmp_path / "copy")
    with Studio.open(tmp_path / "copy") as copy:
        copy.resume(reason="copied")
    with Studio.open(tmp_path / "copy") as resumed:
        anchors.anchor(resumed)
        size = resumed.ledger.head().size
        before, after = anchors.trusted_times(resumed, size).logs
        assert all(span.sealed for span in before.spans)
        assert before.of(1).bounded
        assert after.of(0).bounded
        assert all(one.passed and one.believed for one in resumed.audit_earlier())


@pytest.mark.usefixtures("server")
def test_report_says_what_is_sealed(work: Work, tmp_path: Path) -> None:
    """The same events and time-stamps give the same bytes; without them all is asserted."""
    plain = work.report(tmp_path / "plain.html")
    anchors.anchor(work.studio)
    first = work.report(tmp_path / "first.html")
    assert b"Everything here is <b>asserted</b>" in plain.files["html"].read_bytes()
    said = json.loads(first.files["json"].read_bytes())
    assert said["standing"] == "sealed"
    assert '<li class="sealed"><p class="figure"><b>4</b> of 4' in first.files["html"].read_text()
    config_file().unlink()
    again = json.loads(work.report(tmp_path / "again.html").files["json"].read_bytes())
    assert again["standing"] == "asserted"


@pytest.mark.usefixtures("server")
def test_anchoring_while_others_append(studio: Studio) -> None:
    """Two processes append while this one anchors: no gap, no problem, every token cited once."""
    script = (
        "import sys\n"
        "from provenance_gen import Studio\n"
        "studio = Studio.open(sys.argv[1])\n"
        "[studio.new_work(str(n)) for n in range(15)]\n"
    )
    command = [sys.executable, "-c", script, str(studio.folder.root)]
    others = [subprocess.Popen(command) for _ in range(2)]
    while any(other.poll() is None for other in others):
        anchors.checkpoint(studio)
    assert [other.returncode for other in others] == [0, 0]
    studio.new_work("last")
    found = studio.audit()
    assert (found.problems, found.findings) == ((), ())
    assert found.believed == found.tokens > 0
    cited = [event.anchor for event in studio.ledger.events() if event.anchor]
    assert len(cited) == len(set(cited))


def test_sessions_are_anchored_when_it_is_due(studio: Studio, server: Server) -> None:
    """At the end of a session that recorded something, once in so many minutes; never otherwise."""
    root = studio.folder.root
    studio.close()
    assert server.asked == 0
    with config_file().open("a") as file:
        file.write("anchor_minutes: 10\n")
    for _ in range(2):
        with Studio.open(root) as opened:
            opened.new_work("Harbour")
    assert server.asked == 1
    marker = studio.folder.locks / "anchor-asked"
    with Studio.open(root) as opened, opened.ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE anchor SET received_at = '2020-01-01T00:00:00.000000Z'")
    assert server.asked == 1
    os.utime(marker, (0, 0))
    server.status = 503
    for _ in range(2):
        with Studio.open(root) as opened:
            opened.new_work("Another")
    assert server.asked == 2


def test_broken_configuration_is_named(studio: Studio) -> None:
    """What cannot be understood is never taken for an empty list."""
    config_file().write_text("timestamp_authorities: yes\n")
    for verb in (anchors.status, anchors.anchor, anchors.checkpoint, Studio.audit):
        with pytest.raises(SettingsError, match="timestamp_authorities"):
            verb(studio)
