"""A PostgreSQL server of the test's own: a temporary cluster on a unix socket, nobody else's.

The server refuses to run as root, so there it runs as another user.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, create_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

_USERS = ("postgres", "nobody")
_SECONDS = 60


def binaries() -> Path | None:
    """Return the folder of the server's programs, or None where there are none."""
    if found := shutil.which("postgres"):
        return Path(found).resolve().parent
    # Debian keeps them off the path, one folder for each version.
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return places[-1].parent if places else None


@contextlib.contextmanager
def running(programs: Path) -> Iterator[Engine]:
    """Run a server and give an engine for its database; all of it is gone afterwards.

    Raises:
        RuntimeError: the server does not start; its own words say why.
    """
    # Not pytest's folder, into which no other user may look.
    folder = Path(tempfile.mkdtemp(prefix="provgen-pg-"))
    data, log = folder / "data", folder / "log"
    server: subprocess.Popen[bytes] | None = None
    try:
        other = _other_user(folder)
        made = [str(programs / "initdb"), "-D", str(data), "-U", "ledger", "-A", "trust"]
        subprocess.run([*made, "-E", "UTF8", "--no-sync"], check=True, capture_output=True, **other)
        settings = ["-c", "listen_addresses=", "-c", "fsync=off", "-k", str(folder)]
        with log.open("wb") as words:
            server = subprocess.Popen(
                [str(programs / "postgres"), "-D", str(data), *settings],
                stdout=words,
                stderr=words,
                **other,
            )
        engine = create_engine(
            URL.create(
                "postgresql+pg8000",
                username="ledger",
                database="postgres",
                query={"unix_sock": str(folder / ".s.PGSQL.5432")},
            )
        )
        _wait(engine, server, log)
        try:
            yield engine
        finally:
            engine.dispose()
    finally:
        if server is not None:
            server.terminate()
            server.wait(_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _other_user(folder: Path) -> dict[str, Any]:
    """Return what runs a process as another user where this one is root, who then owns a folder."""
    if os.geteuid() != 0:
        return {}
    import pwd  # noqa: PLC0415 - there is none on Windows

    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = next(known[name] for name in _USERS if name in known)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": folder}


def _wait(engine: Engine, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _SECONDS
    while True:
        try:
            engine.connect().close()
        except Exception as error:
            if server.poll() is not None or time.monotonic() > end:
                raise RuntimeError(log.read_text(errors="replace")) from error
            time.sleep(0.05)
        else:
            return
