"""Time-stamps from a real server on loopback: asked for, believed, kept twice, cited."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from provenance_gen.errors import LedgerError
from provenance_gen.ledger import anchor, timestamps
from provenance_gen.ledger.audit import audit
from provenance_gen.ledger.database import reading
from tests.tsa import OPENSSL, Server, serving
from tests.unit.ledger.test_store import intent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.config import TimestampAuthority
    from tests.unit.ledger.conftest import Made

HOUR = dt.timedelta(hours=1)


def asked(made: Made, *servers: Server, seconds: float = 10) -> tuple[anchor.Asked, ...]:
    """Append two events and ask for time-stamps."""
    made.ledger.append_many([intent("one"), intent("two")])
    authorities = [server.authority() for server in servers]
    return stamped(made, authorities, seconds=seconds)


def stamped(
    made: Made, authorities: Sequence[TimestampAuthority], *, seconds: float = 10
) -> tuple[anchor.Asked, ...]:
    """Sign the head and ask for time-stamps."""
    size = made.ledger.checkpoint().size
    return anchor.anchor(made.ledger, size, authorities, seconds=seconds)


def tokens(made: Made) -> tuple[anchor.Token, ...]:
    """Return the rows that are kept."""
    with reading(made.ledger.engine) as connection:
        return tuple(anchor.stored(connection))


def head_anchor(made: Made) -> str:
    """Return what the next event will cite."""
    return made.ledger.head().anchor.hex()


def test_token_is_kept_twice_and_cited_once(made: Made, server: Server) -> None:
    """The row and the file are the answer; the next event cites it and no later one does."""
    (result,) = asked(made, server)
    assert (result.problem, result.size) == (None, 2)
    (token,) = tokens(made)
    assert token.received_at == result.moment
    file = made.ledger.notes / "000000000002.loopback.tsr"
    assert file.read_bytes() == token.data
    digest = timestamps.read(token.data).digest
    assert head_anchor(made) == digest
    made.ledger.append_many([intent("three"), intent("four")])
    made.ledger.append(intent("five"))
    assert head_anchor(made) == ""
    assert [event.anchor for event in made.ledger.events()] == [None, None, digest, None, None]
    found = audit(made.ledger, verifier_key=made.verifier_key, authorities=[server.authority()])
    assert (found.problems, found.findings) == ((), ())
    assert (found.tokens, found.believed, found.anchored) == (1, 1, 2)


def test_openssl_accepts_the_file(made: Made, server: Server) -> None:
    """The kept file verifies against the kept note with a tool that is not ours."""
    asked(made, server)
    assert OPENSSL
    command = [OPENSSL, "ts", "-verify", "-CAfile", str(server.folder / "root.pem")]
    notes = made.ledger.notes
    note, token = notes / "000000000002.note", notes / "000000000002.loopback.tsr"
    done = subprocess.run(
        [*command, "-data", str(note), "-in", str(token)], capture_output=True, check=False
    )
    assert b"Verification: OK" in done.stdout, done.stderr
    note.write_bytes(note.read_bytes() + b"x")
    done = subprocess.run(
        [*command, "-data", str(note), "-in", str(token)], capture_output=True, check=False
    )
    assert done.returncode != 0


def test_nobody_is_asked_twice_for_one_checkpoint(made: Made, server: Server) -> None:
    """A checkpoint that is stamped is stamped; after another event there is a new one."""
    asked(made, server)
    (again,) = stamped(made, [server.authority()])
    assert (again.known, server.asked) == (True, 1)
    (later,) = asked(made, server)
    assert (later.known, later.size, server.asked) == (False, 4, 2)


def test_two_authorities(made: Made, server: Server) -> None:
    """Both are kept; one event can cite one token, and that is the later of the two."""
    with serving("Other, Inc.") as other:
        first, second = asked(made, server, other)
        assert (first.kind, second.kind) == ("loopback", "other-inc")
        assert len(tokens(made)) == 2
        newest = max(tokens(made), key=lambda token: (token.received_at, token.kind))
        assert head_anchor(made) == timestamps.read(newest.data).digest
        made.ledger.append(intent("next"))
        trusted = [server.authority(), other.authority()]
        found = audit(made.ledger, verifier_key=made.verifier_key, authorities=trusted)
        assert (found.problems, found.believed) == ((), 2)


def test_one_that_fails_does_not_stop_the_other(made: Made, server: Server) -> None:
    """The one is pending, is named as such, and is asked again the next time."""
    with serving("dumb") as dumb:
        dumb.silent = True
        good, bad = asked(made, server, dumb, seconds=0.7)
        assert good.moment
        assert (bad.moment, bad.problem) == (None, "no answer within 0.7 s")
        both = [server.authority(), dumb.authority()]
        assert anchor.pending(made.ledger, both) == (2, ("dumb",))
        dumb.silent = False
        good, bad = stamped(made, both)
        assert (good.known, bad.known, bad.problem) == (True, False, None)
        assert anchor.pending(made.ledger, both) == (2, ())


MISBEHAVIOUR: dict[str, tuple[dict[str, Any], str]] = {
    "slow": ({"drip": 0.05}, "no answer"),
    "silent": ({"silent": True}, "no answer"),
    "oversized": ({"body": b"0" * 1_000_000}, "longer than 64 KiB"),
    "endless header": ({"headers": {"X": "y" * 100_000}}, "cannot be reached"),
    "nothing": ({"body": b""}, "no time-stamp"),
    "garbage": ({"body": b"<html>" * 50}, "no time-stamp"),
    "refusal": ({"body": bytes.fromhex("30053003020102")}, r"refused \(status 2"),
    "HTTP 500": ({"status": 500}, "HTTP status 500"),
    "redirection": ({"status": 302, "headers": {"Location": "file:///etc/passwd"}}, "status 302"),
    "wrong nonce": ({"spoil_nonce": True}, "Nonce mismatch"),
    "other purpose": ({"signer": "code"}, "purpose"),
    "future beyond its certificate": ({"shift": 800 * HOUR}, "certificate has expired"),
    "past before its certificate": ({"shift": -800 * HOUR}, "not yet valid"),
}


@pytest.mark.parametrize("name", MISBEHAVIOUR)
def test_misbehaviour_is_named_and_nothing_is_kept(made: Made, server: Server, name: str) -> None:
    """Whatever the authority does, the call ends in time, says why, and work goes on."""
    changes, said = MISBEHAVIOUR[name]
    for attribute, value in changes.items():
        setattr(server, attribute, value)
    begun = time.monotonic()
    (result,) = asked(made, server, seconds=0.5 if name in ("slow", "silent") else 10)
    assert time.monotonic() - begun < 8
    assert re.search(said, result.problem or "")
    assert tokens(made) == ()
    assert list(made.ledger.notes.glob("*.tsr*")) == []
    assert head_anchor(made) == ""
    made.ledger.append(intent("work goes on"))


@pytest.mark.parametrize("kind", ["expired", "unknown", "unreachable", "nameless"])
def test_certificates_and_addresses(made: Made, server: Server, kind: str) -> None:
    """An expired certificate, one of another root, and nobody at the address: all pending."""
    with serving(expired=kind == "expired") as other:
        changed: dict[str, dict[str, object]] = {
            "unknown": {"certificates": server.root},
            "unreachable": {"url": "http://127.0.0.1:9/"},
            "nameless": {"url": "http://no-such-host.invalid/"},
        }
        made.ledger.append(intent("one"))
        authority = other.authority(**changed.get(kind, {}))
        (result,) = stamped(made, [authority], seconds=5)
    said = {"expired": "has expired", "unknown": "unable to get local issuer certificate"}
    assert said.get(kind, "") in (result.problem or "")
    assert result.moment is None
    assert tokens(made) == ()


def test_an_old_answer_does_not_pass(made: Made, server: Server) -> None:
    """An answer recorded on the way and sent again holds another nonce."""
    made.ledger.append(intent("one"))
    note = made.ledger.checkpoint().note
    server.body = server.answer(timestamps.ask_for(note).data)
    (result,) = stamped(made, [server.authority()])
    assert result.problem == "the time-stamp is not believed: Nonce mismatch"


@pytest.mark.parametrize(
    ("shift", "said"), [(30 * HOUR, "was behind by"), (-30 * HOUR, "was ahead by")]
)
def test_lying_clock_is_a_finding(
    made: Made, server: Server, shift: dt.timedelta, said: str
) -> None:
    """Nobody can tell here which of two clocks lies: it is a finding and no error."""
    server.shift = shift
    asked(made, server)
    made.ledger.append(intent("after"))
    found = audit(made.ledger, verifier_key=made.verifier_key, authorities=[server.authority()])
    assert found.passed
    (finding,) = found.findings
    assert said in finding.what
    assert finding.sequence == (2 if shift > HOUR else 0)


def test_authorities_that_contradict_each_other(made: Made, server: Server) -> None:
    """A later token with an earlier time bounds nothing: the events between are named."""
    with serving("honest") as honest:
        server.shift = 30 * HOUR
        asked(made, server)
        asked(made, honest)
        authorities = [server.authority(), honest.authority()]
        found = audit(made.ledger, verifier_key=made.verifier_key, authorities=authorities)
    assert found.passed
    assert [(f.sequence, f.what[:29]) for f in found.findings] == [
        (2, "trusted times contradict each")
    ]


def test_without_a_checkpoint_nobody_is_asked(made: Made, server: Server) -> None:
    """There is nothing to have stamped."""
    made.ledger.append(intent("one"))
    with pytest.raises(LedgerError, match="no checkpoint over 1 events"):
        anchor.anchor(made.ledger, 1, [server.authority()])
    assert server.asked == 0
    assert anchor.pending(made.ledger, [server.authority()]) == (None, ())
