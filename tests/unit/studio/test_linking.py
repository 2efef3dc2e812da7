"""What a stranger can link: all that two files of one studio have in common, and no more.

Of each profile everything that a file tells is read out, by the library and from XMP. What two
files of one studio share is held up to what a file of another studio, on the same machine and by
the same model, says as well: the rest is what links them.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import c2pa
import pytest

from provenance_gen import Studio
from provenance_gen.metadata import carriers
from provenance_gen.studio import signing
from provenance_gen.studio.export import Options
from tests.unit.studio.conftest import generate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provenance_gen.studio import Work

CERTIFICATE = {"serialNumber", "CN", "notBefore", "notAfter"}
LEDGER = {"origin", "checkpoint"}
TIMES = {"when", "prepared"}
"""To the second; they are the same in files that were made within one, as here."""
SIZES = {"start", "length"}
"""Of the manifest: in bytes, so those of equal form are of equal size, whoever made them."""


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Return every value that holds no others, as text, with its name."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, key)
    elif key not in SIZES:
        yield key, str(value)


def told(path: Path) -> set[tuple[str, str]]:
    """Return all that a file tells, with the words of a checkpoint one by one."""
    with path.open("rb") as file, c2pa.Reader("image/png", file) as opened:
        found = json.loads(opened.crjson())
    said = {one for manifest in found["manifests"] for one in leaves(manifest)}
    for name, value in list(said):
        if name == "checkpoint":
            said |= {(name, word) for word in value.split()}
            # The name and the key's number stand before the signature (C2SP signed-note).
            said.add((name, value.split()[-1][:5]))
    for one in carriers.find(path.read_bytes(), "image/png"):
        said |= {("XMP", value) for values in (one.properties or {}).values() for value in values}
    return said


def exported(work: Work, path: Path, disclosure: str) -> set[tuple[str, str]]:
    """Export the first image, and return all that the file tells."""
    work.export("1.1", path, Options(disclosure=disclosure))
    return told(path)


@pytest.mark.parametrize("disclosure", ["minimal", "standard", "full"])
def test_what_links_two_files(studio: Studio, tmp_path: Path, disclosure: str) -> None:
    """Two works of one studio, and one of another that has the same model and the same title."""
    prompts = {"one": "a boat", "two": "a lighthouse"}
    files = []
    for seed, (name, prompt) in enumerate(prompts.items(), 5):
        work = studio.new_work("Harbour")
        generate(work, prompt, seed=10 * seed)
        files.append(exported(work, tmp_path / f"{name}.png", disclosure))
    with Studio.init(tmp_path / "other") as other:
        work = other.new_work("Harbour")
        generate(work, "a gull", seed=900)
        strange = exported(work, tmp_path / "strange.png", disclosure)
    linking = (files[0] & files[1]) - strange
    names = {name for name, _ in linking}
    certificate = {name for name in names if name in CERTIFICATE}
    assert {"serialNumber", "CN"} <= certificate
    assert names - CERTIFICATE - (TIMES if disclosure != "minimal" else set()) == (
        set() if disclosure == "minimal" else LEDGER
    )
    origin = studio.ledger.origin
    assert {value for name, value in linking if name == "origin"} <= {origin}
    # What all three share is nobody's number: only digests, of the model, are as long as one.
    shared = files[0] & files[1] & strange
    numbers = {name for name, value in shared if re.search(r"[0-9a-f]{16}", value)}
    assert numbers <= {"org.provenance-gen.sha256", "sha256", "XMP"}


def test_two_keys_leave_nothing_to_link_minimal_files(studio: Studio, tmp_path: Path) -> None:
    """As the documents say: ``provgen keys rotate`` between the two."""
    files = []
    for number in (1, 2):
        work = studio.new_work("Harbour")
        generate(work, f"a boat {number}", seed=10 * number)
        files.append(exported(work, tmp_path / f"{number}.png", "minimal"))
        signing.rotate(studio)
    with Studio.init(tmp_path / "other") as other:
        work = other.new_work("Harbour")
        generate(work, "a gull", seed=900)
        strange = exported(work, tmp_path / "strange.png", "minimal")
    linking = (files[0] & files[1]) - strange
    # Certificates are made by the second, so that those of one hour may begin alike.
    assert {name for name, _ in linking} <= {"notBefore", "notAfter"}
