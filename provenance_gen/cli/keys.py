"""Commands for the user's signing keys: keys new, list, csr, import, rotate."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from provenance_gen.cli import output
from provenance_gen.cli.making import JsonOption, open_studio
from provenance_gen.errors import StorageError, StudioNotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance_gen.studio import Studio
    from provenance_gen.studio.named_keys import Described

NameArgument = Annotated[str, typer.Argument(help="What you call the key, such as atelier.")]
_DEVELOPMENT = "development certificate: proves no identity"


def new(
    name: NameArgument,
    algorithm: Annotated[str, typer.Option(help="es256, es384, ps256 or ed25519.")] = "es256",
    encrypt: Annotated[
        bool, typer.Option("--encrypt", help="Protect the key's file with a passphrase.")
    ] = False,
    remember: Annotated[
        bool, typer.Option("--remember", help="Keep the passphrase in the system's keyring.")
    ] = False,
    uri: Annotated[
        str | None, typer.Option(help="A key in a token instead: pkcs11:token=…;object=…?…")
    ] = None,
    json: JsonOption = False,
) -> None:
    r"""Make a signing key with a development certificate, which proves no identity.

    The passphrase comes from PROVGEN_PASSPHRASE or is asked for. The clear key is never written.

    \b
    Examples:
      provgen keys new atelier --algorithm es384 --encrypt
      provgen keys rotate atelier
    """
    from provenance_gen.studio import named_keys, signing

    password = output.new_secret(f"the key {name}") if encrypt or remember else None
    made = signing.new_key(
        name,
        algorithm=algorithm,
        uri=uri,
        password=password,
        remember=remember,
        ask=output.ask_secret,
    )
    _show(named_keys.describe(made), json=json, done="Made")


def list_all(json: JsonOption = False) -> None:
    r"""List your signing keys, and which of them signs in this studio.

    \b
    Example:
      provgen keys list
    """
    from provenance_gen.studio import named_keys, signing

    with _perhaps_studio() as studio:
        found = signing.list_keys(studio)
        used = signing.in_use(studio).name if studio and not studio.foreign else None
    described = [named_keys.describe(key) for key in found]
    if json:
        output.put_json({"keys": [_facts(key) | {"signs": key.name == used} for key in described]})
        return
    rows = [
        (
            key.name + (" (signs here)" if key.name == used else ""),
            key.algorithm,
            f"{key.ends:%Y-%m-%d}",
            key.place,
            _DEVELOPMENT if key.development else key.subject,
        )
        for key in described
    ]
    if rows:
        output.table(("key", "algorithm", "ends", "lies in", "certificate"), rows)
    else:
        output.say("No keys yet; make one with: provgen keys new NAME")


def csr(
    name: NameArgument,
    subject: Annotated[
        str, typer.Option(help="What the certificate shall say: CN=A. Painter,O=Studio,C=DE")
    ],
    to: Annotated[Path, typer.Option("--output", "-o", help="File to write.")] = Path(
        "request.csr"
    ),
) -> None:
    r"""Write a request for a certificate, to be sent to a certificate authority.

    The key may lie in a file, in a token or behind a plug-in; first is the studio's own first key.

    \b
    Examples:
      provgen keys csr first --subject "CN=A. Painter"
      provgen keys csr atelier --subject "CN=A. Painter,O=Studio,C=DE" -o atelier.csr
      provgen keys import atelier --chain answer.pem --root authority.pem
    """
    from provenance_gen.studio import signing

    with _studio_of(name) as studio:
        made = signing.request(name, subject, studio=studio, ask=output.ask_secret)
    try:
        with to.open("xb") as file:
            file.write(made)
    except FileExistsError as error:
        raise UsageError(f"{to} exists; choose another name with --output") from error
    except OSError as error:
        raise StorageError(f"cannot write {to}: {error.strerror}") from error
    output.say(f"Wrote {to}. It names {subject}, and so will the certificate and what it signs.")


def bring_in(
    name: NameArgument,
    chain: Annotated[Path, typer.Option(help="Certificates, PEM: yours first, then its issuers.")],
    root: Annotated[
        Path | None, typer.Option(help="The authority's root, PEM; else the chain's last.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="A private key made elsewhere, PEM; may be encrypted.")
    ] = None,
    uri: Annotated[
        str | None, typer.Option(help="Where the key signs, if it lies in a token or elsewhere.")
    ] = None,
    json: JsonOption = False,
) -> None:
    r"""Bring in a certificate for a key of yours, or a key with its certificate.

    \b
    Examples:
      provgen keys import atelier --chain answer.pem --root authority.pem
      provgen keys import card --uri "pkcs11:token=card;object=sign?module-path=/usr/lib/p.so" \
        --chain card.pem
    """
    from provenance_gen.credentials.keyfile import read_file
    from provenance_gen.studio import named_keys, signing

    with _studio_of(name) as studio:
        made = signing.import_key(
            name,
            chain=read_file(chain, "certificate chain"),
            root=read_file(root, "root certificate") if root else None,
            key=read_file(key, "key") if key else None,
            uri=uri,
            studio=studio,
            ask=output.ask_secret,
        )
    _show(named_keys.describe(made), json=json, done="Brought in")


def rotate(
    name: Annotated[
        str | None, typer.Argument(help="The key to sign with; left out, a new one is made.")
    ] = None,
    json: JsonOption = False,
) -> None:
    r"""Sign with another key in this studio from now on.

    What was signed before stays valid, and stays known as this studio's own. The former key is
    kept; delete its file if it was stolen.

    \b
    Examples:
      provgen keys rotate
      provgen keys rotate atelier
    """
    from provenance_gen.studio import named_keys, signing

    with open_studio() as studio:
        made = signing.rotate(studio, name)
    _show(named_keys.describe(made), json=json, done="This studio now signs with")


@contextlib.contextmanager
def _studio_of(name: str) -> Iterator[Studio | None]:
    """Open the studio around the current folder where its first key is meant, and no other."""
    from provenance_gen.studio.named_keys import FIRST

    if name != FIRST:
        yield None
        return
    with open_studio() as studio:
        yield studio


@contextlib.contextmanager
def _perhaps_studio() -> Iterator[Studio | None]:
    try:
        studio = open_studio()
    except StudioNotFoundError:
        yield None
        return
    with studio:
        yield studio


def _facts(key: Described) -> dict[str, object]:
    return {
        "name": key.name,
        "algorithm": key.algorithm,
        "development": key.development,
        "subject": key.subject,
        "issuer": key.issuer,
        "ends": f"{key.ends:%Y-%m-%dT%H:%M:%SZ}",
        "encrypted": key.encrypted,
        "uri": key.uri,
    }


def _show(key: Described, *, json: bool, done: str) -> None:
    if json:
        output.put_json(_facts(key))
        return
    output.say(
        f"{done} the key {key.name} ({key.algorithm}, {key.place})",
        f"  certificate  {key.subject}, until {key.ends:%Y-%m-%d}",
    )
    if key.development:
        output.say(f"  This is a {_DEVELOPMENT}.")
