"""A studio: the ledger, the image store and the keys of one folder, and the works in it."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from provenance_gen import settings
from provenance_gen.credentials.authority import create_development_identity
from provenance_gen.digests import new_id, write_atomic
from provenance_gen.errors import ForeignStudioError, SettingsError
from provenance_gen.images.store import ImageStore
from provenance_gen.ledger import checkpoint
from provenance_gen.ledger.audit import Audit, audit
from provenance_gen.ledger.store import Ledger
from provenance_gen.records import payloads
from provenance_gen.records.base import Text
from provenance_gen.records.event import Actor, ActorKind, Basis, Draft, Payload, Receipt
from provenance_gen.records.history import fold
from provenance_gen.records.work import Attempt, History, Outcome
from provenance_gen.studio import folder as folders
from provenance_gen.studio import locks
from provenance_gen.studio.work import Work
from provenance_gen.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance_gen.records.verdict import Verdict
    from provenance_gen.studio.folder import StudioFolder


class Studio:
    """A folder in which the making of images is recorded.

    Make one with ``Studio.init`` or open the one around the current folder with ``Studio.open``.
    A studio that this user did not make in this very place is *foreign*: it can be read, supplies
    no keys or roots, and is never written.

    Attributes:
        folder: where it is.
        ledger: its ledger.
        store: its image store.
        foreign: whether it is only read.
    """

    def __init__(self, folder: StudioFolder, actor: ActorKind) -> None:
        """Open a studio; use ``open`` or ``init`` instead."""
        self.folder = folder
        self._described = folders.read(folder)
        self.foreign = not settings.is_own_studio(self._described.studio, folder.root)
        self.secrets = settings.studio_secrets(self._described.studio)
        key = None if self.foreign else _read_key(self.secrets.ledger_key)
        self.ledger = Ledger(folder.data, key=key, read_only=self.foreign)
        self.store = ImageStore(folder.data)
        self.actor = Actor(kind=actor, id=None if self.foreign else settings.actor(self.secrets))

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
        place = Path(root)
        made = folders.begin(place)
        try:
            identifier, origin = new_id("st"), f"provgen-{secrets.token_hex(16)}"
            kept = settings.register_studio(identifier, place)
            key = _make_key(kept.ledger_key)
            create_development_identity(kept)
            Ledger.create(made, origin=origin, key=key).close()
            described = folders.StudioFile(
                format=folders.FORMAT,
                studio=identifier,
                origin=origin,
                ledger_key=checkpoint.verifier_key(origin, key.public_key()),
            )
            studio = cls(folders.finish(place, made, described), actor)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        studio.append(
            payloads.StudioCreated(
                studio=identifier,
                software=VERSION,
                author=Text(author) if author else None,
            )
        )
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
        key = _read_key(self.secrets.ledger_key)
        return checkpoint.verifier_key(self.ledger.origin, key.public_key())

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()

    def __enter__(self) -> Self:
        """Return the studio."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the studio."""
        self.close()

    def append(self, payload: Payload, *, basis: Basis = Basis.CONTEMPORANEOUS) -> Receipt:
        """Record one event.

        Raises:
            ForeignStudioError: this user did not make the studio here.
            StorageError: the disk is full; nothing was changed.
        """
        self.demand_own()
        return self.ledger.append(Draft(payload=payload, actor=self.actor, basis=basis))

    def demand_own(self) -> None:
        """Refuse to write into a studio that is not this user's.

        Raises:
            ForeignStudioError: it is foreign.
        """
        if self.foreign:
            raise ForeignStudioError(
                f"{self.folder.root} holds a studio that was not made here by you (copied, moved"
                " or downloaded); it can be read and verified, not written."
                " Make your own with: provgen init FOLDER"
            )

    def new_work(self, title: str, *, intent: str | None = None, author: str | None = None) -> Work:
        """Begin a work.

        Args:
            title: its title.
            intent: what the work is meant to be (創作意図), stated before it is made.
            author: who makes it.
        """
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
        """Read all works as they stand, or as they stood at a tree size.

        A started attempt without an end is ``running`` while a process holds its lock, and
        ``interrupted`` when none does.
        """
        dead: set[str] = set()
        while True:
            history = fold(self.ledger.events(until=until))
            open_ = [a.id for w in history.works for a in w.attempts if a.outcome is Outcome.OPEN]
            free = {a for a in open_ if not locks.is_held(self.folder.locks, a)}
            if free <= dead:
                return _with_outcomes(history, dead)
            # An attempt writes its end before it frees its lock. So those that are free now are
            # dead only if the events, read once more, hold no end of theirs.
            dead = free

    @contextlib.contextmanager
    def attempt_lock(self, attempt: str) -> Iterator[None]:
        """Hold the lock of a running attempt."""
        with locks.held(self.folder.locks, attempt):
            yield

    def audit(self, *, progress: Callable[[int, int], None] = lambda _done, _of: None) -> Audit:
        """Check the whole ledger and every stored image.

        Raises:
            LedgerError: the database cannot be read at all.
        """
        return audit(
            self.ledger,
            image_problem=self.store.problem,
            verifier_key=self.verifier_key,
            progress=progress,
        )

    def verify(self, path: str | Path, *, trust: bytes | None = None) -> Verdict:
        """Check an image file, with this studio's ledger at hand.

        Args:
            path: the file.
            trust: certificates that the caller trusts, PEM.
        """
        from provenance_gen.studio.own_ledger import verify_in  # noqa: PLC0415

        return verify_in(self, [path], trust)[0]


def _with_outcomes(history: History, dead: set[str]) -> History:
    def settled(attempt: Attempt) -> Attempt:
        if attempt.outcome is not Outcome.OPEN:
            return attempt
        outcome = Outcome.INTERRUPTED if attempt.id in dead else Outcome.RUNNING
        return attempt.model_copy(update={"outcome": outcome})

    works = tuple(
        work.model_copy(update={"attempts": tuple(map(settled, work.attempts))})
        for work in history.works
    )
    return history.model_copy(update={"works": works})


def _make_key(path: Path) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_atomic(path, pem, mode=0o600)
    return key


def _read_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError(f"the ledger's key cannot be read: {path}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"the ledger's key is not an Ed25519 key: {path}")
    return key
