"""The label that China's measures ask for, written into an export when a person asks for it.

GB 45438-2025, appendix E: exactly one AIGC block, with the producer's own name or code, which is
given by the person and never invented here. A block is written only where the record says that AI
made the picture or a part of it, and never in the place of somebody else's: an imported file that
carries one already is not labelled anew.
"""

from __future__ import annotations

import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.credentials import ingredients
from provenance_gen.errors import ImageError, SigningError, UsageError
from provenance_gen.metadata import aigc
from provenance_gen.studio import twins
from provenance_gen.studio.driver import Job
from provenance_gen.studio.pool import Pool, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.records.export import Lineage
    from provenance_gen.records.marks import AigcBlock
    from provenance_gen.studio.encoding import Format
    from provenance_gen.studio.studio import Studio

CHINA: Final = "cn"
"""The only kind of label so far, by the country whose rules it follows."""

_NUMBER_BYTES: Final = 16


@dataclass(frozen=True)
class Label:
    """A label that is to be written."""

    kind: str
    """``cn``."""
    content_id: str
    """The producer's number for this content (``ProduceID``): random, and kept in the ledger."""
    block: str
    """The block's JSON."""


def asked(mark: str | None, producer: str | None, file_format: Format) -> Label | None:
    """Return the label that was asked for, or None where none was.

    Raises:
        UsageError: there is no such label, it lacks its producer, or the file cannot hold it.
    """
    if mark is None:
        if producer is not None:
            raise UsageError("--producer belongs to --mark cn")
        return None
    if mark != CHINA:
        raise UsageError(f"no mark {mark!r}: there is {CHINA}, for GB 45438-2025")
    if not producer:
        raise UsageError(
            "--mark cn needs --producer CODE: the code or name under which you, or the service that"
            " generated it, are known as its producer; none is invented"
        )
    if not file_format.embeds:
        raise UsageError(f"a {file_format.name} file holds no metadata, so no label either")
    number = secrets.token_hex(_NUMBER_BYTES)
    try:
        return Label(mark, number, aigc.value(producer=producer, content_id=number))
    except ValueError as error:
        raise UsageError(
            f"--producer cannot stand in the label: {error}; it takes printable ASCII without"
            " spaces, quotation marks and backslashes"
        ) from error


def demand_true(studio: Studio, chain: Lineage, definition: dict[str, Any]) -> None:
    """Refuse a label that would say too much, or take the place of another.

    Args:
        studio: keeps the imported files.
        chain: what the picture was made from.
        definition: the manifest's definition.

    Raises:
        UsageError: nothing recorded says that AI made any of it, or a file that it was made from
            carries a block of its own.
    """
    if not twins.says_ai(definition):
        raise UsageError(
            "the record does not say that AI made this picture or a part of it; a label that says"
            " so is not written"
        )
    originals = []
    for digest in dict.fromkeys(ingredients.files(chain, definition).values()):
        try:
            originals.append(studio.store.file(digest))
        except ImageError:
            continue  # withdrawn or never kept: there is nothing to look at
    if any(_blocks(originals)):
        raise UsageError(
            "a file that this picture was made from carries an AIGC block already; a second one is"
            " not written, nor is that of another producer replaced"
        )


def demand_one(data: bytes) -> None:
    """Check that a file about to be signed holds one block, and a sound one.

    Raises:
        SigningError: it does not; nothing was signed.
    """
    (blocks,) = _blocks([data])
    if len(blocks) != 1 or blocks[0].faults:
        raise SigningError("the label was not written as the standard asks; nothing was signed")


def _blocks(files: Sequence[bytes]) -> list[tuple[AigcBlock, ...]]:
    """Read the blocks of files in the process for untrusted bytes."""
    if not files:
        return []
    with tempfile.TemporaryDirectory(prefix="provgen-") as folder, Pool(workers=1) as pool:
        jobs = []
        for number, data in enumerate(files):
            path = Path(folder) / str(number)
            path.write_bytes(data)
            jobs.append(Job(path))
        task = Task(pixels=False, marks=True)
        found = [inspected.marks for _, inspected in pool.each(jobs, task, ordered=True)]
    return [marks.aigc if marks is not None else () for marks in found]
