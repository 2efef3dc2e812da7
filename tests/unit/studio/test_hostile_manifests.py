"""What is inside a manifest may be anything: values, lengths, labels, depths; the verdict stands.

A manifest's boxes and values are changed one by one, and put in as they are or signed anew by
somebody who has a key (``stores.signed_anew``), which leads a verifier into all its parts. Every
file is read by the real worker processes, with their limits. Labels stay ASCII here, as in
``test_hostile_pictures``: how a worker that dies is survived is told in ``test_pool``.
"""

from __future__ import annotations

import contextlib
import json
import queue
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from provenance_gen.credentials import container
from provenance_gen.credentials.trust import given_list
from provenance_gen.records.export import Disclosure, Stated, Training
from provenance_gen.records.verdict import Verdict
from provenance_gen.studio.child import Limits
from provenance_gen.studio.verify import verify, verify_all, verify_each
from tests.unit.credentials import foreign, samples, stores
from tests.vectors.signed import WHO, signed, with_parent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.credentials.stores import Box

SECONDS: Final = 10.0
LIMITS: Final = Limits(seconds=SECONDS, memory=2 << 30)
SCHEMA: Final = Draft202012Validator(Verdict.json_schema())


def _telling() -> bytes:
    """Sign a picture whose manifest has every assertion that we write."""
    said = Stated(author="A. Painter", training=Training.CONSTRAINED, conditions="ask me")
    made = samples.definition(samples.EDITED, Disclosure.FULL, stated=said)
    return foreign.sign(samples.encoded(), "image/png", WHO, made=made)[0]


WHOLE: Final = (_telling(), with_parent(signed("png")))
LABELS: Final = (
    "",
    "x",
    "x" * 300,
    "a__1",
    "a__99999999999999999999",
    "../../etc/passwd",
    "self#jumbf=c2pa.assertions",
    "c2pa",
    "c2pa.claim",
    "c2pa.claim.v2",
    "c2pa.signature",
    "c2pa.assertions",
    "c2pa.actions.v2",
    "c2pa.ingredient.v3",
    "c2pa.hash.data",
    "c2pa.hash.bmff.v3",
    "c2pa.hash.boxes",
    "c2pa.metadata",
    "c2pa.time-stamp",
    "c2pa.certificate-status",
    "cawg.identity",
    "cawg.training-mining",
    "c2pa.embedded-data",
    "c2pa.thumbnail.claim",
    "org.provenance-gen.record",
    "urn:c2pa:00000000-0000-0000-0000-000000000000",
)
_WORDS: Final = st.one_of(
    st.sampled_from(LABELS),
    st.sampled_from(("http://example.invalid/", "\x1b[31m", "self#jumbf=", "1970-01-01", "es256")),
    st.text(st.characters(codec="ascii"), max_size=40),
)


def _head(major: int, value: int) -> bytes:
    """Write the head of a CBOR item."""
    for short, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 1 << (8 * size):
            direct = value < 24 and short == 24
            first = bytes([major << 5 | (value if direct else short)])
            return first if direct else first + value.to_bytes(size, "big")
    raise AssertionError("beyond CBOR")


def _text(word: str) -> bytes:
    return _head(3, len(word)) + word.encode("ascii")


NUMBERS: Final = st.one_of(
    st.integers(0, 2**64 - 1).map(lambda value: _head(0, value)),
    st.integers(0, 2**64 - 1).map(lambda value: _head(1, value)),
    st.floats().map(lambda value: b"\xfb" + struct.pack(">d", value)),
    st.binary(max_size=12).map(lambda value: b"\xc2" + _head(2, len(value)) + value),
)
BROKEN: Final = st.sampled_from(
    (
        b"",
        b"\xff",  # a break where nothing is open
        b"\x1c",  # reserved
        b"\xf7",  # undefined
        b"\xf8\xff",
        b"\x9f\x00\xff",  # of no stated length
        b"\x7f\x61a\xff",
        b"\x9f",
        b"\xbf",
        b"\x9b" + b"\xff" * 8,  # longer than anything can be
        b"\x5b" + b"\x7f" * 8,
        b"\x7a\xff\xff\xff\xff",
        b"\xba\xff\xff\xff\xff",
        b"\x1b" + bytes(8),  # longer than need be
    )
)
DEEP: Final = st.one_of(
    st.integers(1, 5_000).map(lambda depth: b"\x81" * depth + b"\x00"),
    st.integers(1, 2_000).map(lambda depth: b"\xa1\x61a" * depth + b"\x00"),
    st.integers(1, 5_000).map(lambda depth: b"\xc1" * depth + b"\x00"),
)
_LEAVES: Final = st.one_of(
    NUMBERS,
    _WORDS.map(_text),
    st.binary(max_size=40).map(lambda value: _head(2, len(value)) + value),
    st.sampled_from((b"\xf4", b"\xf5", b"\xf6")),
)


def _several(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    many = st.lists(inner, max_size=4)
    # Keys of any kind, and the same one twice.
    pairs = st.lists(st.tuples(st.one_of(_WORDS.map(_text), inner), inner), max_size=4)
    return st.one_of(
        many.map(lambda each: _head(4, len(each)) + b"".join(each)),
        pairs.map(lambda each: _head(5, len(each)) + b"".join(a + b for a, b in each)),
        st.tuples(st.integers(0, 2**64 - 1), inner).map(lambda one: _head(6, one[0]) + one[1]),
    )


VALUES: Final = st.one_of(st.recursive(_LEAVES, _several, max_leaves=8), BROKEN, DEEP)


JSON: Final = st.one_of(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.sampled_from(("@context", "dc:creator", "x", "")), inner),
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
    st.integers(1, 5_000).map(lambda depth: b"[" * depth + b"]" * depth),
    st.sampled_from((b"", b"{", b'{"a":1,"a":2}', b"1" * 5_000, b'"\\ud800"', b"\xff")),
)


def _a_value(draw: st.DrawFn, box: Box, others: list[bytes]) -> None:
    """Put another value in the place of one, or one from elsewhere in the store."""
    places = stores.items(box.content)
    start, end = places[draw(st.integers(0, len(places) - 1))]
    made = draw(st.one_of(VALUES, st.sampled_from(others)))
    box.content = box.content[:start] + made + box.content[end:]


def _a_byte(draw: st.DrawFn, box: Box, _others: list[bytes]) -> None:
    part = bytearray(box.content)
    part[draw(st.integers(0, len(part) - 1))] ^= draw(st.integers(1, 127))
    box.content = bytes(part)


def _a_length(draw: st.DrawFn, box: Box, _others: list[bytes]) -> None:
    own = len(box.encoded())
    box.lie = draw(st.sampled_from((0, 1, 7, 8, 9, own - 1, own + 1, 2**31, 2**32 - 1)))


def _a_label(draw: st.DrawFn, box: Box, _others: list[bytes]) -> None:
    box.rename(draw(st.sampled_from(LABELS)).encode("ascii"))


def _a_kind(draw: st.DrawFn, box: Box, _others: list[bytes]) -> None:
    box.kind = draw(
        st.sampled_from((b"json", b"cbor", b"bfdb", b"bidb", b"uuid", b"free", bytes(4)))
    )


def _depth(draw: st.DrawFn, box: Box, _others: list[bytes]) -> None:
    """Put boxes around what is in a box."""
    about = box.inner[0]
    for _ in range(draw(st.integers(1, 150))):
        box.inner = [about, type(box)(b"jumb", inner=box.inner)]


def _a_box_less(draw: st.DrawFn, box: Box, _others: list[bytes]) -> None:
    del box.inner[draw(st.integers(0, len(box.inner) - 1))]


def _a_box_more(draw: st.DrawFn, box: Box, _others: list[bytes]) -> None:
    one = box.inner[draw(st.integers(0, len(box.inner) - 1))]
    box.inner[draw(st.integers(0, len(box.inner))) : 0] = [one] * draw(st.sampled_from((1, 2, 200)))


def _order(draw: st.DrawFn, box: Box, _others: list[bytes]) -> None:
    box.inner = draw(st.permutations(box.inner))


OF_VALUES: Final = (_a_value, _a_value, _a_value, _a_byte, _a_kind)
OF_BOXES: Final = (_a_label, _depth, _a_box_less, _a_box_more, _order)


@dataclass(frozen=True, repr=False)
class Case:
    """A signed file, and the same with its manifest changed."""

    whole: bytes
    data: bytes
    anew: bool
    """Whether it was signed anew."""
    how: tuple[str, ...]
    """What was done to it."""

    def __repr__(self) -> str:
        """Tell what was done; the bytes are too many to be shown."""
        return f"Case({self.how}, anew={self.anew})"


@st.composite
def changed(draw: st.DrawFn) -> Case:
    """Draw a file with anything in its manifest changed."""
    whole = draw(st.sampled_from(WHOLE))
    store = stores.parse(container.manifest_store(whole) or b"")
    boxes = [box for box in store[0].all() if box.kind == b"cbor"]
    others = [box.content[a:b] for box in boxes for a, b in stores.items(box.content)]
    done = []
    for _ in range(draw(st.integers(1, 4))):
        how = draw(st.sampled_from((*OF_VALUES, *OF_BOXES, _a_length)))
        within = [box for box in store[0].all() if how is _a_length or _fits(box, how)]
        if not within:
            continue
        box = draw(st.sampled_from(within))
        # A value that was changed already may be none that can be taken apart again.
        with contextlib.suppress(IndexError, AssertionError):
            how(draw, box, others)
            done.append(f"{how.__name__} in {box.label[:60] or box.kind!r}")
    anew = draw(st.booleans())
    if anew:
        return Case(whole, stores.signed_anew(whole, store, WHO.key), anew, tuple(done))
    return Case(whole, stores.embedded(whole, stores.encoded(store)), anew, tuple(done))


@st.composite
def invented(draw: st.DrawFn) -> Case:
    """Draw a file whose signer states odd things, in manifests that are otherwise in order."""
    whole = draw(st.sampled_from(WHOLE))
    store = stores.parse(container.manifest_store(whole) or b"")
    stated = [box for box in stores.assertions(store) if box.label != "c2pa.hash.data"]
    chosen = draw(st.lists(st.sampled_from(stated), min_size=1, max_size=2))
    for box in chosen:
        content = box.inner[-1]
        if content.kind == b"json":
            content.content = draw(JSON)
            continue
        for _ in range(draw(st.integers(1, 2))):
            places = stores.items(content.content)
            start, end = places[draw(st.integers(0, len(places) - 1))]
            made = draw(st.recursive(_LEAVES, _several, max_leaves=8))
            content.content = content.content[:start] + made + content.content[end:]
    data = stores.signed_anew(whole, store, WHO.key)
    return Case(whole, data, anew=True, how=tuple(box.label for box in chosen))


def _fits(box: Box, how: object) -> bool:
    """Tell whether a box has what is to be changed."""
    if how in OF_VALUES:
        return box.kind == b"cbor" and bool(box.content)
    return bool(box.inner) and box.inner[0].kind == b"jumd"


class Judge:
    """Judges one file after the other in the worker processes of one run of ``verify_each``."""

    def __init__(self, folder: Path) -> None:
        """Begin; ``close`` ends it."""
        self._folder = folder
        self._count = 0
        self._waiting: queue.SimpleQueue[Path | None] = queue.SimpleQueue()
        lists = (given_list(WHO.root),)
        self._found = verify_each(
            self._paths(), lists=lists, limits=LIMITS, ordered=True, workers=1, pixels=False
        )
        self.whole = [self(data) for data in WHOLE]
        assert [verdict.verdict for verdict in self.whole] == ["trusted", "trusted"]

    def __call__(self, data: bytes) -> Verdict:
        """Return the verdict on bytes."""
        path = self._folder / f"{self._count % 8}.png"
        self._count += 1
        path.write_bytes(data)
        self._waiting.put(path)
        return next(self._found)

    def close(self) -> None:
        """Let the processes end."""
        self._waiting.put(None)
        assert list(self._found) == []

    def _paths(self) -> Iterator[Path]:
        while (path := self._waiting.get()) is not None:
            yield path


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """Return a judge for all examples."""
    made = Judge(tmp_path_factory.mktemp("manifests"))
    yield made
    made.close()


def _told(verdict: Verdict) -> dict[str, Any]:
    """Return what a manifest told: nothing of it may be another unless it was signed so."""
    told = verdict.credentials.model_dump(exclude={"failures"})
    return told | {"ai": verdict.ai.model_dump(), "record": verdict.record.model_dump()}


def check(judge: Judge, case: Case) -> None:
    """Judge a changed file: a verdict of its form, in time, by a worker that lives."""
    begun = time.monotonic()
    verdict = judge(case.data)
    assert time.monotonic() - begun < 2 * SECONDS
    SCHEMA.validate(json.loads(json.dumps(verdict.as_json())))
    event(f"{verdict.verdict}, {'signed anew' if case.anew else 'as it is'}")
    assert "longer than" not in verdict.summary
    assert "died" not in verdict.summary
    assert "makes no sense" not in verdict.summary
    assert verdict.verdict != "unreadable"
    before = _told(judge.whole[WHOLE.index(case.whole)])
    if not case.anew and verdict.verdict in ("trusted", "valid"):
        # Only what no hash covers was changed, and nothing is told from it.
        assert _unlike(before, verdict) == set()
    # Nor does one file say anything of the next that the same process reads.
    assert _unlike(before, judge(case.whole)) == set()


def _unlike(before: dict[str, Any], verdict: Verdict) -> set[str]:
    return {name for name, value in _told(verdict).items() if value != before[name]}


QUICK: Final = settings(
    max_examples=120,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@QUICK
@given(case=changed())
def test_no_manifest_escapes_the_verdict(case: Case, judge: Judge) -> None:
    """Values, lengths, labels and boxes changed, alone and together."""
    check(judge, case)


@settings(QUICK, max_examples=40)
@given(case=invented())
def test_no_statement_escapes_the_verdict(case: Case, judge: Judge) -> None:
    """Whatever somebody with a key has signed."""
    check(judge, case)


def test_signing_anew_reaches_all_of_a_verifier(judge: Judge) -> None:
    """A manifest that somebody with a key wrote is valid; only what it then says is his."""
    whole = WHOLE[0]
    store = stores.parse(container.manifest_store(whole) or b"")
    for box in store[0].all():
        if box.kind == b"cbor" and b"c2pa.created" in box.content:
            box.content = box.content.replace(
                b"trainedAlgorithmicMedia", b"trainedAlgorithmicMedib"
            )
    bare = judge(stores.embedded(whole, stores.encoded(store)))
    assert (bare.verdict, bare.credentials.failures[0]) == (
        "invalid",
        "assertion.hashedURI.mismatch",
    )
    anew = judge(stores.signed_anew(whole, store, WHO.key))
    assert anew.verdict == "trusted"
    assert str(anew.credentials.actions[0].digital_source_type).endswith("Medib")


def test_an_odd_manifest_says_nothing_of_the_next_file(tmp_path: Path) -> None:
    """The library tells little of a signer where an ingredient's results have no name it knows.

    Both files are by one signer whom a list vouches for, and one process reads them.
    """
    whole = WHOLE[1]
    store = stores.parse(container.manifest_store(whole) or b"")
    content = stores.assertions(store)[0].inner[-1]
    assert b"qvalidationResults" in content.content
    content.content = content.content.replace(b"qvalidationResults", b"qvalidationResultz")
    odd = stores.signed_anew(whole, store, WHO.key)
    for name, data in (("odd.png", odd), ("whole.png", whole)):
        (tmp_path / name).write_bytes(data)
    paths = [tmp_path / "odd.png", tmp_path / "whole.png"]
    _, after = verify_all(paths, trust_pem=WHO.root)
    alone = verify(paths[1], trust_pem=WHO.root)
    assert after.credentials == alone.credentials
    assert after.credentials.signer is not None
    assert after.credentials.signer.issuer == "Some Root"


@pytest.mark.slow
@settings(QUICK, max_examples=4_000)
@given(case=st.one_of(changed(), invented()))
def test_no_manifest_escapes_the_verdict_for_long(case: Case, judge: Judge) -> None:
    """The same as in the quick run, many more times: about a minute and a half of a processor."""
    check(judge, case)
