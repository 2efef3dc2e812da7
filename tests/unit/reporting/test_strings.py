"""The sentences of both languages, and that every name has its sentence."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING

import pytest

from provenance_gen.editing import operations
from provenance_gen.errors import ResourceError
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import ActorKind, Basis
from provenance_gen.records.finding import MEASURES, Evidence
from provenance_gen.records.policy import Confidence, Weight
from provenance_gen.records.report import Standing
from provenance_gen.records.work import Outcome
from provenance_gen.reporting.gaps import CODES
from provenance_gen.reporting.strings import Phrases, strings

if TYPE_CHECKING:
    from enum import StrEnum


def test_both_languages_have_the_same_keys_and_blanks() -> None:
    """A sentence that one language lacks would fail at its reader."""
    english, japanese = strings("en"), strings("ja")
    assert list(english) == list(japanese)
    assert {k for k in english if blanks(english[k]) != blanks(japanese[k])} <= {
        "moved.attempt.completed.one"
    }


def blanks(sentence: str) -> set[str]:
    """Return the names of a sentence's blanks."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("evidence", Evidence),
        ("evidence_note", Evidence),
        ("weight", Weight),
        ("confidence", Confidence),
        ("standing", Standing),
        ("basis", Basis),
        ("basis_means", Basis),
        ("actor", ActorKind),
        ("actor_means", ActorKind),
        ("agent", EditAgent),
        ("outcome", Outcome),
    ],
)
def test_every_value_has_a_sentence(prefix: str, names: type[StrEnum]) -> None:
    """In both languages."""
    for language in ("en", "ja"):
        assert all(Phrases(language).has(f"{prefix}.{name.value}") for name in names)


def test_every_measure_and_gap_has_a_sentence() -> None:
    """In both languages, and none too many."""
    for language in ("en", "ja"):
        keys = strings(language)
        assert {k[8:] for k in keys if k.startswith("measure.")} == set(MEASURES)
        assert {k[4:] for k in keys if k.startswith("gap.")} == set(CODES)


def test_every_operation_has_a_name() -> None:
    """Those of the built-in editor, in both languages, and none too many."""
    for language in ("en", "ja"):
        named = {key[10:] for key in strings(language) if key.startswith("operation.")}
        assert named == set(operations.__all__)


def test_one_and_many_have_their_own_sentence() -> None:
    """Chosen by the count."""
    english = Phrases("en")
    assert english("moved.attempt.completed", subjects="1", count=1).endswith("one image")
    assert english("moved.attempt.completed", subjects="1", count=2).endswith("2 images")


def test_an_unknown_sentence_is_an_error() -> None:
    """Never a blank."""
    with pytest.raises(ResourceError, match=r"no\.such"):
        Phrases("en")("no.such")
    with pytest.raises(ResourceError, match="fr"):
        Phrases("fr")
