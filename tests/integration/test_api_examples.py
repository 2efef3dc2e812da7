"""The examples of docs/api.md run as they stand, in order, with a small model in SDXL's place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from provenance_gen import Studio
from provenance_gen.errors import UsageError
from provenance_gen.generation.replay import Grade
from tests import pipelines

if TYPE_CHECKING:
    from provenance_gen.records import work as records

API = Path(__file__).resolve().parents[2] / "docs" / "api.md"

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*__array__ implementation:DeprecationWarning"),
    pytest.mark.xdist_group("pipelines"),
]


def example(name: str) -> str:
    """Return an example's code, with fewer steps and small pictures."""
    text = API.read_text(encoding="utf-8")
    found = re.search(rf"<!-- example: {name} -->\n```python\n(.*?)```", text, re.DOTALL)
    assert found is not None
    code = re.sub(
        r"num_inference_steps=\d+", "num_inference_steps=1, width=32, height=32", found[1]
    )
    assert code != found[1] or "num_inference_steps" not in code
    return code


def run(name: str, names: dict[str, Any]) -> None:
    """Run an example."""
    exec(compile(example(name), API.name, "exec"), names)  # noqa: S102 - our own document


def test_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Script, notebook and batch job, one after the other in one folder."""
    monkeypatch.chdir(tmp_path)
    pipe, _ = pipelines.build(pipelines.stable_diffusion_xl)
    pipe.save_pretrained("models/sdxl")
    Path("prompts.txt").write_text("a red boat\nthe sea\n", encoding="utf-8")
    names: dict[str, Any] = {}
    with pytest.raises(UsageError, match="--model"):
        run("sdxl", names)
    run("sdxl, continued", names)
    assert names["again"].comparison.grade is Grade.IDENTICAL
    assert not names["again"].changes
    run("notebook", {})
    run("batch", {})
    with Studio.open("art") as studio:
        works: tuple[records.Work, ...] = studio.history().works
    assert [len(work.attempts) for work in works] == [1, 2, 2]
    first = works[0].attempts[0]
    assert (first.model.basis, first.call.completeness) == ("path_after_load", ())
    assert {file.component for file in first.model.files} == {
        "unet",
        "vae",
        "text_encoder",
        "text_encoder_2",
    }
    assert works[1].attempts[1].viewed == "1.1"
    assert Path("harbour.png").is_file()


def test_the_built_in_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first example needs nothing that does not ship."""
    monkeypatch.chdir(tmp_path)
    run("built-in", {})
    with Studio.open("first") as studio:
        (work,) = studio.history().works
        assert studio.verify("boat.png").verdict == "valid"
    assert [attempt.viewed for attempt in work.attempts] == [None, "1.2"]
