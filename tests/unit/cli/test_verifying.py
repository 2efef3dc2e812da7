"""``provgen verify`` over files, folders, patterns and lists, as a program and a person run it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from provenance_gen.credentials import authority
from provenance_gen.metadata import xmp
from provenance_gen.studio.explain import EXPLAINED
from tests.serving import serving
from tests.unit.credentials import foreign, samples

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run

WHO = foreign.stranger()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write signed, unsigned and unreadable files, in folders and hidden ones."""
    place = tmp_path / "photos"
    for name in ("", "more", ".hidden"):
        (place / name).mkdir(exist_ok=True, parents=True)
    signed, _ = foreign.sign(samples.encoded(), "image/png", WHO)
    for name in ("a.png", "more/b.PNG", ".hidden/c.png"):
        (place / name).write_bytes(signed)
    (place / "notes.txt").write_text("no picture")
    (place / "root.pem").write_bytes(WHO.root)
    (place / "other.pem").write_bytes(foreign.stranger(name="Others").root)
    return place


def _lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.usefixtures("folder")
def test_folders_patterns_and_lists(run: Run, tmp_path: Path) -> None:
    """Images below a folder, without hidden folders; a list is taken as it stands."""
    done = run("verify", "photos", "--json", "--ordered")
    assert [Path(str(one["file"])).as_posix() for one in _lines(done.out)] == [
        "photos/a.png",
        "photos/more/b.PNG",
    ]
    assert done.code == 0
    assert len(_lines(run("verify", "photos/*.png", "--json").out)) == 1
    assert len(_lines(run("verify", "photos/**/*.[pP]*", "--json").out)) == 2
    assert run("verify", "nothing/*.png").code == 2
    listed = tmp_path / "list"
    for names in (b"photos/a.png\r\nphotos/notes.txt", b"photos/a.png\0photos/notes.txt\0"):
        listed.write_bytes(names)
        descriptor = os.open(listed, os.O_RDONLY)
        kept = os.dup(0)
        os.dup2(descriptor, 0)
        try:
            found = run("verify", "-", "--json", "--ordered")
        finally:
            os.dup2(kept, 0)
            os.close(kept)
            os.close(descriptor)
        assert [one["verdict"] for one in _lines(found.out)] == ["valid", "unreadable"]
        assert found.code == 3


def test_exit_codes_and_trust(run: Run, folder: Path) -> None:
    """Unsigned is 1, unreadable 3, untrusted 1 where trust is required."""
    (folder / "plain.png").write_bytes(samples.encoded())
    assert run("verify", "photos/a.png").code == 0
    assert run("verify", "photos/a.png", "photos/plain.png").code == 1
    assert run("verify", "photos/plain.png", "photos/none.png").code == 3
    assert run("verify", "photos/a.png", "--require-trusted").code == 1
    given = ("--trust", "photos/root.pem", "--require-trusted")
    assert run("verify", "photos/a.png", *given).code == 0
    assert run("verify", "photos/a.png", "--trust", "photos/notes.txt").code == 3
    assert run("verify", "photos/a.png", "--trust-config", "photos/notes.txt").code == 3


@pytest.mark.skipif(os.name == "nt", reason="SKIPPED: links need a right there")
def test_what_cannot_be_read_ends_no_run(run: Run, folder: Path) -> None:
    """A link in a circle among the files costs its own verdict; those after it are checked."""
    (folder / "a.jpg").symlink_to("a.jpg")
    done = run("verify", "photos", "--json", "--ordered")
    assert [one["verdict"] for one in _lines(done.out)] == ["unreadable", "valid", "valid"]
    assert "Too many levels of symbolic links" in str(_lines(done.out)[0]["summary"])
    assert done.code == 3


@pytest.mark.usefixtures("folder")
def test_a_list_of_nothing_does_not_pass(run: Run, tmp_path: Path) -> None:
    """Of a folder without images nothing was checked, and scripts must not read that as passed."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("no picture")
    for asked in (("empty",), ("empty", "--json")):
        done = run("verify", *asked)
        assert (done.code, done.out) == (3, "")
        assert "nothing was checked" in done.err
    assert run("verify", "empty", "photos/a.png").code == 0


@pytest.mark.usefixtures("folder")
def test_words_claim_no_more_than_was_tested(run: Run) -> None:
    """What is read out did not pass a test; whose list vouches is in the first line."""
    shown = run("verify", "photos/a.png", "--trust", "photos/root.pem").out
    assert shown.startswith("photos/a.png: TRUSTED by 'root.pem'\n")
    results = {line.split("│")[1].strip(): line.split("│")[2].strip() for line in _rows(shown)}
    assert (results["ai"], results["time"], results["ingredients"]) == (
        "stated",
        "skipped",
        "skipped",
    )
    nobody = run("verify", "photos/a.png", "--require-trusted").err
    assert "1 valid, but not trusted: no list vouches for the signer" in nobody
    run("trust", "add", "photos/other.pem", "--name", "Others")
    some = run("verify", "photos/a.png", "--require-trusted").err
    assert "none of your lists ('Others, 20" in some


def _rows(shown: str) -> list[str]:
    return [line for line in shown.splitlines() if line[:1].isdigit() and "│" in line]


@pytest.mark.usefixtures("folder")
def test_an_installed_list_makes_trusted(run: Run, tmp_path: Path) -> None:
    """By file or from a server, by explicit commands alone; name and day are shown."""
    assert "No list is installed" in run("trust", "list").out
    added = run("trust", "add", "photos/root.pem", "--name", "Newsrooms")
    assert (added.code, "Newsrooms: 1 certificates, new" in added.out) == (0, True)
    found = run("verify", "photos/a.png", "--json")
    (verdict,) = _lines(found.out)
    assert verdict["verdict"] == "trusted"
    shown = run("verify", "photos/a.png").out
    assert "vouched for by 'Newsrooms'" in shown
    assert "'Newsrooms, 20" in shown
    assert run("trust", "remove", "Newsrooms").code == 0
    served = tmp_path / "served"
    served.mkdir()
    (served / "C2PA-TRUST-LIST.pem").write_bytes(WHO.root)
    (served / "C2PA-TSA-TRUST-LIST.pem").write_bytes(authority.issue(samples.NOW).root)
    with serving(served) as (url, asked):
        assert run("verify", "photos/a.png").code == 0
        assert asked == []
        assert run("trust", "update", "--from", url).code == 0
        assert "as on 20" in run("trust", "update", "--from", url).out
    (verdict,) = _lines(run("verify", "photos/a.png", "--json").out)
    assert verdict["credentials"]["trust"]["list"] == "C2PA trust list"  # type: ignore[index]
    assert run("trust", "update", "--from", url).code == 3
    assert run("trust", "update", "--from", "http://example.org/").code == 2
    names = [one["name"] for one in json.loads(run("trust", "list", "--json").out)]
    assert names == ["C2PA time-stamp trust list", "C2PA trust list"]


def test_what_each_check_proves(run: Run, folder: Path) -> None:
    """Every check of a verdict is explained, and no other."""
    shown = run("verify", "photos/a.png", "--explain").out
    (verdict,) = _lines(run("verify", str(folder / "a.png"), "--json", "--no-pixels").out)
    assert [check["id"] for check in verdict["checks"]] == list(EXPLAINED)  # type: ignore[attr-defined]
    assert "says nothing about" in shown
    assert verdict["pixel_digest"] is None


@pytest.mark.slow
def test_memory_stays_flat_over_many_files_of_all_kinds(tmp_path: Path) -> None:
    """The program itself grows by less than 8 MB after the first 900 of 5,000 files."""
    whole, _ = foreign.sign(samples.encoded("JPEG", size=48), "image/jpeg", WHO)
    kinds = (
        whole,
        samples.encoded("PNG", size=48),
        whole[:-40] + b"x" + whole[-39:],
        whole[: len(whole) // 2],
        b"<html>",
    )
    place = tmp_path / "many"
    place.mkdir()
    for number in range(5_000):
        (place / f"{number:05}.jpg").write_bytes(kinds[number % len(kinds)])
    command = [sys.executable, "-m", "provenance_gen.cli", "verify", str(place), "--json"]
    counts: Counter[object] = Counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        itself, sizes = psutil.Process(running.pid), []
        for number, line in enumerate(running.stdout, 1):
            counts[json.loads(line)["verdict"]] += 1
            if number % 900 == 0:
                sizes.append(itself.memory_info().rss)
                below = sum(_resident(one) for one in itself.children(recursive=True))
                assert below < (os.cpu_count() or 1) * 150 << 20
        assert running.wait() == 3
    assert counts == {"valid": 1_000, "unsigned": 1_000, "invalid": 1_000, "unreadable": 2_000}
    assert max(sizes) - sizes[0] < 8 << 20


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:  # it ended meanwhile
        return 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_ctrl_c_stops_at_once_and_what_was_printed_stands(folder: Path) -> None:
    """Exit code 130, whole lines, and no process left behind."""
    names = f"{folder / 'a.png'}\n".encode() * 100_000
    command = [sys.executable, "-m", "provenance_gen.cli", "verify", "-", "--json", "-j", "1"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(names[: 1 << 16])
        process.stdin.flush()
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        rest = process.stdout.read()
        said = process.stderr.read()
        assert process.wait() == 130
        assert time.monotonic() - begun < 10
    lines = _lines((first + rest).decode())
    assert all(line["verdict"] == "valid" for line in lines)
    assert b"what was printed stands" in said


def test_each_statement_of_a_tool_has_a_line(run: Run, tmp_path: Path) -> None:
    """Several prompts in one text keep their names, none of which is doubled."""
    prompts = "negative_prompt: fog\nprompt: a red boat"
    one = xmp.packet(None, creator="A. Painter", system="Painter", prompt=prompts)
    two = xmp.packet(None, prompt="a red boat")
    (tmp_path / "one.png").write_bytes(xmp.put_in(samples.encoded(), one))
    (tmp_path / "two.png").write_bytes(xmp.put_in(samples.encoded(), two))
    said = run("verify", "one.png").out
    cells = [line.rpartition("│")[2].strip() for line in said.splitlines() if "│" in line]
    assert cells[-4:] == [
        "negative_prompt: fog",
        "prompt: a red boat",
        "author: 'A. Painter'",
        "model: Painter",
    ]
    assert run("verify", "two.png").out.rstrip().endswith("│ prompt: a red boat")
