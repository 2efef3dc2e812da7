"""Gates before generating: what fires is recorded, and stops the call or is overridden."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import torch
from PIL import Image

from provenance_gen import resources
from provenance_gen.config import config_file
from provenance_gen.editing.areas import Area
from provenance_gen.errors import GateError, PolicyError, SettingsError, UsageError
from provenance_gen.studio.export import Options
from provenance_gen.studio.gates import Firing, Gates
from provenance_gen.studio.inpaint import Painting
from provenance_gen.studio.request import Request
from tests.fakes import FakePipeline

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records import work as records
    from provenance_gen.records.event import Event
    from provenance_gen.studio import Work

EXAMPLE = Gates(("ask-first",))
MANNER = "a boat in the style of Sesshu"


def call(
    work: Work, prompt: str | list[str], gates: Gates | None = None, **more: Any
) -> FakePipeline:
    """Record one call of a fake pipeline, and return the pipeline."""
    pipe = FakePipeline()
    work.record(pipe, gates=gates)(prompt, generator=torch.Generator().manual_seed(1), **more)
    return pipe


def events(work: Work) -> list[Event]:
    """Return the events of gates and attempts, in order."""
    return [e for e in work.studio.ledger.events() if e.type.startswith(("gate.", "attempt.st"))]


def gates(work: Work) -> tuple[records.Gate, ...]:
    """Return the gates that fired."""
    return work.history().gates


def test_a_gate_stops_a_call_before_the_attempt_begins(work: Work) -> None:
    """The model is not run; that the gate fired is recorded, and for which policy and factor."""
    before = len(work.history().attempts)
    pipe = FakePipeline()
    recorded = work.record(pipe, gates=EXAMPLE)
    with pytest.raises(GateError, match="asks for a reason") as caught:
        recorded(MANNER)
    assert caught.value.fired == (("ask-first", "ask.style"),)
    assert caught.value.overridable
    assert pipe.called == 0
    assert len(work.history().attempts) == before
    (gate,) = gates(work)
    assert (gate.policy, gate.factor, gate.demand) == ("ask-first", "ask.style", "reason")
    assert (gate.overridden, gate.reason) == (None, None)
    recorded("a boat on the sea")
    assert pipe.called == 1
    assert len(gates(work)) == 1


def test_an_override_is_an_event_too(work: Work) -> None:
    """Right before the attempt: what fired, who went on and why, and the attempt itself."""
    pipe = call(work, MANNER, Gates(("ask-first",), override="a study of ink", use="research"))
    assert pipe.called == 1
    kinds = [event.type for event in events(work)]
    assert kinds == ["attempt.started", "gate.fired", "gate.overridden", "attempt.started"]
    (gate,), attempt = gates(work), work.history().attempts[-1]
    assert gate.overridden is not None
    assert (gate.reason, gate.attempt) == ("a study of ink", attempt.id)
    assert attempt.use == "research"


def test_no_word_of_a_prompt_or_a_reason_enters_a_body(work: Work) -> None:
    """Bodies name policy and factor; the reason is a commitment."""
    call(work, MANNER, Gates(("ask-first",), override="a study of ink"))
    fired, overridden = events(work)[1:3]
    allowed = {"work", "policy", "factor", "policy_digest", "demand", "attempt"}
    assert fired.payload.keys() == allowed
    reader = sqlite3.connect(work.studio.folder.data / "ledger.db")
    for event in (fired, overridden):
        row = reader.execute("SELECT body FROM event WHERE seq = ?", (event.sequence,)).fetchone()
        assert event.type.encode() in row[0]
        assert not any(word in row[0].lower() for word in (b"sesshu", b"boat", b"study", b"ink"))
    reader.close()


def test_what_is_not_wanted_is_no_term_to_look_for(work: Work) -> None:
    """A negative prompt says what shall not be there."""
    call(work, "a boat", EXAMPLE, negative_prompt=MANNER)
    assert gates(work) == ()


def test_several_prompts_of_one_call(work: Work) -> None:
    """Each is looked at."""
    with pytest.raises(GateError):
        call(work, ["a boat", MANNER], EXAMPLE)


def test_inputs_with_unrecorded_rights(work: Work, tmp_path: Path) -> None:
    """A file from outside asks for a reason until the person says whose it is."""
    Image.new("RGB", (16, 16), "teal").save(tmp_path / "found.png")
    with pytest.raises(GateError, match="recorded why it may be used"):
        call(work, "a boat", EXAMPLE, image=Image.open(tmp_path / "found.png"))
    brought = work.bring_in(tmp_path / "found.png")
    picture = work.studio.store.open(brought.image.ref.pixel_digest)
    with pytest.raises(GateError):
        call(work, "a boat", EXAMPLE, image=picture)
    fired = len(gates(work))
    for how in ({"own": True}, {"note": "CC0, from a museum"}):
        work.bring_in(tmp_path / "found.png", **how)
        call(work, "a boat", EXAMPLE, image=picture)
    made = work.history().attempts[0].images[0]
    call(work, "a boat", EXAMPLE, image=work.studio.store.open(made.ref.pixel_digest))
    mask = Image.new("L", (16, 16), 255)
    call(work, "a boat", EXAMPLE, image=picture, mask_image=mask)
    assert len(gates(work)) == fired


def test_an_edit_of_an_import_is_from_outside_too(work: Work, tmp_path: Path) -> None:
    """Its lineage begins there."""
    Image.new("RGB", (16, 16), "teal").save(tmp_path / "found.png")
    brought = work.bring_in(tmp_path / "found.png")
    edit = work.edit(brought.image.name, Image.new("RGB", (16, 16), "navy"), tool="Krita")
    with pytest.raises(GateError, match=r"ask\.input\.rights"):
        call(work, "a boat", EXAMPLE, image=work.studio.store.open(edit.image.ref.pixel_digest))


def test_inputs_whose_credentials_refuse(work: Work, tmp_path: Path) -> None:
    """What a signed file says of use by AI is recorded when it is taken in, and judged."""
    for use in ("allowed", "notAllowed"):
        work.export("1.1", tmp_path / f"{use}.png", Options(training=use))
    other = work.studio.new_work("Later")
    free = other.bring_in(tmp_path / "allowed.png", note="exported earlier")
    assert free.statement is not None
    assert free.statement.training is not None
    assert set(free.statement.training.values()) == {"allowed"}
    picture = work.studio.store.open(free.image.ref.pixel_digest)
    call(other, "a boat", EXAMPLE, image=picture)
    assert gates(other) == ()
    refusing = other.bring_in(tmp_path / "notAllowed.png", note="exported earlier")
    assert refusing.statement is not None
    assert refusing.statement.training == {
        "ai_generative_training": "notAllowed",
        "ai_inference": "notAllowed",
        "ai_training": "notAllowed",
        "data_mining": "notAllowed",
    }
    insisting = Gates(("ask-first",), override="I want it", ask=lambda _: "please")
    with pytest.raises(GateError, match="does not override") as caught:
        call(other, "a boat", insisting, image=picture)
    assert not caught.value.overridable
    assert gates(other)[-1].overridden is None


@dataclass
class _FromFolder(FakePipeline):
    name_or_path: str = ""
    """Where diffusers says that it came from."""


@pytest.fixture
def limited(tmp_path: Path) -> FakePipeline:
    """Return a pipeline from a folder whose card names a licence that forbids commercial use."""
    folder = tmp_path / "model"
    folder.mkdir()
    card = "---\nlicense: other\nlicense_name: flux-1-dev-non-commercial-license\n---\n# A model\n"
    (folder / "README.md").write_text(card, encoding="utf-8")
    return _FromFolder(name_or_path=str(folder))


@pytest.mark.parametrize(
    ("use", "stopped"), [("commercial", "ask.licence"), (None, "ask.use"), ("research", None)]
)
def test_licences_of_models(
    work: Work, limited: FakePipeline, use: str | None, stopped: str | None
) -> None:
    """The table in the policy's file speaks of the licence that the card names."""
    recorded = work.record(limited, gates=Gates(("ask-first",), use=use))
    if stopped is None:
        recorded("a boat")
        assert work.history().attempts[-1].model.licence == "flux-1-dev-non-commercial-license"
        return
    with pytest.raises(GateError) as caught:
        recorded("a boat")
    assert caught.value.fired == (("ask-first", stopped),)


def test_a_policy_may_let_its_refusals_be_overridden(
    work: Work, limited: FakePipeline, tmp_path: Path
) -> None:
    """It says so itself."""
    text = resources.policies().joinpath("ask-first.yaml").read_text(encoding="utf-8")
    mine = tmp_path / "mine.yaml"
    mine.write_text(text.replace("id: ask-first", "id: mine\noverridable: true"), encoding="utf-8")
    asked: list[Firing] = []

    def ask(firing: Firing) -> str:
        asked.append(firing)
        return "licensed from the maker"

    recorded = work.record(limited, gates=Gates((mine,), use="commercial", ask=ask))
    recorded("a boat")
    recorded("a pier")
    assert [firing.key for firing in asked] == [("mine", "ask.licence")]
    assert [gate.reason for gate in gates(work)] == ["licensed from the maker"] * 2


def test_nothing_is_loaded_for_what_a_gate_stops(work: Work) -> None:
    """A model that has to be fetched is not, and the whole batch is judged before it begins."""
    request = Request(prompt="", model="nobody/nowhere", gates=EXAMPLE)
    with pytest.raises(GateError):
        list(work.generate_each(request, ["a boat", MANNER]))
    (gate,) = gates(work)
    assert gate.attempt is None


def test_gates_of_the_configuration(work: Work) -> None:
    """They are judged in every studio, painting by a model included, and a broken one stops all."""
    file = config_file()
    file.write_text("gates: [ask-first]\n", encoding="utf-8")
    with pytest.raises(GateError):
        call(work, MANNER)
    with pytest.raises(GateError):
        work.inpaint("1.1", Area(box=(0, 0, 8, 8)), Painting(MANNER))
    call(work, "a boat")
    file.write_text("gates: [mine.yaml]\n", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"mine\.yaml: no such file"):
        call(work, "a boat")
    file.write_text("gates: ask-first\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="must be a list"):
        call(work, "a boat")


@pytest.mark.parametrize(
    ("gates", "error", "words"),
    [
        (Gates(("jp-bunka-2024",)), PolicyError, "is no gate"),
        (Gates(("nothing",)), PolicyError, "no such file"),
        (Gates(use="fun"), UsageError, "commercial, noncommercial, research"),
        (Gates(override="  "), UsageError, "in words"),
    ],
)
def test_misuse(work: Work, gates: Gates, error: type[Exception], words: str) -> None:
    """Refused before anything is recorded."""
    size = work.studio.ledger.head().size
    with pytest.raises(error, match=words):
        work.record(FakePipeline(), gates=gates)
    assert work.studio.ledger.head().size == size


def test_two_gates_of_one_name(work: Work, tmp_path: Path) -> None:
    """An event names the policy, so two files may not share it; one given twice counts once."""
    data = resources.policies().joinpath("ask-first.yaml").read_bytes()
    (tmp_path / "same.yaml").write_bytes(data)
    (tmp_path / "other.yaml").write_bytes(data + b"# changed\n")
    with pytest.raises(GateError) as caught:
        call(work, MANNER, Gates(("ask-first", tmp_path / "same.yaml")))
    assert len(caught.value.fired) == 1
    with pytest.raises(PolicyError, match="judged already"):
        work.record(FakePipeline(), gates=Gates(("ask-first", tmp_path / "other.yaml")))
