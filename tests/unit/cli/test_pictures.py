"""Pictures in the terminal: what it can is found out, and what is written is the picture."""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from provenance_gen import Studio
from provenance_gen.cli.pictures import Way, escapes, told
from provenance_gen.records.event import ActorKind, Basis

if TYPE_CHECKING:
    from pathlib import Path

PROVGEN = [sys.executable, "-m", "provenance_gen.cli"]
ANSWERS = b"\x1b[?62;4;22c"


def picture() -> Image.Image:
    """Return a picture of few colours with a run and an odd height."""
    made = Image.new("RGB", (40, 17), (10, 20, 30))
    made.paste((250, 0, 120), (5, 3, 30, 9))
    made.putpixel((39, 16), (0, 255, 0))
    return made


@pytest.mark.parametrize(
    ("variables", "way"),
    [
        ({"TERM": "xterm-kitty"}, Way.KITTY),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, Way.KITTY),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, Way.ITERM),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, Way.ITERM),
        ({"TERM": "foot"}, Way.SIXEL),
        ({"TERM": "xterm-256color"}, None),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, None),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"}, None),  # noqa: S108 - a name, no file
        ({}, None),
    ],
)
def test_what_a_terminal_says_of_itself(variables: dict[str, str], way: Way | None) -> None:
    """Known terminals are known by their variables; inside tmux nothing is tried."""
    assert told(variables) is way


def test_kitty_is_given_the_png_in_pieces() -> None:
    """Put together again, the pieces are the picture."""
    noise = np.random.default_rng(1).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    written = b"".join(escapes(Image.fromarray(noise), Way.KITTY))
    pieces = re.findall(rb"\x1b_G([^;]*);([^\x1b]*)\x1b\\", written)
    assert len(pieces) > 2
    assert all(len(data) <= 4096 for _, data in pieces)
    assert [head[-3:] for head, _ in pieces] == [b"m=1"] * (len(pieces) - 1) + [b"m=0"]
    png = base64.b64decode(b"".join(data for _, data in pieces))
    with Image.open(io.BytesIO(png)) as seen:
        assert np.array_equal(np.asarray(seen), noise)


def test_iterm_is_given_the_png() -> None:
    """The whole picture in one escape."""
    (written,) = escapes(picture(), Way.ITERM)
    data = written.partition(b":")[2].removesuffix(b"\x07\n")
    with Image.open(io.BytesIO(base64.b64decode(data))) as seen:
        assert seen.tobytes() == picture().tobytes()


def unsixel(data: bytes) -> Image.Image:
    """Draw what a sixel terminal would, by the rules of the DEC manual."""
    body = data[data.index(b"q") + 1 : data.index(b"\x1b\\")]
    header = re.match(rb'"1;1;(\d+);(\d+)', body)
    assert header
    result = Image.new("RGB", (int(header[1]), int(header[2])))
    colours: dict[int, tuple[int, ...]] = {}
    x, y, colour = 0, 0, 0
    for token in re.findall(rb"#\d+(?:;2;\d+;\d+;\d+)?|!\d+[?-~]|[?-~]|[$-]", body[header.end() :]):
        if token[:1] == b"#":
            number, *rest = map(int, token[1:].split(b";"))
            colour = number
            if rest:
                colours[number] = tuple(round(share * 2.55) for share in rest[1:])
            continue
        if token in b"$-":
            x, y = 0, y + 6 * (token == b"-")
            continue
        times = int(token[1:-1]) if token[:1] == b"!" else 1
        for _ in range(times):
            for row in range(6):
                if (token[-1] - 63) >> row & 1:
                    result.putpixel((x, y + row), colours[colour])
            x += 1
    return result


def test_sixels_draw_the_picture() -> None:
    """A decoder written from the manual gives the picture back, to 1 % of each colour."""
    seen = np.asarray(unsixel(b"".join(escapes(picture(), Way.SIXEL))), dtype=int)
    assert np.abs(seen - np.asarray(picture(), dtype=int)).max() <= 4


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(
    ("variables", "begins"),
    [
        ({"TERM": "xterm-kitty"}, b"\x1b_Ga=T,f=100"),
        ({"TERM": "xterm"}, b'\x1bPq"1;1;'),
        ({"TERM": "dumb-and-silent"}, None),
    ],
)
def test_a_sheet_in_a_terminal(
    tmp_path: Path, variables: dict[str, str], begins: bytes | None
) -> None:
    """Shown where the terminal can, by its name or by its answer; written to a file elsewhere."""
    root = tmp_path / "art"
    with Studio.init(root, actor=ActorKind.PERSON) as studio:
        work = studio.new_work("Harbour")
        picture().save(tmp_path / "own.png")
        work.bring_in(tmp_path / "own.png", own=True)
    seen = _in_terminal(root, variables, answers=variables["TERM"] == "xterm")
    with Studio.open(root) as studio:
        (view,) = studio.work().history().views
    assert view.images == ("i1",)
    if begins is None:
        assert b"contact-sheet.png" in seen
        assert (root / "contact-sheet.png").is_file()
        assert view.citation.basis is Basis.INFERRED
    else:
        assert begins in seen
        assert not (root / "contact-sheet.png").exists()
        assert view.citation.basis is Basis.CONTEMPORANEOUS


def _in_terminal(folder: Path, variables: dict[str, str], *, answers: bool) -> bytes:
    """Run ``provgen show --contact-sheet -`` in a terminal, and return what it wrote there."""
    import pty  # noqa: PLC0415 - there is none on Windows

    ours, theirs = pty.openpty()
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("TERM_PROGRAM", "KITTY_WINDOW_ID", "TMUX", "LC_TERMINAL")
    }
    command = [*PROVGEN, "show", "--contact-sheet", "-"]
    seen = b""
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, cwd=folder, env={**environment, **variables}
    ) as process:
        os.close(theirs)
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux: the other end is closed
                break
            if not part:
                break
            if answers and b"\x1b[c" in part:
                os.write(ours, ANSWERS)
            seen += part
        assert process.wait() == 0
    os.close(ours)
    return seen
