"""Commitments: what is revealed is what was committed to, and nothing else is."""

from __future__ import annotations

import base64

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.errors import LedgerBrokenError
from provenance_gen.ledger import disclosure


@given(st.text())
def test_what_is_concealed_is_revealed(words: str) -> None:
    """Any text comes back as it was given."""
    kept, committed = disclosure.conceal("/call/prompts/prompt/0", words)
    assert disclosure.reveal(kept, "/call/prompts/prompt/0", committed) == words


def test_salt_hides_equal_texts() -> None:
    """The same words twice give two digests."""
    assert disclosure.conceal("/a", "boat")[1] != disclosure.conceal("/a", "boat")[1]


def test_form_is_that_of_sd_jwt() -> None:
    """A disclosure is base64url of [salt, pointer, text] with 128 bits of salt (RFC 9901)."""
    kept, _ = disclosure.conceal("/intent", "one boat")
    salt, pointer, words = orjson.loads(base64.urlsafe_b64decode(kept + "=" * (-len(kept) % 4)))
    assert (pointer, words) == ("/intent", "one boat")
    assert len(base64.urlsafe_b64decode(salt + "==")) == 16


def test_every_changed_character_is_noticed() -> None:
    """Whatever character of a disclosure is another, it is not what was committed to."""
    kept, committed = disclosure.conceal("/intent", "one boat")
    for place, character in enumerate(kept):
        changed = kept[:place] + chr(ord(character) ^ 1) + kept[place + 1 :]
        assert changed != kept
        with pytest.raises(LedgerBrokenError):
            disclosure.reveal(changed, "/intent", committed)


def _committed(value: object) -> tuple[str, str]:
    kept = base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()
    return kept, disclosure.digest(kept)


@pytest.mark.parametrize(
    "value",
    [
        ["salt", "/other", "words"],
        ["salt", "/intent"],
        ["salt", "/intent", "words", "more"],
        ["salt", "/intent", 3],
        [None, "/intent", "words"],
        {"a": 1},
        "words",
    ],
)
def test_other_forms_are_refused(value: object) -> None:
    """What a maker committed to is believed only in the one form."""
    kept, committed = _committed(value)
    with pytest.raises(LedgerBrokenError):
        disclosure.reveal(kept, "/intent", committed)


@pytest.mark.parametrize("junk", ["", "é", "a", "W10", "\x00", "////"])
def test_junk_raises_our_error(junk: str) -> None:
    """Junk that even fits its digest raises nothing foreign."""
    with pytest.raises(LedgerBrokenError):
        disclosure.reveal(junk, "/intent", "no digest")
    if junk.isascii():
        with pytest.raises(LedgerBrokenError):
            disclosure.reveal(junk, "/intent", disclosure.digest(junk))


def test_names_of_fields() -> None:
    """People call a field by the last key of its pointer that is no number."""
    assert disclosure.short_name("/call/prompts/negative_prompt/0") == "negative_prompt"
    assert disclosure.short_name("/intent") == "intent"
    assert disclosure.segments("/a~1b/c~0d/0") == ("a/b", "c~d", "0")
