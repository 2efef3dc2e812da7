"""What belongs to the user rather than to a studio: keys, trusted studios, defaults.

All of it lives in the user's configuration folder (``PROVGEN_CONFIG_DIR`` overrides the
platform's choice) and never in a studio: a downloaded folder that holds a ``.provgen`` supplies
no keys, roots, commands or addresses. The studio that a user made is known by its identifier
*and* its path, so that a copied identifier does not borrow trust. What a studio's place and the
newest head noted here mean together is decided in ``studio.life``.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

import platformdirs

from provenance_gen.digests import new_id, write_atomic
from provenance_gen.errors import SettingsError, StorageError

CONFIG_VARIABLE: Final = "PROVGEN_CONFIG_DIR"


def config_folder() -> Path:
    """Return the user's configuration folder; it may not exist yet."""
    if override := os.environ.get(CONFIG_VARIABLE):
        return Path(override)
    return platformdirs.user_config_path("provenance-gen", appauthor=False)


@dataclass(frozen=True)
class StudioSecrets:
    """The files that the user keeps for one studio, outside the studio.

    The folder is created 0700 and the private keys 0600.
    """

    folder: Path
    """Folder of this studio inside the user's configuration."""

    @property
    def ledger_key(self) -> Path:
        """Ed25519 key that signs checkpoints (PKCS#8 PEM)."""
        return self.folder / "ledger.key.pem"

    @property
    def signing_key(self) -> Path:
        """Key that signs Content Credentials (PKCS#8 PEM)."""
        return self.folder / "signing.key.pem"

    @property
    def signing_chain(self) -> Path:
        """Certificates for the signing key: leaf first, then its issuers without the root."""
        return self.folder / "signing.chain.pem"

    @property
    def root(self) -> Path:
        """Root certificate of the studio's development authority."""
        return self.folder / "root.pem"

    @property
    def signing(self) -> Path:
        """Which of the user's keys signs in this studio (JSON); missing: ``signing_key``."""
        return self.folder / "signing.json"

    @property
    def registration(self) -> Path:
        """Which folder this studio was made in (JSON)."""
        return self.folder / "studio.json"

    @property
    def newest_head(self) -> Path:
        """Newest head of the ledger that was vouched for (JSON); see ``ledger.noted``."""
        return self.folder / "head.json"


def keys_folder() -> Path:
    """Return the folder of the user's named signing keys, one folder each; it may not exist."""
    return config_folder() / "keys"


def studio_secrets(studio_id: str) -> StudioSecrets:
    """Return where the user keeps what belongs to a studio; nothing is created."""
    return StudioSecrets(config_folder() / "studios" / studio_id)


@dataclass(frozen=True)
class Registration:
    """What the user's configuration says of a studio that this user made."""

    studio: str
    path: Path
    """The folder it was made in, or was moved to with the user's word."""
    actor: str
    """Random identifier under which the user acts there."""
    earlier: dict[str, str] = field(default_factory=dict)
    """C2SP verifier keys of the studio's earlier logs, by origin."""
    resumed_as: str | None = None
    """Identifier of the studio that took this one's place in the same folder."""
    resuming: str | None = None
    """Origin of the log that was about to take this one's place. It did, or a killed process left
    it beside the old one."""
    follows: str | None = None
    """Identifier of the studio whose place this one took."""


def register_studio(
    studio_id: str,
    root: Path,
    *,
    actor: str | None = None,
    earlier: dict[str, str] | None = None,
    follows: str | None = None,
) -> StudioSecrets:
    """Note that this user made a studio in ``root``, and make the folder for its keys.

    Args:
        studio_id: random identifier of the studio.
        root: the folder that holds it.
        actor: identifier under which the user has acted so far; a new one where left out.
        earlier: verifier keys of earlier logs that this user's own keys have signed, by origin.
        follows: identifier of the studio whose place this one takes.

    Raises:
        StorageError: the configuration folder cannot be written.
    """
    secrets = studio_secrets(studio_id)
    try:
        secrets.folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"cannot make the folder for the studio's keys, {secrets.folder}: {error.strerror};"
            f" make your configuration writable, or name another folder in {CONFIG_VARIABLE}"
        ) from error
    made = Registration(
        studio_id, root.resolve(), actor or new_id("p"), earlier or {}, follows=follows
    )
    _write(secrets, made)
    return secrets


def registration(studio_id: str) -> Registration | None:
    """Return what is noted of a studio, or None for one that this user did not make.

    Raises:
        SettingsError: the registration file is damaged.
    """
    secrets = studio_secrets(studio_id)
    if not secrets.registration.is_file():
        return None
    found = _read(secrets)
    return found if found.studio == studio_id else None


def move_studio(studio_id: str, root: Path) -> None:
    """Note that a studio of this user now lies in ``root``.

    Raises:
        SettingsError: the registration file is damaged.
        StorageError: the configuration folder cannot be written.
    """
    secrets = studio_secrets(studio_id)
    _write(secrets, replace(_read(secrets), path=root.resolve()))


def prepare_retiring(studio_id: str, origin: str) -> None:
    """Note that a studio's log is about to be given up for a new one, named by its origin.

    Raises:
        SettingsError: the registration file is damaged.
        StorageError: the configuration folder cannot be written.
    """
    secrets = studio_secrets(studio_id)
    _write(secrets, replace(_read(secrets), resuming=origin))


def retire_followed(studio_id: str) -> None:
    """Note of the studio whose place this one took that it was given up; a killed process may not.

    Raises:
        SettingsError: a registration file is damaged.
        StorageError: the configuration folder cannot be written.
    """
    made = registration(studio_id)
    if made is None or made.follows is None:
        return
    former = registration(made.follows)
    if former is not None and former.resumed_as != studio_id:
        secrets = studio_secrets(made.follows)
        _write(secrets, replace(former, resumed_as=studio_id, resuming=None))


def actor(secrets: StudioSecrets) -> str:
    """Return the random identifier under which this user acts in a studio.

    Raises:
        SettingsError: the registration file is damaged.
    """
    return _read(secrets).actor


def _write(secrets: StudioSecrets, value: Registration) -> None:
    note = {**asdict(value), "path": str(value.path)}
    write_atomic(secrets.registration, json.dumps(note, indent=1).encode(), mode=0o600)


def _read(secrets: StudioSecrets) -> Registration:
    try:
        note = json.loads(secrets.registration.read_text(encoding="utf-8"))
        return Registration(
            studio=str(note["studio"]),
            path=Path(note["path"]),
            actor=str(note["actor"]),
            earlier={str(k): str(v) for k, v in note.get("earlier", {}).items()},
            resumed_as=_name(note, "resumed_as"),
            resuming=_name(note, "resuming"),
            follows=_name(note, "follows"),
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"{secrets.registration}: not a studio's registration ({type(error).__name__})"
        ) from error


def _name(note: dict[str, object], field: str) -> str | None:
    value = note.get(field)
    return None if value is None else str(value)
