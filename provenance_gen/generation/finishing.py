"""Finish recorded attempts while the next one runs: encode, digest, store, record.

One thread does the work, in order. Few attempts wait: whoever makes pictures faster than they can
be stored is made to wait, so that memory stays bounded. What ``settle`` has returned from is in
the ledger; a process that is killed before leaves its last attempts as interrupted.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    Job = Callable[[], None]

WAITING: Final = 2
"""Attempts that may wait beside the one being finished."""

_PATIENCE: Final = 0.2
"""Seconds after which an idle thread looks whether its program has ended."""


class Finisher:
    """A bounded queue of jobs and the thread that does them.

    The thread is started with the first job. Where the program ends without closing the studio,
    it does the jobs that are left and ends too.
    """

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self._jobs: queue.Queue[Job | None] = queue.Queue(WAITING)
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self._guard = threading.Lock()

    def submit(self, job: Job) -> None:
        """Have a job done soon; wait where too many are waiting.

        Raises:
            BaseException: what an earlier job failed with; this one is done all the same.
        """
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="finishing")
                self._thread.start()
            self._jobs.put(job)
        self._raise()

    def settle(self) -> None:
        """Wait until every job is done; a job that calls this does not wait for itself.

        Raises:
            BaseException: what a job failed with; the others were done all the same.
        """
        if self._thread is not None and self._thread is not threading.current_thread():
            self._jobs.join()
        self._raise()

    def close(self) -> None:
        """Wait until every job is done, and end the thread.

        Raises:
            BaseException: as for ``settle``.
        """
        with self._guard:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._jobs.put(None)
        if thread is not None:
            thread.join()
        self._raise()

    def _raise(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _run(self) -> None:
        main = threading.main_thread()
        while True:
            try:
                job = self._jobs.get(timeout=_PATIENCE)
            except queue.Empty:
                if main.is_alive():
                    continue
                return
            try:
                if job is None:
                    return
                job()
            except BaseException as error:  # noqa: BLE001 - told to whoever settles
                self._failure = self._failure or error
            finally:
                self._jobs.task_done()
