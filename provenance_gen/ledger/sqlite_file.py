"""Open the SQLite file of a ledger with the standard library.

Whoever opens it, for the database layer (``database``), for a few questions (``plain``) or for the
audit (``audit_part``), opens it so. What is written, and how, is left to ``database``.
"""

from __future__ import annotations

import sqlite3
from typing import Final

WAIT_SECONDS: Final = 60
"""How long a writer waits for another before it gives up."""


def connect(uri: str) -> sqlite3.Connection:
    """Open a file by its URI, for any thread; transactions begin and end as they are told to.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    connection = sqlite3.connect(
        uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
    )
    # Nothing that stands in a foreign file's schema is run, and damaged pages are noticed before
    # they are followed.
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA cell_size_check=ON")
    return connection


def damage(connection: sqlite3.Connection) -> str | None:
    """Say what is wrong with the database as a file: pages, and indexes that differ from rows.

    Only the database can compare its own indexes with its rows, and a look-up believes them.

    Raises:
        sqlite3.Error: it cannot be looked through.
    """
    # It looks at every cell of every page first, more closely than the check of pages as they are
    # read, which would go over each page again and again while the indexes are compared.
    connection.execute("PRAGMA cell_size_check=OFF")
    try:
        ((found,),) = connection.execute("PRAGMA integrity_check(1)").fetchall()
    finally:
        connection.execute("PRAGMA cell_size_check=ON")
    return None if found == "ok" else str(found).splitlines()[-1]
