"""A process that reads parts of a ledger for another one, as seen by that other one."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Protocol

from provenance_gen.errors import LedgerError

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.ledger.audit_part import Found, Part


class Reads(Protocol):
    """Reads parts of one state of a ledger, as ``audit_part.Reader`` does."""

    def look(self) -> None:
        """From now on, see the ledger as it is now."""
        ...

    def read(self, part: Part) -> Found | None:
        """Read a part; None where anything is not as it should be."""
        ...

    def close(self) -> None:
        """Read no more."""
        ...


class Process:
    """A process that reads; it ends with this object, and when the program that made it ends."""

    def __init__(self, database: Path, origin: str) -> None:
        """Start it.

        Raises:
            OSError: it cannot be started.
        """
        entry = "from provenance_gen.ledger.audit_part import main; main()"
        self._process = subprocess.Popen(  # noqa: S603  # this program
            [sys.executable, "-P", "-c", entry, os.fspath(database), origin],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def look(self) -> None:
        """From now on, see the ledger as it is now; LedgerError where the process is gone."""
        self._ask(None)

    def read(self, part: Part) -> Found | None:
        """Read a part; None where anything is not as it should be. Raises as ``look`` does."""
        found: Found | None = self._ask(part)
        return found

    def _ask(self, request: Part | None) -> Any:
        try:
            pickle.dump(request, self._process.stdin)  # type: ignore[arg-type]
            self._process.stdin.flush()  # type: ignore[union-attr]
            return pickle.load(self._process.stdout)  # type: ignore[arg-type] # noqa: S301 # ours
        except (OSError, EOFError, ValueError, pickle.UnpicklingError) as error:
            raise LedgerError("a process that helped to audit has ended") from error

    def close(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
