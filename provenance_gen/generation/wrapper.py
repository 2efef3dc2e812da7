"""What ``work.record(pipe)`` returns: an object that behaves as the pipeline and records calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from provenance_gen.generation.recorder import Recorder


class RecordedPipeline:
    """Behaves as the pipeline it wraps, and records every call.

    Attributes are read from and written to the wrapped pipeline, and methods that return the
    pipeline itself (``to``, ``enable_…``) return the recorded one. Methods that load adapters
    work as before; what they load is hashed first.
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
        if name in RecordedPipeline._OWN:  # asked for by copy and pickle before it is there
            raise AttributeError(name)
        pipe = self._recorder.pipe
        value = getattr(pipe, name)
        if not (callable(value) and getattr(value, "__self__", None) is pipe):
            return value
        watched = self._recorder.adapters.watch(pipe, name, value)

        def method(*args: Any, **kwargs: Any) -> Any:
            result = watched(*args, **kwargs)
            return self if result is pipe else result

        return method

    def __setattr__(self, name: str, value: Any) -> None:
        """Write to the wrapped pipeline."""
        if name in self._OWN:
            object.__setattr__(self, name, value)
        else:
            setattr(self._recorder.pipe, name, value)

    def __delattr__(self, name: str) -> None:
        """Delete from the wrapped pipeline."""
        delattr(self._recorder.pipe, name)

    def __dir__(self) -> list[str]:
        """List the wrapped pipeline's attributes."""
        return dir(self._recorder.pipe)

    def __repr__(self) -> str:
        """Show the wrapped pipeline."""
        return f"recorded {self._recorder.pipe!r}"


def unwrapped(pipe: Any) -> Any:
    """Return the pipeline itself, whether it is recorded already or not."""
    # Not isinstance: a recorded pipeline says that it is of its pipeline's class.
    return pipe._recorder.pipe if type(pipe) is RecordedPipeline else pipe  # noqa: SLF001 - our own
