"""The label that China's measures ask for, written into an export when a person asks for it.

GB 45438-2025, appendix E: exactly one AIGC block, with the producer's own name or code, which is
given by the person and never invented here. A block is written only where the record says that AI
made the picture or a part of it, and never in the place of somebody else's: an imported file that
carries one already is not labelled anew. Its own block is carried over, as it stands, where a
person asks to keep it; where nobody does, the person is told that the file will be without it.
"""

from __future__ import annotations

import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.credentials import ingredients, training
from provenance_gen.errors import ImageError, SigningError, UsageError
from provenance_gen.metadata import aigc
from provenance_gen.studio import twins
from provenance_gen.studio.driver import Job
from provenance_gen.studio.pool import Pool, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.credentials.report import Inspection
    from provenance_gen.records.export import Lineage
    from provenance_gen.records.marks import AigcBlock
    from provenance_gen.studio.encoding import Format
    from provenance_gen.studio.studio import Studio

CHINA: Final = "cn"
"""The only kind of label so far, by the country whose rules it follows."""

KEEP: Final = "keep"
"""Asks for the block that an imported file carries."""

NOT_KEPT: Final = (
    "A file that this picture was made from carries an AIGC label (GB 45438-2025), and this file"
    " will be without it; to keep it, as it stands, add: --mark keep"
)

_NUMBER_BYTES: Final = 16


@dataclass(frozen=True)
class Label:
    """A label that is to be written."""

    kind: str
    """``cn``."""
    content_id: str | None
    """The producer's number for this content (``ProduceID``): random, and kept in the ledger. None
    for another's block, whose words are no business of the ledger's."""
    block: str
    """The block's JSON."""
    told: str
    """What the person is told of it before the file is signed."""


@dataclass(frozen=True)
class Decided:
    """What becomes of labels in an export."""

    label: Label | None
    warnings: tuple[str, ...] = ()
    mining: tuple[str, ...] = ()
    """Terms by which files that the picture was made from forbid mining in XMP."""


def asked(mark: str | None, producer: str | None, file_format: Format) -> Label | None:
    """Return the label that was asked for, or None where none was.

    Raises:
        UsageError: there is no such label, it lacks its producer, or the file cannot hold it.
    """
    if mark is None:
        if producer is not None:
            raise UsageError("--producer belongs to --mark cn")
        return None
    if mark == KEEP:
        if producer is not None:
            raise UsageError("--producer belongs to --mark cn; a label that is kept names its own")
        _demand_room(file_format)
        return None
    if mark != CHINA:
        raise UsageError(
            f"no mark {mark!r}: there is {CHINA}, for GB 45438-2025, and {KEEP}, for the label that"
            " an imported file carries"
        )
    if not producer:
        raise UsageError(
            "--mark cn needs --producer CODE: the code or name under which you, or the service that"
            " generated it, are known as its producer; none is invented"
        )
    _demand_room(file_format)
    number = secrets.token_hex(_NUMBER_BYTES)
    try:
        block = aigc.value(producer=producer, content_id=number)
    except ValueError as error:
        raise UsageError(
            f"--producer cannot stand in the label: {error}; it takes printable ASCII without"
            " spaces, quotation marks and backslashes"
        ) from error
    return Label(mark, number, block, f"the label of GB 45438-2025, with the producer {producer}")


def decide(
    studio: Studio,
    chain: Lineage,
    definition: dict[str, Any],
    label: Label | None,
    mark: str | None,
) -> Decided:
    """Decide on labels with a view to those that the picture's files carry already.

    Args:
        studio: keeps the imported files.
        chain: what the picture was made from.
        definition: the manifest's definition, of any profile that names what generators were given:
            ``minimal`` does not, and what their files carry counts under it as well.
        label: a new one that was asked for.
        mark: what was asked for.

    Raises:
        UsageError: nothing recorded says that AI made any of it, a new label would take the place
            of another, or there is not just one sound block to keep.
    """
    if label is not None and not twins.says_ai(definition):
        raise UsageError(
            "the record does not say that AI made this picture or a part of it; a label that says"
            " so is not written"
        )
    blocks, mining = _carried(studio, chain, definition, needed=label is not None or mark == KEEP)
    if label is not None and blocks:
        raise UsageError(
            "a file that this picture was made from carries an AIGC block already; a second one is"
            " not written, nor is that of another producer replaced; to keep it, as it stands:"
            " --mark keep"
        )
    if mark == KEEP:
        return Decided(_kept(blocks), mining=mining)
    return Decided(label, (NOT_KEPT,) if label is None and blocks else (), mining)


def _demand_room(file_format: Format) -> None:
    if not file_format.embeds:
        raise UsageError(f"a {file_format.name} file holds no metadata, so no label either")


def _kept(blocks: Sequence[AigcBlock]) -> Label:
    """Return the one block that there is, to be written once more."""
    if not blocks:
        raise UsageError("no file that this picture was made from carries an AIGC block to keep")
    if faults := [fault for block in blocks for fault in block.faults]:
        raise UsageError(
            f"an AIGC block in an imported file is not sound ({faults[0]}), so it is not written"
            " again; leave --mark out"
        )
    distinct = {aigc.written(block.fields) for block in blocks}
    if len(distinct) > 1:
        raise UsageError(
            "the files that this picture was made from carry AIGC blocks that differ; a file holds"
            " one, so none is chosen for you: leave --mark out"
        )
    told = "the label of GB 45438-2025 that the imported file carries, as it stands there"
    return Label("cn-kept", None, distinct.pop(), told)


def _carried(
    studio: Studio, chain: Lineage, definition: dict[str, Any], *, needed: bool
) -> tuple[list[AigcBlock], tuple[str, ...]]:
    """Return the blocks in the imported files that a picture was made from, and ``Decided.mining``.

    Raises:
        SigningError: a file could not be looked through, and what stands in it is needed.
    """
    originals = []
    for digest in dict.fromkeys(ingredients.files(chain, definition).values()):
        try:
            originals.append(studio.store.file(digest))
        except ImageError:
            continue  # withdrawn or never kept: there is nothing to look at
    found = _read(originals)
    if needed and None in found:
        raise SigningError(
            "an imported file that this picture was made from could not be looked through for a"
            " label, so none is written; leave --mark out"
        )
    read = [one for one in found if one is not None]
    blocks = [block for one in read if one.marks is not None for block in one.marks.aigc]
    return blocks, training.forbidding([claim for one in read for claim in one.claims])


def demand_one(data: bytes) -> None:
    """Check that a file about to be signed holds one block, and a sound one.

    Raises:
        SigningError: it does not; nothing was signed.
    """
    (found,) = _read([data])
    blocks = found.marks.aigc if found is not None and found.marks is not None else ()
    if len(blocks) != 1 or blocks[0].faults:
        raise SigningError("the label was not written as the standard asks; nothing was signed")


def _read(files: Sequence[bytes]) -> list[Inspection | None]:
    """Read files in the process for untrusted bytes; None where that process failed."""
    if not files:
        return []
    with tempfile.TemporaryDirectory(prefix="provgen-") as folder, Pool(workers=1) as pool:
        jobs = []
        for number, data in enumerate(files):
            path = Path(folder) / str(number)
            path.write_bytes(data)
            jobs.append(Job(path))
        task = Task(pixels=False, marks=True)
        found = [inspected for _, inspected in pool.each(jobs, task, ordered=True)]
    # A file of a kind that we do not know has a digest; where there is none, nobody looked.
    return [one if one.file_digest else None for one in found]
