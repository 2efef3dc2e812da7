"""Writing reports: which files, of which image, from which events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from provenance_gen import resources
from provenance_gen.digests import sha256_hex
from provenance_gen.errors import PolicyError, UnknownReferenceError, UsageError
from provenance_gen.records import payloads
from provenance_gen.records.event import Actor, ActorKind, Draft
from provenance_gen.studio.verify_bundle import verify_bundle
from tests.parts import ENVIRONMENT, MODEL, call_of
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.studio.work import Work


PERSON = Actor(kind=ActorKind.PERSON)


@pytest.fixture
def made(work: Work) -> Work:
    """Return a work with an attempt and a pick."""
    generate(work, "a boat")
    work.select("1.1", reason="low horizon")
    return work


def test_every_format_from_one_context(made: Work, tmp_path: Path) -> None:
    """One file each, named after the one that was asked for."""
    written = made.report(tmp_path / "boat.html", formats=("html", "json", "prov"))
    assert {path.name for path in tmp_path.glob("boat*")} == {
        "boat.html",
        "boat.json",
        "boat.prov.json",
    }
    graph = json.loads(written.files["prov"].read_bytes())
    assert "log:attempt-1" in graph["activity"]
    only = made.report(tmp_path / "only.prov.json", formats=("prov",))
    assert list(only.files) == ["prov"]
    assert not (tmp_path / "only.html").exists()


def test_the_same_tree_size_gives_the_same_bytes(made: Work, tmp_path: Path) -> None:
    """Writing a report is an event, which a report of the earlier size does not know."""
    formats = ("html", "json", "prov")
    first = made.report(tmp_path / "a", formats=formats)
    generate(made, "a red boat")
    again = made.report(tmp_path / "b", formats=formats, at=first.tree_size)
    for name in formats:
        assert first.files[name].read_bytes() == again.files[name].read_bytes()
    now = made.report(tmp_path / "c", formats=formats)
    assert now.tree_size > first.tree_size
    assert now.files["json"].read_bytes() != first.files["json"].read_bytes()


def test_of_an_image(made: Work, tmp_path: Path) -> None:
    """By default the picked one; another where it is asked for."""
    page = made.report(tmp_path / "a", formats=("json",)).files["json"]
    assert json.loads(page.read_bytes())["final"]["name"] == "1.1"
    asked = made.report(tmp_path / "b", formats=("json",), image="1.2").files["json"]
    assert json.loads(asked.read_bytes())["final"]["name"] == "1.2"
    with pytest.raises(UnknownReferenceError):
        made.report(tmp_path / "c", image="9.9")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"formats": ("docx",)}, "no format is named docx"),
        ({"formats": ()}, "no format is named nothing"),
        ({"at": 0}, "choose 1 to"),
        ({"at": 10_000}, "choose 1 to"),
        ({"policies": ()}, "at least one policy"),
        ({"language": "fr"}, "not in 'fr'"),
    ],
)
def test_wrong_use_writes_nothing(
    made: Work, tmp_path: Path, asked: dict[str, object], says: str
) -> None:
    """Neither a file nor an event."""
    before = made.studio.ledger.head().size
    with pytest.raises(UsageError, match=says):
        made.report(tmp_path / "boat.html", **asked)  # type: ignore[arg-type]
    assert not list(tmp_path.glob("boat*"))
    assert made.studio.ledger.head().size == before


@pytest.mark.parametrize("name", ["boat.docx", "a.b", "gone/boat.html"])
def test_names_that_cannot_be(made: Work, tmp_path: Path, name: str) -> None:
    """An ending that is none of ours, or a folder that is not there."""
    with pytest.raises(UsageError):
        made.report(tmp_path / name)


def test_a_policy_that_judges_files_makes_no_report(made: Work, tmp_path: Path) -> None:
    """It says which command does."""
    with pytest.raises(PolicyError, match="provgen verify"):
        made.report(tmp_path / "boat.html", policies=["iptc-2025-1"])


@pytest.fixture
def large(work: Work) -> Work:
    """Return a work with 501 images that share their pixels."""
    shown, drafts = work.find("1.1").stored, []
    for number in range(501):
        name, many = f"attempt-{number}", (payloads.GeneratedImage(image=shown),)
        started = payloads.AttemptStarted(
            work=work.id,
            attempt=name,
            call=call_of("a red boat", number, 1, [], {}),
            model=MODEL,
            environment=ENVIRONMENT,
        )
        done = payloads.AttemptCompleted(work=work.id, attempt=name, images=many, milliseconds=1)
        drafts += [Draft(payload=item, actor=PERSON) for item in (started, done)]
    work.studio.ledger.append_many(drafts)
    return work


def test_a_large_work_gives_a_folder(large: Work, tmp_path: Path) -> None:
    """Whole by itself, named after the file that was asked for; the same events, the same files."""
    first = large.report(tmp_path / "boat.html")
    folder = tmp_path / "boat"
    assert first.files == {"html": folder / "index.html", "json": tmp_path / "boat.json"}
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    assert {line[66:]: line[:64] for line in lines} == {
        name: sha256_hex(path.read_bytes()) for name, path in files.items() if name != "SHA256SUMS"
    }
    written = list(large.studio.ledger.events())[-1].payload
    assert written["digests"][0] == sha256_hex((folder / "SHA256SUMS").read_bytes())
    large.report(tmp_path / "again.html", at=first.tree_size)
    again = tmp_path / "again"
    assert (again / "SHA256SUMS").read_bytes() == (folder / "SHA256SUMS").read_bytes()
    assert not list(tmp_path.glob(".provgen-*"))


def test_a_folder_is_replaced_only_if_it_is_a_report(large: Work, tmp_path: Path) -> None:
    """And only where that is asked for; nothing of somebody else's is ever deleted."""
    large.report(tmp_path / "boat", formats=("html",))
    with pytest.raises(UsageError, match="exists"):
        large.report(tmp_path / "boat", formats=("html",))
    before = (tmp_path / "boat" / "index.html").read_bytes()
    large.report(tmp_path / "boat", formats=("html",), overwrite=True)
    assert (tmp_path / "boat" / "index.html").read_bytes() != before
    (tmp_path / "boat" / "diary.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds other files"):
        large.report(tmp_path / "boat", formats=("html",), overwrite=True)
    assert (tmp_path / "boat" / "diary.txt").read_text() == "mine"


def test_a_large_report_that_says_what_is_forbidden_is_not_written(
    large: Work, tmp_path: Path
) -> None:
    """Neither as pages nor as JSON alone."""
    own = tmp_path / "own.yaml"
    shipped = (resources.policies() / "jp-bunka-2024.yaml").read_text(encoding="utf-8")
    own.write_text(
        shipped.replace("(?i)\\bdoes not infringe", "(?i)\\bTimeline\\b|does not infringe"),
        encoding="utf-8",
    )
    for formats in (("html",), ("json",)):
        with pytest.raises(PolicyError, match="Timeline"):
            large.report(tmp_path / "boat", policies=[str(own)], formats=formats)
    assert not list(tmp_path.glob("boat*"))


def test_a_policy_that_forbids_nothing_may_not_say_all(made: Work, tmp_path: Path) -> None:
    """What ours forbid is forbidden in a report on a policy of the user's own as well."""
    shipped = (resources.policies() / "jp-bunka-2024.yaml").read_text(encoding="utf-8")
    value = yaml.safe_load(shipped)
    value["id"] = "own-rules"
    del value["forbidden_statements"]
    own = tmp_path / "own.yaml"
    own.write_text(yaml.safe_dump(value, allow_unicode=True), encoding="utf-8")
    made.report(tmp_path / "fair.json", policies=[str(own)], formats=("json",))
    value["factors"][0]["question"]["en"] = "The picture is therefore registrable."
    own.write_text(yaml.safe_dump(value, allow_unicode=True), encoding="utf-8")
    with pytest.raises(PolicyError, match="registrable"):
        made.report(tmp_path / "bold.json", policies=[str(own)], formats=("json",))
    assert not (tmp_path / "bold.json").exists()


def test_a_detached_signature_covers_every_file(made: Work, tmp_path: Path) -> None:
    """The event with their digests, in the log that the key has signed."""
    written = made.report(tmp_path / "boat.html", formats=("html", "json", "prov"), sign=True)
    assert written.proof == tmp_path / "boat.tlog-proof"
    verdict = verify_bundle(written.proof, key=made.studio.verifier_key)
    assert verdict.verdict == "confirmed"
    assert "boat.html, boat.json, boat.prov.json" in verdict.checks[-1].reason
    page = written.files["html"]
    page.write_bytes(page.read_bytes().replace(b"low horizon", b"golden hour"))
    changed = verify_bundle(written.proof, key=made.studio.verifier_key)
    assert changed.verdict == "wrong"
    assert "boat.html" in changed.summary
    for file in written.files.values():
        file.unlink()
    assert verify_bundle(written.proof).checks[-1].status == "skipped"
    with pytest.raises(UsageError, match="exists"):
        made.report(tmp_path / "boat.html", sign=True)
