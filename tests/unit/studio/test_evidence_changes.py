"""No change of an evidence bundle passes: of bytes, of files, between files, between bundles.

A change is made plainly, so that the digests catch it; and by a forger who writes the digests anew
and has a genuine bundle, whose ledger's key the reader knows: then by what is proved.
"""

from __future__ import annotations

import itertools
import json
import random
import re
from typing import TYPE_CHECKING

import pytest

from provenance_gen.digests import sha256_hex
from provenance_gen.errors import LedgerError
from provenance_gen.ledger import bundle_parts
from provenance_gen.records.bundle import BundleVerdictKind
from provenance_gen.records.evidence import Evidence
from provenance_gen.studio import verify_evidence
from provenance_gen.studio.evidence_parts import State, files
from tests.unit.studio.bundled import Files, evidence, judged, resigned

if TYPE_CHECKING:
    from collections.abc import Iterator

SUMS = ("SHA256SUMS", "ledger/SHA256SUMS")
"""What a forger writes anew."""
EVENTS = "ledger/events.jsonl"
SMALL = 16 << 10
"""Bytes of a part of which every single one is changed."""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Files, Files, str]:
    """Two bundles of a work and their key; not to be changed."""
    return evidence(tmp_path_factory.mktemp("both"))


@pytest.fixture
def whole(both: tuple[Files, Files, str]) -> Files:
    """The first of them."""
    return both[0]


@pytest.fixture
def key(both: tuple[Files, Files, str]) -> str:
    """The key of its ledger."""
    return both[2]


def noticed(changed: Files) -> bool:
    """Tell whether the digests alone catch a change."""
    parts = bundle_parts.of(changed)
    try:
        files(State(parts, Evidence.model_validate_json(parts["evidence.json"])))
    except (LedgerError, ValueError, KeyError):
        return True
    return False


def believed(changed: Files, key: str) -> bool:
    """Tell whether a forger's bundle is confirmed."""
    try:
        return judged(resigned(changed), key=key).verdict is BundleVerdictKind.CONFIRMED
    except (LedgerError, KeyError):  # without evidence.json it would not be taken for one
        return False


def flipped(data: bytes, place: int, bit: int) -> bytes:
    """Return bytes, one of them changed."""
    return data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :]


def proved(whole: Files) -> Iterator[str]:
    """Give the names of what a forger cannot change: all but digests, policies, the last token.

    Policies are the reader's to read; one that is not ours is named in the verdict. A time-stamp
    that no event cites yet is believed by the reader's certificates or not at all.
    """
    for name, data in whole.items():
        cited = not name.endswith(".tsr") or sha256_hex(data).encode() in whole[EVENTS]
        if cited and name not in SUMS and not name.startswith("policies/"):
            yield name


def unproved(page: bytes) -> set[int]:
    """Return the places of the pictures of changes, of which the events hold no digest."""
    places: set[int] = set()
    for found in re.finditer(rb'src="data:image/png;base64,([^"]+)"[^>]*alt="([^"]*)"', page):
        if b"hange" in found[2]:
            places |= set(range(*found.span(1)))
    return places


def test_it_holds(both: tuple[Files, Files, str]) -> None:
    """Before anything is changed; and every kind of part is there."""
    first, second, key = both
    assert not noticed(first)
    assert believed(first, key)
    assert believed(second, key)
    kinds = {re.sub(r"[\d.]+\.", ".", name) for name in first}
    assert len(kinds) >= 16
    assert any(name.endswith(".tsr") for name in proved(first))
    assert unproved(first["report/report.html"])


def test_every_file_taken_away_or_emptied(whole: Files, key: str) -> None:
    """By somebody and by a forger."""
    for name in whole:
        without = {other: data for other, data in whole.items() if other != name}
        assert noticed(without), name
        assert noticed(whole | {name: b""}), name
        assert name in SUMS or not believed(without, key), name
        assert name in SUMS or not believed(whole | {name: b""}, key), name


def test_every_file_cut_short_or_drawn_out(whole: Files, key: str) -> None:
    """By its last byte, or by a line end."""
    for name in proved(whole):
        assert not believed(whole | {name: whole[name][:-1]}, key), name
        if name != "evidence.json":  # one form of many of the same values, all compared
            assert not believed(whole | {name: whole[name] + b"\n"}, key), name


@pytest.mark.parametrize(
    "added",
    [
        *("more.html", "ledger/more", "ledger/checkpoints/000000000001.note", "policies/own.yaml"),
        *("images/9.9.png", "files/export-2.png", "report/report.pdf", "report/more.html"),
    ],
)
def test_a_file_added(whole: Files, key: str, added: str) -> None:
    """Wherever a bundle may hold one."""
    assert noticed(whole | {added: b"x"})
    assert not believed(whole | {added: b"x"}, key)


def test_some_bytes_of_every_file(whole: Files, key: str) -> None:
    """A few of each by somebody, one of each by a forger."""
    rng = random.Random(20)
    for name, data in whole.items():
        for place in {0, len(data) - 1, *(rng.randrange(len(data)) for _ in range(12))}:
            assert noticed(whole | {name: flipped(data, place, rng.randrange(8))}), (name, place)
    assert_unbelieved(whole, key, 1, rng)


def assert_unbelieved(whole: Files, key: str, count: int, rng: random.Random) -> None:
    """Have a forger change so many bytes of every part, one at a time."""
    for name in proved(whole):
        data = whole[name]
        skipped = unproved(data) if name.endswith(".html") else set()
        for place in (rng.randrange(len(data)) for _ in range(count)):
            if place not in skipped:
                changed = whole | {name: flipped(data, place, rng.randrange(8))}
                assert not believed(changed, key), (name, place)


@pytest.mark.slow
def test_every_byte_of_the_small_parts(whole: Files, key: str) -> None:
    """By somebody; and thirty of every part by a forger."""
    rng = random.Random(7)
    for name, data in whole.items():
        for place in range(len(data) if len(data) <= SMALL else 0):
            assert noticed(whole | {name: flipped(data, place, rng.randrange(8))}), (name, place)
    assert_unbelieved(whole, key, 30, rng)


def exchanged(whole: Files, one: str, other: str) -> Files:
    """Return the files with two in each other's place."""
    return whole | {one: whole[other], other: whole[one]}


def pairs(whole: Files) -> list[tuple[str, str]]:
    """Return the names of every two files that differ, of which one is proved."""
    known = set(proved(whole))
    both = itertools.combinations([name for name in whole if name not in SUMS], 2)
    return [two for two in both if known & {*two} and whole[two[0]] != whole[two[1]]]


def test_files_in_each_other_s_place(whole: Files, key: str) -> None:
    """A choice of pairs, those of the same kind among them."""
    chosen = [
        (one, other)
        for one, other in pairs(whole)
        if one.rpartition("/")[0] == other.rpartition("/")[0] and one[-4:] == other[-4:]
    ]
    assert len(chosen) > 3
    for one, other in [*chosen, *pairs(whole)[::25]]:
        assert noticed(exchanged(whole, one, other)), (one, other)
        assert not believed(exchanged(whole, one, other), key), (one, other)


@pytest.mark.slow
def test_every_two_files_in_each_other_s_place(whole: Files, key: str) -> None:
    """By somebody and by a forger."""
    for one, other in pairs(whole):
        assert noticed(exchanged(whole, one, other)), (one, other)
        assert not believed(exchanged(whole, one, other), key), (one, other)


def test_two_bundles_mixed(both: tuple[Files, Files, str]) -> None:
    """Each part of one in the other, and the parts of each folder; of one ledger, with its key."""
    first, second, key = both
    for one, other in (both[:2], (second, first)):
        differing = [n for n in proved(one) if n in other and one[n] != other[n]]
        assert len(differing) > 8
        for name in differing:
            assert noticed(one | {name: other[name]}), name
            assert not believed(one | {name: other[name]}, key), name
        for folder in ("ledger/", "report/"):
            mixed = {n: d for n, d in one.items() if not n.startswith(folder)}
            mixed |= {n: d for n, d in other.items() if n.startswith(folder)}
            assert noticed(mixed)
            assert not believed(mixed, key)


def test_the_ledger_in_it_is_of_no_other_work(whole: Files, key: str) -> None:
    """By what it says of itself, and by what its events say."""
    name = "ledger/bundle.json"
    said = re.sub(rb'"work":"[^"]+"', b'"work":"another"', whole[name])
    assert said != whole[name]
    verdict = judged(resigned(whole | {name: said}), key=key)
    assert verdict.verdict is BundleVerdictKind.WRONG
    assert "it is of another work than the bundle says" in verdict.summary


def test_what_no_ledger_vouches_for_is_named(whole: Files, key: str) -> None:
    """A policy with another comment gives the same report; the summary says that it is not ours."""
    name = "policies/us-usco-2025.yaml"
    own = whole[name].replace(b"# ", b"#\t", 1)
    assert own != whole[name]
    verdict = judged(resigned(whole | {name: own}), key=key)
    assert verdict.verdict is BundleVerdictKind.CONFIRMED
    assert "through us-usco-2025 in words that are not those of this version" in verdict.summary


def test_the_summary_names_what_was_changed(whole: Files) -> None:
    """Exchanged pictures: not only the list of files, which changes with them."""
    a, b, *_ = sorted(n for n in whole if n.startswith("images/"))
    verdict = judged(resigned(whole | {a: whole[b], b: whole[a]}))
    assert verdict.verdict is BundleVerdictKind.WRONG
    assert f"{a} is not the picture" in verdict.summary
    assert all(f"({c.id})" in verdict.summary for c in verdict.checks if c.status == "failed")


@pytest.mark.parametrize("fault", [KeyError("events"), ValueError("7"), IndexError()])
def test_a_fault_of_ours_is_no_word_on_a_part(whole: Files, fault: Exception) -> None:
    """It reaches whoever tells of it as one; what the bundle lacks or spoils fails the check."""
    parts = bundle_parts.of(whole)
    state = State(parts, Evidence.model_validate_json(parts["evidence.json"]))

    def failing(_state: State) -> str:
        raise fault

    with pytest.raises(type(fault)):
        verify_evidence._add(state, "report", failing)
    assert state.checks == []
    verify_evidence._add(state, "report", lambda state: str(state.parts["report/none.json"]))
    verify_evidence._add(state, "report", lambda _state: json.loads(b"{"))
    assert [(one.status, one.reason) for one in state.checks] == [
        ("failed", "report/none.json is missing"),
        ("failed", "a part is not of its form"),
    ]
