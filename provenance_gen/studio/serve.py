"""The process that reads untrusted files: limits first, then one answer for each request.

Run as ``python -m provenance_gen.studio.serve`` by ``studio.processes`` alone. Requests
come on standard input and answers leave on what was standard output, each a JSON value after its
length in four bytes; the first request says what all of them have in common. After a number of
files a process has met enough hostile bytes and gives way to a new one. With the number of a
descriptor behind its name it serves nobody itself, and forks those that do (``studio.nursery``).
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BYTES: Final = 512 << 20
"""Largest file that is read; it is held in memory, so that every answer is of the same bytes."""

MAX_MESSAGE: Final = 64 << 20
"""Longest request or answer, in bytes."""

HEAD: Final = 4
"""Bytes before each message that say how long it is."""

AGAIN: Final = 75
"""Exit status of a process that did its share of files and may be followed by a new one."""

_GRACE: Final = 5
"""Seconds after which a process whose parent no longer watches the clock ends itself."""


def main() -> int:
    """Answer the requests on standard input until there are none; or fork those that answer."""
    # What a parser prints must not get between the answers.
    answers = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # nothing that is loaded becomes garbage; to look for it takes a tenth of the time
    _load()
    gc.freeze()  # and what is loaded stays shared with the processes that are forked
    gc.enable()
    if sys.platform == "linux" and len(sys.argv) > 1:
        from provenance_gen.studio.nursery import Nursery  # noqa: PLC0415 - there is none elsewhere

        return Nursery(int(sys.argv[1]), _serve, AGAIN).tend()
    common = receive(0)
    return 0 if common is None else _serve(common, 0, answers)


def send(descriptor: int, *messages: bytes) -> None:
    """Write messages, as one piece.

    Raises:
        OSError: nobody reads it any more.
    """
    parts = (part for one in messages for part in (len(one).to_bytes(HEAD, "big"), one))
    rest = memoryview(b"".join(parts))
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def receive(descriptor: int, longest: int = MAX_MESSAGE) -> bytes | None:
    """Read one message; None where there is no more. Not a byte beyond it is read.

    Raises:
        ValueError: the message is longer than ``longest``.
    """
    size = int.from_bytes(head, "big") if len(head := _exactly(descriptor, HEAD)) == HEAD else -1
    if size > longest:
        raise ValueError("the message is too long")
    found = _exactly(descriptor, size) if size >= 0 else b""
    return found if len(found) == size else None


def whole(read: bytearray, longest: int = MAX_MESSAGE) -> int | None:
    """Return where the first message in what was read ends; None where it is not all there.

    Raises:
        ValueError: the message is longer than ``longest``.
    """
    if len(read) < HEAD:
        return None
    size = int.from_bytes(read[:HEAD], "big")
    if size > longest:
        raise ValueError("the message is too long")
    return HEAD + size if len(read) >= HEAD + size else None


def limit(memory: int) -> None:
    """Bound this process's memory, core dumps and written files, for good.

    On Windows there is nothing to set, and macOS does not bound memory: both are watched from
    outside (``studio.watch``).
    """
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - there is none on Windows

    for name, bound in (("RLIMIT_AS", memory), ("RLIMIT_CORE", 0), ("RLIMIT_FSIZE", MAX_BYTES)):
        # macOS knows RLIMIT_AS and refuses to set it; a lower hard limit of the user's stays.
        with contextlib.suppress(ValueError, OSError, AttributeError):
            resource.setrlimit(getattr(resource, name), (bound, bound))


def allow(seconds: float) -> None:
    """Give the next file its time: of the processor, and by the clock should nobody watch."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - there is none on Windows

    used = int(time.process_time() + seconds) + 1
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (used, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE)


def _rest() -> None:
    """Stop the clock: the next file may be long in coming."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, 0)


def _load() -> None:
    """Load the parsers; nothing hostile has been met yet."""
    from PIL import Image  # noqa: PLC0415

    from provenance_gen.credentials import reader  # noqa: F401, PLC0415
    from provenance_gen.images import decoding  # noqa: F401, PLC0415
    from provenance_gen.metadata import read  # noqa: F401, PLC0415
    from provenance_gen.studio import inspect, own_fault  # noqa: F401, PLC0415

    Image.preinit()


def _serve(common: bytes, requests: int, answers: int) -> int:
    asked = json.loads(common)
    limit(asked["memory"])
    look = _looking(asked)
    for _ in range(asked["files"]):
        request = receive(requests)
        if request is None:
            return 0
        allow(asked["seconds"])
        found, sound = _answer(look, json.loads(request), asked["memory"])
        answer = _encoded(found)
        _rest()  # whoever takes the answer may be stopped, and the pipe be full
        send(answers, answer)
        if not sound:
            break  # whatever that left behind, the next file goes to a new process
    return AGAIN


def _answer(
    look: Callable[[dict[str, Any]], Any], request: dict[str, Any], memory: int
) -> tuple[Any, bool]:
    """Return what was found, and whether nothing went wrong in this process on the way."""
    from provenance_gen.credentials.report import Inspection  # noqa: PLC0415
    from provenance_gen.studio import own_fault  # noqa: PLC0415

    try:
        return look(request), True
    except Exception as error:  # noqa: BLE001 - a limit, or a fault of ours and told as one
        limit = own_fault.too_much(error, memory)
        reason = limit or own_fault.words(error)
        return Inspection(readable=False, reason=reason, internal=limit is None), False


def _encoded(answer: Any) -> bytes:
    import orjson  # noqa: PLC0415 - whoever starts this process needs the names here only

    try:
        return orjson.dumps(answer)
    except TypeError:
        # An assertion may hold numbers beyond 64 bits, which the standard library keeps. It shows
        # a dataclass by its fields, nested ones in turn.
        return json.dumps(answer, default=vars).encode()


def _looking(asked: dict[str, Any]) -> Callable[[dict[str, Any]], Any]:
    from provenance_gen.credentials.trust import TrustList  # noqa: PLC0415
    from provenance_gen.studio import inspect  # noqa: PLC0415

    anchors = tuple(TrustList(**anchor) for anchor in asked["anchors"])

    def look(request: dict[str, Any]) -> Any:
        manifest = Path(request["manifest"]) if request.get("manifest") else None
        return inspect.inspect_file(
            Path(request["path"]),
            anchors,
            manifest=manifest,
            pixels=asked["pixels"],
            marks=asked["marks"],
        )

    return look


def _exactly(descriptor: int, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = os.read(descriptor, min(size - len(parts), 1 << 20))
        if not part:
            break
        parts += part
    return bytes(parts)


def _end() -> None:
    """Answer, and end at once: to tidy up what is loaded takes as long as to read a file."""
    try:
        code = main()
    except BaseException:  # noqa: BLE001 - told by the exit status, as an interpreter would
        traceback.print_exc()
        code = 1
    os._exit(code)


if __name__ == "__main__":
    _end()
