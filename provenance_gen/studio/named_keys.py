"""The user's signing keys as they lie in the configuration: one folder for each, by its name.

``key.json`` says what is in force; it is replaced in one step, after the files that it names were
written. A new key's folder is put together under another name and renamed, so that a process that
is killed meanwhile takes no name. What is done with keys is left to ``signing``.
"""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provenance_gen import leftovers
from provenance_gen.credentials.trust import TrustList, own_root
from provenance_gen.digests import flush_folder, write_atomic, write_private
from provenance_gen.errors import SettingsError, StorageError, UsageError
from provenance_gen.names import unfit
from provenance_gen.settings import keys_folder

if TYPE_CHECKING:
    from datetime import datetime

    from provenance_gen.settings import StudioSecrets

FIRST: Final = "first"
"""What people call the key that a studio was born with."""

_NOTE: Final = "key.json"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True)
class Certificate:
    """One certificate of a key, with the root it leads to: names of files in the key's folder."""

    chain: str
    root: str
    development: bool


@dataclass(frozen=True)
class NamedKey:
    """A signing key as it lies in the user's configuration."""

    name: str
    folder: Path
    uri: str | None
    """Where it signs, if not by a file in this folder."""
    certificates: tuple[Certificate, ...]
    """Oldest first; the newest signs."""

    @property
    def key(self) -> Path:
        """The key's file; only where there is no ``uri``."""
        return self.folder / "signing.key.pem"

    @property
    def newest(self) -> Certificate:
        """The certificate that signs."""
        return self.certificates[-1]

    @property
    def chain(self) -> Path:
        """The newest certificate and its issuers."""
        return self.folder / self.newest.chain

    @property
    def root(self) -> Path:
        """The root that the newest certificate leads to."""
        return self.folder / self.newest.root


@dataclass(frozen=True)
class Described:
    """What people want to know of a key."""

    name: str
    algorithm: str
    development: bool
    """Whether its newest certificate is a development certificate, which proves no identity."""
    subject: str
    issuer: str
    ends: datetime
    encrypted: bool
    uri: str | None

    @property
    def place(self) -> str:
        """Where the key lies, in words."""
        if self.uri is not None:
            return self.uri.partition(":")[0]
        return "an encrypted file" if self.encrypted else "a file"


def describe(key: NamedKey) -> Described:
    """Read a key's newest certificate.

    Raises:
        SigningError: a file of the key is missing or damaged.
    """
    # Loaded late: a verification reads the notes here, and no key.
    from provenance_gen.credentials import keyfile  # noqa: PLC0415
    from provenance_gen.credentials.algorithms import algorithm_of  # noqa: PLC0415
    from provenance_gen.credentials.authority import is_development  # noqa: PLC0415
    from provenance_gen.credentials.signer import read_leaf  # noqa: PLC0415

    leaf = read_leaf(keyfile.read_file(key.chain, "certificate chain"))
    pem = b"" if key.uri is not None else keyfile.read_file(key.key, "signing key")
    return Described(
        name=key.name,
        algorithm=algorithm_of(leaf.public_key()),
        development=is_development(leaf),
        subject=leaf.subject.rfc4514_string(),
        issuer=leaf.issuer.rfc4514_string(),
        ends=leaf.not_valid_after_utc,
        encrypted=keyfile.is_encrypted(pem),
        uri=key.uri,
    )


def first_key(own: StudioSecrets) -> NamedKey:
    """Return the key that a studio was born with, whose first files have names of their own.

    Raises:
        SettingsError: its note is damaged; there is one once it has a further certificate.
    """
    if (own.folder / _NOTE).is_file():
        return replace(_read(own.folder), name=FIRST)
    made = Certificate(own.signing_chain.name, own.root.name, development=True)
    return NamedKey(FIRST, own.folder, None, (made,))


def further_files(own: StudioSecrets) -> tuple[Path, ...]:
    """Return what belongs to a studio's first key beside the files that it was born with.

    Raises:
        SettingsError: its note is damaged.
    """
    born = {own.signing_key, own.signing_chain, own.root}
    known = first_key(own)
    files = [known.folder / name for each in known.certificates for name in (each.chain, each.root)]
    found = [file for file in dict.fromkeys(files) if file not in born]
    # The note comes last: it names the others.
    return (*found, own.folder / _NOTE) if found else ()


def development_roots(own: StudioSecrets) -> TrustList:
    """Return the development roots of a studio that this user made, and of the user's keys.

    Roots of certificate authorities are not among them: those vouch for others as well.

    Raises:
        SettingsError: the note of a key is damaged.
        CredentialError: a root is.
    """
    pems = [
        (key.folder / each.root).read_bytes()
        for key in (first_key(own), *all_keys())
        for each in key.certificates
        if each.development
    ]
    return own_root(b"\n".join(pems))


def all_keys() -> tuple[NamedKey, ...]:
    """Return the user's keys by name.

    Raises:
        SettingsError: the note of one is damaged.
    """
    names = sorted(path.parent.name for path in keys_folder().glob(f"*/{_NOTE}"))
    # A folder of another name is not finished yet, or was left so.
    return tuple(_read(keys_folder() / name) for name in names if _NAME.fullmatch(name))


def named_key(name: str) -> NamedKey:
    """Return one of the user's keys.

    Raises:
        UsageError: there is none of this name.
    """
    if _NAME.fullmatch(name) and (keys_folder() / name / _NOTE).is_file():
        return _read(keys_folder() / name)
    names = ", ".join(key.name for key in all_keys()) or "none; make one with: provgen keys new"
    raise UsageError(f"no key named {name!r}; there are: {names}")


def free_folder(name: str) -> Path:
    """Return the folder for a new key.

    Raises:
        UsageError: the name is taken, or not usable.
    """
    if not _NAME.fullmatch(name) or name == FIRST:
        raise UsageError(
            f"{name!r} cannot name a key: use lower-case letters, digits and hyphens, and not"
            f" {FIRST!r}, which is each studio's first key"
        )
    if why := unfit(name):
        raise UsageError(f"{name!r} cannot name a key: this name {why}; choose another")
    folder = keys_folder() / name
    if (folder / _NOTE).exists():
        raise UsageError(f"there is a key named {name} already; keys are never overwritten")
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise UsageError(
            f"{folder} holds something without the note of a key ({_NOTE}), so nothing signs with"
            " it; nothing there is overwritten: move it away, or choose another name"
        )
    return folder


def write(known: NamedKey, pem: bytes | None, chain: bytes, root: bytes, kind: str) -> NamedKey:
    """Write a new key, or the newest certificate of one that is here.

    Args:
        known: the key; its certificates so far, none for a new one.
        pem: the private key of a new one, if it has a file here.
        chain: the newest certificate and its issuers.
        root: the root that it leads to.
        kind: ``development`` or ``issued``.

    Raises:
        UsageError: another process took the name meanwhile.
        StorageError: the configuration folder cannot be written.
    """
    number = len(known.certificates) + 1
    added = Certificate(f"chain-{number}.pem", f"root-{number}.pem", kind == "development")
    found = replace(known, certificates=(*known.certificates, added))
    if known.certificates:
        _fill(found, pem, chain, root)
        return found
    parent = known.folder.parent
    try:
        parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        leftovers.sweep(parent)
        with leftovers.new_folder(parent, "new-") as made:
            _fill(replace(found, folder=made), pem, chain, root)
            _rename(made, known.folder)
    except OSError as error:
        raise StorageError(f"cannot make the folder of the key: {error.strerror}") from error
    return found


def _fill(found: NamedKey, pem: bytes | None, chain: bytes, root: bytes) -> None:
    """Write a key's file, if it has one here, its newest certificate, and last its note."""
    write_atomic(found.root, root)
    write_atomic(found.chain, chain)
    if pem is not None:
        write_private(found.key, pem)
    note = {"uri": found.uri, "certificates": [asdict(each) for each in found.certificates]}
    write_atomic(found.folder / _NOTE, json.dumps(note, indent=1).encode(), mode=0o600)


def _rename(made: Path, folder: Path) -> None:
    """Give a finished folder its name; an empty one of that name goes, and nothing else does."""
    with contextlib.suppress(OSError):
        folder.rmdir()
    try:
        made.rename(folder)
    except OSError as error:
        if not folder.exists():
            raise
        raise UsageError(f"there is something named {folder.name} now; nothing was made") from error
    flush_folder(folder.parent)


def _read(folder: Path) -> NamedKey:
    try:
        note = json.loads((folder / _NOTE).read_bytes())
        uri = note["uri"]
        certificates = tuple(
            # A name with a folder in it would lead elsewhere.
            Certificate(
                Path(str(each["chain"])).name,
                Path(str(each["root"])).name,
                each["development"] is True,
            )
            for each in note["certificates"]
        )
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise SettingsError(f"{folder / _NOTE}: not a key's note ({error})") from error
    if not certificates:
        raise SettingsError(f"{folder / _NOTE}: not a key's note (no certificate)")
    return NamedKey(folder.name, folder, None if uri is None else str(uri), certificates)
