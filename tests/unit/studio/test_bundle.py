"""Bundles and proofs from a studio, and what ``verify`` says of them with no studio at hand."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from provenance_gen import Studio
from provenance_gen.errors import LedgerError, UnknownReferenceError, UsageError
from provenance_gen.ledger import bundle_files, bundle_form
from provenance_gen.records.bundle import BundleVerdictKind
from provenance_gen.records.payloads import ReportWritten
from provenance_gen.studio.bundle import bundle, prove
from provenance_gen.studio.gather import is_bundle
from provenance_gen.studio.verify_bundle import verify_bundle
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.studio import Work


def test_bundle_of_a_work(studio: Studio, work: Work, tmp_path: Path) -> None:
    """A bundle of one work tells that work's events and the texts asked for, and is recorded."""
    generate(studio.new_work("Other"), "something else")
    made = bundle(studio, tmp_path / "b.zip", work="Harbour at dusk", disclose=["prompt,intent"])
    assert 0 < made.events < made.size
    found = verify_bundle(tmp_path / "b.zip", key=studio.verifier_key)
    assert (found.verdict, found.texts) == (BundleVerdictKind.CONFIRMED, 2)
    files = bundle_files.read(tmp_path / "b.zip")
    assert b"something else" not in b"".join(files.values())
    *_, last = studio.ledger.events()
    said = ReportWritten.model_validate(last.payload)
    assert (last.type, said.format, said.work) == ("report.written", "bundle", work.id)
    assert (said.disclosed, said.tree_size) == (("intent", "prompt"), made.size)


def test_redacted_before_and_after(studio: Studio, work: Work, tmp_path: Path) -> None:
    """Two bundles, one from before more was recorded, hold side by side."""
    bundle(studio, tmp_path / "one")
    work.select("1.1")
    bundle(studio, tmp_path / "two", disclose=["all"])
    for name in ("one", "two"):
        found = verify_bundle(tmp_path / name, key=studio.verifier_key)
        assert found.verdict is BundleVerdictKind.CONFIRMED
    assert studio.audit().passed


@pytest.mark.usefixtures("work")
def test_an_earlier_log_is_not_in_it(studio: Studio, tmp_path: Path) -> None:
    """A bundle of a studio that was resumed says that it is not the whole story."""
    old = studio.ledger.head()
    studio.resume(new_log=True)
    studio.close()
    with Studio.open(studio.folder.root) as resumed:
        generate(resumed.work(), "more")
        made = bundle(resumed, tmp_path / "b")
        part = bundle(resumed, tmp_path / "part.zip", work="1")
        assert (made.earlier, part.earlier) == (old.origin, old.origin)
        for name, key in (("b", None), ("b", resumed.verifier_key), ("part.zip", None)):
            found = verify_bundle(tmp_path / name, key=key)
            assert (found.earlier, found.earlier_size) == (old.origin, old.size)
            assert f"{old.origin}, of {old.size} events, which is not in this" in found.summary
        page = (tmp_path / "b" / "README.md").read_text(encoding="utf-8")
        assert "not the whole story" in page
        assert f"`{old.origin}`, of\n{old.size} events" in page


def test_what_cannot_be_bundled(studio: Studio, work: Work, tmp_path: Path) -> None:
    """An unknown work or text, or a name that is taken, is refused, and nothing is recorded."""
    assert work.history().attempts
    size = studio.ledger.head().size
    with pytest.raises(UnknownReferenceError):
        bundle(studio, tmp_path / "b", work="Nothing")
    with pytest.raises(UsageError, match="no text named 'colour'"):
        bundle(studio, tmp_path / "b", disclose=["colour"])
    with pytest.raises(UsageError, match="none"):
        bundle(studio, tmp_path / "b", disclose=["none", "prompt"])
    (tmp_path / "b").mkdir()
    with pytest.raises(UsageError, match="exists"):
        bundle(studio, tmp_path / "b")
    assert studio.ledger.head().size == size


@pytest.mark.parametrize(
    ("reference", "kind"),
    [
        ("1", "attempt.started"),
        ("1.2", "attempt.completed"),
        ("e1", "edit.recorded"),
        ("work", "work.created"),
        ("#0", "studio.created"),
    ],
)
def test_proof_of_anything(
    studio: Studio, work: Work, tmp_path: Path, reference: str, kind: str
) -> None:
    """A proof is of the event that brought the thing into the record."""
    work.edit("1.1", studio.store.open(work.history().image("1.1").ref.pixel_digest), tool="x")
    path = tmp_path / "a.tlog-proof"
    made = prove(studio, reference, path)
    assert made.type == kind
    found = verify_bundle(path, key=studio.verifier_key)
    assert (found.kind, found.verdict) == ("proof", BundleVerdictKind.CONFIRMED)
    with pytest.raises(UsageError, match="exists"):
        prove(studio, reference, path)


@pytest.mark.usefixtures("work")
def test_unreadable_is_a_verdict(studio: Studio, tmp_path: Path) -> None:
    """What is no bundle is unreadable, not an error; only a key that is none is one."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.zip").write_bytes(b"PK")
    (tmp_path / "x.tlog-proof").write_bytes(b"c2sp.org/tlog-proof@v1\n")
    for name in ("empty", "x.zip", "x.tlog-proof", "missing"):
        found = verify_bundle(tmp_path / name, key=studio.verifier_key)
        assert found.verdict is BundleVerdictKind.UNREADABLE
    assert is_bundle(tmp_path / "x.zip")
    assert not is_bundle(tmp_path / "missing")
    with pytest.raises(LedgerError):
        verify_bundle(tmp_path / "x.zip", key="key")


def test_without_database(studio: Studio, tmp_path: Path) -> None:
    """Verifying a bundle loads no database library and needs no studio."""
    bundle(studio, tmp_path / "b.zip")
    assert bundle_form.LEAVES in bundle_files.read(tmp_path / "b.zip")
    script = (
        "import sys; sys.argv = ['provgen', 'verify', 'b.zip', '--json']\n"
        "from provenance_gen.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    code = end.code\n"
        "loaded = {m.split('.')[0] for m in sys.modules}\n"
        "print(code, *sorted(loaded & {'sqlalchemy', 'sqlmodel', 'torch', 'numpy', 'c2pa'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    verdict, rest = done.stdout.splitlines()
    assert json.loads(verdict)["verdict"] == "consistent, not anchored"
    assert rest == "0"
