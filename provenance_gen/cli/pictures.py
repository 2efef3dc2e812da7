"""Pictures shown in the terminal itself, where it can: kitty's protocol, iTerm2's, or sixel.

What the terminal can is told by its own variables, or by its answer to the request for its
attributes (DEC, Primary DA: 4 is sixel graphics). Inside tmux or screen nothing is tried, since
they swallow what they do not know. Sources: kitty graphics protocol; iTerm2 "Images"; DEC VT330/340
Programmer Reference, chapter 14.
"""

from __future__ import annotations

import base64
import os
import re
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from PIL.Image import Image

_CHUNK: Final = 4096  # most base64 characters of one kitty escape
_COLOURS: Final = 255
_BAND: Final = 6  # rows of one line of sixels
_WAIT: Final = 0.3
_ANSWER: Final = re.compile(rb"\x1b\[\?([0-9;]*)c")
_SIXEL: Final = b"4"


class Way(StrEnum):
    """How a terminal shows pictures."""

    KITTY = "kitty"
    ITERM = "iterm"
    SIXEL = "sixel"


def way() -> Way | None:
    """Return how the terminal that is written to shows pictures; None where it cannot."""
    if not (sys.stdout.isatty() and sys.stdin and sys.stdin.isatty()):
        return None
    return told(os.environ) or (Way.SIXEL if _answers_sixel() else None)


def told(variables: Mapping[str, str]) -> Way | None:
    """Return what a terminal's variables say."""
    term, program = variables.get("TERM", ""), variables.get("TERM_PROGRAM", "")
    if term.startswith(("screen", "tmux")) or "TMUX" in variables:
        return None
    if "KITTY_WINDOW_ID" in variables or "kitty" in term or program.lower() == "ghostty":
        return Way.KITTY
    if program in ("iTerm.app", "WezTerm") or variables.get("LC_TERMINAL") == "iTerm2":
        return Way.ITERM
    return Way.SIXEL if "sixel" in term or term in ("foot", "mlterm") else None


def escapes(picture: Image, way: Way) -> Iterator[bytes]:
    """Give what is written to the terminal, piece by piece."""
    if way is Way.SIXEL:
        yield from _sixels(picture)
        return
    from provenance_gen.images.pixels import encode_png

    data = base64.b64encode(encode_png(picture))
    if way is Way.ITERM:
        yield b"\x1b]1337;File=inline=1;preserveAspectRatio=1:" + data + b"\x07\n"
        return
    for start in range(0, len(data), _CHUNK):
        more = b"1" if start + _CHUNK < len(data) else b"0"
        head = b"a=T,f=100,q=2,m=" if start == 0 else b"m="
        yield b"\x1b_G" + head + more + b";" + data[start : start + _CHUNK] + b"\x1b\\"
    yield b"\n"


def show(picture: Image, way: Way) -> None:
    """Write a picture to the terminal."""
    sys.stdout.flush()
    for piece in escapes(picture, way):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _sixels(picture: Image) -> Iterator[bytes]:
    """Encode a picture with a palette, six rows at a time, repeats shortened."""
    import numpy as np

    small = picture.convert("RGB").quantize(_COLOURS)
    palette = small.getpalette() or []
    pixels = np.asarray(small)
    yield b'\x1bPq"1;1;%d;%d' % (small.width, small.height)
    for colour in range(len(palette) // 3):
        shares = [round(value * 100 / 255) for value in palette[colour * 3 : colour * 3 + 3]]
        yield b"#%d;2;%d;%d;%d" % (colour, *shares)
    weights = (1 << np.arange(_BAND))[:, None]
    for top in range(0, small.height, _BAND):
        rows = pixels[top : top + _BAND]
        for colour in np.unique(rows):
            bits = ((rows == colour) * weights[: len(rows)]).sum(axis=0)
            yield b"#%d" % colour + _repeated(bytes((bits + 63).tolist())) + b"$"
        yield b"-"
    yield b"\x1b\\\n"


def _repeated(line: bytes) -> bytes:
    return re.sub(rb"(.)\1{3,}", lambda m: b"!%d" % len(m[0]) + m[1], line, flags=re.DOTALL)


def _answers_sixel() -> bool:
    """Ask the terminal for its attributes; one that does not answer in time has none."""
    if sys.platform == "win32":  # what a terminal answers is read in another way there
        return False
    import select
    import termios
    import tty

    if os.environ.get("TERM", "").startswith(("screen", "tmux")) or "TMUX" in os.environ:
        return False
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    found = b""
    try:
        tty.setcbreak(terminal)
        os.write(sys.stdout.fileno(), b"\x1b[c")
        while select.select([terminal], [], [], _WAIT)[0]:
            found += os.read(terminal, 64)
            if _ANSWER.search(found) or len(found) > _CHUNK:
                break
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
    answer = _ANSWER.search(found)
    return bool(answer and _SIXEL in answer[1].split(b";"))
