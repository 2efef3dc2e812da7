"""The part of the audit that looks at files: what events say is kept has to be there, unchanged.

Events name files by digest: images, pictures given to a generator, the files that images were
brought in from, and blobs (states of random generators, schedulers' configurations, arrays). Where
they lie and how they are read is asked of ``KeptFiles``. Pixels that were withdrawn are to be gone.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from sqlalchemy import select

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import envelope
from provenance_gen.ledger.audit_given import GIVES, Given
from provenance_gen.ledger.audit_page import EDIT, RUNS, names_files
from provenance_gen.ledger.audit_rows import Problem, Problems
from provenance_gen.ledger.audit_tables import stream
from provenance_gen.ledger.database import reading
from provenance_gen.ledger.shape import stored_in
from provenance_gen.ledger.tables import EVENT
from provenance_gen.records.image import StoredImage

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from provenance_gen.ledger.audit_page import Image
    from provenance_gen.ledger.shape import Stored
    from provenance_gen.ledger.store import Ledger

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_LINGERS: Final = (
    "its pixels were withdrawn, and its file is here; delete it with: provgen ledger redact --purge"
)


class KeptFiles(Protocol):
    """The files of a studio, as an audit asks for them; each answer is None where all is well."""

    def problem(self, stored: StoredImage) -> str | None:
        """Say what is wrong with a stored image."""
        ...

    def input_problem(self, pixel_digest: str) -> str | None:
        """Say what is wrong with a picture that was given to a generator."""
        ...

    def original_problem(self, digest: str) -> str | None:
        """Say what is wrong with the file that an image was brought in from."""
        ...

    def blob_problem(self, digest: str) -> str | None:
        """Say what is wrong with a blob."""
        ...

    def lingers(self, pixel_digest: str, original: str | None) -> bool:
        """Tell whether an image, its thumbnail or the file it was brought in from is there."""
        ...


class NoFiles:
    """Files that are not asked for, such as those of a ledger by itself."""

    def problem(self, stored: StoredImage) -> str | None:  # noqa: ARG002 - the protocol's
        """Find nothing."""
        return None

    def input_problem(self, pixel_digest: str) -> str | None:  # noqa: ARG002 - the protocol's
        """Find nothing."""
        return None

    original_problem = blob_problem = input_problem

    def lingers(self, pixel_digest: str, original: str | None) -> bool:  # noqa: ARG002 - same
        """Find nothing."""
        return False


@dataclass
class FileCheck:
    """What is gathered of files while the events go by: about 100 bytes for each."""

    kept: KeptFiles
    images: dict[bytes, bytes] = field(default_factory=dict)
    """Images that were looked at: file digest by pixel digest."""
    blobs: set[bytes] = field(default_factory=set)
    """Digests of blobs that were looked at."""
    withdrawn: dict[str, int] = field(default_factory=dict)
    """Digests of pixels that were withdrawn, and the event that says so."""
    given: Given = field(default_factory=Given)
    """The identifiers that the same events give."""
    _inputs: set[bytes] = field(default_factory=set)
    _originals: dict[str, str] = field(default_factory=dict)
    """Pixel digest by the digest of the file that an image was brought in from."""
    _unsound: list[tuple[int, str, str]] = field(default_factory=list)
    """Files with which something is wrong: event, pixel digest or nothing, what."""

    def see(
        self, type_: str, payload: dict[str, Any], number: int, images: Iterable[Stored]
    ) -> None:
        """Look at the files that a sound event names.

        Args:
            type_: the event's type.
            payload: what it says; of an event that neither ``names_files`` nor ``GIVES`` knows, any
                will do.
            number: its number.
            images: the stored images in it, as ``stored_in`` gives them.
        """
        self.see_images([(number, *stored) for stored in images])
        if type_ in GIVES:
            self.given.see(type_, payload, number)
        if not names_files(type_, payload):
            return
        if type_ in RUNS or type_ == EDIT:
            self._see_run(payload, number)
        elif type_ == "image.imported":
            self._see_original(payload, number)
        elif type_ == "image.withdrawn":
            image = payload.get("image")
            digest = str(image.get("pixel_digest")) if isinstance(image, dict) else ""
            self.withdrawn[digest] = number

    def finish(self, problems: Problems, gone: Container[str] | None) -> tuple[Problem, ...]:
        """Name what is wrong, but for what was withdrawn; return what is no problem.

        That is withdrawn pixels that are here, and identifiers that were given twice.

        Args:
            problems: where to name it.
            gone: pixels that are withdrawn as all logs of the studio stand, where there are
                several; an image may have been recorded in one and withdrawn in another.
        """
        gone = self.withdrawn if gone is None else gone
        for number, digest, what in self._unsound:
            if digest not in gone:
                problems.add(what, number)
        originals = {pixels: source for source, pixels in self._originals.items()}
        lingering = tuple(
            Problem(_LINGERS, number)
            for digest, number in self.withdrawn.items()
            if digest in gone
            and _DIGEST.fullmatch(digest)
            and self.kept.lingers(digest, originals.get(digest))
        )
        return lingering + self.given.findings()

    def see_images(self, images: Iterable[Image]) -> None:
        """Look at the stored images that sound events name."""
        asked = not isinstance(self.kept, NoFiles)
        for number, file, height, pixels, width in images:
            # An image that is recorded again after it was withdrawn has to be there again.
            if self.withdrawn:
                self.withdrawn.pop(pixels, None)
            name, content = bytes.fromhex(pixels), bytes.fromhex(file)
            if self.images.get(name) == content:
                continue
            self.images[name] = content
            if not asked:
                continue
            stored = StoredImage(
                pixel_digest=pixels, file_digest=file, width=int(width), height=int(height)
            )
            if what := self.kept.problem(stored):
                self._unsound.append((number, pixels, what))

    def _see_run(self, payload: dict[str, Any], number: int) -> None:
        """Look at the blobs of an attempt or an edit, and at the pictures given to an attempt."""
        for digest in _blobs(payload):
            if (name := bytes.fromhex(digest)) not in self.blobs:
                self.blobs.add(name)
                if what := self.kept.blob_problem(digest):
                    self._unsound.append((number, "", what))
        for digest in _digests(_at(payload, "call", "inputs", "pixel_digest")):
            name = bytes.fromhex(digest)
            # Giving withdrawn pixels to a generator does not bring the withdrawn image back.
            if name not in self._inputs and name not in self.images:
                self._inputs.add(name)
                if what := self.kept.input_problem(digest):
                    self._unsound.append((number, digest, what))

    def _see_original(self, payload: dict[str, Any], number: int) -> None:
        """Look at the file that an image was brought in from; it goes when the image does."""
        for source in _digests(_at(payload, "source_digest")):
            for pixels in _digests(_at(payload, "image", "pixel_digest")):
                if source in self._originals:
                    continue
                self._originals[source] = pixels
                if what := self.kept.original_problem(source):
                    self._unsound.append((number, pixels, what))


def withdrawn(ledgers: Sequence[Ledger]) -> frozenset[str]:
    """Return the digests of pixels that are withdrawn as the logs of a studio stand.

    Args:
        ledgers: all of them, oldest first. Events that cannot be read are passed over: to name
            them is the audit's business.

    Raises:
        LedgerError: a database cannot be read at all.
    """
    check = FileCheck(NoFiles())
    for ledger in ledgers:
        with reading(ledger.engine) as connection:
            for (data,) in stream(connection, select(EVENT.c.body).order_by(EVENT.c.seq)):
                if type(data) is bytes and (b'"file_digest":' in data or b"withdrawn" in data):
                    with contextlib.suppress(LedgerError):
                        read = envelope.examine(data)
                        check.see(read.type, read.payload, 0, stored_in(data))
    return frozenset(check.withdrawn)


def _blobs(payload: dict[str, Any]) -> Iterator[str]:
    """Give the digests of blobs that an attempt or an edit says are kept.

    Of components' configurations only the digest is recorded.
    """
    for name in ("generators", "global_generators"):
        for state in _at(payload, "call", name):
            if isinstance(state, dict) and not state.get("fresh"):
                yield from _digests([state.get("state")])
    for array in (*_at(payload, "call", "arrays", "array"), *_at(payload, "arrays", "array")):
        if isinstance(array, dict) and array.get("stored"):
            yield from _digests([array.get("digest")])
    yield from _digests(_at(payload, "call", "scheduler_config"))
    yield from _digests(_at(payload, "sources", "blob"))


def _at(value: Any, *names: str) -> Iterator[Any]:
    """Give what lies under some names, in each item where there is a list."""
    if isinstance(value, list):
        for item in value:
            yield from _at(item, *names)
    elif not names:
        yield value
    elif isinstance(value, dict):
        yield from _at(value.get(names[0]), *names[1:])


def _digests(values: Iterator[Any] | list[Any]) -> Iterator[str]:
    return (v for v in values if isinstance(v, str) and _DIGEST.fullmatch(v))
