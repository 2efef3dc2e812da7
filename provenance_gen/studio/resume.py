"""Go on in a studio that was moved, copied, put back or split.

Two ways, and no third:

- A studio of this user whose old place is empty, and whose ledger holds the newest head that was
  ever vouched for, goes on with the same log: only its place is noted anew. Every signed head stays
  a beginning of what will be signed, and one place only is written. That is no fork.
- Anything else begins a new log, with a new name and a new key, whose first event cites the old
  one's name, size and root. The old log stays as it is.

The new log is put together out of sight; the one step that puts it in force is the renaming of
``studio.yaml``. So a process that is killed leaves the studio as it was, or as it is to be.
"""

from __future__ import annotations

import functools
import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provenance_gen import settings
from provenance_gen.config import timestamp_authorities
from provenance_gen.credentials.authority import create_development_identity
from provenance_gen.digests import flush_folder, new_id, write_atomic
from provenance_gen.errors import FrozenStudioError, LedgerBrokenError, StorageError, UsageError
from provenance_gen.ledger import checkpoint
from provenance_gen.ledger.audit import Problem, audit
from provenance_gen.ledger.logs import audit_given_up, standing_still, strays
from provenance_gen.ledger.noted import HeadNote, NotedLedger, contradiction
from provenance_gen.ledger.store import Ledger
from provenance_gen.records.base import Text
from provenance_gen.records.event import Actor, Draft
from provenance_gen.records.payloads import LogResumed
from provenance_gen.studio import folder as folders
from provenance_gen.studio import locks, named_keys
from provenance_gen.studio.keys import make_key, read_key
from provenance_gen.studio.standing import Place, is_place_of, read_only
from provenance_gen.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from provenance_gen.settings import Registration, StudioSecrets
    from provenance_gen.studio.studio import Studio

_UNFINISHED: Final = ".provgen-log-"


@dataclass(frozen=True)
class Resumed:
    """How a studio goes on."""

    found: Place
    """Where it was found to be."""
    new_log: bool
    """Whether a new log was begun; otherwise the same one goes on."""
    origin: str
    """The log that is written from now on."""
    earlier: str | None = None
    """The log that it cites, where it is new."""
    size: int = 0
    """Number of events of that log."""
    lost: int = 0
    """How many events of that log were vouched for once and are not there."""
    contradicts: int | None = None
    """Largest size at which other events were vouched for."""


def resume(
    studio: Studio,
    *,
    reason: str | None,
    new_log: bool,
    progress: Callable[[int, int], None],
) -> Resumed:
    """Go on in a studio; see ``Studio.resume``."""
    place = studio.standing.place
    if any(path.is_symlink() for path in studio.folder.data.rglob("*")):
        # A downloaded folder must not lead our writing or deleting elsewhere.
        raise UsageError(f"{studio.folder.data} holds links where folders are to be")
    if not os.access(studio.folder.data, os.W_OK):
        raise FrozenStudioError(read_only(studio.folder.root))
    if place is Place.HOME and not new_log:
        raise UsageError(
            f"{studio.folder.root} is where you made it, and its ledger is as it was left:"
            " there is nothing to resume"
        )
    if place is Place.MOVED and not new_log:
        settings.move_studio(studio.id, studio.folder.root)
        return Resumed(place, new_log=False, origin=studio.ledger.origin)
    with locks.held(studio.folder.locks, "resume"):
        if folders.read(studio.folder).origin != studio.ledger.origin:
            raise UsageError("another process has just resumed this studio; open it again")
        return _begin_log(studio, reason, progress)


def _begin_log(studio: Studio, reason: str | None, progress: Callable[[int, int], None]) -> Resumed:
    ledger, made = studio.ledger, settings.registration(studio.id)
    known = _known_keys(studio, made)
    _demand_whole(ledger, known.get(ledger.origin), progress)
    identifier, origin = new_id("st"), f"provgen-{secrets.token_hex(16)}"
    ended = made.studio if made and is_place_of(made, studio.folder) else None
    kept = settings.register_studio(
        identifier,
        studio.folder.root,
        actor=made.actor if made else None,
        earlier=known,
        follows=ended,
    )
    key = make_key(kept.ledger_key)
    _keep_identity(studio.secrets, kept)
    described = folders.StudioFile(
        format=folders.RESUMED,
        studio=identifier,
        origin=origin,
        ledger_key=checkpoint.verifier_key(origin, key.public_key()),
    )
    actor = Actor(kind=studio.actor.kind, id=settings.actor(kept))
    # A process that still has the old log open must not append to it once its end is cited.
    with standing_still(ledger):
        cited = _cite(studio, known.get(ledger.origin), identifier, reason)
        draft = Draft(payload=cited, actor=actor)
        _put_together(studio.folder.data / "logs", origin, key, HeadNote(kept.newest_head), draft)
        if ended:
            # Should the whole folder be put back once more, the old log must not go on beside the
            # new one. Noted before and after, so that there is no moment to be killed in.
            settings.prepare_retiring(ended, origin)
        # From here on the new log is in force.
        folders.write(studio.folder.file, described)
    settings.retire_followed(identifier)
    return Resumed(
        studio.standing.place,
        new_log=True,
        origin=origin,
        earlier=cited.log,
        size=cited.size,
        lost=max(0, (cited.seen or 0) - cited.size),
        contradicts=cited.contradicts,
    )


def _demand_whole(ledger: Ledger, key: str | None, progress: Callable[[int, int], None]) -> None:
    """Audit the old log: what is broken is not gone on from.

    Raises:
        LedgerBrokenError: an event, a text or a hash of it is wrong.
    """
    checks = functools.partial(
        audit, verifier_key=key, authorities=timestamp_authorities(), progress=progress
    )
    problems = list(audit_given_up(ledger, checks).problems)
    unreadable = strays(ledger, key).unreadable
    problems += [Problem(f"{name} beside it is no checkpoint of its key") for name in unreadable]
    for problem in problems[:1]:
        raise LedgerBrokenError(
            f"{problem.what}; a damaged ledger is not gone on from: restore a backup first",
            problem.sequence,
        )


def _put_together(
    logs: Path, origin: str, key: Ed25519PrivateKey, note: HeadNote, first: Draft
) -> None:
    """Make a log with its first event and a checkpoint over it, out of sight, then in its place."""
    temporary = _unfinished(logs)
    try:
        Ledger.create(temporary, origin=origin, key=key).close()
        ledger = NotedLedger(temporary, key=key, note=note)
        ledger.append(first)
        ledger.checkpoint()
        ledger.close()
        _put(temporary, logs / origin)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _cite(studio: Studio, key: str | None, identifier: str, reason: str | None) -> LogResumed:
    """Say where the old log ends."""
    head = studio.ledger.head()
    beyond, other = _vouched(studio, key)
    if studio.standing.place is Place.COPIED:
        # Of a copy nothing is lost: what came later is where it was made.
        beyond = 0
    return LogResumed(
        log=head.origin,
        size=head.size,
        root=head.root.hex(),
        studio=identifier,
        software=VERSION,
        seen=beyond or None,
        contradicts=other or None,
        own=key is not None,
        reason=Text(reason) if reason else None,
    )


def _vouched(studio: Studio, key: str | None) -> tuple[int, int]:
    """Return what was vouched for beyond the old log, and against it, in or out of the studio.

    Both as the largest size, or 0.
    """
    ledger = studio.ledger
    found = strays(ledger, key)
    noted = HeadNote(studio.secrets.newest_head).read()
    if noted is None or noted.origin != ledger.origin or not contradiction(ledger, noted):
        return found.beyond, found.other
    if noted.size > ledger.head().size:
        return max(found.beyond, noted.size), found.other
    return found.beyond, max(found.other, noted.size)


def _known_keys(studio: Studio, made: Registration | None) -> dict[str, str]:
    """Gather the keys of the earlier logs that this user's own configuration vouches for."""
    if made is None:
        return {}
    key = read_key(studio.secrets.ledger_key).public_key()
    origin = studio.ledger.origin
    return {**made.earlier, origin: checkpoint.verifier_key(origin, key)}


def _keep_identity(old: StudioSecrets, new: StudioSecrets) -> None:
    """Sign on with the old certificate where it is this user's; otherwise make one."""
    pairs = (
        (old.root, new.root),
        (old.signing_chain, new.signing_chain),
        (old.signing_key, new.signing_key),
        *((file, new.folder / file.name) for file in named_keys.further_files(old)),
    )
    if not all(source.is_file() for source, _ in pairs):
        create_development_identity(new)
        return
    try:
        for source, target in pairs:
            write_atomic(target, source.read_bytes(), mode=0o600)
        if old.signing.is_file():
            # Another of the user's keys signs there, and goes on to.
            write_atomic(new.signing, old.signing.read_bytes(), mode=0o600)
    except OSError as error:
        raise StorageError(f"cannot copy the signing key: {error.strerror}") from error


def _unfinished(logs: Path) -> Path:
    """Make a folder for a log in the making, and clear away what a killed process has left."""
    try:
        logs.mkdir(exist_ok=True)
        for left in logs.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)
        return Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=logs))
    except OSError as error:
        raise StorageError(f"cannot write {logs}: {error.strerror}") from error


def _put(made: Path, place: Path) -> None:
    try:
        made.chmod(0o755)
        made.rename(place)
        flush_folder(place)
        flush_folder(place.parent)
        flush_folder(place.parent.parent)
    except OSError as error:
        raise StorageError(f"cannot write {place}: {error.strerror}") from error
