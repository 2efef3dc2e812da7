"""A scripted editor for tests: paints squares into the file it is given, and behaves as asked.

Run as ``python editors.py BEHAVIOUR FILE``. It waits between saves until the watcher must have
seen them, which it knows from the copies that the watcher makes.
"""

from __future__ import annotations

import os
import sys
import time
import zipfile
from pathlib import Path

from PIL import Image

STACK = '<image><stack><layer name="Sail"/><layer name="Sky"/></stack></image>'
MAGENTA = (255, 0, 255)


def paint(file: Path, column: int, to: Path | None = None) -> None:
    """Paint a square and save, and wait until the save was seen."""
    picture = Image.open(file).convert("RGB")
    picture.paste(MAGENTA, (column, 2, column + 4, 6))
    picture.save(to or file)
    seen(file.parent, (to or file).name)


def seen(folder: Path, name: str) -> None:
    """Wait until the watcher has copied the file as it is now."""
    data = (folder / name).read_bytes()
    for _ in range(400):
        if any(copy.read_bytes() == data for copy in folder.glob(f".saves/*/{name}")):
            return
        time.sleep(0.05)
    sys.exit(9)


def main(behaviour: str, file: Path) -> int:
    """Behave."""
    match behaviour:
        case "twice":
            paint(file, 2)
            paint(file, 10)
        case "crash":
            paint(file, 2)
            return 3
        case "other-name":
            paint(file, 2, file.with_name("harbour final.png"))
        case "same":
            Image.open(file).convert("RGBA").save(file, compress_level=9)
            seen(file.parent, file.name)
        case "damaged":
            file.write_bytes(b"\x89PNG\r\n\x1a\n and then the power went")
        case "layers":
            with zipfile.ZipFile(file.with_suffix(".ora"), "w") as archive:
                archive.writestr("stack.xml", STACK)
            paint(file, 2)
        case "layers-last":
            paint(file, 2)
            with zipfile.ZipFile(file.with_suffix(".ora"), "w") as archive:
                archive.writestr("stack.xml", STACK)
        case "open":
            file.with_name("editor.pid").write_text(str(os.getpid()))
            paint(file, 2)
            time.sleep(600)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
