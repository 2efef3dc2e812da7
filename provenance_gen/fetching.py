"""Fetch one thing from the network, within limits of time, size and place.

Whoever answers is a stranger: slow, silent, endless or wrong. The whole of it is bounded, not only
each read. An address that a file chose must not lead into the user's own network, so every host is
looked up first and the connection goes to the very address that was looked at. Proxies are not
used, cookies and credentials not sent.
"""

from __future__ import annotations

import contextlib
import ipaddress
import queue
import socket
import ssl
import threading
import time
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    HTTPSConnection,
    IncompleteRead,
)
from typing import Final
from urllib.parse import urljoin, urlsplit

from provenance_gen.errors import FetchError

_PIECE: Final = 1 << 16
_HOPS: Final = 3
_MOVED: Final = (301, 302, 303, 307, 308)
_OK: Final = 200
_GIVEN_OUT: Final = ipaddress.ip_network("2000::/3")


def fetch(
    url: str, *, longest: int, seconds: float, private: bool = False, secure: bool = False
) -> bytes:
    """Return what lies at an http or https address.

    Args:
        url: the address; up to three redirections are followed, none from https to http.
        longest: bytes of the longest answer that is taken.
        seconds: how long all of it may take.
        private: whether an address of this machine or of a private network may be asked.
        secure: whether another machine may be asked by https alone, also where one is sent there.

    Raises:
        FetchError: there is no answer that could be taken; the message says why.
    """
    end = time.monotonic() + seconds
    brought: queue.SimpleQueue[bytes | FetchError] = queue.SimpleQueue()
    opened: list[HTTPConnection] = []

    def bring() -> None:
        try:
            brought.put(_follow(url, longest, end, opened, private=private, secure=secure))
        except FetchError as error:
            brought.put(error)
        except TimeoutError:
            brought.put(FetchError(f"no answer within {seconds:g} s"))
        except IncompleteRead:
            brought.put(FetchError("its answer breaks off"))
        except (OSError, HTTPException, ValueError) as error:
            brought.put(FetchError(f"it cannot be reached ({type(error).__name__})"))

    # A daemon: a socket that is fed a header byte by byte must not keep the program alive.
    threading.Thread(target=bring, daemon=True).start()
    try:
        found = brought.get(timeout=seconds)
    except queue.Empty:
        # Whoever feeds it byte by byte would keep the thread for as long as it likes.
        for connection in opened:
            _cut(connection)
        raise FetchError(f"no answer within {seconds:g} s") from None
    if isinstance(found, FetchError):
        raise found
    return found


def _cut(connection: HTTPConnection) -> None:
    """End what a thread waits for; its socket is closed by the thread itself."""
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _follow(
    url: str,
    longest: int,
    end: float,
    opened: list[HTTPConnection],
    *,
    private: bool,
    secure: bool,
) -> bytes:
    for _ in range(_HOPS + 1):
        connection, target = _connection(url, end, private=private, secure=secure)
        opened.append(connection)
        try:
            connection.request("GET", target, headers={"User-Agent": "provenance-gen"})
            with connection.getresponse() as response:
                if response.status not in _MOVED:
                    return _body(response, longest, end)
                following = urljoin(url, response.getheader("Location") or "")
        finally:
            connection.close()
        if url.startswith("https:") and not following.startswith("https:"):
            raise FetchError("it leads from https to an address without it")
        url = following
    raise FetchError("it leads from address to address without end")


def _connection(url: str, end: float, *, private: bool, secure: bool) -> tuple[HTTPConnection, str]:
    if any(ord(character) <= 0x20 or ord(character) >= 0x7F for character in url):  # noqa: PLR2004
        raise FetchError("its address holds characters that no address has")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError("its address is not one of http or https")
    if parts.username or parts.password:
        raise FetchError("its address holds a name or a password")
    address = _address(parts.hostname, parts.port or _port(parts.scheme), private=private)
    if secure and parts.scheme == "http" and not ipaddress.ip_address(address[0]).is_loopback:
        raise FetchError("it leads to another machine without https")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kind = _Secure if parts.scheme == "https" else _Plain
    connection = kind(parts.hostname, parts.port, timeout=_left(end))
    connection.address = address
    return connection, target


def _address(host: str, port: int, *, private: bool) -> tuple[str, int]:
    """Look a host up and return the first address; every one must be allowed."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for *_, address in found:
        if not private and not _public(str(address[0]).partition("%")[0]):
            raise FetchError("its address lies in this machine or a private network")
    return str(found[0][4][0]), port


def _public(address: str) -> bool:
    """Tell whether an address is one of the public internet's, reached by no way round.

    Translators and tunnels carry an IPv4 address in one of IPv6, which may be a private one: NAT64
    (RFC 6052 and 8215), 6to4 (RFC 3056), Teredo (RFC 4380), and the compatible ones of old. All
    but 6to4 and Teredo lie outside the only block that is given out (2000::/3, RFC 4291).
    """
    given = ipaddress.ip_address(address)
    if isinstance(given, ipaddress.IPv6Address):
        if given.ipv4_mapped is not None:
            given = given.ipv4_mapped
        elif given not in _GIVEN_OUT or given.sixtofour or given.teredo:
            return False
    return given.is_global and not given.is_multicast


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


class _Plain(HTTPConnection):
    """Connects to an address that was looked at, whatever the host's name leads to now."""

    address: tuple[str, int]

    def connect(self) -> None:
        self.sock = socket.create_connection(self.address, self.timeout)


class _Secure(HTTPSConnection):
    """The same, with the certificate checked against the host's name."""

    address: tuple[str, int]

    def connect(self) -> None:
        plain = socket.create_connection(self.address, self.timeout)
        secured = ssl.create_default_context()
        self.sock = secured.wrap_socket(plain, server_hostname=self.host)


def _body(response: HTTPResponse, longest: int, end: float) -> bytes:
    if response.status != _OK:
        raise FetchError(f"it answers with HTTP status {response.status}")
    pieces = bytearray()
    while piece := response.read1(_PIECE):
        pieces += piece
        if len(pieces) > longest:
            raise FetchError(f"it is longer than {longest >> 20} MiB")
        _left(end)
    # The library tells nobody of an answer that breaks off where it is read piece by piece.
    announced = response.getheader("Content-Length", "")
    if announced.isdecimal() and len(pieces) < int(announced):
        raise FetchError(f"its answer breaks off after {len(pieces)} of {announced} bytes")
    return bytes(pieces)


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
