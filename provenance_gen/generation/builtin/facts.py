"""What is known of how a model came about: `training.json` in its folder, read and written.

The card is worded from it (`card`), the benchmark adds what it measured. Needs no torch.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["FACTS", "Tally", "TrainingFacts", "library_versions", "read_facts", "write_facts"]

FACTS = "training.json"
"""Name of the file in a model folder."""


@dataclass
class Tally:
    """What a stage has cost so far."""

    steps: int = 0
    samples: int = 0
    """Samples seen by the whole team."""
    seconds: float = 0.0
    """Wall-clock seconds."""
    core_seconds: float = 0.0
    """Processor seconds of the whole team, taken as equal among its members."""
    loss: float = 0.0
    """Running mean of the loss."""


@dataclass(frozen=True)
class TrainingFacts:
    """What the card says of the training."""

    seed: int
    device: str
    processes: int
    pictures: int
    """Size of the training set of the picture model."""
    pairs: float
    """Share of its pictures with two things."""
    size: int
    """Width and height of the pictures that the model makes, in pixels."""
    psnr: float
    """Of the codec, on pictures it was not trained on, in dB."""
    versions: Mapping[str, str]
    """Library name to version."""
    tallies: Mapping[str, Tally]
    """Stage name to what it cost."""
    grown_from: int = 0
    """Size of the pictures before the codec was given another level; 0: never."""
    measured: Mapping[str, Any] = field(default_factory=dict)
    """What a benchmark or a person found: heading to figures (see `card`)."""

    def grown(self, size: int, psnr: float, tallies: Mapping[str, Tally]) -> TrainingFacts:
        """Return the facts of the model with a larger codec; what was measured is void."""
        return dataclasses.replace(
            self,
            size=size,
            psnr=psnr,
            tallies={**self.tallies, **tallies},
            grown_from=self.grown_from or self.size,
            measured={},
        )


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that a training run depends on."""
    names = ("torch", "diffusers", "transformers", "pillow", "numpy")
    return {name: importlib.metadata.version(name) for name in names}


def read_facts(folder: Path) -> TrainingFacts:
    """Return the facts of the model in a folder."""
    found = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    tallies = {name: Tally(**tally) for name, tally in found.pop("tallies").items()}
    return TrainingFacts(tallies=tallies, **found)


def write_facts(folder: Path, facts: TrainingFacts) -> None:
    """Write the facts into the folder of the model they are about."""
    text = json.dumps(dataclasses.asdict(facts), indent=1)
    (folder / FACTS).write_text(text + "\n", encoding="utf-8")
