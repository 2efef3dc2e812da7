"""RFC 3161 time-stamps as bytes: how one is asked for, read, and believed.

What is stamped is a checkpoint: the message imprint is the SHA-256 of the signed note's bytes.
What is kept is the authority's whole answer (``TimeStampResp``), which ``openssl ts`` reads too.
Believing one takes certificates that the user gave; a token proves nothing by what it carries.
Asking over the network is ``ledger.asking``, keeping is ``ledger.anchor``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerifierBuilder,
    decode_timestamp_response,
)

from provenance_gen.digests import sha256_hex
from provenance_gen.errors import AnchorError

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse, TimeStampTokenInfo

MAX_ANSWER: Final = 1 << 16
"""Longest answer that is read, in bytes; real ones have 1 to 8 KiB."""

_SHA256: Final = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_SECOND: Final = dt.timedelta(seconds=1)
_REASON: Final = re.compile(r"Verify error: ([^\"\]]+)")
_PLAIN: Final = re.compile(r"[^A-Za-z0-9 .,:'()\-]")
_LONGEST_REASON: Final = 120


@dataclass(frozen=True)
class Question:
    """A request for a time-stamp."""

    data: bytes
    """DER of the TimeStampReq (RFC 3161, section 2.4.1)."""
    nonce: int
    """Random number that the answer must hold, so that no old answer passes."""


@dataclass(frozen=True)
class Stamp:
    """What a token says."""

    digest: str
    """SHA-256 of the stored answer, as an event cites it."""
    imprint: bytes
    """SHA-256 of what was stamped, 32 bytes."""
    moment: str
    """The token's time, RFC 3339 in UTC with six decimals."""
    earliest: str
    """The token's time less its stated accuracy: what cites the token is later than this."""
    latest: str
    """The token's time plus its accuracy, and to the end of the second where it gives whole
    seconds: what was stamped existed by then."""


def imprint(note: str) -> bytes:
    """Return what a token over a checkpoint must hold: SHA-256 of the note's UTF-8 bytes."""
    return hashlib.sha256(note.encode()).digest()


def ask_for(note: str) -> Question:
    """Make a request for a time-stamp over a checkpoint, with a fresh nonce."""
    request = (
        TimestampRequestBuilder()
        .data(note.encode())
        .hash_algorithm(HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    if request.nonce is None:
        raise AnchorError("no request could be made")
    return Question(request.as_bytes(), request.nonce)


def read(data: bytes) -> Stamp:
    """Read what a token says, without believing it.

    Raises:
        AnchorError: the bytes are no granted answer with a SHA-256 imprint.
    """
    return _stamp(data, _decode(data))


def believe(data: bytes, stamped: bytes, certificates: bytes, *, nonce: int | None = None) -> Stamp:
    """Check that a token was issued over an imprint by an authority whose root the user gave.

    The certificates must have been valid at the token's time, and the signer's must be for
    time-stamping alone of the purposes it names, critically (RFC 3161, section 2.3).

    Args:
        data: the authority's answer.
        stamped: SHA-256 that the token must hold.
        certificates: roots, and certificates between that the answer may leave out; PEM.
        nonce: number that the token must hold; None where it was checked on receipt.

    Raises:
        AnchorError: it is not; the message says why.
    """
    response = _decode(data)
    stamp = _stamp(data, response)
    if stamp.imprint != stamped:
        raise AnchorError("the time-stamp is over something else")
    try:
        verifier = VerifierBuilder(roots=list(_certificates(certificates)), nonce=nonce).build()
        verifier.verify(response, stamped)
    except Exception as error:
        # The library documents one error type and lets those of three others through.
        raise AnchorError(_reason(error)) from error
    return stamp


def _decode(data: bytes) -> TimeStampResponse:
    if len(data) > MAX_ANSWER:
        raise AnchorError("the answer is longer than 64 KiB")
    try:
        response = decode_timestamp_response(data)
        status, said = response.status, "".join(f": {s}" for s in response.status_string[:1])
    except Exception as error:
        raise AnchorError("the answer is no time-stamp") from error
    if status != 0:
        raise AnchorError(f"the authority refused (status {status}{_plain(said)})")
    return response


def _stamp(data: bytes, response: TimeStampResponse) -> Stamp:
    try:
        info = response.tst_info
        algorithm, hashed = info.message_imprint.hash_algorithm, bytes(info.message_imprint.message)
        moment = info.gen_time.astimezone(dt.UTC)
        margin = _accuracy(info)
        latest = moment + margin + (dt.timedelta() if moment.microsecond else _SECOND)
        texts = [rfc3339(each) for each in (moment, moment - margin, latest)]
    except Exception as error:
        raise AnchorError("the answer is no time-stamp") from error
    if algorithm != _SHA256:
        raise AnchorError("the time-stamp is not over a SHA-256")
    return Stamp(sha256_hex(data), hashed, *texts)


def _accuracy(info: TimeStampTokenInfo) -> dt.timedelta:
    """Return how far the time may be off; a missing part is zero (RFC 3161, section 2.4.2)."""
    if info.accuracy is None:
        return dt.timedelta()
    return dt.timedelta(
        seconds=info.accuracy.seconds or 0,
        milliseconds=info.accuracy.millis or 0,
        microseconds=info.accuracy.micros or 0,
    )


def rfc3339(moment: dt.datetime) -> str:
    """Write a time in UTC with six decimals, so that the order of texts is that of times."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@lru_cache(maxsize=32)
def _certificates(pem: bytes) -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_pem_x509_certificates(pem))


def _reason(error: Exception) -> str:
    found = _REASON.search(str(error))
    return f"the time-stamp is not believed: {_plain(found[1] if found else str(error))}"


def _plain(text: str) -> str:
    """Cut a text that another program worded down to what may stand in a message."""
    return _PLAIN.sub("", text)[:_LONGEST_REASON].strip()
