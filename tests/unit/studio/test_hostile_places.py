"""Manifest stores in places where none belongs, twice, or of another file: never read as valid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.credentials import container
from provenance_gen.studio.verify import verify_all
from tests.unit.credentials import foreign, samples, tamper

if TYPE_CHECKING:
    from pathlib import Path

WHO = foreign.stranger()
STORE: Final = b"caBX"
MANIFEST: Final = "provgen.manifest.unreadable"
BINDING: Final = "assertion.dataHash.mismatch"
NONE: Final = "provgen.manifest.none"


def png_files() -> dict[str, tuple[bytes, str]]:
    """Return files by what was done, each with the code that must fail first."""
    ours, theirs = (
        foreign.sign(samples.encoded(seed=seed), "image/png", WHO)[0] for seed in (1, 2)
    )
    first, *picture = [one for one in container.png_chunks(ours) if one[0] != STORE]
    own, other = (
        next(one for one in container.png_chunks(data) if one[0] == STORE)
        for data in (ours, theirs)
    )
    alone = tamper._png([other]).removeprefix(b"\x89PNG\r\n\x1a\n")
    return {
        "the same twice": (tamper._png([first, own, own, *picture]), MANIFEST),
        "another behind": (tamper._png([first, own, other, *picture]), MANIFEST),
        "another before": (tamper._png([first, other, own, *picture]), MANIFEST),
        "only another": (tamper._png([first, other, *picture]), BINDING),
        "another after the end": (ours + alone, BINDING),
        "an archive after the end": (ours + b"PK\x03\x04" + bytes(26), BINDING),
        "at the end": (tamper._png([first, *picture[:-1], own, picture[-1]]), BINDING),
        "after the end": (tamper._png([first, *picture, own]), NONE),
        "by another name": (tamper._png([first, (b"caBx", own[1]), *picture]), NONE),
        "cut": (tamper._png([first, (STORE, own[1][:-100]), *picture]), MANIFEST),
    }


def test_stores_of_a_png_that_do_not_belong_there(tmp_path: Path) -> None:
    """What stands twice is no manifest; what stands elsewhere than it was signed is not valid."""
    made = png_files()
    for number, (data, _) in enumerate(made.values()):
        (tmp_path / f"{number}.png").write_bytes(data)
    found = verify_all([tmp_path / f"{number}.png" for number in range(len(made))])
    failed = [next(c.code for c in one.checks if c.status == "failed") for one in found]
    assert dict(zip(made, failed, strict=True)) == {name: code for name, (_, code) in made.items()}
    kinds = {one.verdict for one in found}
    assert kinds == {"invalid", "unsigned"}


def test_a_second_sequence_of_a_jpeg(tmp_path: Path) -> None:
    """Two stores are none, whichever comes first, as in a PNG."""
    ours, theirs = (
        foreign.sign(samples.encoded("JPEG", seed), "image/jpeg", WHO)[0] for seed in (1, 2)
    )
    # APP11, its length, "JP", then the number of the sequence.
    begin, end = (ours.index(b"\xff\xeb"), ours.index(b"\xff\xdb"))
    there, until = (theirs.index(b"\xff\xeb"), theirs.index(b"\xff\xdb"))
    assert ours[begin + 4 : begin + 6] == b"JP"
    renamed = theirs[there : there + 6] + b"\x00\x07" + theirs[there + 8 : until]
    for name, data in {
        "behind": ours[:end] + renamed + ours[end:],
        "before": ours[:begin] + renamed + ours[begin:],
    }.items():
        (tmp_path / f"{name}.jpg").write_bytes(data)
    found = verify_all([tmp_path / "behind.jpg", tmp_path / "before.jpg"])
    assert [(one.verdict, one.checks[1].code) for one in found] == [("invalid", MANIFEST)] * 2
