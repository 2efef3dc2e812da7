"""Export with the label of GB 45438-2025, and judge the file by marking policies."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image, PngImagePlugin

from provenance_gen.credentials.vocabulary import HUMAN_EDITS
from provenance_gen.editing.areas import Area
from provenance_gen.editing.steps import Fill, Resize
from provenance_gen.errors import CalledOffError, SigningError, UsageError
from provenance_gen.metadata import aigc, marks
from provenance_gen.policy.loader import load
from provenance_gen.records.edit import EditAgent
from provenance_gen.records.finding import Evidence
from provenance_gen.records.verdict import VerdictKind
from provenance_gen.studio.export import Options
from provenance_gen.studio.label import NOT_KEPT, demand_one
from provenance_gen.studio.marking import judge
from provenance_gen.studio.verify import verify_each
from provenance_gen.studio.visible_label import NOTE
from tests.fakes import FakePipeline

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records.marks import FileMarks
    from provenance_gen.records.verdict import Verdict
    from provenance_gen.studio import Work
    from provenance_gen.studio.preview import Preview

CODE = "00119100000000000000"
LABELLED = Options(mark="cn", producer=CODE)


def checked(path: Path) -> tuple[Verdict, FileMarks]:
    """Verify a file; return its verdict and the marks that the worker process found."""
    told: list[FileMarks] = []
    (verdict,) = verify_each([path], on_marks=lambda _verdict, found: told.append(found))
    (found,) = told
    return verdict, found


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "avif", "tif"])
def test_one_block_goes_in_before_signing(work: Work, tmp_path: Path, ending: str) -> None:
    """In every format: sound, with the code that was given, and covered by the signature."""
    path = tmp_path / f"harbour.{ending}"
    work.export("1.2", path, LABELLED)
    verdict, found = checked(path)
    assert (verdict.verdict, verdict.credentials.presence) == (VerdictKind.VALID, "embedded")
    (block,) = found.aigc
    assert block.faults == ()
    assert (block.fields["Label"], block.fields["ContentProducer"]) == ("1", CODE)
    (finding, *_), _ = _china(verdict, found)
    assert (finding.factor.id, finding.evidence) == ("cn.implicit", Evidence.PRESENT)
    # The IPTC fields stand in the same packet, as without it.
    assert found.source_types


def test_the_number_is_random_and_kept(work: Work, tmp_path: Path) -> None:
    """Two files of one picture have two numbers, and the ledger knows both."""
    numbers = []
    for name in ("a.png", "b.png"):
        work.export("1.2", tmp_path / name, LABELLED)
        (block,) = checked(tmp_path / name)[1].aigc
        numbers.append(block.fields["ProduceID"])
    assert len(set(numbers)) == 2
    told = [e.payload for e in work.studio.ledger.events() if e.type == "export.prepared"]
    assert [(p["label"], p["label_id"]) for p in told] == [("cn", n) for n in numbers]


def test_no_block_unless_asked(work: Work, tmp_path: Path) -> None:
    """And the policy says that it is missing."""
    work.export("1.2", tmp_path / "a.png")
    verdict, found = checked(tmp_path / "a.png")
    assert found.aigc == ()
    (finding, *_), _ = _china(verdict, found)
    assert finding.evidence is Evidence.ABSENT


@pytest.mark.parametrize("disclosure", ["minimal", "standard", "full"])
def test_whatever_is_disclosed(work: Work, tmp_path: Path, disclosure: str) -> None:
    """The label is not the record's to withhold."""
    work.export("1.2", tmp_path / "a.jpg", LABELLED, disclosure=disclosure)
    assert len(checked(tmp_path / "a.jpg")[1].aigc) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (Options(mark="cn"), "none is invented"),
        (Options(mark="eu", producer=CODE), "no mark 'eu'"),
        (Options(producer=CODE), "belongs to --mark cn"),
        (Options(mark="keep", producer=CODE), "names its own"),
        (Options(mark="cn", producer="某公司"), "printable ASCII"),
        (Options(mark="cn", producer="a b"), "printable ASCII"),
    ],
)
def test_misuse(work: Work, tmp_path: Path, options: Options, words: str) -> None:
    """Refused before anything is recorded; no code is made to fit."""
    size = work.studio.ledger.head().size
    with pytest.raises(UsageError, match=words):
        work.export("1.2", tmp_path / "a.png", options)
    assert work.studio.ledger.head().size == size
    assert not (tmp_path / "a.png").exists()


def test_a_file_without_metadata_takes_no_label(work: Work, tmp_path: Path) -> None:
    """A bitmap has no place for it."""
    with pytest.raises(UsageError, match="holds no metadata"):
        work.export("1.2", tmp_path / "a.bmp", Options(mark="cn", producer=CODE, sidecar=True))


def test_a_label_that_is_not_known_to_be_true_is_not_written(work: Work, tmp_path: Path) -> None:
    """Of a drawing that was brought in nobody recorded that AI made it."""
    Image.new("RGB", (16, 16), "teal").save(tmp_path / "drawn.png")
    brought = work.bring_in(tmp_path / "drawn.png", own=True).image.name
    with pytest.raises(UsageError, match="does not say that AI"):
        work.export(brought, tmp_path / "a.png", LABELLED)


def test_anothers_label_is_not_replaced(work: Work, tmp_path: Path) -> None:
    """A model here was given a picture that came with a label of its own."""
    info = PngImagePlugin.PngInfo()
    info.add_itxt("AIGC", aigc.value(producer="001191other", content_id="x-1"))
    Image.new("RGB", (16, 16), "teal").save(tmp_path / "theirs.png", pnginfo=info)
    brought = work.bring_in(tmp_path / "theirs.png", note="from a service").image
    picture = work.studio.store.open(brought.ref.pixel_digest)
    work.record(FakePipeline())("a boat", image=picture, generator=torch.Generator())
    made = work.history().attempts[-1].images[0].name
    with pytest.raises(UsageError, match="carries an AIGC block already"):
        work.export(made, tmp_path / "a.png", LABELLED)
    work.export(made, tmp_path / "b.png")


def _brought(work: Work, folder: Path, *texts: str) -> str:
    """Import a picture with AIGC blocks of somebody else's; return its name."""
    info = PngImagePlugin.PngInfo()
    for text in texts:
        info.add_itxt("AIGC", text)
    Image.new("RGB", (16, 16), "teal").save(folder / "theirs.png", pnginfo=info)
    return work.bring_in(folder / "theirs.png").image.name


THEIRS = aigc.value(producer="001191other", content_id="x-1", label="2")


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_anothers_label_is_kept_where_asked(work: Work, tmp_path: Path, ending: str) -> None:
    """As it stands, whoever recorded what; the ledger has the kind, and none of its words."""
    name = _brought(work, tmp_path, THEIRS)
    made = work.export(name, tmp_path / f"a.{ending}", Options(mark="keep"))
    verdict, found = checked(made.path)
    (block,) = found.aigc
    assert (verdict.verdict, made.warnings) == (VerdictKind.VALID, ())
    assert (dict(block.fields), block.faults) == (json.loads(THEIRS), ())
    prepared = [e for e in work.studio.ledger.events() if e.type == "export.prepared"][-1]
    assert (prepared.payload["label"], prepared.payload.get("label_id")) == ("cn-kept", None)


@pytest.mark.parametrize("disclosure", ["minimal", "standard", "full"])
def test_the_label_of_what_a_model_was_given(work: Work, tmp_path: Path, disclosure: str) -> None:
    """It counts under every profile, also where the file does not say that there was an input."""
    name = _brought(work, tmp_path, THEIRS)
    picture = work.studio.store.open(work.history().image(name).ref.pixel_digest)
    work.record(FakePipeline())("a boat", image=picture, generator=torch.Generator())
    made = work.history().attempts[-1].images[0].name
    plain = work.export(made, tmp_path / "plain.png", disclosure=disclosure)
    assert plain.warnings == (NOT_KEPT,)
    work.export(made, tmp_path / "kept.png", Options(mark="keep"), disclosure=disclosure)
    (block,) = checked(tmp_path / "kept.png")[1].aigc
    assert dict(block.fields) == json.loads(THEIRS)
    with pytest.raises(UsageError, match="carries an AIGC block already"):
        work.export(made, tmp_path / "new.png", LABELLED, disclosure=disclosure)


def test_a_label_that_is_left_behind_is_named(work: Work, tmp_path: Path) -> None:
    """Before it is signed, and afterwards; of a picture without one nothing is said."""
    name = _brought(work, tmp_path, THEIRS)
    shown: list[tuple[str, ...]] = []

    def confirm(preview: Preview) -> bool:
        shown.append(preview.warnings)
        return True

    made = work.export(name, tmp_path / "a.png", Options(confirm=confirm))
    assert shown == [made.warnings] == [(NOT_KEPT,)]
    assert checked(made.path)[1].aigc == ()
    assert work.export("1.2", tmp_path / "b.png").warnings == ()


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ((), "no file that this picture was made from"),
        ((THEIRS, THEIRS.replace("x-1", "x-2")), "differ"),
        ((THEIRS.replace('"2"', '"9"', 1),), "not sound"),
    ],
)
def test_what_cannot_be_kept(
    work: Work, tmp_path: Path, texts: tuple[str, ...], words: str
) -> None:
    """No block, several that differ, or a broken one; nothing is written."""
    name = _brought(work, tmp_path, *texts)
    with pytest.raises(UsageError, match=words):
        work.export(name, tmp_path / "a.png", Options(mark="keep"))
    assert not (tmp_path / "a.png").exists()


def test_what_is_about_to_be_signed_is_read_back(tmp_path: Path) -> None:
    """A file with two blocks, or a broken one, is never signed."""
    good = aigc.value(producer=CODE, content_id="1")
    for texts in ([good, good], [good.replace('"1"', '"9"', 1)], []):
        info = PngImagePlugin.PngInfo()
        for text in texts:
            info.add_itxt("AIGC", text)
        Image.new("RGB", (4, 4)).save(tmp_path / "a.png", pnginfo=info)
        data = (tmp_path / "a.png").read_bytes()
        assert len(marks.read(data, "image/png").aigc) == len(texts)
        with pytest.raises(SigningError):
            demand_one(data)


def test_marks_are_looked_for_only_when_asked(work: Work, tmp_path: Path) -> None:
    """And of a file that cannot be read nothing is told."""
    (tmp_path / "no.png").write_bytes(b"nothing")
    told: list[Verdict] = []
    work.export("1.2", tmp_path / "a.png", LABELLED)
    paths = [tmp_path / "a.png", tmp_path / "no.png"]
    found = list(verify_each(paths, on_marks=lambda v, _: told.append(v), ordered=True))
    assert [v.verdict.value for v in found][1] == "unreadable"
    assert [json.dumps(v.as_json()) for v in told] == [json.dumps(found[0].as_json())]


def _china(verdict: Verdict, found: FileMarks) -> Any:
    ((_, findings, drafts),) = judge(verdict, found, [load("cn-label-2025")])
    return findings, drafts


def test_a_visible_label_is_an_edit(work: Work, tmp_path: Path) -> None:
    """At the bottom right, high enough, on record by its note; the picture before it stays."""
    picture = Image.new("RGB", (400, 200), "#808080")
    work.record(FakePipeline())("a boat", generator=torch.Generator().manual_seed(9))
    start = work.history().attempts[-1].images[0].name
    edit = work.edit(start, [Resize(400, 200), Fill(Area(), colour="#808080")])
    labelled = replace(LABELLED, visible_label="AI-made")
    made = work.export(edit.image.name, tmp_path / "a.png", labelled)
    drawn = work.history().edits[-1]
    assert (made.image, drawn.parent, drawn.note) == (drawn.image.name, edit.image.name, NOTE)
    assert [done.name for done in drawn.operations] == ["fill", "text"]
    assert drawn.agent is EditAgent.PROGRAM
    after = np.asarray(Image.open(tmp_path / "a.png").convert("L"))
    changed = np.argwhere(after != np.asarray(picture.convert("L")))
    assert tuple(changed.max(axis=0)) == (199, 399)
    assert changed.min(axis=0)[0] > 150
    rows = np.argwhere(after > 200)[:, 0]
    assert 10 <= rows.max() - rows.min() + 1 <= 13  # 5 % of 200, and little more
    assert len(checked(tmp_path / "a.png")[1].aigc) == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [("made by hand", "with AI or 人工智能"), ("AI\nAI", "one line"), ("AI" * 200, "shorten")],
)
def test_what_is_no_visible_label(work: Work, tmp_path: Path, words: str, why: str) -> None:
    """Refused, and nothing is drawn."""
    before = len(work.history().edits)
    with pytest.raises(UsageError, match=why):
        work.export("1.2", tmp_path / "a.png", replace(LABELLED, visible_label=words))
    assert len(work.history().edits) == before


def test_a_visible_label_is_nobodys_contribution(work: Work, tmp_path: Path) -> None:
    """A person asks for it, and no measure, layer or signed action makes it theirs."""
    start = work.edit("1.1", [Resize(400, 200)])
    before = work.measure(start.image.name)
    path = tmp_path / "a.png"
    work.export(start.image.name, path, replace(LABELLED, visible_label="AI-made"))
    drawn = work.history().edits[-1]
    assert drawn.citation.by_person
    assert drawn.difference.changed > 0
    after = work.measure(drawn.image.name)
    changed = {n for n, item in after.measures.items() if item.value != before.measures[n].value}
    assert changed <= {"exports", "active_seconds"}
    assert after.origin is not None
    layers = [layer for layer in after.origin.layers if layer.image == drawn.image.name]
    assert {layer.writer for layer in layers} == {"fill", "text"}
    assert {layer.agent for layer in layers} == {"program"}
    actions = checked(path)[0].credentials.actions
    sources = {action.description: action.digital_source_type for action in actions}
    assert sources["resize"] == HUMAN_EDITS
    assert (sources["fill"], sources["text"]) == (None, None)


def test_nothing_is_drawn_where_the_export_is_refused(work: Work, tmp_path: Path) -> None:
    """A file that stands there stops it first."""
    (tmp_path / "a.png").write_bytes(b"mine")
    before = work.studio.ledger.head().size
    with pytest.raises(UsageError, match="exists"):
        work.export("1.2", tmp_path / "a.png", replace(LABELLED, visible_label="AI"))
    assert work.studio.ledger.head().size == before


def test_a_label_stays_on_record_when_signing_is_called_off(work: Work, tmp_path: Path) -> None:
    """It was drawn so that the person could see what would be signed; the words say so."""
    refusing = replace(LABELLED, visible_label="AI", confirm=lambda _preview: False)
    with pytest.raises(CalledOffError, match=r"Nothing was exported\..*on record, as e1\."):
        work.export("1.2", tmp_path / "a.png", refusing)
    assert [edit.note for edit in work.history().edits] == [NOTE]
    assert not work.history().exports
