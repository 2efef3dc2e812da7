"""Record calls of a pipeline: before, during and after, and change nothing.

The recorder is handed an event sink and knows no ledger. ``attempt.started`` is durable before
the model runs; whatever then happens (an error, Ctrl-C, a lost machine) the attempt is on record.
"""

from __future__ import annotations

import contextlib
import threading
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.digests import new_id
from provenance_gen.errors import ProvenanceError
from provenance_gen.generation import components, environment, outputs, parameters
from provenance_gen.generation.adapters import AdapterLog
from provenance_gen.generation.steps import StepCounter
from provenance_gen.records.base import Text
from provenance_gen.records.event import Actor, Draft, EventSink, Payload
from provenance_gen.records.payloads import (
    AttemptCompleted,
    AttemptFailed,
    AttemptInterrupted,
    AttemptStarted,
    ModelHashed,
    Revision,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from inspect import BoundArguments

    from provenance_gen.generation.arguments import Known
    from provenance_gen.generation.weights import Hashing
    from provenance_gen.images.store import ImageStore
    from provenance_gen.records.generation import Call, ModelIdentity

_MAX_MESSAGE: Final = 2000


@dataclass(frozen=True)
class Session:
    """What the studio hands to a recorder."""

    sink: EventSink
    store: ImageStore
    work: str
    actor: Actor
    model: ModelIdentity
    lock: Callable[[str], AbstractContextManager[object]]
    """Holds a lock named after the attempt while it runs, so that a killed one is known."""
    known: Known
    """Tells where an input picture comes from."""
    revision: Callable[[], Revision | None]
    """Tells which attempt the next one revises."""
    weights: Hashing | None = None
    """Hashes the model's weights beside the first run; None where ``model`` says all there is."""
    unseen: tuple[str, ...] = ()
    """Codes of what cannot be captured in any call of this pipeline."""
    gate: Callable[[str, Call, ModelIdentity], None] = field(default=lambda *_: None)
    """Told of each call, with the attempt's identifier, before the attempt begins; it raises an
    error where the call may not be made."""
    use: str | None = None
    """What the person declared the pictures to be for."""
    finish: Callable[[Callable[[], None]], None] = field(default=lambda job: job())
    """Does the work that comes after a call: at once, or beside the next call."""
    on_step: Callable[[int, int], None] = field(default=lambda _step, _of: None)
    """Called after each denoising step with its number and their total."""


@dataclass(frozen=True)
class Recorded:
    """One recorded call."""

    attempt: str
    output: Any
    """What the pipeline returned, untouched."""


class Recorder:
    """Records the calls of one pipeline into one work."""

    def __init__(self, pipe: Any, session: Session, adapters: AdapterLog | None = None) -> None:
        """Record ``pipe``, any diffusers pipeline, into a session's work.

        Args:
            pipe: the pipeline.
            session: what the studio hands over.
            adapters: what is known of adapters that were loaded into it already.
        """
        self.pipe = pipe
        self.adapters = adapters or AdapterLog()
        self._session = session

    def run(self, *args: Any, **kwargs: Any) -> Recorded:
        """Call the pipeline and record the call.

        Raises:
            TypeError: the pipeline cannot be called with these arguments; nothing is recorded.
            GateError: a gate stopped the call; the attempt did not begin.
            Exception: whatever the pipeline raises, after the attempt was recorded as failed.
            KeyboardInterrupt: after the attempt was recorded as interrupted.
        """
        session = self._session
        bound = parameters.bind(self.pipe, args, kwargs)
        values = parameters.executed(bound)
        attempt = new_id("a")
        with contextlib.ExitStack() as locked:
            locked.enter_context(session.lock(attempt))
            call = parameters.describe(
                self.pipe,
                values,
                store=session.store,
                known=session.known,
                adapters=self.adapters,
                unseen=session.unseen,
            )
            model = session.weights.identity() if session.weights else session.model
            session.gate(attempt, call, model)
            steps = StepCounter(session.on_step, call.steps)
            steps.attach(bound, values)
            self._append(
                AttemptStarted(
                    work=session.work,
                    attempt=attempt,
                    call=call,
                    model=model,
                    environment=environment.describe(self.pipe),
                    revision=session.revision(),
                    use=session.use,
                )
            )
            output = self._execute(_Run(attempt), bound, steps, locked)
        return Recorded(attempt, output)

    def _execute(
        self,
        run: _Run,
        bound: BoundArguments,
        steps: StepCounter,
        locked: contextlib.ExitStack,
    ) -> Any:
        session = self._session
        try:
            with self._hashing(run):
                output = self.pipe(*bound.args[1:], **bound.kwargs)
                run.stop()
        except KeyboardInterrupt:
            self._append(AttemptInterrupted(steps_run=steps.run, **self._end(run)))
            raise
        except Exception as error:
            self._failed(run, error)
            raise
        taken = outputs.take(output)
        # Told now: the next call may change what the pipeline and its scheduler say.
        ended = self._ended(taken, steps, run)
        job = _Once(lambda: self._finish(run, taken, ended, held))
        # Arrays are not copied, so they must be kept before their owner has them.
        held = locked.pop_all()
        if taken.arrays:
            job()
        else:
            taken = taken.copied()
            try:
                session.finish(job)
            except KeyboardInterrupt:
                job()
                raise
        return output

    def _finish(
        self, run: _Run, taken: outputs.Taken, ended: Payload, held: contextlib.ExitStack
    ) -> None:
        """Keep what a call gave back, record its end, and free its lock."""
        with held:
            try:
                kept = outputs.keep(self._session.store, taken)
            except Exception as error:
                self._failed(run, error)
                raise
            more: dict[str, Any] = {"images": tuple(kept.images)}
            if isinstance(ended, AttemptCompleted):
                more["arrays"] = tuple(kept.arrays)
                more["completeness"] = (*kept.missing, *ended.completeness)
            self._append(ended.model_copy(update=more))

    def _ended(self, taken: outputs.Taken, steps: StepCounter, run: _Run) -> Payload:
        """Tell a call that came to its end from one that the pipeline was asked to break off."""
        steps_run = steps.settled(self.pipe)
        if getattr(self.pipe, "_interrupt", False) is True and taken.pictures:
            return AttemptInterrupted(steps_run=steps_run, **self._end(run))
        return AttemptCompleted(
            images=(),
            steps_run=steps_run,
            schedule=steps.schedule(self.pipe),
            finite=steps.finite(),
            completeness=("steps_run",) if steps_run is None else (),
            **self._end(run),
        )

    def _failed(self, run: _Run, error: Exception) -> None:
        # The reason for the failure is what the caller must see, whatever else goes wrong.
        with contextlib.suppress(ProvenanceError):
            code = components.token(type(error).__name__)
            self._append(AttemptFailed(code=code, message=_message(error), **self._end(run)))

    def _end(self, run: _Run) -> dict[str, Any]:
        run.stop()
        return {
            "work": self._session.work,
            "attempt": run.attempt,
            "milliseconds": run.milliseconds,
        }

    @contextlib.contextmanager
    def _hashing(self, run: _Run) -> Iterator[None]:
        """Hash the weights while the block runs, if they are not known yet, and record them."""
        weights = self._session.weights
        if weights is None or not weights.needed:
            yield
            return
        weights.start()
        try:
            yield
            self._hashed(run.attempt, weights.result())
        finally:
            weights.cancel()

    def _hashed(self, attempt: str, model: ModelIdentity | None) -> None:
        """Record the weights, which were hashed while the attempt ran."""
        if model is not None and model.digest is not None:
            self._append(
                ModelHashed(
                    work=self._session.work,
                    attempt=attempt,
                    digest=model.digest,
                    files=model.files,
                    basis=model.basis,
                )
            )

    def _append(self, payload: Payload) -> None:
        self._session.sink.append(Draft(payload=payload, actor=self._session.actor))


class _Run:
    """One run of a pipeline, and how long it took by a monotonic clock."""

    def __init__(self, attempt: str) -> None:
        self.attempt = attempt
        self.milliseconds = 0
        self._started: int | None = time.monotonic_ns()

    def stop(self) -> None:
        """Stop the clock; the first time counts."""
        if self._started is not None:
            self.milliseconds = (time.monotonic_ns() - self._started) // 1_000_000
            self._started = None


class _Once:
    """A job that is done once, whoever calls it first."""

    def __init__(self, job: Callable[[], None]) -> None:
        self._job = job
        self._free = threading.Lock()

    def __call__(self) -> None:
        if self._free.acquire(blocking=False):
            self._job()


def _message(error: Exception) -> Text:
    text = str(error).encode(errors="replace").decode()
    return Text(text[:_MAX_MESSAGE])
