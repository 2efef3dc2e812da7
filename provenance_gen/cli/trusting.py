"""Commands that keep lists of trusted certificates: trust update, add, list, remove."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from provenance_gen.cli import output
from provenance_gen.cli.making import JsonOption

if TYPE_CHECKING:
    from provenance_gen.credentials.installed import Change, Installed

_NONE = "No list is installed; fetch the official ones with: provgen trust update"


def update(
    source: Annotated[
        str | None,
        typer.Option("--from", help="Address of a folder that holds them; else where C2PA does."),
    ] = None,
    json: JsonOption = False,
) -> None:
    r"""Fetch the official C2PA trust lists, of signers and of time-stamp authorities.

    They are fetched by https, every certificate in them is checked, and the day is noted. This is
    the only command that changes whom you trust, and nothing else fetches lists.

    \b
    Example:
      provgen trust update
    """
    from provenance_gen.credentials import installed

    with output.progress("fetching"):
        changes = installed.update(source or installed.SOURCE)
    _tell(changes, json=json)


def add(
    file: Annotated[Path, typer.Argument(help="Certificates in one PEM file.")],
    name: Annotated[str | None, typer.Option(help="What to call the list.")] = None,
    timestamps: Annotated[
        bool,
        typer.Option("--timestamps", help="They are time-stamp authorities and vouch for no one."),
    ] = False,
    trust_config: Annotated[
        Path | None,
        typer.Option(help="Extended key usages that signers may have beside the usual, OIDs."),
    ] = None,
    json: JsonOption = False,
) -> None:
    r"""Install a list of certificates from a file; files signed under it are then trusted.

    \b
    Example:
      provgen trust add newsroom.pem --name "Our newsroom"
    """
    from provenance_gen.credentials import installed

    change = installed.add(
        file,
        name=name,
        vouches="time" if timestamps else "all",
        usages=read_config(trust_config) if trust_config else "",
    )
    _tell((change,), json=json)


def list_installed(json: JsonOption = False) -> None:
    r"""List the installed lists: how many certificates, from where, since when.

    \b
    Example:
      provgen trust list
    """
    from provenance_gen.credentials import installed

    found = installed.installed()
    if json:
        output.put_json([vars(item) for item in found])
    elif not found:
        output.say(_NONE)
    else:
        rows = [
            (item.name, str(item.certificates), _for(item), item.dated, item.source)
            for item in found
        ]
        output.table(("list", "certificates", "vouches for", "installed", "from"), rows)


def remove(
    name: Annotated[str, typer.Argument(help="Name of the list, as provgen trust list shows it.")],
) -> None:
    r"""Take an installed list out.

    \b
    Example:
      provgen trust remove "Our newsroom"
    """
    from provenance_gen.credentials import installed

    item = installed.remove(name)
    output.say(f"Took out {item.name}: {item.certificates} certificates")


def read_config(path: Path) -> str:
    """Read a trust configuration.

    Raises:
        FileError: it cannot be read.
        CredentialError: it is none.
    """
    from provenance_gen.credentials.trust import read_usages
    from provenance_gen.errors import FileError

    try:
        return read_usages(path.read_text(encoding="utf-8", errors="replace"), path.name)
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from error


def _tell(changes: tuple[Change, ...], *, json: bool) -> None:
    if json:
        output.put_json([vars(change.now) | {"changed": _changed(change)} for change in changes])
        return
    for change in changes:
        now = change.now
        output.say(
            f"{now.name}: {now.certificates} certificates, {_changed(change)}"
            f" (SHA-256 {now.sha256[:16]}…)"
        )


def _changed(change: Change) -> str:
    if change.before is None:
        return "new"
    if change.before.sha256 == change.now.sha256:
        return f"as on {change.before.dated}"
    return f"changed since {change.before.dated}, when it held {change.before.certificates}"


def _for(item: Installed) -> str:
    return "times" if item.vouches == "time" else "signers"
