"""The process that reads untrusted files may die; nothing else does.

The children here are killed by means of their own; no file that harms a parser is kept.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from provenance_gen.studio import serve, worker
from provenance_gen.studio.judge import judge
from tests.unit.credentials import samples

_DYING = """
import os, signal, sys
from provenance_gen.studio import inspect, serve
real = inspect.inspect_file
def inspect_file(path, anchors, **asked):
    if path.name.startswith("kill"):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(path, anchors, **asked)
inspect.inspect_file = inspect_file
serve.main()
"""


_FAULTY = """
from pathlib import Path
from provenance_gen.studio import inspect, serve
real = inspect.inspect_file
def inspect_file(path, anchors, **asked):
    if path.name.startswith("fault"):
        raise KeyError(f"{path} and what it holds")
    if path.name.startswith("deep"):
        raise RecursionError
    return real(path, anchors, **asked)
inspect.inspect_file = inspect_file
raise SystemExit(serve.main())
"""


def test_a_fault_of_ours_is_no_word_on_the_file(tmp_path: Path) -> None:
    """It says so, and where, without the file's path or words; the next files are read."""
    for name in ("fault.png", "a.png", "deep.png", "fault2.png", "b.png"):
        (tmp_path / name).write_bytes(samples.encoded())
    paths = [tmp_path / n for n in ("fault.png", "a.png", "deep.png", "fault2.png", "b.png")]
    found = worker.inspect(paths, (), command=("-c", _FAULTY))
    assert [one.readable for one in found] == [False, True, False, False, True]
    assert [one.internal for one in found] == [True, False, False, True, False]
    said = found[0].reason or ""
    assert "this program itself failed (internal error: KeyError in __main__:7, " in said
    assert "provenance_gen.studio.serve:" in said
    assert "please report it" in said
    assert str(tmp_path) not in said
    assert "fault.png" not in said
    assert found[2].reason == "something in it is nested deeper than anything is"
    verdict = judge("fault.png", found[0], (), (), samples.NOW)
    assert (verdict.verdict, verdict.checks[0].code) == ("unreadable", "provgen.internal")
    assert verdict.summary.startswith("Not checked: this program itself failed")
    bad = worker.inspect([Path(__file__)], ())[0]
    assert judge("x", bad, (), (), samples.NOW).summary.startswith("Not readable: ")


_SAYS = """
import sys
said = b'{}'
sys.stdout.buffer.write(len(said).to_bytes(4, "big") + said)
"""
"""A child that answers in the form of an answer."""


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import os; os.abort()", "died (SIGABRT); a native parser can abort on hostile input"),
        ("raise SystemExit(3)", "failed (exit status 3)"),
        ("print('hello')", "makes no sense"),
        (_SAYS.format('{"readable": "maybe"}'), "makes no sense"),
        ("pass", "gave no answer"),
        ("import sys; sys.stdin.close(); import time; time.sleep(60)", "longer than 1 s"),
    ],
)
def test_whatever_becomes_of_a_child_costs_one_answer(program: str, reason: str) -> None:
    """Dead, failed, garbage, silent or hanging: unreadable, with the reason."""
    if os.name != "posix" and "SIGABRT" in reason:
        pytest.skip("signals are POSIX's")
    begun = time.monotonic()
    (answer,) = worker.inspect(
        [Path("x.png")], (), limits=worker.Limits(seconds=1), command=("-c", program)
    )
    assert not answer.readable
    assert reason in (answer.reason or "")
    assert time.monotonic() - begun < 20


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_the_files_around_a_deadly_one_keep_their_answers(tmp_path: Path) -> None:
    """The child dies over one file; the ones before and after it are read all the same."""
    paths = [tmp_path / name for name in ("a.png", "kill.png", "b.jpg", "none.png")]
    paths[0].write_bytes(samples.encoded("PNG"))
    paths[1].write_bytes(samples.encoded("PNG"))
    paths[2].write_bytes(samples.encoded("JPEG"))
    answers = worker.inspect(paths, (), command=("-c", _DYING))
    assert [answer.readable for answer in answers] == [True, False, True, False]
    assert "SIGKILL" in (answers[1].reason or "")
    assert answers[3].reason == "there is no such file"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the address space")
def test_memory_is_bounded(tmp_path: Path) -> None:
    """With less than the parsers need the child fails, and says no more than that."""
    path = tmp_path / "a.png"
    path.write_bytes(samples.encoded())
    limits = worker.Limits(memory=60 << 20)
    (answer,) = worker.inspect([path], (), limits=limits)
    assert not answer.readable


def test_the_clock_runs_for_each_file(tmp_path: Path) -> None:
    """One file that hangs among many does not take the others' time."""
    paths = [tmp_path / f"{number}.png" for number in range(20)]
    for path in paths:
        path.write_bytes(samples.encoded())
    paths[3].rename(tmp_path / "hang.png")
    paths[3] = tmp_path / "hang.png"
    program = _DYING.replace("kill", "hang").replace(
        "os.hang(os.getpid(), signal.SIGKILL)", "__import__('time').sleep(60)"
    )
    begun = time.monotonic()
    answers = worker.inspect(paths, (), limits=worker.Limits(seconds=2), command=("-c", program))
    assert [answer.readable for answer in answers].index(False) == 3
    assert sum(not answer.readable for answer in answers) == 1
    assert "longer than 2 s" in (answers[3].reason or "")
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize(
    ("begun", "reason"),
    [(serve.MAX_MESSAGE, "longer than 0.5 s"), (serve.MAX_MESSAGE + 1, "makes no sense")],
)
def test_an_answer_without_end_is_cut_off(begun: int, reason: str) -> None:
    """A child that prints on and on is ended by the clock, or once it begins to say too much.

    It prints slowly, so that the clock alone ends an answer that may be as long as it says.
    """
    program = (
        "import sys, time; out = sys.stdout.buffer\n"
        f"out.write(({begun}).to_bytes(4, 'big'))\n"
        "for _ in range(2_000): out.write(b' '); out.flush(); time.sleep(0.01)"
    )
    (answer,) = worker.inspect(
        [Path("x.png")], (), limits=worker.Limits(seconds=0.5), command=("-c", program)
    )
    assert not answer.readable
    assert reason in (answer.reason or "")


def test_no_files_no_child() -> None:
    """Nothing is started for nothing."""
    assert worker.inspect([], ()) == ()


def test_a_strangers_folder_is_not_imported_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Modules that lie beside a downloaded picture are not run."""
    for name in ("json", "c2pa", "PIL", "provenance_gen", "dataclasses"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(77)")
    (tmp_path / "a.png").write_bytes(samples.encoded())
    monkeypatch.chdir(tmp_path)
    (answer,) = worker.inspect([Path("a.png")], ())
    assert answer.readable, answer.reason


def test_a_strangers_folder_gives_no_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies beside a picture under the name of the native library is not loaded."""
    other = next(Path(orjson.__file__).parent.glob("orjson*.so*"), Path(sys.executable))
    for place in (tmp_path, tmp_path / "libs", tmp_path / "artifacts"):
        place.mkdir(exist_ok=True)
        for name in ("libc2pa_c.so", "libc2pa_c.dylib", "c2pa_c.dll"):
            shutil.copy(other, place / name)
    (tmp_path / "a.png").write_bytes(samples.encoded())
    monkeypatch.chdir(tmp_path)
    (answer,) = worker.inspect([Path("a.png")], ())
    assert answer.readable, answer.reason
    program = "from provenance_gen.credentials.native import c2pa; print(c2pa.sdk_version())"
    root = {"PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        env=os.environ | root,
        capture_output=True,
        check=True,
    )
    assert f"c2pa-rs {done.stdout.decode().strip()}" == answer.engine


def test_what_is_not_a_file(tmp_path: Path) -> None:
    """A folder, a named pipe, an empty file, a text, a name that no text can hold."""
    folder, pipe, empty, text = (tmp_path / name for name in ("d", "p", "e.png", "t.png"))
    folder.mkdir()
    empty.write_bytes(b"")
    text.write_bytes(b"hello world, this is no picture")
    paths = [folder, empty, text]
    if hasattr(os, "mkfifo"):
        os.mkfifo(pipe)
        odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.png"))
        odd.write_bytes(samples.encoded())
        paths += [pipe, odd]
    answers = worker.inspect(paths, ())
    assert [answer.readable for answer in answers] == [False, False, False, False, True][
        : len(paths)
    ]
    assert answers[1].reason == "the file is empty"
    assert "no image of a kind" in (answers[2].reason or "")


def test_neither_side_loads_what_it_does_not_need() -> None:
    """No torch, no database, no command line; and the judging side loads no parser."""
    program = """
import sys
import {names}
heavy = {{"torch", "diffusers", "transformers", "sqlmodel", "sqlalchemy", "typer", "rich"}}
print(sorted(heavy.union({more}) & set(sys.modules)))
"""
    child = ", ".join(
        f"provenance_gen.{name}"
        for name in ("studio.inspect", "credentials.reader", "metadata.read")
    )
    parent = "provenance_gen.studio.verify"
    for names, more in ((child, {"pydantic", "cryptography"}), (parent, {"c2pa", "PIL", "numpy"})):
        done = subprocess.run(
            [sys.executable, "-c", program.format(names=names, more=more)],
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == "[]", names
