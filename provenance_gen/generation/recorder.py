"""Record calls of a pipeline: before, during and after, and change nothing.

The recorder is handed an event sink and knows no ledger. ``attempt.started`` is durable before
the model runs; whatever then happens (an error, Ctrl-C, a lost machine) the attempt is on record.
"""

from __future__ import annotations

import contextlib
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

from provenance_gen.digests import new_id
from provenance_gen.errors import ProvenanceError
from provenance_gen.generation import environment, parameters
from provenance_gen.records.base import Text
from provenance_gen.records.event import Actor, Draft, EventSink, Payload
from provenance_gen.records.image import ImageRef
from provenance_gen.records.payloads import (
    AttemptCompleted,
    AttemptFailed,
    AttemptInterrupted,
    AttemptStarted,
    GeneratedImage,
    Revision,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance_gen.images.store import ImageStore
    from provenance_gen.records.generation import ModelIdentity

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
    known: Callable[[str], ImageRef | None]
    """Finds the recorded image with a pixel digest."""
    revision: Callable[[], Revision | None]
    """Tells which attempt the next one revises."""
    on_step: Callable[[int, int], None] = field(default=lambda _step, _of: None)
    """Called after each denoising step with its number and their total."""


@dataclass(frozen=True)
class Recorded:
    """One recorded call."""

    attempt: str
    output: Any
    """What the pipeline returned, untouched."""
    images: tuple[ImageRef, ...]


class Recorder:
    """Records the calls of one pipeline into one work."""

    def __init__(self, pipe: Any, session: Session) -> None:
        """Record ``pipe``, any diffusers pipeline, into a session's work."""
        self.pipe = pipe
        self._session = session

    def run(self, *args: Any, **kwargs: Any) -> Recorded:
        """Call the pipeline and record the call.

        Raises:
            TypeError: the pipeline cannot be called with these arguments; nothing is recorded.
            Exception: whatever the pipeline raises, after the attempt was recorded as failed.
            KeyboardInterrupt: after the attempt was recorded as interrupted.
        """
        session = self._session
        values = parameters.bind(self.pipe, args, kwargs)
        attempt = new_id("a")
        with session.lock(attempt):
            call = parameters.describe(self.pipe, values, store=session.store, known=session.known)
            steps = _StepCounter(session.on_step, call.steps)
            if not steps.attach(values):
                call = call.model_copy(update={"completeness": (*call.completeness, "steps_run")})
            self._append(
                AttemptStarted(
                    work=session.work,
                    attempt=attempt,
                    call=call,
                    model=session.model,
                    environment=environment.describe(self.pipe),
                    revision=session.revision(),
                )
            )
            return self._execute(attempt, values, steps)

    def _execute(self, attempt: str, values: dict[str, Any], steps: _StepCounter) -> Recorded:
        work, started = self._session.work, time.monotonic_ns()

        def elapsed() -> int:
            return (time.monotonic_ns() - started) // 1_000_000

        try:
            output = self.pipe(**values)
            images = self._keep(output)
        except KeyboardInterrupt:
            self._append(
                AttemptInterrupted(
                    work=work, attempt=attempt, steps_run=steps.run, milliseconds=elapsed()
                )
            )
            raise
        except Exception as error:
            # The reason for the failure is what the caller must see, whatever else goes wrong.
            with contextlib.suppress(ProvenanceError):
                self._append(
                    AttemptFailed(
                        work=work,
                        attempt=attempt,
                        code=type(error).__name__,
                        message=_message(error),
                        milliseconds=elapsed(),
                    )
                )
            raise
        self._append(
            AttemptCompleted(
                work=work,
                attempt=attempt,
                images=images,
                steps_run=steps.run,
                milliseconds=elapsed(),
            )
        )
        refs = tuple(
            ImageRef(origin=attempt, index=index, pixel_digest=made.image.pixel_digest)
            for index, made in enumerate(images, 1)
        )
        return Recorded(attempt, output, refs)

    def _keep(self, output: Any) -> tuple[GeneratedImage, ...]:
        flags = getattr(output, "nsfw_content_detected", None) or []
        kept = []
        for place, image in enumerate(_output_images(output)):
            stored = self._session.store.put(image)
            flagged = bool(flags[place]) if place < len(flags) else False
            kept.append(GeneratedImage(image=stored, flagged=flagged, blank=_is_blank(image)))
        return tuple(kept)

    def _append(self, payload: Payload) -> None:
        self._session.sink.append(Draft(payload=payload, actor=self._session.actor))


class RecordedPipeline:
    """Behaves as the pipeline it wraps, and records every call.

    Attributes are read from and written to the wrapped pipeline, and methods that return the
    pipeline itself (``to``, ``enable_…``) return the recorded one.
    """

    _OWN: Final = frozenset({"_recorder"})

    def __init__(self, recorder: Recorder) -> None:
        """Wrap the recorder's pipeline."""
        self._recorder = recorder

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the pipeline, record the call, and return what it returned."""
        return self._recorder.run(*args, **kwargs).output

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """Pass ``isinstance`` checks for the wrapped pipeline's class."""
        return type(self._recorder.pipe)

    def __getattr__(self, name: str) -> Any:
        """Read from the wrapped pipeline."""
        pipe = self._recorder.pipe
        value = getattr(pipe, name)
        if not (callable(value) and getattr(value, "__self__", None) is pipe):
            return value

        def method(*args: Any, **kwargs: Any) -> Any:
            result = value(*args, **kwargs)
            return self if result is pipe else result

        return method

    def __setattr__(self, name: str, value: Any) -> None:
        """Write to the wrapped pipeline."""
        if name in self._OWN:
            object.__setattr__(self, name, value)
        else:
            setattr(self._recorder.pipe, name, value)

    def __dir__(self) -> list[str]:
        """List the wrapped pipeline's attributes."""
        return dir(self._recorder.pipe)

    def __repr__(self) -> str:
        """Show the wrapped pipeline."""
        return f"recorded {self._recorder.pipe!r}"


class _StepCounter:
    """Counts denoising steps through ``callback_on_step_end``, and calls the user's own."""

    def __init__(self, on_step: Callable[[int, int], None], total: int | None) -> None:
        self.run: int | None = None
        self._on_step = on_step
        self._total = total or 0
        self._chained: Callable[..., Any] | None = None

    def attach(self, values: dict[str, Any]) -> bool:
        """Put the counter into the arguments; False where the pipeline has no such callback."""
        if "callback_on_step_end" not in values:
            return False
        self._chained = values["callback_on_step_end"]
        if wanted := getattr(self._chained, "tensor_inputs", None):
            # Pipelines read this from diffusers' own callback classes, which ours hides.
            values["callback_on_step_end_tensor_inputs"] = wanted
        values["callback_on_step_end"] = self._step
        self.run = 0
        return True

    def _step(self, pipe: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> Any:
        self.run = (self.run or 0) + 1
        self._on_step(self.run, self._total)
        return self._chained(pipe, step, timestep, tensors) if self._chained else tensors


def _output_images(output: Any) -> list[Image.Image]:
    """Take the images from a pipeline's output, whether a dataclass or a tuple."""
    images = output[0] if isinstance(output, tuple) and output else getattr(output, "images", [])
    if isinstance(images, Image.Image):
        return [images]
    if not isinstance(images, list):
        return []
    return [image for image in images if isinstance(image, Image.Image)]


def _is_blank(image: Image.Image) -> bool:
    extrema = image.convert("RGB").getextrema()
    return all(isinstance(band, tuple) and band[0] == band[1] for band in extrema)


def _message(error: Exception) -> Text:
    text = str(error).encode(errors="replace").decode()
    return Text(text[:_MAX_MESSAGE])
