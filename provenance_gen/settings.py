"""What belongs to the user rather than to a studio: keys, trusted studios, defaults.

All of it lives in the user's configuration folder (``PROVGEN_CONFIG_DIR`` overrides the
platform's choice) and never in a studio: a downloaded folder that holds a ``.provgen`` supplies
no keys, roots, commands or addresses. The studio that a user made is known by its identifier
*and* its path, so that a copied identifier does not borrow trust.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
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
    def ledger_name(self) -> Path:
        """Ledger origin that the key speaks for (text)."""
        return self.folder / "ledger.origin"

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
    def registration(self) -> Path:
        """Which folder this studio was made in (JSON)."""
        return self.folder / "studio.json"


def studio_secrets(studio_id: str) -> StudioSecrets:
    """Return where the user keeps what belongs to a studio; nothing is created."""
    return StudioSecrets(config_folder() / "studios" / studio_id)


def register_studio(studio_id: str, root: Path) -> StudioSecrets:
    """Note that this user made a studio in ``root``, and make the folder for its keys.

    Raises:
        StorageError: the configuration folder cannot be written.
    """
    secrets = studio_secrets(studio_id)
    try:
        secrets.folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make {secrets.folder}: {error.strerror}") from error
    note = {"studio": studio_id, "path": str(root.resolve()), "actor": new_id("p")}
    write_atomic(secrets.registration, json.dumps(note, indent=1).encode(), mode=0o600)
    return secrets


def is_own_studio(studio_id: str, root: Path) -> bool:
    """Tell whether this user made the studio with this identifier in this very folder.

    Raises:
        SettingsError: the registration file is damaged.
    """
    secrets = studio_secrets(studio_id)
    if not secrets.registration.is_file():
        return False
    note = _registration(secrets)
    return note["studio"] == studio_id and Path(note["path"]) == root.resolve()


def actor(secrets: StudioSecrets) -> str:
    """Return the random identifier under which this user acts in a studio.

    Raises:
        SettingsError: the registration file is damaged.
    """
    return _registration(secrets)["actor"]


def _registration(secrets: StudioSecrets) -> dict[str, str]:
    try:
        note = json.loads(secrets.registration.read_text(encoding="utf-8"))
        return {key: str(note[key]) for key in ("studio", "path", "actor")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(
            f"{secrets.registration}: not a studio's registration ({type(error).__name__})"
        ) from error
