"""Lists that the user installs: fetched from a server on this machine, taken from files, kept."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from provenance_gen.credentials import authority, installed, trust
from provenance_gen.errors import CredentialError, FetchError, UsageError
from tests.serving import serving

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LATER = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """Write a folder as the conformance programme publishes it."""
    folder = tmp_path / "served"
    folder.mkdir()
    one, two = (authority.issue(NOW).root for _ in range(2))
    subject = b"Subject\tCN=Somebody\n"
    (folder / "C2PA-TRUST-LIST.pem").write_bytes(subject + one + subject + two)
    (folder / "C2PA-TSA-TRUST-LIST.pem").write_bytes(authority.issue(NOW).root)
    return folder


def test_the_official_lists_are_fetched_dated_and_compared(served: Path) -> None:
    """Both are installed, by their purpose; what changed since is told."""
    with serving(served) as (url, asked):
        first = installed.update(f"{url}/", now=NOW)
        same = installed.update(url, now=LATER)
        (served / "C2PA-TRUST-LIST.pem").write_bytes(authority.issue(NOW).root)
        changed = installed.update(url, now=LATER)
    assert asked[:2] == ["/C2PA-TRUST-LIST.pem", "/C2PA-TSA-TRUST-LIST.pem"]
    assert [(one.now.name, one.now.certificates, one.before) for one in first] == [
        ("C2PA trust list", 2, None),
        ("C2PA time-stamp trust list", 1, None),
    ]
    assert same[0].before == first[0].now
    assert same[0].now.sha256 == first[0].now.sha256
    assert (changed[0].now.certificates, changed[1].now.sha256) == (1, first[1].now.sha256)
    found = installed.lists()
    assert [(one.kind, one.vouches, one.dated) for one in found] == [
        ("installed", "all", "2026-12-01"),
        ("installed", "time", "2026-12-01"),
    ]
    assert found[0].shown == "C2PA trust list, 2026-12-01"


_EMPTY = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


_CUT = authority.issue(NOW).root + authority.issue(NOW).root[:-40]


@pytest.mark.parametrize("broken", [b"", b"<html>", _EMPTY, _CUT, b" " * (17 << 20)])
def test_what_is_no_list_changes_nothing(served: Path, broken: bytes) -> None:
    """Both or neither: the second file is broken, so the first is not installed either."""
    with serving(served) as (url, _):
        before = installed.update(url, now=NOW)
        (served / "C2PA-TRUST-LIST.pem").write_bytes(authority.issue(NOW).root)
        (served / "C2PA-TSA-TRUST-LIST.pem").write_bytes(broken)
        with pytest.raises((CredentialError, FetchError), match=r"TSA-.*; nothing was changed"):
            installed.update(url, now=LATER)
        (served / "C2PA-TSA-TRUST-LIST.pem").unlink()
        with pytest.raises(FetchError, match=r"HTTP status 404; nothing was changed\. .*trust add"):
            installed.update(url, now=LATER)
    assert set(installed.installed()) == {one.now for one in before}


@pytest.mark.parametrize("url", ["http://example.org/", "file:///tmp/", "ftp://x/", "lists"])
def test_lists_come_by_https_only(url: str) -> None:
    """An address without it could be answered by anybody."""
    with pytest.raises(UsageError, match="https"):
        installed.update(url)


class _Sends(BaseHTTPRequestHandler):
    """Sends whoever asks to another machine, without https."""

    def do_GET(self) -> None:
        self.send_response(302)
        # An address of documentation (RFC 5737): nobody is there.
        self.send_header("Location", f"http://192.0.2.1:9{self.path}")
        self.end_headers()

    def log_message(self, *_said: object) -> None:
        """Print nothing."""


def test_this_machine_sends_nobody_elsewhere_without_https() -> None:
    """A local server is asked by http; what it leads to must be https, or be here as well."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Sends) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(FetchError, match=r"without https; nothing was changed"):
            installed.update(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert installed.installed() == ()


def test_a_list_from_a_file(tmp_path: Path) -> None:
    """It is named, kept without what else stood in the file, and can be taken out."""
    path = tmp_path / "Our Newsroom.pem"
    identity = authority.issue(NOW)
    path.write_bytes(b"# ours\n" + identity.root + identity.key)
    change = installed.add(path, usages="1.2.3\n", now=NOW)
    assert (change.now.name, change.now.source) == ("Our Newsroom", "Our Newsroom.pem")
    kept = (installed.folder() / change.now.file).read_bytes()
    assert b"PRIVATE" not in kept
    assert installed.lists()[0].usages == "1.2.3\n"
    with pytest.raises(UsageError, match="'Our Newsroom'"):
        installed.remove("another")
    installed.remove("Our Newsroom")
    assert installed.installed() == ()
    assert installed.lists() == ()
    with pytest.raises(UsageError, match="Latin letter"):
        installed.add(path, name="../\u2026")
    assert installed.add(path, name="Con").now.file == "list-con.pem"  # Windows has no con.pem
    with pytest.raises(CredentialError, match="No such file"):
        installed.add(tmp_path / "none.pem")


def test_a_list_that_was_changed_is_refused(tmp_path: Path) -> None:
    """By its digest; a note that is none is named."""
    path = tmp_path / "a.pem"
    path.write_bytes(authority.issue(NOW).root)
    change = installed.add(path, now=NOW)
    stored = installed.folder() / change.now.file
    stored.write_bytes(authority.issue(NOW).root)
    with pytest.raises(CredentialError, match="not as it was installed"):
        installed.lists()
    stored.unlink()
    with pytest.raises(CredentialError, match="cannot be read"):
        installed.lists()
    stored.with_suffix(".json").write_text("[]")
    with pytest.raises(CredentialError, match="not the note"):
        installed.installed()


def test_extended_key_usages() -> None:
    """As the interim trust configuration writes them: OIDs and comments."""
    text = "//id-kp-emailProtection \n1.3.6.1.5.5.7.3.4\n\n1.2.840.1 // ours"
    assert trust.read_usages(text, "store.cfg") == "1.3.6.1.5.5.7.3.4\n1.2.840.1\n"
    for wrong in ("", "// nothing", "1.2.x", "1..2", "hello", "1.02"):
        with pytest.raises(CredentialError):
            trust.read_usages(wrong, "store.cfg")
