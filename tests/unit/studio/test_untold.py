"""Statements of imported files that an export is silent about are named before it is signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance_gen import Studio
from provenance_gen.credentials.training import PLUS
from provenance_gen.credentials.vocabulary import EDITED_BY_AI, GENERATED, IPTC
from provenance_gen.metadata import aigc, xmp
from provenance_gen.records.verdict import VerdictKind
from provenance_gen.studio.export import Options
from provenance_gen.studio.verify import verify
from tests.unit.credentials import samples
from tests.unit.metadata import files
from tests.unit.studio.conftest import generate
from tests.unit.studio.test_export import repaint

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.studio import Work
    from provenance_gen.studio.preview import Preview


def warned(work: Work, data: bytes, folder: Path, **options: Any) -> tuple[str, ...]:
    """Import a file, export it, and return what was said before it was signed."""
    source = folder / "source.png"
    source.write_bytes(data)
    name = work.bring_in(source).image.name
    shown: list[Preview] = []

    def confirm(preview: Preview) -> bool:
        shown.append(preview)
        return True

    asked = Options(confirm=confirm, overwrite=True, **options)
    made = work.export(name, folder / "out.png", asked)
    assert shown[0].warnings == made.warnings
    return made.warnings


def test_a_mark_that_nobody_signed_is_not_lost_in_silence(work: Work, tmp_path: Path) -> None:
    """In XMP or as a generator's parameters; a camera's file says nothing that is left out."""
    for source_type, said in ((GENERATED, "that AI made it,"), (EDITED_BY_AI, "a part of it,")):
        marked = xmp.put_in(samples.encoded(), xmp.packet(source_type))
        (warning,) = warned(work, marked, tmp_path)
        assert said in warning
        assert "--disclose full" in warning
        assert verify(tmp_path / "out.png").ai.statement == "unknown"
    parameters = files.png(files.text("parameters", "a boat\nSteps: 2, Sampler: x, Seed: 3"))
    assert len(warned(work, parameters, tmp_path)) == 1
    camera = xmp.put_in(samples.encoded(), xmp.packet(IPTC + "digitalCapture"))
    assert warned(work, camera, tmp_path) == ()
    assert warned(work, samples.encoded(), tmp_path) == ()


def test_what_is_said_otherwise_needs_no_words(work: Work, tmp_path: Path) -> None:
    """By the kept credentials of the import, or because AI edited it here."""
    with Studio.init(tmp_path / "theirs") as theirs:
        other = theirs.new_work("Theirs")
        generate(other, "a ship")
        other.export("1.1", tmp_path / "theirs.png")
    assert warned(work, (tmp_path / "theirs.png").read_bytes(), tmp_path) == ()
    verdict = verify(tmp_path / "out.png")
    assert (verdict.verdict, verdict.ai.statement) == (VerdictKind.VALID, "generated")
    marked = tmp_path / "marked.png"
    marked.write_bytes(xmp.put_in(samples.encoded(), xmp.packet(GENERATED)))
    repaint(work, work.bring_in(marked).image.name)
    made = work.history().attempts[-1].images[0].name
    assert work.export(made, tmp_path / "painted.png").warnings == ()


def test_training_that_an_import_does_not_allow(work: Work, tmp_path: Path) -> None:
    """It stands in the kept credentials alone, unless the person says it of the new file."""
    with Studio.init(tmp_path / "theirs") as theirs:
        other = theirs.new_work("Theirs")
        generate(other, "a ship")
        other.export("1.1", tmp_path / "theirs.png", Options(training="notAllowed"))
    data = (tmp_path / "theirs.png").read_bytes()
    (warning,) = warned(work, data, tmp_path)
    assert "ai generative training" in warning
    assert "--training notAllowed" in warning
    assert warned(work, data, tmp_path, training="notAllowed") == ()


def test_mining_that_only_xmp_forbids(work: Work, tmp_path: Path) -> None:
    """Of an import and of what was given to a model, with a label that is kept and without."""
    block = aigc.value(producer="00119100000000000000", content_id="x-1")
    for term, mark in (("DMI-PROHIBITED", None), ("DMI-PROHIBITED-AIMLTRAINING", "keep")):
        packet = xmp.packet(None, mining=f"{PLUS}{term}", aigc=block if mark else None)
        data = xmp.put_in(samples.encoded(), packet)
        warning = warned(work, data, tmp_path, mark=mark)[-1]
        assert f"forbids uses by AI in its XMP ({term})" in warning
        more = warned(work, data, tmp_path, training="allowed", mark=mark)
        assert not any("DMI" in one for one in more)
    for term in ("DMI-ALLOWED", "DMI-UNSPECIFIED", "EVIL"):
        packet = xmp.packet(None, mining=f"{PLUS}{term}")
        assert warned(work, xmp.put_in(samples.encoded(), packet), tmp_path) == ()
    given = tmp_path / "given.png"
    given.write_bytes(xmp.put_in(samples.encoded(), xmp.packet(None, mining="DMI-PROHIBITED")))
    repaint(work, work.bring_in(given).image.name)
    made = work.history().attempts[-1].images[0].name
    (warning,) = work.export(made, tmp_path / "painted.png").warnings
    assert "DMI-PROHIBITED" in warning
