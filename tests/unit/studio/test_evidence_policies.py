"""Policies that a stranger put into a bundle: read in another process, within limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provenance_gen.errors import PolicyError
from provenance_gen.policy.loader import MAX_FOREIGN, content, parse
from provenance_gen.records.evidence import Evidence
from provenance_gen.studio import evidence_policies
from provenance_gen.studio.child import Limits
from provenance_gen.version import VERSION
from tests.unit.studio.test_evidence import failed, judged

if TYPE_CHECKING:
    from provenance_gen.studio.work import Work

OURS, THEIRS = "us-usco-2025", "jp-bunka-2024"
BOMB = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (name, name, b", ".join([b"*%c" % (name - 1)] * 9)) for name in b"bcdefghij"
)
HOSTILE = {
    "alias bomb": (BOMB, "anchors and aliases are not allowed"),
    "nested deeply": (b"[" * 40_000, "nested deeper|not YAML"),
    "nested deeply in blocks": (
        b"".join(b" " * n + b"a:\n" for n in range(400)),
        "nested deeper",
    ),
    "huge number": (b"id: " + b"9" * 90_000, "not YAML"),
    "huge hexadecimal": (b"id: 0x" + b"f" * 90_000, "do not hold"),
    "huge in base 60": (b"id: 1" + b":59" * 30_000, "do not hold|not YAML"),
    "no policy": (b"- a\n", "keys with values"),
    "not UTF-8": (b"id: \xff\n", "not UTF-8"),
    "too large": (b"#" * MAX_FOREIGN + b"\n", "larger than any policy"),
    "tag": (b"id: !!python/object/apply:os.getpid []\n", "tags are not allowed"),
}


def about(*policies: str) -> Evidence:
    """Return what a bundle says of itself that names policies."""
    return Evidence(
        software=VERSION,
        work="work",
        language="en",
        size=1,
        policies=policies,
        formats=("json",),
        pictures="none",
    )


def parts(**files: bytes) -> dict[str, bytes]:
    """Return files of a bundle, by the names of policies."""
    return {evidence_policies.file_of(name): data for name, data in files.items()}


def test_they_are_those_that_are_read_here() -> None:
    """In their order; what may take a lifetime to search for is left out of a stranger's."""
    ours, theirs = content(OURS)[0], content(THEIRS)[0]
    given = {evidence_policies.file_of(OURS): ours, evidence_policies.file_of(THEIRS): theirs}
    found = evidence_policies.read(given, about(THEIRS, OURS), {THEIRS})
    assert found == [parse(theirs, "", foreign=True), parse(ours, "")]
    assert found[1].forbidden_statements
    assert not found[0].forbidden_statements


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_ones_are_named(kind: str) -> None:
    """With file and reason, as a fault of the file and no other kind of error."""
    data, reason = HOSTILE[kind]
    with pytest.raises(PolicyError, match=reason) as refused:
        evidence_policies.read(parts(own=data), about("own"), {"own"})
    assert refused.value.source == "policies/own.yaml"


def test_one_that_takes_too_long_is_stopped_and_named() -> None:
    """It is at work in another process, which is ended; nothing of it is parsed here."""
    with pytest.raises(PolicyError, match=r"longer than 0\.01 s"):
        evidence_policies.read(parts(own=b"a: b"), about("own"), {"own"}, Limits(seconds=0.01))


def test_a_bundle_with_one_is_wrong(work: Work) -> None:
    """The check of its report says which file and why."""
    path = work.studio.folder.root.parent / "e"
    work.bundle(path, policies=[OURS], formats=("json",))
    files = {p.relative_to(path).as_posix(): p.read_bytes() for p in path.rglob("*") if p.is_file()}
    verdict = judged(files | {"policies/us-usco-2025.yaml": BOMB}, resigned=True)
    assert failed(verdict) == ["report"]
    assert "policies/us-usco-2025.yaml:1: anchors and aliases" in verdict.summary
