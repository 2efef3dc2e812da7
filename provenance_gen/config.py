"""What the user chose in ``config.yaml``, in the configuration folder.

The file is the user's own and is never looked for in a studio: a downloaded folder names no
address that this program would ask. All of it may be left out::

    anchor_minutes: 10
    gates: [ask-first, my-guild.yaml]
    timestamp_authorities:
      - name: freetsa
        url: https://freetsa.org/tsr
        certificates: freetsa.pem

``certificates`` is a PEM file beside ``config.yaml``, or a path that is not relative; so is a gate
that is no policy's name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from provenance_gen.errors import SettingsError
from provenance_gen.settings import config_folder

_MAX_CONFIG: Final = 1 << 20
_UNFIT: Final = re.compile(r"[^a-z0-9]+")
_MAX_NAME: Final = 40
_MAX_MINUTES: Final = 100_000


@dataclass(frozen=True)
class TimestampAuthority:
    """An RFC 3161 time-stamp authority that the user chose to ask."""

    name: str
    """What the user calls it."""
    url: str
    """Where it answers: http or https."""
    certificates: bytes
    """PEM: the root that its tokens must lead to, and any that stand between and are left out."""

    @property
    def kind(self) -> str:
        """The name as it enters the ledger and file names: lower case, digits and hyphens."""
        return _UNFIT.sub("-", self.name.lower()).strip("-")[:_MAX_NAME].rstrip("-")


def config_file() -> Path:
    """Return the file in which the user sets defaults (YAML); it may not exist."""
    return config_folder() / "config.yaml"


def timestamp_authorities() -> tuple[TimestampAuthority, ...]:
    """Read which time-stamp authorities the user chose; none without a ``config.yaml``.

    Raises:
        SettingsError: the file cannot be understood; the message names the field.
    """
    file = config_file()
    if not file.is_file():
        return ()
    config = _config(file)
    entries = config.get("timestamp_authorities")
    if entries is None:
        return ()
    if not isinstance(entries, list):
        raise SettingsError(f"{file}: timestamp_authorities: must be a list")
    found = tuple(
        _authority(file, f"timestamp_authorities[{place}]", entry)
        for place, entry in enumerate(entries)
    )
    kinds = [authority.kind for authority in found]
    for place, kind in enumerate(kinds):
        if kind in kinds[:place]:
            raise SettingsError(f"{file}: timestamp_authorities[{place}].name: given twice")
    return found


def anchor_minutes() -> int | None:
    """Read after how many minutes a command that recorded something asks for time-stamps again.

    None, where the user did not say: then only exports and the commands for it ask.

    Raises:
        SettingsError: the file cannot be understood; the message names the field.
    """
    file = config_file()
    value = _config(file).get("anchor_minutes") if file.is_file() else None
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MAX_MINUTES:
        raise SettingsError(
            f"{file}: anchor_minutes: must be a whole number from 1 to {_MAX_MINUTES}"
        )
    return value


def gates() -> tuple[str, ...]:
    """Read which gate policies the user wants judged before generating; none where left out.

    Returns:
        Names as they stand there; one that ends in ``.yaml`` or ``.yml`` as the file's whole path.

    Raises:
        SettingsError: the file cannot be understood; the message names the field.
    """
    file = config_file()
    entries = _config(file).get("gates") if file.is_file() else None
    if entries is None:
        return ()
    if not isinstance(entries, list):
        raise SettingsError(f"{file}: gates: must be a list of names or files")
    names = [_text(file, f"gates[{place}]", entry) for place, entry in enumerate(entries)]
    return tuple(
        str(file.parent / Path(name).expanduser()) if name.endswith((".yaml", ".yml")) else name
        for name in names
    )


def _config(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            value = yaml.safe_load(opened.read(_MAX_CONFIG))
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SettingsError(f"{file}: not YAML ({first})") from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SettingsError(f"{file}: must hold names and values")
    return value


def _authority(file: Path, place: str, entry: Any) -> TimestampAuthority:
    if not isinstance(entry, dict):
        raise SettingsError(f"{file}: {place}: must hold name, url and certificates")
    for unknown in sorted(set(map(str, entry)) - {"name", "url", "certificates"}):
        raise SettingsError(f"{file}: {place}.{unknown}: not known")
    name, url, path = (
        _text(file, f"{place}.{key}", entry.get(key)) for key in ("name", "url", "certificates")
    )
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        fits = False
    if not fits or any(c.isspace() or not c.isprintable() for c in url):
        raise SettingsError(f"{file}: {place}.url: must be an http or https address")
    certificates = _certificates(file, f"{place}.certificates", path)
    authority = TimestampAuthority(name, url, certificates)
    if not authority.kind:
        raise SettingsError(f"{file}: {place}.name: must hold a Latin letter or a digit")
    return authority


def _text(file: Path, place: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(f"{file}: {place}: must be text")
    return value.strip()


def _certificates(file: Path, place: str, path: str) -> bytes:
    from cryptography import x509  # noqa: PLC0415 - most commands ask no authority

    try:
        source = file.parent / Path(path).expanduser()
        pem = source.read_bytes()
        x509.load_pem_x509_certificates(pem)
    except (OSError, ValueError, RuntimeError) as error:
        raise SettingsError(f"{file}: {place}: no PEM certificates in {path}") from error
    return pem
