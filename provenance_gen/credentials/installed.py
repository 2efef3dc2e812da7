"""Trust lists that the user installed: fetched by an explicit command, or taken from a file.

They lie in the user's configuration folder, each a PEM file and a note of where it came from, when,
and its SHA-256; a list that was changed since is refused. Nothing is fetched unless the user says
so: a verification never is the moment at which trust changes.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from provenance_gen.credentials.trust import TrustList, count, given_list
from provenance_gen.digests import sha256_hex, write_atomic
from provenance_gen.errors import CredentialError, FetchError, UsageError
from provenance_gen.names import unfit
from provenance_gen.settings import config_folder

if TYPE_CHECKING:
    from pathlib import Path

SOURCE: Final = "https://raw.githubusercontent.com/c2pa-org/conformance-public/main/trust-list/"
"""Where the C2PA conformance programme publishes its lists."""

Vouches = Literal["all", "time"]
_OFFICIAL: Final[tuple[tuple[str, str, Vouches], ...]] = (
    ("C2PA trust list", "C2PA-TRUST-LIST.pem", "all"),
    ("C2PA time-stamp trust list", "C2PA-TSA-TRUST-LIST.pem", "time"),
)
_HERE: Final = ("127.0.0.1", "localhost", "::1")
_LONGEST: Final = 16 << 20
_SECONDS: Final = 30.0
_UNFIT: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Installed:
    """What is noted of an installed list."""

    name: str
    file: str
    """Name of the PEM file in the folder of lists."""
    sha256: str
    """Of the PEM file."""
    certificates: int
    vouches: Vouches
    dated: str
    """Day on which it was fetched or added."""
    source: str
    """Its address, or the name of the file that it was taken from."""
    usages: str = ""


@dataclass(frozen=True)
class Change:
    """What became of a list."""

    now: Installed
    before: Installed | None
    """The same list until now; None where it is new."""


def folder() -> Path:
    """Return where installed lists lie; it may not exist."""
    return config_folder() / "trust"


def installed() -> tuple[Installed, ...]:
    """Return what is noted of every installed list, by name.

    Raises:
        CredentialError: a note cannot be understood.
    """
    notes = sorted(folder().glob("*.json"))
    return tuple(sorted((_note(note) for note in notes), key=lambda item: item.name))


def lists() -> tuple[TrustList, ...]:
    """Return the installed lists, to check signers against.

    Raises:
        CredentialError: a list is missing, or is not as it was installed.
    """
    found = []
    for item in installed():
        try:
            pem = (folder() / item.file).read_bytes()
        except OSError as error:
            raise CredentialError(_again(item, "cannot be read")) from error
        if sha256_hex(pem) != item.sha256:
            raise CredentialError(_again(item, "is not as it was installed"))
        found.append(
            TrustList(
                name=item.name,
                kind="installed",
                pem=pem.decode("ascii"),
                vouches=item.vouches,
                dated=item.dated,
                usages=item.usages,
            )
        )
    # Those that vouch for signers first.
    return tuple(sorted(found, key=lambda item: item.vouches))


def update(source: str = SOURCE, *, now: datetime | None = None) -> tuple[Change, ...]:
    """Fetch the official lists, check every certificate in them, and install both or neither.

    Args:
        source: address of the folder that holds them: https, or this machine.
        now: the time to note; the clock's by default.

    Raises:
        UsageError: the address is neither.
        FetchError: a list cannot be fetched; the message names the address.
        CredentialError: what was fetched is no list of certificates.
        StorageError: the configuration folder cannot be written.
    """
    from provenance_gen import fetching  # noqa: PLC0415 - every verification loads this module

    parts = urlsplit(source)
    here = parts.hostname in _HERE
    if parts.scheme != "https" and not (parts.scheme == "http" and here):
        raise UsageError("lists are fetched by https only; give an address that begins with it")
    fetched = []
    for name, file, vouches in _OFFICIAL:
        url = f"{source.rstrip('/')}/{file}"
        try:
            pem = fetching.fetch(url, longest=_LONGEST, seconds=_SECONDS, private=here, secure=True)
        except FetchError as error:
            raise FetchError(
                f"{url}: {error}; nothing was changed. A list that you have as a file is "
                "installed with: provgen trust add FILE"
            ) from error
        try:
            fetched.append((given_list(pem, name), url, vouches))
        except CredentialError as error:
            raise CredentialError(
                f"{url}: what lies there cannot be used ({error}); nothing was changed"
            ) from error
    return tuple(_install(found, url, vouches, now) for found, url, vouches in fetched)


def add(
    path: Path,
    *,
    name: str | None = None,
    vouches: Vouches = "all",
    usages: str = "",
    now: datetime | None = None,
) -> Change:
    """Install a list from a file.

    Args:
        path: certificates in PEM form; whatever else stands in the file is left out.
        name: what the list is called; the file's name by default.
        vouches: ``time`` for a list of time-stamp authorities.
        usages: extended key usages, as ``trust.read_usages`` returns them.
        now: the time to note; the clock's by default.

    Raises:
        CredentialError: the file cannot be read, or holds no certificates.
        UsageError: the name cannot be used.
        StorageError: the configuration folder cannot be written.
    """
    called = name or path.stem
    try:
        found = given_list(path.read_bytes(), called)
    except OSError as error:
        raise CredentialError(f"{path.name}: {error.strerror}") from error
    return _install(found, path.name, vouches, now, usages)


def remove(name: str) -> Installed:
    """Take an installed list out.

    Raises:
        UsageError: there is none of that name.
    """
    for item in installed():
        if item.name == name:
            (folder() / item.file).with_suffix(".json").unlink()
            (folder() / item.file).unlink(missing_ok=True)
            return item
    names = ", ".join(repr(item.name) for item in installed()) or "none is installed"
    raise UsageError(f"no list is called {name!r}; there are: {names}")


def _install(
    found: TrustList, source: str, vouches: Vouches, now: datetime | None, usages: str = ""
) -> Change:
    stem = _UNFIT.sub("-", found.name.lower()).strip("-")[:60]
    if not stem:
        raise UsageError(f"{found.name!r}: a list's name needs a Latin letter or a digit")
    if unfit(f"{stem}.pem"):
        stem = f"list-{stem}"
    pem = found.pem.encode("ascii")
    item = Installed(
        name=found.name,
        file=f"{stem}.pem",
        sha256=sha256_hex(pem),
        certificates=count(found.pem),
        vouches=vouches,
        dated=(now or datetime.now(UTC)).strftime("%Y-%m-%d"),
        source=source,
        usages=usages,
    )
    note = folder() / f"{stem}.json"
    before = _note(note) if note.is_file() else None
    folder().mkdir(parents=True, mode=0o700, exist_ok=True)
    write_atomic(folder() / item.file, pem)
    write_atomic(note, json.dumps(asdict(item), indent=1).encode())
    return Change(item, before)


def _note(path: Path) -> Installed:
    try:
        return Installed(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise CredentialError(f"{path}: not the note of a trust list; delete it") from error


def _again(item: Installed, what: str) -> str:
    return f"the trust list {item.name!r} {what}; install it again, or: provgen trust remove"
