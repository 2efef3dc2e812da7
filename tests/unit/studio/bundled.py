"""Evidence bundles for the tests that change them: made once for many tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from provenance_gen import Studio
from provenance_gen.ledger import bundle_files, bundle_form
from provenance_gen.records.event import ActorKind
from provenance_gen.settings import CONFIG_VARIABLE
from provenance_gen.studio import anchors, verify_evidence
from tests.fakes import SIDE
from tests.tsa import serving
from tests.unit.studio.conftest import generate
from tests.unit.studio.test_anchors import configure

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records.bundle import BundleVerdict

Files = dict[str, bytes]


def evidence(folder: Path) -> tuple[Files, Files, str]:
    """Make a work with all that a bundle may hold but a PDF.

    Returns:
        The files of a bundle that discloses everything, those of a later one of the same work
        that discloses less, and the key of their ledger.
    """
    with pytest.MonkeyPatch.context() as patch, serving() as server:
        (folder / "config").mkdir()
        patch.setenv(CONFIG_VARIABLE, str(folder / "config"))
        configure(server)
        with Studio.init(folder / "art", author="A. Painter", actor=ActorKind.PERSON) as studio:
            work = studio.new_work("Harbour at dusk", intent="One small boat")
            generate(work, "a boat")
            anchors.anchor(studio)
            work.select("1.1", over=["1.2"], reason="low horizon")
            work.edit("1.1", Image.new("RGB", (SIDE, SIDE), "teal"), note="repainted")
            work.export("e1", folder / "boat.png")
            for name, disclosed in (("first", "all"), ("second", "prompt")):
                work.bundle(
                    folder / name,
                    policies=["us-usco-2025", "jp-bunka-2024"],
                    disclose=[disclosed],
                    formats=("html", "json", "prov"),
                    files=[folder / "boat.png"],
                )
                work.select("1.3", over=["1.2"], reason="calmer")
            key = studio.verifier_key
    assert key
    return bundle_files.read(folder / "first"), bundle_files.read(folder / "second"), key


def resigned(files: Files) -> Files:
    """Return the files with digests that fit, as a forger would leave them."""
    ledger = {name[7:]: data for name, data in files.items() if name.startswith("ledger/")}
    files = files | {"ledger/SHA256SUMS": bundle_form.sums(ledger)}
    return files | {"SHA256SUMS": bundle_form.sums(files)}


def judged(files: Files, *, key: str | None = None) -> BundleVerdict:
    """Check the files."""
    return verify_evidence.check(files, name="x", key=key)
