"""Write the test files that verification is tested with, one for each thing that can go wrong.

Run ``python tests/vectors/build.py [FOLDER]``. The files are made anew each time, since they are
signed and certificates end; nobody else's picture is among them. ``FOLDER/index.json`` says of each
file what is wrong with it and what a verifier must find: the verdict, the steps that fail with
their codes, the unsigned claims. ``FOLDER/trusted.pem`` holds the certificates to trust. To try
them::

    provgen verify FOLDER --json --ordered --trust FOLDER/trusted.pem
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests import tsa
from tests.unit.credentials import certified
from tests.vectors import chains, ended, foreign_tools, hostile, signed

if TYPE_CHECKING:
    from tests.vectors.vector import Vector

SCHEMA: Final = "provenance-gen/vectors/1"
INDEX: Final = "index.json"
TRUSTED: Final = "trusted.pem"
_DEFAULT: Final = Path("build/vectors")


def build(folder: Path) -> dict[str, Any]:
    """Write all files, the certificates and the index; return the index.

    Raises:
        FileExistsError: there is something in the folder that this program did not write.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / INDEX).is_file():
        raise FileExistsError(f"{folder} holds other files; name an empty folder")
    # First, so that the certificate ends while the others are made.
    soon = ended.sign()
    made = (
        *signed.vectors(),
        *chains.vectors(),
        *soon.vectors,
        *foreign_tools.vectors(),
        *hostile.vectors(),
    )
    assert len({one.file for one in made}) == len(made)
    for one in made:
        _write(folder, one)
    (folder / TRUSTED).write_bytes(signed.WHO.root + certified.authority().root + soon.roots)
    index = {
        "schema": SCHEMA,
        "made": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "trusted": TRUSTED,
        "left_out": [] if tsa.OPENSSL else ["those with a time-stamp: openssl is missing"],
        "vectors": [one.row() for one in made],
    }
    text = json.dumps(index, indent=1, ensure_ascii=False)
    (folder / INDEX).write_text(text + "\n", encoding="utf-8")
    soon.wait()
    return index


def _write(folder: Path, one: Vector) -> None:
    path = folder / one.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(one.data)
    if one.beside is not None:
        path.with_suffix(".c2pa").write_bytes(one.beside)


def main(arguments: list[str]) -> int:
    """Write the files to the folder named, or to ``build/vectors``."""
    folder = Path(arguments[0]) if arguments else _DEFAULT
    try:
        index = build(folder)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for left in index["left_out"]:
        sys.stderr.write(f"left out: {left}\n")
    sys.stdout.write(f"{len(index['vectors'])} files in {folder}; see {folder / INDEX}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
