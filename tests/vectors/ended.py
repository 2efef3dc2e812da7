"""Pictures whose certificate ended after they were signed, with and without a time-stamp.

They take a few seconds: the C2PA library signs with no certificate that has ended, so one is made
that ends soon, and the files are what they say only once it has.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from tests import tsa
from tests.unit.credentials import foreign, samples
from tests.vectors.vector import Vector

_SECONDS = 3


@dataclass(frozen=True)
class Ended:
    """The files, and what a verifier must be given for them."""

    vectors: tuple[Vector, ...]
    roots: bytes
    """Of the signer, and of one of the time-stamp authorities, PEM."""
    _until: float = field(default=0.0, repr=False)

    def wait(self) -> None:
        """Wait until the certificate has ended."""
        time.sleep(max(0.0, self._until - time.monotonic()))


def sign() -> Ended:
    """Sign a picture without a time-stamp, with one, and with one by an unknown authority.

    Without ``openssl`` there is no authority to ask, and only the first is made.
    """
    short = foreign.stranger(seconds=_SECONDS, name="Soon Gone")
    until = time.monotonic() + _SECONDS + 1.5
    bare, _ = foreign.sign(samples.encoded(), "image/png", short)
    files = [_gone("bare", "no time-stamp speaks for it", bare)]
    roots = short.root
    if tsa.OPENSSL is not None:
        with tsa.serving() as known, tsa.serving("unknown") as unknown:
            stamped, by_nobody = (_stamped(short, clock) for clock in (known, unknown))
        words = "nothing: its certificate has ended, and a known authority's time-stamp speaks"
        files += (
            Vector("ended/stamped.png", words, stamped, ("trusted",), trust="trusted"),
            _gone("stamped-by-nobody", "nobody vouches for who stamped the time", by_nobody),
        )
        roots += known.root
    return Ended(tuple(files), roots, until)


def _stamped(who: foreign.Stranger, clock: tsa.Server) -> bytes:
    asked: dict[str, Any] = {"authority": clock.url, "more_roots": clock.root}
    return foreign.sign(samples.encoded(), "image/png", who, **asked)[0]


def _gone(name: str, wrong: str, data: bytes) -> Vector:
    return Vector(
        f"ended/{name}.png",
        f"its certificate has ended; {wrong}",
        data,
        ("invalid",),
        failed=((5, "signingCredential.untrusted"), (6, "signingCredential.expired")),
        trust="expired",
    )
