"""The C2PA library's reader on a file in memory, called by its C interface (``c2pa.h``).

The library takes a small file in some fifty pieces. Its Python half passes each through code meant
for any kind of stream, makes that anew for each file, and guards every call against threads: an
eighth of what it takes to read a small signed file. Here one stream serves one file after the
other. It tells what was read and nothing else: why the library refuses a file, its Python half
says better (``credentials.reader``), which also reads a manifest store that lies elsewhere.
"""

from __future__ import annotations

import ctypes
import functools
import threading
from typing import Any, Final, Self

from provenance_gen.credentials.native import NATIVE, c2pa

_FAILED: Final = -1
_CURRENT: Final = 1
_END: Final = 2
"""What a place in a file is counted from, else from its begin (``C2paSeekMode``)."""

_ANY: Final = ctypes.c_void_p
_SIZE: Final = ctypes.c_ssize_t
_MOVES: Final = ctypes.CFUNCTYPE(_SIZE, _ANY, _ANY, _SIZE)
_SEEKS: Final = ctypes.CFUNCTYPE(_SIZE, _ANY, ctypes.c_int64, ctypes.c_int)
_FLUSHES: Final = ctypes.CFUNCTYPE(_SIZE, _ANY)
_FUNCTIONS: Final[dict[str, tuple[list[Any], Any]]] = {
    "c2pa_create_stream": ([_ANY, _MOVES, _SEEKS, _MOVES, _FLUSHES], _ANY),
    "c2pa_reader_from_context": ([_ANY], _ANY),
    "c2pa_reader_with_stream": ([_ANY, ctypes.c_char_p, _ANY], _ANY),
    "c2pa_reader_json": ([_ANY], _ANY),
    "c2pa_reader_crjson": ([_ANY], _ANY),
    "c2pa_reader_remote_url": ([_ANY], _ANY),
    "c2pa_free": ([_ANY], ctypes.c_int),
}


class InMemory:
    """A file that the library has read; named as in its own ``Reader``. Use it in a ``with``."""

    def __init__(self, native: Any, handle: int, context: Any) -> None:
        """Take a reader of the library over; its settings last as long as it does."""
        self._native = native
        self._handle = handle
        self._context = context

    def __enter__(self) -> Self:
        """Use it."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Give it back."""
        self._native.c2pa_free(self._handle)

    def json(self) -> bytes:
        """Return what the library reports.

        Raises:
            c2pa.C2paError: it reports nothing.
        """
        return self._said(self._native.c2pa_reader_json(self._handle))

    def crjson(self) -> bytes:
        """Return what it reports more exactly, and in more time.

        Raises:
            c2pa.C2paError: it reports nothing.
        """
        return self._said(self._native.c2pa_reader_crjson(self._handle))

    def get_remote_url(self) -> str | None:
        """Return the address from which the manifest came; None for one in the file."""
        text = self._native.c2pa_reader_remote_url(self._handle)
        return self._said(text).decode("utf-8", "replace") if text else None

    def _said(self, text: int | None) -> bytes:
        if not text:
            raise c2pa.C2paError("Other: the library reported nothing")
        try:
            return ctypes.string_at(text)
        finally:
            self._native.c2pa_free(text)


def reader(data: bytes, media_type: str, context: Any) -> InMemory | None:
    """Return a file that the library has read; None where it refuses.

    Args:
        data: the file.
        media_type: its kind by content.
        context: the library's settings, a ``c2pa.Context``.
    """
    handle = _stream().opened(data, media_type.encode(), context.execution_context)
    return InMemory(_native(), handle, context) if handle else None


class _Stream:
    """What the library reads from: the bytes of one file, then those of another."""

    def __init__(self, native: Any) -> None:
        self._native = native
        self._begin, self._size, self._place = 0, 0, 0
        self._lock = threading.Lock()
        # The library calls these as long as the process lives.
        self._called = (
            _MOVES(self._read),
            _SEEKS(self._seek),
            _MOVES(lambda *_: _FAILED),
            _FLUSHES(lambda _: 0),
        )
        self._stream = native.c2pa_create_stream(None, *self._called)
        if not self._stream:
            raise ImportError("the C2PA library makes no stream; install c2pa-python again")

    def opened(self, data: bytes, media_type: bytes, settings: Any) -> int | None:
        """Have the library read a file, which it does wholly before this returns."""
        with self._lock:
            # The address holds as long as ``data`` does, which our caller keeps.
            begin = ctypes.cast(ctypes.c_char_p(data), _ANY).value or 0
            self._begin, self._size, self._place = begin, len(data), 0
            try:
                empty = self._native.c2pa_reader_from_context(settings)
                # This takes the empty reader over, whether or not it succeeds.
                found: int | None = self._native.c2pa_reader_with_stream(
                    empty, media_type, self._stream
                )
            finally:
                self._size = 0
        return found

    def _read(self, _context: int | None, buffer: int | None, size: int) -> int:
        # What a callback raises is lost, and whatever it returned then counts as a length.
        try:
            place = self._place
            length = min(size, self._size - place)
            if length <= 0 or not buffer:
                return 0 if buffer and size > 0 else _FAILED
            ctypes.memmove(buffer, self._begin + place, length)
            self._place = place + length
        except MemoryError:  # all that the process may have is in use
            return _FAILED
        return length

    def _seek(self, _context: int | None, offset: int, whence: int) -> int:
        if whence == _CURRENT:
            offset += self._place
        elif whence == _END:
            offset += self._size
        if offset < 0:
            return _FAILED
        self._place = offset
        return offset


@functools.cache
def _native() -> Any:
    """Return the library's C interface, which its Python half has found sound."""
    native = ctypes.CDLL(str(NATIVE))
    for name, (takes, gives) in _FUNCTIONS.items():
        function = getattr(native, name)
        function.argtypes, function.restype = takes, gives
    return native


@functools.cache
def _stream() -> _Stream:
    return _Stream(_native())
