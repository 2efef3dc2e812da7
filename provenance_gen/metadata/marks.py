"""Which marks on AI a file's texts hold, beside its Content Credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.metadata import aigc, carriers
from provenance_gen.records.marks import FileMarks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.metadata.carriers import Carrier


def read(data: bytes, media_type: str | None) -> FileMarks:
    """Return the marks in a file's bytes, which may be hostile.

    Args:
        data: the file.
        media_type: its kind by content.
    """
    return of(carriers.find(data, media_type))


def of(found: Sequence[Carrier]) -> FileMarks:
    """Return the marks in texts that were found together in one file."""

    def all_of(name: str) -> tuple[str, ...]:
        return tuple(text for one in found for text in one.properties.get(name, ()))

    return FileMarks(
        source_types=all_of("DigitalSourceType"),
        systems=all_of("AISystemUsed"),
        versions=all_of("AISystemVersionUsed"),
        prompts=len(all_of("AIPromptInformation")),
        prompt_writers=len(all_of("AIPromptWriterName")),
        aigc=aigc.find(found),
    )
