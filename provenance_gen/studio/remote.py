"""Credentials that lie elsewhere: fetched only when the user asks, and read like any other bytes.

The address was chosen by whoever made the file, so it may lead anywhere: it is asked once, with
limits of time and size, and never in this machine or a private network. What comes back is hostile
until the process that reads untrusted files has found it to bind this very file.
"""

from __future__ import annotations

import dataclasses
import tempfile
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


def completed(
    path: Path, found: Inspection, task: Task, limits: Limits, *, private: bool = False
) -> Inspection:
    """Return what is found with the credentials that a file points at, fetched now.

    Args:
        path: the file.
        found: what was found without them; returned as it is where it points nowhere.
        task: what is asked of the file.
        limits: what a process may use.
        private: whether an address in this machine or a private network may be asked.
    """
    report = found.credentials
    if report is None or report.presence != "remote" or not report.remote_url:
        return found
    from provenance_gen import fetching  # noqa: PLC0415 - most runs fetch nothing

    try:
        store = fetching.fetch(report.remote_url, longest=LONGEST, seconds=SECONDS, private=private)
    except FetchError as error:
        why = f"fetching them failed: {error}"
        return dataclasses.replace(found, credentials=dataclasses.replace(report, error=why))
    with tempfile.TemporaryDirectory() as folder:
        manifest = Path(folder) / "fetched.c2pa"
        manifest.write_bytes(store)
        with Pool(limits, workers=1) as pool:
            ((_, again),) = pool.each([Job(path, manifest)], task)
    if again.credentials is None:
        return again
    located = dataclasses.replace(again.credentials, remote_url=report.remote_url)
    return dataclasses.replace(again, credentials=located)
