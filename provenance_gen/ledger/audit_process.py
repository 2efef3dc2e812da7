"""A process that reads parts of a ledger for another one, as seen by that other one."""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, Final, Protocol

from provenance_gen.errors import LedgerError
from provenance_gen.ledger.audit_part import DAMAGE, LOOK

if TYPE_CHECKING:
    from provenance_gen.ledger.audit_part import Found, Part

# Without ``site`` it starts in half the time; where modules lie, it is told.
_START: Final = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from provenance_gen.ledger.audit_part import main; main()"
)
_AT_LEAST: Final = 1 << 20
"""Bytes that the slowest disk is believed to give in a second."""


class Reads(Protocol):
    """Reads parts of one state of a ledger, as ``audit_part.Reader`` does."""

    def look(self) -> int:
        """From now on, see the ledger as it is now; return the size of its file in bytes."""
        ...

    def read(self, part: Part) -> Found | None:
        """Read a part; None where anything is not as it should be."""
        ...

    def damage(self) -> bool:
        """Tell whether the database is damaged as a file, or cannot be looked through."""
        ...

    def close(self) -> None:
        """Read no more."""
        ...


class Process:
    """A process that reads; it ends with this object, and when the program that made it ends.

    Attributes:
        patience: seconds that it may take to look, or to read a part; then it is ended.
    """

    patience = 120.0

    def __init__(self, uri: str, origin: str) -> None:
        """Start it.

        Raises:
            OSError: it cannot be started.
            LedgerError: it has ended already.
        """
        self._size = 0
        # Neither the file's name nor that of the log is for others' lists of processes.
        self._process = subprocess.Popen(  # noqa: S603  # this program
            [sys.executable, "-P", "-S", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._say(sys.path)
            self._say((uri, origin))
        except BaseException:
            self.close()
            raise

    def look(self) -> int:
        """See the ledger as it is now; return its size. LedgerError where the process is gone."""
        self._size = int(self._ask(LOOK, self.patience))
        return self._size

    def read(self, part: Part) -> Found | None:
        """Read a part; None where anything is not as it should be. Raises as ``look`` does."""
        found: Found | None = self._ask(part, self.patience)
        return found

    def damage(self) -> bool:
        """Tell whether the file is damaged or cannot be looked through. Raises as ``look`` does."""
        return bool(self._ask(DAMAGE, self.patience + self._size / _AT_LEAST))

    def _ask(self, request: object, seconds: float) -> Any:
        # One that hangs is ended, which ends its answer.
        late = threading.Timer(seconds, self._process.kill)
        late.start()
        try:
            self._say(request)
            return pickle.load(self._process.stdout)  # type: ignore[arg-type] # noqa: S301 # ours
        except (OSError, EOFError, ValueError, pickle.UnpicklingError) as error:
            raise LedgerError("a process that helped to audit has ended") from error
        finally:
            late.cancel()

    def _say(self, what: object) -> None:
        try:
            pickle.dump(what, self._process.stdin)  # type: ignore[arg-type]
            self._process.stdin.flush()  # type: ignore[union-attr]
        except (OSError, ValueError) as error:
            raise LedgerError("a process that helped to audit has ended") from error

    def close(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
