"""What a file says of itself, signed or not, read when it is taken in.

The file is read in the worker process, as by ``verify``. Nothing of it is believed: it is kept
beside the import or the input, so that nobody has to ask later what stood in a file then.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from provenance_gen.records.base import Text
from provenance_gen.records.image import FileStatement
from provenance_gen.studio.own_ledger import OwnLedger, verify_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from provenance_gen.records.verdict import Verdict
    from provenance_gen.records.work import Import
    from provenance_gen.studio.lookup import KnownImage
    from provenance_gen.studio.studio import Studio

_NO_TOKEN: Final = re.compile(r"[^A-Za-z0-9_.:+\-]")


def of_verdict(verdict: Verdict) -> FileStatement:
    """Put what ``verify`` found into the form that a record holds."""
    credentials = verdict.credentials
    signer = credentials.signer.name if credentials.signer else None
    tools = (_NO_TOKEN.sub("_", claim.tool)[:128] for claim in verdict.claims)
    return FileStatement(
        verdict=verdict.verdict.value,
        credentials=credentials.presence,
        signer=Text(signer) if signer else None,
        generator=Text(credentials.claim_generator) if credentials.claim_generator else None,
        # What our own ledger adds to a verdict is no word of the file's.
        ai="unknown" if verdict.ai.source == "ledger" else verdict.ai.statement,
        ai_signed=verdict.ai.signed,
        claims=tuple(dict.fromkeys(tools)),
        training=credentials.training or None,
    )


def known_as(studio: Studio, brought: Import) -> Sequence[KnownImage]:
    """Return the images of the studio's own that an import shows: one's own, come back."""
    found = OwnLedger(studio).find_image(brought.image.ref.pixel_digest)
    itself = (brought.citation.sequence, brought.image.name)
    return [known for known in found if (known.event, known.image) != itself]


class Readings:
    """Verdicts on files by their state, so that a file used in many calls is read once."""

    def __init__(self, studio: Studio) -> None:
        """Read files with one studio's ledger at hand."""
        self._studio = studio
        self._known: dict[tuple[object, ...], Verdict] = {}

    def of(self, path: Path) -> Verdict | None:
        """Return the verdict on a file, or None where it is not there."""
        try:
            state = path.stat()
        except (OSError, ValueError):
            return None
        key = (path, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
        if key not in self._known:
            self._known[key] = verify_in(self._studio, [path])[0]
        return self._known[key]
