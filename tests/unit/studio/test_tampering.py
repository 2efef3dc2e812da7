"""What is said of files that were changed, and of ingredients that were.

That everything which can be done to a signed file is caught under its right name, in every format,
is told by ``tests/integration/test_vectors.py``, and of our own signing by ``test_verify``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provenance_gen.studio.verify import verify, verify_all
from tests.unit.credentials import foreign, tamper
from tests.unit.metadata import files
from tests.vectors.signed import WHO, signed, with_parent

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records.verdict import Check, Verdict


def _judged(folder: Path, data: bytes) -> Verdict:
    (folder / "made.png").write_bytes(data)
    return verify(folder / "made.png", trust_pem=WHO.root)


def _step(verdict: Verdict, step: int) -> Check:
    return next(check for check in verdict.checks if check.step == step)


def test_words_for_a_file_that_was_changed(tmp_path: Path) -> None:
    """What the manifest says of AI was signed, for another file; an altered manifest was not."""
    (tmp_path / "a").write_bytes(tamper.pixel(signed("png"), b""))
    (tmp_path / "b").write_bytes(tamper.claim(signed("png"), b""))
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
    found = _judged(tmp_path, with_parent(parent))
    assert (found.verdict, _step(found, 7).status) == ("trusted", "failed")
    assert _step(found, 7).code == "assertion.dataHash.mismatch"
    assert found.credentials.ingredients[0].status == "invalid"


def test_an_ingredient_that_was_swapped_inside(tmp_path: Path) -> None:
    """Its manifest was changed after all was signed: its own step names it."""
    changed = with_parent(signed("png"), patch=(b"harbour.png", b"harbour.pns"))
    found = _judged(tmp_path, changed)
    failed = {check.id for check in found.checks if check.status == "failed"}
    assert "ingredients" in failed
    assert found.summary.startswith("Not valid: an ingredient does not hold: not as it was signed:")
    assert "binding" not in failed
    assert found.verdict != "trusted" or found.credentials.ingredients[0].status == "invalid"


@pytest.mark.parametrize(
    ("kind", "bare"),
    [
        ("image/heic", files.avif(b"", b"x", b"heic\x00\x00\x00\x00mif1")),
        ("image/jxl", files.jxl()),
    ],
)
def test_a_picture_that_was_cut_short_is_not_without_credentials(
    kind: str, bare: bytes, tmp_path: Path
) -> None:
    """Of kinds whose pixels nobody decodes as well: what was cut off may have held them."""
    data, _ = foreign.sign(bare, kind, WHO)
    paths = [tmp_path / f"{place}.img" for place in range(1, 10)]
    for place, path in enumerate(paths, 1):
        path.write_bytes(data[: len(data) * place // 10])
    said = {(verdict.verdict, verdict.summary) for verdict in verify_all(paths)}
    words = "Not readable: the file is damaged or cut short. Nothing else is known."
    assert said == {("unreadable", words)}
    (tmp_path / "bare").write_bytes(bare)
    assert verify(tmp_path / "bare").verdict == "unsigned"


def test_what_the_library_says_stands_in_quotes(tmp_path: Path) -> None:
    """It may repeat words of the file's; where it says nothing, its code stands alone."""
    made, _ = foreign.sign(files.svg(), "image/svg+xml", WHO)
    (tmp_path / "a.svg").write_bytes(made[: len(made) // 2])
    said = verify(tmp_path / "a.svg").summary
    assert said.startswith("Not readable: its Content Credentials cannot be read ('")
    renamed = tamper._patched(signed("png"), b"c2pa.actions.v2", b"c2pa.actioms.v2")
    reason = _step(_judged(tmp_path, renamed), 2).reason
    assert reason == "the Content Credentials cannot be read (AssertionNotFound)"
