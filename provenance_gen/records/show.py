"""Text of people and of files, made safe to look at.

One function, shared by reports and the command line. It leaves escaping for HTML or a terminal's
markup to those who print; what it hides is nothing, what it shows is what a screen would hide.
"""

from __future__ import annotations

import re
from typing import Final

HIDDEN: Final = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls but tab and newline: ESC, CSI, lone CR
    "\xad\u061c\u180e\u200b\u200e\u200f"  # soft hyphen, zero-width space, direction marks
    "\u2028-\u202e\u2060-\u206f"  # line separators, overrides, isolates, invisible operators
    "\ufeff\ufff9-\ufffb"  # byte order mark, interlinear annotations
    "\ud800-\udfff"  # lone surrogates, which no encoder takes
    "\U000e0000-\U000e007f"  # tag characters: they can carry unseen sentences
    "]"
)
"""Characters that steer a screen or cannot be seen on it.

The joiners U+200C and U+200D stay as they are: emoji, Persian and Indic scripts need them.
"""


def visible(text: str) -> str:
    r"""Show control, escape and bidirectional characters as ``[U+202E]``.

    Newlines (``\r\n`` becomes one) and tabs stay, since they only lay out.
    """
    return HIDDEN.sub(named, text.replace("\r\n", "\n"))


def named(match: re.Match[str]) -> str:
    """Return the name of one hidden character, such as ``[U+001B]``."""
    return f"[U+{ord(match[0]):04X}]"
