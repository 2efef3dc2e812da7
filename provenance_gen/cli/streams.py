"""Standard output and standard error as they are given to us: closed, full, of any encoding.

What cannot be printed must not read as a verdict: a full disk or a closed pipe is something that
could not be written. What is printed, and how, is in ``output``.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, Any, TextIO, cast

from provenance_gen.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator


def prepare() -> None:
    """Make the standard streams fit to be written to; call it before anything is opened.

    Where one is closed, the next file that is opened would get its number, and whatever prints,
    here or in a process of ours, would write into that file. What the encoding of a stream lacks is
    shown by its number, as hidden characters are: on Windows what is written to a file or a pipe is
    in a legacy encoding, which has not the characters that a title or a table may hold.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:  # noqa: PLR2004 - standard error
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - as long as we run
    codecs.register_error("provgen", _numbered)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="provgen")


class Facts:
    """Standard output, which must take what is printed: facts that get lost are no success.

    Of a pipe that was closed the system's own error goes on, for the library that ends us then.
    """

    def __init__(self, stream: TextIO) -> None:
        """Print to a stream."""
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text.

        Raises:
            StorageError: the disk is full, or whatever else the stream leads to takes no more.
        """
        with _told():
            return self._stream.write(text)

    def flush(self) -> None:
        """Write out what waits; raises as ``write`` does."""
        with _told():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        """Return what else the stream has, such as whether it is a terminal."""
        return getattr(self._stream, name)


class Remarks(Facts):
    """Standard error: where nobody can be told, the work goes on."""

    def write(self, text: str) -> int:
        """Write a text, if it can be."""
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Write out what waits, if it can be."""
        with contextlib.suppress(OSError):
            self._stream.flush()


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Let what the library prints by itself (help, complaints) fail as all else here does."""
    with (
        contextlib.redirect_stdout(cast("TextIO", Facts(sys.stdout))),
        contextlib.redirect_stderr(cast("TextIO", Remarks(sys.stderr))),
    ):
        yield


def finish() -> None:
    """Write out all that waits; where that fails it goes nowhere, and no more is tried.

    Raises:
        StorageError: something of standard output is lost.
        BrokenPipeError: as much, since whoever read it has gone.
    """
    try:
        with _told():
            sys.stdout.flush()
    except (OSError, StorageError):
        _drop(sys.stdout)
        raise
    finally:
        with contextlib.suppress(OSError):
            sys.stderr.flush()


def _drop(stream: TextIO) -> None:
    """Else the end of the program would try once more, and end with another code."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with contextlib.suppress(OSError, ValueError):  # no file of the system's
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise StorageError(f"what was found cannot be printed: {reason}") from error


def _numbered(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(f"[U+{ord(letter):04X}]" for letter in lacking), error.end
