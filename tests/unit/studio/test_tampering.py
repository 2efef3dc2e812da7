"""Everything that can be done to a signed file of every format, each under its right name.

What is done to PNG and JPEG with our own signing is in ``test_verify``; here are the other formats,
files cut short at fifty places, ingredients, and certificates that ended.
"""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Final

import pytest

from provenance_gen.credentials.trust import TrustList, given_list
from provenance_gen.studio.verify import verify, verify_all
from tests import tsa
from tests.unit.credentials import boxes, foreign, samples, tamper

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records.verdict import Check, Verdict

FORMATS: Final = ("png", "jpeg", "webp", "avif", "tiff")
OTHERS: Final = ("webp", "avif", "tiff")
CUTS: Final = 50
AI: Final = b"trainedAlgorithmicMedia"
WHO: Final = foreign.stranger()


@functools.cache
def signed(kind: str, seed: int = 1) -> bytes:
    """Sign a picture."""
    made = samples.definition(samples.EDITED, media_type=f"image/{kind}")
    return foreign.sign(samples.encoded(kind.upper(), seed), f"image/{kind}", WHO, made=made)[0]


def tampered(kind: str) -> dict[str, tuple[bytes, str, int, str]]:
    """Return the files, and the verdict, step and code that each must get."""
    whole, other = signed(kind), signed(kind, 2)
    unsigned = samples.encoded(kind.upper())
    broken = f"assertion.{'bmff' if kind == 'avif' else 'data'}Hash.mismatch"
    unlike = boxes.patched(whole, AI, AI[:-1] + b"b")
    renamed = boxes.patched(whole, b"harbour.png", b"harbour.pns")
    return {
        "pixel": (boxes.pixel(whole, unsigned), "invalid", 3, broken),
        "appended byte": (whole + b"\x00", "invalid", 3, broken),
        "added text": (boxes.TEXT[kind](whole), "invalid", 3, broken),
        "transplanted": (boxes.transplanted(whole, other), "invalid", 3, broken),
        "assertion": (unlike, "invalid", 4, "assertion.hashedURI.mismatch"),
        "claim": (renamed, "invalid", 4, "claimSignature.mismatch"),
        "removed manifest": (boxes.REMOVED[kind](whole), "unsigned", 2, "provgen.manifest.none"),
    }


def _step(verdict: Verdict, step: int) -> Check:
    return next(check for check in verdict.checks if check.step == step)


@pytest.mark.parametrize("kind", OTHERS)
def test_tampering_is_caught_under_its_own_name(kind: str, tmp_path: Path) -> None:
    """Each by the step that it concerns, with the standard's code, and by no other."""
    cases = tampered(kind)
    (tmp_path / "whole").write_bytes(signed(kind))
    for name, (data, *_) in cases.items():
        assert data != signed(kind), f"{name} changed nothing"
        (tmp_path / name).write_bytes(data)
    whole, *found = verify_all([tmp_path / name for name in ("whole", *cases)], trust_pem=WHO.root)
    assert (whole.verdict, whole.media_type) == ("trusted", f"image/{kind}")
    assert whole.pixel_digest is not None
    for verdict, (name, (_, expected, step, code)) in zip(found, cases.items(), strict=True):
        assert (name, str(verdict.verdict)) == (name, expected)
        check = _step(verdict, step)
        assert (name, str(check.status), check.code) == (name, "failed", code)
        others = {c.step for c in verdict.checks if c.status == "failed"} - {step}
        assert not others, (name, verdict.checks)
        assert not verdict.ai.signed


@pytest.mark.parametrize("kind", FORMATS)
def test_cut_anywhere_it_is_never_valid(kind: str, tmp_path: Path) -> None:
    """Fifty places; unreadable, unsigned or invalid, and something failed."""
    whole = signed(kind)
    paths = []
    for number in range(CUTS):
        paths.append(tmp_path / f"{number}")
        paths[-1].write_bytes(whole[: len(whole) * number // CUTS])
    for verdict in verify_all(paths, trust_pem=WHO.root):
        assert verdict.verdict in ("unreadable", "invalid", "unsigned")
        assert any(check.status == "failed" for check in verdict.checks)
        assert not verdict.ai.signed


def test_words_for_a_file_that_was_changed(tmp_path: Path) -> None:
    """What the manifest says of AI was signed, for another file; an altered manifest was not."""
    (tmp_path / "a").write_bytes(tamper.pixel(signed("png"), b""))
    (tmp_path / "b").write_bytes(tamper.assertion(signed("png"), b""))
    changed, altered = verify_all([tmp_path / "a", tmp_path / "b"], trust_pem=WHO.root)
    assert "signed, but not for the file as it is now" in _step(changed, 10).reason
    assert "which was signed, but not for the file as it is now" in changed.summary
    assert "the file was changed after it was signed" in changed.summary
    assert "which is not as it was signed" in altered.summary
    assert "changed after it was signed" not in altered.summary


@pytest.mark.parametrize("change", [tamper.pixel, tamper.appended])
def test_an_ingredient_that_was_changed_before_it_went_in(change: object, tmp_path: Path) -> None:
    """The whole is trusted, as it was signed; the ingredient fails its own step."""
    parent = change(signed("png"), b"")  # type: ignore[operator]
    found = _with_parent(tmp_path, parent)
    assert (found.verdict, _step(found, 7).status) == ("trusted", "failed")
    assert _step(found, 7).code == "assertion.dataHash.mismatch"
    assert found.credentials.ingredients[0].status == "invalid"


def test_an_ingredient_that_was_swapped_inside(tmp_path: Path) -> None:
    """Its manifest was changed after all was signed: its own step names it."""
    found = _with_parent(tmp_path, signed("png"), patch=(b"harbour.png", b"harbour.pns"))
    failed = {check.id for check in found.checks if check.status == "failed"}
    assert "ingredients" in failed
    assert "binding" not in failed
    assert found.verdict != "trusted" or found.credentials.ingredients[0].status == "invalid"


def _with_parent(folder: Path, parent: bytes, patch: tuple[bytes, bytes] | None = None) -> Verdict:
    made = {
        "claim_generator_info": [{"name": "another program"}],
        "assertions": [
            {
                "label": "c2pa.actions",
                "data": {
                    "actions": [{"action": "c2pa.opened", "parameters": {"ingredientIds": ["p"]}}]
                },
            }
        ],
    }
    data, _ = foreign.sign(samples.encoded(seed=5), "image/png", WHO, made=made, parent=parent)
    if patch:
        data = tamper._patched(data, *patch)
    (folder / "made.png").write_bytes(data)
    return verify(folder / "made.png", trust_pem=WHO.root)


def test_a_certificate_that_ended_with_and_without_a_time_stamp(tmp_path: Path) -> None:
    """A time-stamp by a known authority speaks for it; without, the time's own step fails."""
    tsa.needs_openssl()
    short = foreign.stranger(seconds=3, name="Soon Gone")
    with tsa.serving() as server:
        roots = server.root
        stamped, _ = foreign.sign(
            samples.encoded(), "image/png", short, authority=server.url, more_roots=roots
        )
    bare, _ = foreign.sign(samples.encoded(), "image/png", short)
    (tmp_path / "stamped.png").write_bytes(stamped)
    (tmp_path / "bare.png").write_bytes(bare)
    time.sleep(4.5)
    clocks = TrustList("clocks", "installed", roots.decode(), vouches="time")
    lists = (given_list(short.root, "signers"), clocks)
    files = [tmp_path / "stamped.png", tmp_path / "bare.png"]
    kept, ended = verify_all(files, lists=lists)
    assert (kept.verdict, kept.credentials.timestamped) == ("trusted", True)
    assert _step(kept, 6).status == "passed"
    assert (ended.verdict, ended.credentials.trust.status) == ("invalid", "expired")
    assert _step(ended, 6).code == "signingCredential.expired"
    assert {c.id for c in ended.checks if c.status == "failed"} == {"time", "trust"}
    unknown = verify(files[0], lists=lists[:1])
    assert unknown.verdict == "invalid"
    assert _step(unknown, 6).status == "failed"
