"""Proofs: of the published form, and no changed byte of one is accepted."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.errors import LedgerBrokenError, LedgerError
from provenance_gen.ledger import bundle, proof
from provenance_gen.records.base import Text
from provenance_gen.records.bundle import BundleVerdictKind
from provenance_gen.records.event import Actor, ActorKind, Draft
from provenance_gen.records.payloads import IntentStated

if TYPE_CHECKING:
    from tests.unit.ledger.conftest import Made

PERSON = Actor(kind=ActorKind.PERSON)
SIZE = 21


@pytest.fixture
def filled(made: Made) -> Made:
    """A ledger of 21 events."""
    made.ledger.append_many(
        [
            Draft(payload=IntentStated(work="w1", intent=Text(f"words {n}")), actor=PERSON)
            for n in range(SIZE)
        ]
    )
    return made


def written(made: Made, number: int) -> bytes:
    """Prove one event with its body."""
    signed = made.ledger.checkpoint()
    hashes = [bytes.fromhex(item) for item in made.ledger.prove(number, signed.size)]
    leaf = made.ledger.leaves()[number].hex()
    entry = bundle.entry(made.ledger, leaf)
    assert entry
    body = entry.body
    return proof.write(number, hashes, signed.note, body).encode()


def test_form_is_the_published_one(filled: Made) -> None:
    """Lines are those of c2sp.org/tlog-proof, and the checkpoint stands verbatim at the end."""
    data = written(filled, 5)
    lines = data.decode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1].startswith("extra ")
    assert lines[2] == "index 5"
    assert [len(base64.b64decode(line)) for line in lines[3:8]] == [32] * 5
    assert lines[8] == ""
    assert data.decode().endswith(filled.ledger.checkpoint().note)


def test_published_example_is_read() -> None:
    """A proof as the format's authors write one is understood, its extra line left out or not."""
    hashes = [base64.b64encode(bytes([n]) * 32).decode() for n in range(3)]
    root = base64.b64encode(b"r" * 32).decode()
    signature = base64.b64encode(b"s" * 68).decode()
    note = f"example.com/log\n109482\n{root}\n\n— example.com/log {signature}\n"
    for extra in ("", f"extra {base64.b64encode(b'x').decode()}\n"):
        text = f"c2sp.org/tlog-proof@v1\n{extra}index 73894\n" + "\n".join(hashes) + f"\n\n{note}"
        read = proof.parse(text.encode())
        assert (read.index, len(read.hashes), read.note) == (73894, 3, note)


def test_every_event_is_proved(filled: Made) -> None:
    """The proof of each event holds, with and without the key, and with the body given apart."""
    for number in range(SIZE):
        read = proof.parse(written(filled, number))
        shown = proof.verify(read, verifier_key=filled.verifier_key)
        assert (shown.event.sequence, shown.signed) == (number, True)
        assert not proof.verify(read, body=read.body).signed


def test_single_event(made: Made) -> None:
    """A log of one event needs no hashes."""
    made.ledger.append(Draft(payload=IntentStated(work="w1"), actor=PERSON))
    assert proof.verify(proof.parse(written(made, 0))).checkpoint.size == 1


def test_another_key_or_event_is_refused(filled: Made) -> None:
    """The body must be the event, the key the signer's."""
    read = proof.parse(written(filled, 3))
    other = proof.parse(written(filled, 4))
    with pytest.raises(LedgerBrokenError):
        proof.verify(read, body=other.body)
    wrong = "provgen-test+00000000+AAAA"
    with pytest.raises(LedgerError):
        proof.verify(read, verifier_key=wrong)


def test_verdicts(filled: Made) -> None:
    """Without a key a proof is consistent, with it confirmed; without its event unreadable."""
    data = written(filled, 3)
    assert proof.check(data, name="p").verdict is BundleVerdictKind.CONSISTENT
    found = proof.check(data, name="p", key=filled.verifier_key)
    assert found.verdict is BundleVerdictKind.CONFIRMED
    head, _, rest = data.partition(b"extra ")
    bare = head + rest.partition(b"\n")[2]
    with pytest.raises(LedgerError, match="carries no event"):
        proof.check(bare, name="p")


def _accepted(data: bytes, key: str) -> bool:
    try:
        proof.verify(proof.parse(data), verifier_key=key)
    except LedgerError:
        return False
    return True


def _flipped(filled: Made, stride: int) -> tuple[int, int]:
    """Flip a bit of every byte of five proofs; count the flips, and those accepted."""
    tried = accepted = 0
    for number in (0, 1, 7, 15, SIZE - 1):
        data = written(filled, number)
        assert _accepted(data, filled.verifier_key)
        for place in range(number % stride, len(data), stride):
            for bit in range(8) if stride == 1 else (place % 8,):
                changed = bytearray(data)
                changed[place] ^= 1 << bit
                tried += 1
                accepted += _accepted(bytes(changed), filled.verifier_key)
    return tried, accepted


def test_no_flipped_byte_is_accepted(filled: Made) -> None:
    """No byte of a proof can be another one; nothing but our own error is raised."""
    tried, accepted = _flipped(filled, 7)
    assert tried > 500
    assert accepted == 0


@pytest.mark.slow
def test_no_flipped_byte_at_all_is_accepted(filled: Made) -> None:
    """The same for every bit."""
    tried, accepted = _flipped(filled, 1)
    assert tried > 10_000
    assert accepted == 0


@given(st.binary(max_size=400))
def test_junk_raises_our_error(junk: bytes) -> None:
    """Whatever bytes are read, they are a proof or our own error."""
    for data in (
        junk,
        b"c2sp.org/tlog-proof@v1\n" + junk,
        b"c2sp.org/tlog-proof@v1\nindex " + junk,
    ):
        with pytest.raises(LedgerError):
            proof.check(data, name="p")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"index 5", b"index 05"),
        (b"index 5", b"index +5"),
        (b"index 5", b"index 5 "),
        (b"index 5", b"index 6"),
        (b"index 5\n", b"index 5\n\n"),
        (b"@v1", b"@v2"),
        (b"extra ", b"extra  "),
        (b"\n\n", b"\n" + b"\n".join([b"A" * 43 + b"="] * 64) + b"\n\n"),
        (b"\n\n", b"\nAAAA\n\n"),
    ],
)
def test_other_spellings_are_refused(filled: Made, old: bytes, new: bytes) -> None:
    """A proof has one spelling."""
    data = written(filled, 5)
    changed = data.replace(old, new, 1)
    assert changed != data
    assert not _accepted(changed, filled.verifier_key)
