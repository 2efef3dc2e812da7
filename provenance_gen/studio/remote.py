"""Credentials that lie elsewhere: fetched only when the user asks, and read like any other bytes.

The address was chosen by whoever made the file, so it may lead anywhere: it is asked once, with
limits of time and size, and never in this machine or a private network. Slow servers, named by any
number of files, take no more of a run than its patience. What comes back is hostile until the
process that reads untrusted files has found it to bind this very file.
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provenance_gen.errors import FetchError
from provenance_gen.studio.driver import Job
from provenance_gen.studio.pool import Pool

if TYPE_CHECKING:
    from provenance_gen.credentials.report import Inspection
    from provenance_gen.studio.child import Limits
    from provenance_gen.studio.pool import Task

LONGEST: Final = 32 << 20
"""Bytes of the largest manifest store that is fetched."""
SECONDS: Final = 15.0
"""How long fetching one may take."""
PATIENCE: Final = 120.0
"""Seconds that one run waits for servers in all; the first of each answer does not count."""
_PROMPT: Final = 1.0


class Fetcher:
    """Fetches credentials for the files of one run."""

    def __init__(self, *, private: bool = False, patience: float = PATIENCE) -> None:
        """Begin with all the patience.

        Args:
            private: whether an address in this machine or a private network may be asked.
            patience: seconds that the run waits for slow servers in all.
        """
        self._private = private
        self._patience = self._left = patience

    def completed(self, path: Path, found: Inspection, task: Task, limits: Limits) -> Inspection:
        """Return what is found with the credentials that a file points at, fetched now.

        Args:
            path: the file.
            found: what was found without them; returned as it is where it points nowhere.
            task: what is asked of the file.
            limits: what a process may use.
        """
        report = found.credentials
        if report is None or report.presence != "remote" or not report.remote_url:
            return found
        try:
            store = self._store(report.remote_url)
        except FetchError as error:
            why = f"fetching them failed: {error}"
            return dataclasses.replace(found, credentials=dataclasses.replace(report, error=why))
        return _bound(path, store, report.remote_url, task, limits)

    def _store(self, url: str) -> bytes:
        from provenance_gen import fetching  # noqa: PLC0415 - most runs fetch nothing

        if self._left <= 0:
            raise FetchError(
                f"slow servers took the {self._patience:g} s that one run waits for them in all;"
                " check this file by itself"
            )
        begun = time.monotonic()
        try:
            return fetching.fetch(url, longest=LONGEST, seconds=SECONDS, private=self._private)
        finally:
            self._left -= max(0.0, time.monotonic() - begun - _PROMPT)


def _bound(path: Path, store: bytes, url: str, task: Task, limits: Limits) -> Inspection:
    """Read a file anew with a manifest store that was fetched for it."""
    with tempfile.TemporaryDirectory() as folder:
        manifest = Path(folder) / "fetched.c2pa"
        manifest.write_bytes(store)
        with Pool(limits, workers=1) as pool:
            ((_, again),) = pool.each([Job(path, manifest)], task)
    if again.credentials is None:
        return again
    located = dataclasses.replace(again.credentials, remote_url=url)
    return dataclasses.replace(again, credentials=located)
