"""Ask time-stamp authorities over HTTP (RFC 3161, section 3.4), within limits of time and size.

The authority is a stranger: it may be slow, silent, endless or wrong. Nothing it does can hold up
the caller for longer than the limit. Redirections are not followed, so that no answer leads to
another address or scheme than the one the user gave.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Final
from urllib.error import HTTPError
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from provenance_gen.errors import AnchorError
from provenance_gen.ledger import timestamps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.config import TimestampAuthority

SECONDS: Final = 10.0
"""How long authorities are waited for, all of them together."""

_PIECE: Final = 4096


@dataclass(frozen=True)
class Answer:
    """What an authority gave: a believed token, or why there is none."""

    authority: TimestampAuthority
    data: bytes = b""
    """The stored form of the token; empty where there is none."""
    stamp: timestamps.Stamp | None = None
    problem: str | None = None


def ask(
    authorities: Sequence[TimestampAuthority], note: str, *, seconds: float = SECONDS
) -> tuple[Answer, ...]:
    """Ask several authorities at once for a time-stamp over a checkpoint.

    Nothing is raised: an authority that fails, or has not answered in time, is an answer with a
    problem. Its thread ends by itself and what it still brings is dropped.
    """
    end, late = time.monotonic() + seconds, f"no answer within {seconds:g} s"
    brought: queue.SimpleQueue[tuple[int, Answer]] = queue.SimpleQueue()

    def one(place: int, authority: TimestampAuthority) -> None:
        with contextlib.suppress(_LateError):
            brought.put((place, _answer(authority, note, end)))

    for place, authority in enumerate(authorities):
        # Daemons: a socket that is fed a header byte by byte must not keep the program alive.
        threading.Thread(target=one, args=(place, authority), daemon=True).start()
    answers = {
        place: Answer(authority, problem=late) for place, authority in enumerate(authorities)
    }
    for _ in authorities:
        try:
            place, answer = brought.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        answers[place] = answer
    return tuple(answers[place] for place in range(len(authorities)))


class _LateError(Exception):
    """There is no time left: whoever asked has given up, or is about to, and says so itself."""


def _answer(authority: TimestampAuthority, note: str, end: float) -> Answer:
    try:
        question = timestamps.ask_for(note)
        data = _post(authority.url, question.data, end)
        stamp = timestamps.believe(
            data, timestamps.imprint(note), authority.certificates, nonce=question.nonce
        )
    except AnchorError as error:
        return Answer(authority, problem=str(error))
    return Answer(authority, data=data, stamp=stamp)


def _post(url: str, data: bytes, end: float) -> bytes:
    request = Request(  # noqa: S310 - the opener below knows http and https only
        url,
        data=data,
        headers={"Content-Type": "application/timestamp-query", "User-Agent": "provenance-gen"},
        method="POST",
    )
    try:
        with _opener().open(request, timeout=_left(end)) as response:
            return _body(response, end)
    except HTTPError as error:
        error.close()
        raise AnchorError(f"the authority answered with HTTP status {error.code}") from error
    except TimeoutError as error:
        raise _LateError from error
    except (OSError, HTTPException, ValueError) as error:
        cause = getattr(error, "reason", error)
        if isinstance(cause, TimeoutError):
            raise _LateError from error
        raise AnchorError(f"the authority cannot be reached ({type(cause).__name__})") from error


def _body(response: object, end: float) -> bytes:
    pieces = bytearray()
    while piece := response.read1(_PIECE):  # type: ignore[attr-defined]
        pieces += piece
        if len(pieces) > timestamps.MAX_ANSWER:
            raise AnchorError("the answer is longer than 64 KiB")
        _left(end)
    return bytes(pieces)


def _left(end: float) -> float:
    """Return the seconds that are left; each single read may take no longer."""
    left = end - time.monotonic()
    if left <= 0:
        raise _LateError
    return left


def _opener() -> OpenerDirector:
    """Make an opener that knows http and https and follows no redirection."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        HTTPHandler(),
        HTTPSHandler(),
        HTTPErrorProcessor(),
        HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener
