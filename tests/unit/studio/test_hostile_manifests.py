"""What is inside a manifest may be anything: values, lengths, labels, depths; the verdict stands.

A manifest's boxes and values are changed one by one, and put in as they are or signed anew by
somebody who has a key (``stores.signed_anew``), which leads a verifier into all its parts
(``odd_manifests``). Every file is read by the real worker processes, with their limits.
"""

from __future__ import annotations

import json
import queue
import time
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from provenance_gen.credentials import container
from provenance_gen.credentials.trust import given_list
from provenance_gen.records.verdict import Verdict
from provenance_gen.studio.child import Limits
from provenance_gen.studio.verify import verify, verify_all, verify_each
from tests.unit.credentials import stores
from tests.unit.studio.odd_manifests import WHOLE, Case, changed, invented
from tests.vectors.signed import WHO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS: Final = 10.0
LIMITS: Final = Limits(seconds=SECONDS, memory=2 << 30)
SCHEMA: Final = Draft202012Validator(Verdict.json_schema())


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
