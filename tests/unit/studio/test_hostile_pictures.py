"""Files made to harm whoever reads them: each costs one verdict, within limits, and no exception.

Nothing here makes the C2PA library abort; how a worker that dies is survived is in ``test_worker``.
"""

from __future__ import annotations

import json
import resource
import time
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from provenance_gen.credentials import container
from provenance_gen.records.verdict import Verdict
from provenance_gen.studio.child import Limits
from provenance_gen.studio.inspect import inspect_bytes
from provenance_gen.studio.judge import judge
from provenance_gen.studio.verify import verify_all
from tests.damage import damaged
from tests.unit.credentials import foreign, samples
from tests.vectors.hostile import CASES

if TYPE_CHECKING:
    from pathlib import Path

WHO: Final = foreign.stranger()
SECONDS: Final = 20.0
SCHEMA: Final = Draft202012Validator(Verdict.json_schema())


def test_hostile_files_cost_one_verdict_each(tmp_path: Path) -> None:
    """None takes long or much memory, all are answered, and the good one among them is valid."""
    paths = []
    for number, make in enumerate(CASES.values()):
        paths.append(tmp_path / f"{number}")
        paths[-1].write_bytes(make())
    good = tmp_path / "good.png"
    good.write_bytes(foreign.sign(samples.encoded(), "image/png", WHO)[0])
    begun = time.monotonic()
    limits = Limits(seconds=SECONDS, memory=3 << 30)
    found = verify_all([*paths, good], trust_pem=WHO.root, limits=limits)
    for name, verdict in zip(CASES, found, strict=False):
        assert verdict.verdict in ("unreadable", "unsigned", "invalid"), name
        assert "longer than" not in verdict.summary, name
        assert "died" not in verdict.summary, name
        SCHEMA.validate(json.loads(json.dumps(verdict.as_json())))
    assert found[-1].verdict == "trusted"
    assert time.monotonic() - begun < 2 * SECONDS
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert largest < 2 << 20  # kB


def _whole(kind: str) -> bytes:
    return foreign.sign(samples.encoded(kind.upper(), size=16), f"image/{kind}", WHO)[0]


WHOLE: Final = {kind: _whole(kind) for kind in ("png", "jpeg", "webp", "avif", "tiff")}


@st.composite
def outside_the_manifest(draw: st.DrawFn) -> bytes:
    """Draw a signed file with some places damaged, its manifest left whole.

    What a damaged manifest does to the native parser is for a process of its own to find out.
    """
    data = WHOLE[draw(st.sampled_from(sorted(WHOLE)))]
    store = container.manifest_store(data) or b""
    head, body, tail = data.partition(store)
    if data.startswith(b"\x89PNG"):
        # The checksum of the chunk that holds the manifest belongs to it: nothing of the picture
        # hangs on it, and what it covers is signed.
        body, tail = body + tail[:4], tail[4:]
    part = draw(damaged(draw(st.sampled_from([head, tail])), 6))
    return part + body + tail if draw(st.booleans()) else head + body + part


def check_verdict(data: bytes) -> None:
    """Judge bytes; whatever they are there is a verdict, and what was changed is never valid."""
    begun = time.process_time()
    found = inspect_bytes(data, ())
    verdict = judge("x", found, (), (), samples.NOW)
    SCHEMA.validate(json.loads(json.dumps(verdict.as_json())))
    if data not in WHOLE.values():
        assert verdict.verdict not in ("trusted", "valid")
    assert time.process_time() - begun < 5


QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


@QUICK
@given(outside_the_manifest())
def test_no_damage_escapes_the_verdict(data: bytes) -> None:
    """Whole files with a few bytes changed around their manifest."""
    check_verdict(data)


@QUICK
@given(st.sampled_from([whole[:48] for whole in WHOLE.values()]), st.binary(max_size=400))
def test_random_bytes_get_a_verdict(head: bytes, data: bytes) -> None:
    """Bytes that begin as a file of a kind does."""
    check_verdict(head + data)


@pytest.mark.slow
@settings(QUICK, max_examples=20_000)
@given(outside_the_manifest())
def test_no_damage_escapes_the_verdict_for_long(data: bytes) -> None:
    """The same as in the quick run, many more times."""
    check_verdict(data)
