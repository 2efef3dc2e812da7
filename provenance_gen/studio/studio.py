"""A studio: the ledger, the image store and the keys of one folder, and the works in it."""

from __future__ import annotations

import contextlib
import functools
from pathlib import Path
from typing import TYPE_CHECKING

from provenance_gen import settings
from provenance_gen.config import timestamp_authorities
from provenance_gen.digests import new_id
from provenance_gen.errors import ProvenanceError, UsageError
from provenance_gen.generation.finishing import Finisher
from provenance_gen.images.store import ImageStore
from provenance_gen.ledger import checkpoint
from provenance_gen.ledger.audit import Audit, audit
from provenance_gen.ledger.logs import EarlierLog, earlier_logs
from provenance_gen.records import payloads
from provenance_gen.records.base import Text
from provenance_gen.records.event import Actor, ActorKind, Basis, Draft, Payload, Receipt
from provenance_gen.studio import anchors, life, locks, redact
from provenance_gen.studio import folder as folders
from provenance_gen.studio.earlier import audit_earlier
from provenance_gen.studio.history import read as read_history
from provenance_gen.studio.keys import read_key
from provenance_gen.studio.making import make_studio
from provenance_gen.studio.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance_gen.ledger.noted import NotedLedger
    from provenance_gen.records.verdict import Verdict
    from provenance_gen.records.work import History
    from provenance_gen.studio.backup import BackedUp
    from provenance_gen.studio.folder import StudioFolder
    from provenance_gen.studio.resume import Resumed

    Progress = Callable[[int, int], None]


def _quiet(_done: int, _of: int) -> None:
    """Show no progress."""


class Studio(contextlib.AbstractContextManager["Studio", None]):
    """A folder in which the making of images is recorded.

    Make one with ``Studio.init`` or open the one around the current folder with ``Studio.open``.
    A studio that this user did not make in this very place is *foreign*: it can be read, supplies
    no keys or roots, and is never written.

    Attributes:
        folder: where it is.
        standing: whether it is where it was made, and what follows from that.
        store: its image store.
    """

    def __init__(self, folder: StudioFolder, actor: ActorKind) -> None:
        """Open a studio; use ``open`` or ``init`` instead."""
        self.folder, self._opener = folder, locks.Opener()
        self._described = folders.read(folder)
        self.secrets = settings.studio_secrets(self._described.studio)
        self.standing, self._log = life.open_log(folder, self._described)
        self._closed = False
        self.store = ImageStore(folder.data)
        self.finisher = Finisher()  # stores what calls gave back, beside the next call
        self.actor = Actor(kind=actor, id=None if self.foreign else settings.actor(self.secrets))
        redact.complete(self)

    @property
    def ledger(self) -> NotedLedger:
        """Its present log, with the ends of all calls that have returned."""
        self._opener.demand()
        self.finisher.settle()
        return self._log

    @property
    def foreign(self) -> bool:
        """Whether this user did not make it here: it is read, and supplies no keys or roots."""
        return self.standing.foreign

    @functools.cached_property
    def earlier(self) -> tuple[EarlierLog, ...]:
        """The logs that the present one goes on from, oldest first; mostly none."""
        read_only = not self.standing.writable
        return earlier_logs(self.ledger, self.folder.log, read_only=read_only)

    @classmethod
    def init(
        cls,
        root: str | Path = ".",
        *,
        author: str | None = None,
        actor: ActorKind = ActorKind.PROGRAM,
    ) -> Studio:
        """Make a studio: ledger, image store, development certificate and signing key.

        Args:
            root: the folder to work in; made if it is not there.
            author: name of the person, kept as a commitment.
            actor: who acts; ``person`` only where a person gives each command.

        Raises:
            StudioExistsError: there is a studio already; nothing is changed.
            StorageError: the disk is full or the folder cannot be written.
        """
        studio = cls(make_studio(Path(root), author=author, actor=actor), actor)
        studio.ledger.note_head()
        return studio

    @classmethod
    def open(
        cls, start: str | Path | None = None, *, actor: ActorKind = ActorKind.PROGRAM
    ) -> Studio:
        """Open the studio in a folder or in the nearest one above it.

        Raises:
            StudioNotFoundError: there is none.
            SettingsError: its description cannot be understood.
            LedgerError: its ledger cannot be opened.
        """
        return cls(folders.find(Path(start) if start is not None else None), actor)

    @property
    def id(self) -> str:
        """Random identifier of the studio."""
        return self._described.studio

    @property
    def verifier_key(self) -> str | None:
        """Key that checkpoints are checked with; None for a foreign studio."""
        if self.foreign:
            return None
        key = read_key(self.secrets.ledger_key)
        return checkpoint.verifier_key(self.ledger.origin, key.public_key())

    def close(self) -> None:
        """Note where the ledger stands, and close it; of a fork's copy do nothing."""
        if self._closed or not self._opener.here:
            return
        self.finisher.close()
        self._closed = True
        if self.standing.writable:
            anchors.keep_up_if_due(self)
            # What was recorded and never signed is missed too, if it is gone the next time.
            with contextlib.suppress(ProvenanceError):
                self.ledger.note_head()
        for log in self.__dict__.get("earlier", ()):
            log.ledger.close()
        self.ledger.close()

    def __exit__(self, *_: object) -> None:
        """Close the studio."""
        self.close()

    def append(self, payload: Payload, *, basis: Basis = Basis.CONTEMPORANEOUS) -> Receipt:
        """Record one event.

        Raises:
            ForeignStudioError: this user did not make the studio here.
            FrozenStudioError: it is not as it was left.
            StorageError: the disk is full; nothing was changed.
        """
        self.demand_own()
        return self.ledger.append(Draft(payload=payload, actor=self.actor, basis=basis))

    def demand_own(self) -> None:
        """Refuse to write into a studio that is not this user's, or not as it was left.

        Raises:
            ForeignStudioError: it was not made here by this user.
            FrozenStudioError: it was, and is older than what was seen of it, or read-only.
            UsageError: this process was forked from the one that opened it.
        """
        self._opener.demand()
        self.standing.demand_writable()

    def new_work(self, title: str, *, intent: str | None = None, author: str | None = None) -> Work:
        """Begin a work.

        Args:
            title: its title.
            intent: what the work is meant to be (創作意図), stated before it is made.
            author: who makes it; left out, the author that the studio was made with.

        Raises:
            UsageError: the title is empty.
        """
        if not title.strip():
            raise UsageError("a work needs a title")
        identifier = new_id("w")
        self.demand_own()
        begun = payloads.WorkCreated(
            work=identifier, title=Text(title), author=Text(author) if author else None
        )
        drafts = [Draft(payload=begun, actor=self.actor)]
        if intent:
            stated = payloads.IntentStated(work=identifier, intent=Text(intent))
            drafts.append(Draft(payload=stated, actor=self.actor))
        self.ledger.append_many(drafts)
        return Work(self, identifier)

    def work(self, reference: str | None = None) -> Work:
        """Return a work by number, identifier or title; the newest where none is named.

        Raises:
            UnknownReferenceError: there is none, or more than one fits.
        """
        return Work(self, self.history().work(reference).id)

    def history(self, *, until: int | None = None) -> History:
        """Read all works as they stand, or as they stood at a tree size of the present log.

        A started attempt without an end is ``running`` while a process holds its lock, and
        ``interrupted`` when none does.
        """
        return read_history(self, until)

    @contextlib.contextmanager
    def attempt_lock(self, attempt: str) -> Iterator[None]:
        """Hold the lock of a running attempt; it is asked for before anything is recorded."""
        self._opener.demand()
        with locks.held(self.folder.locks, attempt):
            yield

    def audit(self, *, progress: Progress = _quiet) -> Audit:
        """Check the whole ledger and every stored file.

        Raises:
            LedgerError: the database cannot be read at all.
            SettingsError: the user's configuration cannot be understood.
        """
        return audit(
            self.ledger,
            files=self.store.files,
            verifier_key=self.verifier_key,
            authorities=timestamp_authorities(),
            progress=progress,
        )

    def audit_earlier(self, *, progress: Progress = _quiet) -> tuple[Audit, ...]:
        """Check the logs that the present one goes on from, oldest first; see ``audit``."""
        return audit_earlier(self, progress)

    def back_up(
        self,
        destination: str | Path,
        *,
        images: bool = True,
        copied: Progress = _quiet,
        checked: Progress = _quiet,
    ) -> BackedUp:
        """Write a backup while the studio is used; it is audited, and is there whole or not at all.

        Args:
            destination: a new folder, or a new file that ends in ``.zip``.
            images: whether images and originals go with it.
            copied: called with the bytes copied and their total.
            checked: called with the events checked and their total.

        Raises:
            UsageError: the destination exists.
            LedgerBrokenError: the studio's ledger or an image of it is damaged.
            StorageError: the disk is full.
        """
        from provenance_gen.studio.backup import back_up  # noqa: PLC0415

        return back_up(self, Path(destination), images=images, copied=copied, checked=checked)

    def resume(
        self, *, reason: str | None = None, new_log: bool = False, progress: Progress = _quiet
    ) -> Resumed:
        """Go on in a studio that was moved, copied, put back or split; then open it anew.

        The same log goes on where that contradicts nothing; otherwise a new one cites it.

        Args:
            reason: what happened, in the person's words.
            new_log: begin a new log where the same one could go on.
            progress: called with the events checked and their total.

        Raises:
            UsageError: there is nothing to resume, or the folder cannot be written.
            LedgerBrokenError: the old log is damaged.
            StorageError: the disk is full; the studio is as it was.
        """
        from provenance_gen.studio.resume import resume  # noqa: PLC0415

        return resume(self, reason=reason, new_log=new_log, progress=progress)

    def verify(self, path: str | Path, *, trust: bytes | None = None) -> Verdict:
        """Check an image file, with this studio's ledger and certificates to trust (PEM)."""
        from provenance_gen.studio.own_ledger import verify_in  # noqa: PLC0415

        return verify_in(self, [path], trust)[0]
