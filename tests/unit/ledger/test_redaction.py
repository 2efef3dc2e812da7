"""Redaction: the words are gone from every byte of the files, and every proof stays valid."""

from __future__ import annotations

import base64
import random
import sqlite3
from typing import TYPE_CHECKING

import pytest

from provenance_gen.errors import UsageError
from provenance_gen.ledger import bundle, checkpoint, proof, redaction
from provenance_gen.ledger.audit import audit
from provenance_gen.ledger.store import Ledger
from provenance_gen.ledger.tables import SECRET
from provenance_gen.records.base import Text
from provenance_gen.records.event import Actor, ActorKind, Draft
from provenance_gen.records.payloads import TextRedacted, WorkCreated

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.ledger.conftest import Made

PERSON = Actor(kind=ActorKind.PERSON, id="p1")
FRAGMENT = 12


def words(number: int) -> str:
    """Return words that occur nowhere else, short or longer than a page of the database."""
    drawn = random.Random(number)
    length = drawn.choice([30, 300, 3000, 9000])
    return "".join(drawn.choice("abcdefghijklmnopqrstuvwxyz ") for _ in range(length))


@pytest.fixture
def filled(made: Made) -> Made:
    """A ledger of 30 works with titles and authors."""
    made.ledger.append_many(
        [
            Draft(
                payload=WorkCreated(
                    work=f"w{n}", title=Text(words(n)), author=Text(words(1000 + n))
                ),
                actor=PERSON,
            )
            for n in range(30)
        ]
    )
    return made


def texts(made: Made, number: int, field: str) -> tuple[redaction.CommittedText, ...]:
    """Choose a text of an event."""
    leaf = made.ledger.leaves()[number].hex()
    return redaction.choose(redaction.texts(made.ledger, [leaf]), field)


def redact(made: Made, number: int, field: str, reason: str = "private") -> bool:
    """Redact a text of an event."""
    chosen = texts(made, number, field)
    return redaction.redact(made.ledger, chosen, actor=PERSON, work=f"w{number}", reason=reason)


def kept(made: Made, number: int, path: str) -> str:
    """Return the disclosure of a text."""
    with made.ledger.engine.begin() as connection:
        wanted = SECRET.select().where(SECRET.c.seq == number, SECRET.c.path == path)
        return str(connection.execute(wanted).one().disclosure)


def traces(folder: Path, said: str, disclosure: str, step: int = 6) -> int:
    """Count fragments of a text, in UTF-8 and in base64url, in every byte of the database."""
    data = b"".join(file.read_bytes() for file in sorted(folder.glob("ledger.db*")))
    assert data
    # Fragments that start at a multiple of six, so that any run of 18 bytes holds one.
    needles = [
        text[at : at + FRAGMENT].encode()
        # Salt and words; what stands between them, the pointer, is the same in other rows.
        for text in (said, disclosure[:30], disclosure[50:])
        for at in range(0, len(text) - FRAGMENT, step)
    ]
    # The text without its salt, at each of the three places in base64's groups of bytes.
    needles += [base64.urlsafe_b64encode(said.encode()[at : at + 24])[4:-4] for at in range(60)]
    return sum(needle in data for needle in needles if len(needle) >= FRAGMENT)


def test_no_byte_is_left(filled: Made) -> None:
    """After a redaction no fragment of the text stands in database, write-ahead log or index."""
    for number in (0, 13, 29):
        said, disclosure = words(number), kept(filled, number, "/title")
        assert traces(filled.folder, said, disclosure) > 1
        assert redact(filled, number, "title")
        assert traces(filled.folder, said, disclosure) == 0
    assert not redaction.is_pending(filled.ledger)
    assert audit(filled.ledger, verifier_key=filled.verifier_key).passed


def test_many_in_any_order_leave_nothing(filled: Made) -> None:
    """However pages are merged while rows go, no copy is left behind."""
    drawn = random.Random(5)
    numbers = list(range(30))
    drawn.shuffle(numbers)
    gone = []
    for number in numbers:
        gone.append((words(number), kept(filled, number, "/title")))
        assert redact(filled, number, "title")
    assert [traces(filled.folder, *text, step=60) for text in gone] == [0] * 30


def test_older_proofs_and_checkpoints_hold(filled: Made) -> None:
    """A proof and a checkpoint from before a redaction are as valid after it."""
    signed = filled.ledger.checkpoint()
    leaf = filled.ledger.leaves()[7].hex()
    hashes = [bytes.fromhex(item) for item in filled.ledger.prove(7, signed.size)]
    before = bundle.entry(filled.ledger, leaf)
    assert before
    read = proof.Proof(7, tuple(hashes), signed.note, before.body)
    assert redact(filled, 7, "title")
    assert bundle.entry(filled.ledger, leaf) == before
    assert proof.verify(read, verifier_key=filled.verifier_key).event.leaf == leaf
    assert checkpoint.verify(signed.note, filled.verifier_key).root == filled.ledger.root(30)
    found = audit(filled.ledger, verifier_key=filled.verifier_key)
    assert (found.passed, found.withheld, found.covered) == (True, 1, 30)


def test_it_is_recorded(filled: Made) -> None:
    """By whom and why stands in an event, and the event of the text says that it is withheld."""
    assert redact(filled, 3, "title", reason="asked by Ann")
    *_, last = filled.ledger.events()
    said = TextRedacted.model_validate(last.payload)
    assert (last.type, last.actor) == ("text.redacted", PERSON)
    assert (said.event, said.field, said.reason) == (
        filled.ledger.leaves()[3].hex(),
        ("title",),
        "asked by Ann",
    )
    event = list(filled.ledger.events())[3]
    assert event.withheld == ("/title",)
    assert "title" not in event.payload


def test_reason_can_be_deleted_too(filled: Made) -> None:
    """The reason of a redaction is a text like any other."""
    redact(filled, 3, "title", reason="because of words that say too much")
    assert redact(filled, 30, "reason", reason="too")
    assert list(filled.ledger.events())[30].withheld == ("/reason",)


def test_a_reader_leaves_it_pending(filled: Made) -> None:
    """While another connection reads an older state, the purge is pending; later it completes."""
    said, disclosure = words(4), kept(filled, 4, "/title")
    reader = sqlite3.connect(filled.folder / "ledger.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM event").fetchone()
    assert redact(filled, 4, "title") is False
    assert redaction.is_pending(filled.ledger)
    assert traces(filled.folder, said, disclosure) > 0
    assert list(filled.ledger.events())[4].withheld == ("/title",)
    assert redaction.purge(filled.ledger, wait=0) is False
    reader.close()
    assert redaction.purge(filled.ledger)
    assert not redaction.is_pending(filled.ledger)
    assert traces(filled.folder, said, disclosure) == 0


def test_killed_before_the_deletion(filled: Made) -> None:
    """An event without its deletion, as after a crash, is completed by the next purge."""
    chosen = texts(filled, 9, "title")
    redaction.mark(filled.ledger)
    said = TextRedacted(event=chosen[0].leaf, field=("title",))
    filled.ledger.append(Draft(payload=said, actor=PERSON))
    disclosure = kept(filled, 9, "/title")
    assert redaction.is_pending(filled.ledger)
    assert redaction.purge(filled.ledger)
    assert traces(filled.folder, words(9), disclosure) == 0


def test_nothing_else_goes(filled: Made) -> None:
    """Other texts of the same event, and of others, stay."""
    redact(filled, 5, "title")
    assert redaction.words(filled.ledger, texts(filled, 5, "author")) == (words(1005),)
    assert redaction.words(filled.ledger, texts(filled, 6, "title")) == (words(6),)
    assert redaction.purge(filled.ledger)
    assert redaction.words(filled.ledger, texts(filled, 5, "author")) == (words(1005),)


def test_unknown_and_deleted_fields(filled: Made) -> None:
    """An unknown field is answered with those that are there; a deleted one with what it is."""
    with pytest.raises(UsageError, match="author, title"):
        texts(filled, 5, "prompt")
    redact(filled, 5, "title")
    with pytest.raises(UsageError, match="withheld or deleted"):
        texts(filled, 5, "title")


def test_same_words_elsewhere(filled: Made) -> None:
    """Events that still hold the words are named."""
    again = WorkCreated(work="w99", title=Text(f"after {words(2)} and more"))
    filled.ledger.append(Draft(payload=again, actor=PERSON))
    said = redaction.words(filled.ledger, texts(filled, 2, "title"))
    redact(filled, 2, "title")
    assert redaction.holding(filled.ledger, said) == (30,)


def test_texts_of_an_earlier_log(filled: Made, tmp_path: Path) -> None:
    """A text in another log of the studio is deleted there, and recorded here."""
    (tmp_path / "later").mkdir()
    with_key = Ledger.create(tmp_path / "later", origin="provgen-later", key=filled.key)
    disclosure = kept(filled, 6, "/title")
    chosen = texts(filled, 6, "title")
    assert redaction.redact(
        with_key, chosen, actor=PERSON, work=None, reason="x", others=[filled.ledger]
    )
    with_key.close()
    assert traces(filled.folder, words(6), disclosure) == 0
    assert filled.ledger.head().size == 30
