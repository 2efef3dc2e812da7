"""Make the files of a new studio: its keys, its certificate, its empty ledger."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from provenance_gen import settings
from provenance_gen.credentials.authority import create_development_identity
from provenance_gen.digests import new_id
from provenance_gen.ledger import checkpoint
from provenance_gen.ledger.store import Ledger
from provenance_gen.records import payloads
from provenance_gen.records.base import Text
from provenance_gen.records.event import Actor, ActorKind, Draft
from provenance_gen.studio import folder as folders
from provenance_gen.studio.keys import make_key
from provenance_gen.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.studio.folder import StudioFolder


def make_studio(place: Path, *, author: str | None, actor: ActorKind) -> StudioFolder:
    """Make a studio with its first event; see ``Studio.init``.

    The event is in the ledger before the studio is in its place, so that a killed ``init`` leaves
    a whole studio or none.

    Raises:
        StudioExistsError: there is a studio already; nothing is changed.
        StorageError: the disk is full or the folder cannot be written.
    """
    with folders.beginning(place) as made:
        identifier, origin = new_id("st"), f"provgen-{secrets.token_hex(16)}"
        kept = settings.register_studio(identifier, place)
        key = make_key(kept.ledger_key)
        create_development_identity(kept)
        created = payloads.StudioCreated(
            studio=identifier, software=VERSION, author=Text(author) if author else None
        )
        ledger = Ledger.create(made, origin=origin, key=key)
        ledger.append(Draft(payload=created, actor=Actor(kind=actor, id=settings.actor(kept))))
        ledger.close()
        described = folders.StudioFile(
            format=folders.FORMAT,
            studio=identifier,
            origin=origin,
            ledger_key=checkpoint.verifier_key(origin, key.public_key()),
        )
        return folders.finish(place, made, described)
