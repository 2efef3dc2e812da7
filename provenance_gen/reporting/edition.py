"""Which wording of reports this is: the version, and a digest of what words them.

Between two releases a checkout's version stays the same while its sentences change. A report made
by another wording cannot be told from an altered one by its bytes, so an evidence bundle names the
wording that it was made with. It proves nothing: whoever writes a bundle writes this too, and a
report that cannot be made again is then *not checked*, never *confirmed*.
"""

from __future__ import annotations

import functools
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from provenance_gen import resources
from provenance_gen.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

_ROOMS: Final = ("contribution", "ledger", "policy", "records", "reporting", "studio")
_DIGITS: Final = 12


@functools.cache
def edition() -> str:
    """Return the version and the first digits of the SHA-256 of what words reports.

    For example ``0.1.0+3f9a0c61d2be``, in the form of a local version (PEP 440).

    Raises:
        ResourceError: the shipped templates are missing.
    """
    package = files("provenance_gen")
    digest = hashlib.sha256()
    for name, file in (
        *(found for room in _ROOMS for found in _under(package.joinpath(room), room)),
        *_under(resources.report_templates(), "templates"),
    ):
        # Line ends are those of whoever checked it out.
        text = file.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name} {len(text)}\n".encode() + text)
    return f"{VERSION}+{digest.hexdigest()[:_DIGITS]}"


def _under(folder: Traversable, place: str) -> Iterator[tuple[str, Traversable]]:
    """Yield what words reports in a folder and those in it, in the order of names."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{place}/{entry.name}"
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _under(entry, name)
        elif entry.name.endswith((".py", ".j2", ".css", ".md", ".typ", ".yaml")):
            yield name, entry
