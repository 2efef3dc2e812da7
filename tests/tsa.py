"""A real time-stamp server on loopback: ``openssl ts`` behind HTTP, with certificates of its own.

It can be made to misbehave: lie about the time, answer another nonce, be slow or silent, send too
much, or send something else. A lie is told by a token whose time was exchanged and that was then
signed anew with the same certificate, so that nothing but the lie is wrong with it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import secrets as random
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from provenance_gen.config import TimestampAuthority
from provenance_gen.settings import config_folder
from tests.certificates import AUTHORITY, SIGNER, certificate, key_usage

if TYPE_CHECKING:
    from collections.abc import Iterator

OPENSSL: Final = shutil.which("openssl")
_PEM: Final = serialization.Encoding.PEM
_TIME: Final = b"\x18\x0f"
"""Tag and length of a GeneralizedTime without a fraction (X.690, section 8.25)."""
_DAY: Final = dt.timedelta(days=1)


def needs_openssl() -> None:
    """Skip a test where openssl is missing; fail instead where CI must have it."""
    if OPENSSL is None and os.environ.get("CI"):
        pytest.fail("openssl is missing, and CI must run the time-stamp tests")
    if OPENSSL is None:
        pytest.skip("openssl is missing: the time-stamp tests were NOT run")


@dataclass
class Server:
    """A running time-stamp server; set its attributes to make it misbehave."""

    folder: Path
    name: str
    root: bytes
    """Certificate that its tokens lead to, PEM."""
    url: str = ""
    shift: dt.timedelta | None = None
    """How far its clock lies."""
    spoil_nonce: bool = False
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """What it answers instead of a token."""
    drip: float | None = None
    """Seconds between single bytes of the answer."""
    silent: bool = False
    signer: str = "tsa"
    """Which of its certificates signs, where it does not leave that to ``openssl ts``."""
    asked: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    busy: threading.Lock = field(default_factory=threading.Lock)

    def authority(self, **changed: object) -> TimestampAuthority:
        """Return it as a user would configure it."""
        known = {"name": self.name, "url": self.url, "certificates": self.root}
        return TimestampAuthority(**(known | changed))  # type: ignore[arg-type]

    def configure(self) -> None:
        """Write it into the user's configuration, as the only authority."""
        folder = config_folder()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tsa.pem").write_bytes(self.root)
        (folder / "config.yaml").write_text(
            f"timestamp_authorities:\n  - name: {self.name}\n    url: {self.url}\n"
            "    certificates: tsa.pem\n"
        )

    def answer(self, query: bytes) -> bytes:
        """Return the response to a request, as openssl writes it or with a lie in it."""
        with self.busy:
            self.asked += 1
            (self.folder / "query.tsq").write_bytes(query)
            self._openssl("ts", "-reply", "-queryfile", "query.tsq", "-out", "answer.tsr")
            answer = (self.folder / "answer.tsr").read_bytes()
            if self.shift is None and not self.spoil_nonce and self.signer == "tsa":
                return answer
            return self._lie(query)

    def _lie(self, query: bytes) -> bytes:
        self._openssl("ts", "-reply", "-queryfile", "query.tsq", "-token_out", "-out", "token.der")
        command = ("cms", "-verify", "-noverify", "-inform", "DER")
        self._openssl(*command, "-in", "token.der", "-out", "info.der")
        info = (self.folder / "info.der").read_bytes()
        if self.shift is not None:
            place = info.index(_TIME) + len(_TIME)
            said = dt.datetime.now(dt.UTC) + self.shift
            info = info[:place] + said.strftime("%Y%m%d%H%M%SZ").encode() + info[place + 15 :]
        if self.spoil_nonce:
            nonce = _nonce(query)
            assert nonce in info
            info = info.replace(nonce, nonce[:-1] + bytes([nonce[-1] ^ 1]))
        (self.folder / "info.der").write_bytes(info)
        signed = ("-sign", "-binary", "-nodetach", "-cades", "-econtent_type", _TST_INFO)
        keys = ("-signer", f"{self.signer}.pem", "-inkey", "tsa.key", "-md", "sha256")
        output = ("-in", "info.der", "-outform", "DER", "-out", "token.der")
        self._openssl("cms", *signed, *keys, *output)
        token = (self.folder / "token.der").read_bytes()
        return _sequence(_sequence(b"\x02\x01\x00") + token)

    def _openssl(self, *arguments: str) -> None:
        assert OPENSSL
        extra = ("-config", "tsa.cnf") if arguments[:2] == ("ts", "-reply") else ()
        done = subprocess.run(
            [OPENSSL, *arguments, *extra], cwd=self.folder, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()


_TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
"""id-ct-TSTInfo (RFC 3161, section 2.4.2)."""


def _nonce(query: bytes) -> bytes:
    """Return the INTEGER before the last field, ``certReq TRUE``, with its tag and length."""
    assert query.endswith(b"\x01\x01\xff")
    for size in range(9, 0, -1):
        found = query[-5 - size : -3]
        if found[:2] == bytes([2, size]):
            return found
    raise AssertionError("the request holds no nonce")


def _sequence(content: bytes) -> bytes:
    """Write a DER SEQUENCE of less than 64 KiB."""
    size = len(content)
    if size < 128:
        return b"\x30" + bytes([size]) + content
    return b"\x30\x82" + size.to_bytes(2, "big") + content


@contextlib.contextmanager
def serving(
    name: str = "loopback",
    *,
    expired: bool = False,
) -> Iterator[Server]:
    """Run a time-stamp server until the block ends.

    Args:
        name: what the user calls it.
        expired: whether its certificate ended yesterday.
    """
    needs_openssl()
    with (
        tempfile.TemporaryDirectory(prefix="provgen-tsa-") as made,
        pytest.MonkeyPatch.context() as patch,
    ):
        # A proxy of the machine's own has no business with loopback.
        patch.setenv("no_proxy", "127.0.0.1")
        folder = Path(made)
        root = _write_certificates(folder, expired=expired)
        (folder / "tsa.cnf").write_text(_CONFIGURATION)
        (folder / "serial").write_text("01\n")
        server = Server(folder, name, root)
        http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
        http.daemon_threads = True
        server.url = f"http://127.0.0.1:{http.server_port}/tsr"
        thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            http.shutdown()
            http.server_close()
            thread.join()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            if server.silent:
                server.ended.wait()
                return
            content = server.answer(query) if server.body is None else server.body
            self.send_response(server.status)
            for header, value in server.headers.items():
                self.send_header(header, value)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            with contextlib.suppress(OSError):
                self._send(content)

        def _send(self, content: bytes) -> None:
            if server.drip is None:
                self.wfile.write(content)
                return
            for byte in content:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                if server.ended.wait(server.drip):
                    return

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return Handler


def _write_certificates(folder: Path, *, expired: bool) -> bytes:
    """Write a root and two certificates under it, for time-stamps and for code; return the root."""
    now = dt.datetime.now(dt.UTC)
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name, name = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{kind} {random.token_hex(4)}")])
        for kind in ("Root", "Time-stamp authority")
    )
    root = (
        certificate(root_name, root_name, root_key.public_key(), now - 30 * _DAY, now + 30 * _DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(*AUTHORITY), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False
        )
        .sign(root_key, hashes.SHA256())
    )
    end = now - _DAY if expired else now + 20 * _DAY
    purposes = {
        "tsa": ExtendedKeyUsageOID.TIME_STAMPING,
        "code": ExtendedKeyUsageOID.CODE_SIGNING,
    }
    for file, purpose in purposes.items():
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
        leaf = (
            certificate(name, root_name, key.public_key(), now - 20 * _DAY, end)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
            # Verifiers of C2PA ask for these two as well.
            .add_extension(issuer, critical=False)
            .add_extension(key_usage(*SIGNER), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        (folder / f"{file}.pem").write_bytes(leaf.public_bytes(_PEM))
    private = key.private_bytes(
        _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "tsa.key").write_bytes(private)
    (folder / "root.pem").write_bytes(root.public_bytes(_PEM))
    return root.public_bytes(_PEM)


_CONFIGURATION: Final = """
[tsa]
default_tsa = here
[here]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""
