"""Fetching from servers on this machine that behave well, badly, and worse."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from provenance_gen.errors import FetchError
from provenance_gen.fetching import fetch

if TYPE_CHECKING:
    from collections.abc import Iterator


_MOVED = {
    "/moved": "/good",
    "/round": "/round",
    "/away": "file:///etc/passwd",
    # An address of documentation (RFC 5737): nobody is there.
    "/plain": "http://192.0.2.1:9/list.pem",
}


class Answers(BaseHTTPRequestHandler):
    """Answers by path."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Behave as the path says."""
        if self.path == "/continue":
            self._continue()
        elif self.path == "/good":
            self._whole(200, b"hello")
        elif self.path in _MOVED:
            self._moved(_MOVED[self.path])
        elif self.path == "/missing":
            self._whole(404, b"")
        elif self.path == "/long":
            self._whole(200, b"x" * 3_000_000)
        elif self.path in ("/cut", "/short-chunk"):
            self._cut(chunked=self.path != "/cut")
        elif self.path == "/drip":
            self.send_response(200)
            self.end_headers()
            for _ in range(200):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        else:
            time.sleep(5)

    def _continue(self) -> None:
        """Send provisional answers without end; a client waits for the last."""
        while True:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()

    def _cut(self, *, chunked: bool) -> None:
        """Announce more than is sent, and hang up."""
        self.send_response(200)
        name, value = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", "50000")
        self.send_header(name, value)
        self.end_headers()
        self.wfile.write((b"C350\r\n" if chunked else b"") + b"x" * 20_000)
        self.close_connection = True

    def _moved(self, to: str) -> None:
        self.send_response(302)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _whole(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said: object) -> None:
        """Print nothing."""

    def handle(self) -> None:
        """Let callers hang up."""
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Serve on a free port of this machine."""
    running = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    running.daemon_threads = True
    running.block_on_close = False
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


def test_what_lies_there_is_brought(server: str) -> None:
    """Also where it was moved to."""
    assert fetch(f"{server}/good", longest=100, seconds=5, private=True) == b"hello"
    assert fetch(f"{server}/moved", longest=100, seconds=5, private=True) == b"hello"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/round", "without end"),
        ("/away", "not one of http or https"),
        ("/missing", "HTTP status 404"),
        ("/long", "longer than 1 MiB"),
        ("/cut", "breaks off after 20000 of 50000 bytes"),
        ("/short-chunk", "its answer breaks off"),
        ("/drip", "no answer within 0.5 s"),
        ("/silent", "no answer within 0.5 s"),
    ],
)
def test_misbehaviour_is_named_and_bounded(server: str, path: str, why: str) -> None:
    """Nothing takes longer or grows larger than it may."""
    begun = time.monotonic()
    with pytest.raises(FetchError, match=why):
        fetch(f"{server}{path}", longest=1 << 20, seconds=0.5, private=True)
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:9/x", "in this machine or a private network"),
        ("http://localhost/x", "in this machine or a private network"),
        ("http://[::1]/x", "in this machine or a private network"),
        ("http://169.254.169.254/latest", "in this machine or a private network"),
        ("http://10.1.2.3/x", "in this machine or a private network"),
        ("http://[::ffff:10.1.2.3]/x", "in this machine or a private network"),
        ("http://[::10.1.2.3]/x", "in this machine or a private network"),
        ("http://[64:ff9b::10.1.2.3]/x", "in this machine or a private network"),
        ("http://[64:ff9b:1::10.1.2.3]/x", "in this machine or a private network"),
        ("http://[2002:a01:203::1]/x", "in this machine or a private network"),
        ("http://[2001:0:a01:203::1]/x", "in this machine or a private network"),
        ("http://[fec0::1]/x", "in this machine or a private network"),
        ("http://[ff02::1]/x", "in this machine or a private network"),
        ("http://224.0.0.1/x", "in this machine or a private network"),
        ("ftp://example.org/x", "not one of http or https"),
        ("file:///etc/passwd", "not one of http or https"),
        ("http://user:pass@example.org/", "a name or a password"),
        ("http://example.org/a b", "characters that no address has"),
        ("http://example.org/\r\nHost: x", "characters that no address has"),
        ("http://example.org:99999/", "cannot be reached"),
        ("http://[::1", "cannot be reached"),
        ("", "not one of http or https"),
    ],
)
def test_addresses_that_a_file_must_not_choose(url: str, why: str) -> None:
    """None of them is asked."""
    with pytest.raises(FetchError, match=why):
        fetch(url, longest=100, seconds=2)


def test_a_server_that_never_comes_to_the_point_holds_no_thread(server: str) -> None:
    """It is hung up on when its time is over, however busy it keeps the line."""
    before = {thread for thread in threading.enumerate() if "bring" in thread.name}
    with pytest.raises(FetchError, match="no answer within"):
        fetch(f"{server}/continue", longest=100, seconds=0.3, private=True)
    end = time.monotonic() + 5
    while {t for t in threading.enumerate() if "bring" in t.name} - before:
        assert time.monotonic() < end, "the thread still listens"
        time.sleep(0.02)


def test_no_other_machine_is_asked_without_https(server: str) -> None:
    """Where the beginning is this machine, whoever answers there may send one anywhere."""
    with pytest.raises(FetchError, match="to another machine without https"):
        fetch(f"{server}/plain", longest=1_000, seconds=2, private=True, secure=True)
    found = fetch(f"{server}/moved", longest=1_000, seconds=2, private=True, secure=True)
    assert found == b"hello"
    with pytest.raises(FetchError, match="to another machine without https"):
        fetch("http://192.0.2.1:9/", longest=1_000, seconds=2, private=True, secure=True)
