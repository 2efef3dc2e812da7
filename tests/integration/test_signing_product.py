"""Every format by every algorithm for every kind of chain: signed, read back, judged elsewhere.

Each of the hundred combinations signs, reads as ``Trusted`` under its own root, and keeps its
pixels; PNG, JPEG and AVIF are valid for ``@trustnxt/c2pa-ts`` too. A covering set of twenty-five
runs always: every format with every chain, and every format with every algorithm. The whole
product is for ``make soak``.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from provenance_gen.credentials import authority, container, manifest, reader
from provenance_gen.credentials.algorithms import ALGORITHMS
from provenance_gen.images.pixels import decode, pixel_digest
from provenance_gen.metadata import xmp
from provenance_gen.records.export import Disclosure
from provenance_gen.studio import twins
from provenance_gen.studio.encoding import FORMATS, encode
from tests import c2pa_ts, tsa
from tests.unit.credentials import samples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provenance_gen.credentials.report import CredentialReport

_ENDINGS = (".png", ".jpg", ".webp", ".avif", ".tif")
_ELSEWHERE = (".png", ".jpg", ".avif")
_CHAINS = {
    "new": samples.PLAIN,
    "edited": samples.EDITED,
    "inpainted": samples.INPAINTED,
    "with parent": samples.IMPORTED,
    "with time-stamp": samples.EDITED,
}
_ALL = list(itertools.product(_ENDINGS, _CHAINS, ALGORITHMS))
_COVERING = [
    (ending, chain, ALGORITHMS[(row + column) % len(ALGORITHMS)])
    for row, ending in enumerate(_ENDINGS)
    for column, chain in enumerate(_CHAINS)
]


@dataclass(frozen=True)
class Made:
    """One signed file."""

    path: Path
    before: str
    """Pixel digest of what was signed."""
    report: CredentialReport


@dataclass(frozen=True)
class Bench:
    """What the combinations are made with."""

    folder: Path
    keys: dict[str, samples.Keys]
    parent: bytes
    """A signed file that a chain begins with."""
    clock: tsa.Server

    def make(self, ending: str, chain: str, algorithm: str) -> Made:
        """Sign one combination."""
        file_format = FORMATS[ending]
        definition = samples.definition(
            _CHAINS[chain], Disclosure.FULL, file_format.media_type, title=f"harbour{ending}"
        )
        twin = twins.twin(definition, Disclosure.FULL, file_format.media_type)
        packet = twin.packet if twin else None
        data = encode(decode(samples.encoded()), file_format, packet)
        source = self.folder / f"source{ending}"
        source.write_bytes(data)
        more: dict[str, Any] = {}
        if chain == "with parent":
            more["originals"] = {"parent": self.parent}
        if chain == "with time-stamp":
            more["authority"] = self.clock.authority()
        keys = self.keys[algorithm]
        target = self.folder / f"{chain} {algorithm}{ending}"
        manifest.sign(source, target, definition, keys.signing(**more))
        report = reader.read(target.read_bytes(), file_format.media_type, keys.anchors)
        return Made(target, pixel_digest(decode(data)), report)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Make a key for each algorithm, a parent, and a time-stamp authority."""
    folder = tmp_path_factory.mktemp("product")
    keys = {
        algorithm: samples.keys(
            folder / algorithm, authority.issue(datetime.now(UTC), algorithm=algorithm)
        )
        for algorithm in ALGORITHMS
    }
    stranger = samples.keys(folder / "stranger")
    parent, _ = samples.sign(folder, stranger, "parent.png")
    with tsa.serving() as clock:
        yield Bench(folder, keys, parent.read_bytes(), clock)


def check(bench: Bench, config: pytest.Config, combinations: list[tuple[str, str, str]]) -> None:
    """Make combinations and judge each of them, here and elsewhere."""
    made = {each: bench.make(*each) for each in combinations}
    for (ending, chain, algorithm), one in made.items():
        data = one.path.read_bytes()
        about = (ending, chain, algorithm, one.report.failures)
        assert one.report.state == "Trusted", about
        assert one.report.certificate, about
        assert one.report.certificate.algorithm == algorithm, about
        assert pixel_digest(decode(data)) == one.before, about
        assert container.media_type(data) == FORMATS[ending].media_type, about
        assert bool(one.report.signed_at) == (chain == "with time-stamp"), about
        kept = [item.has_manifest for item in one.report.ingredients]
        assert any(kept) == (chain == "with parent"), about
    paths = {each: one.path for each, one in made.items() if each[0] in _ELSEWHERE}
    judged = c2pa_ts.judge(config, list(paths.values()))
    wrong = {
        each: found["failures"]
        for each, found in zip(paths, judged, strict=True)
        if not found["valid"]
    }
    assert wrong == {}


def test_a_covering_set(bench: Bench, pytestconfig: pytest.Config) -> None:
    """Every format with every chain, and with every algorithm."""
    assert {(e, a) for e, _, a in _COVERING} == set(itertools.product(_ENDINGS, ALGORITHMS))
    check(bench, pytestconfig, _COVERING)


@pytest.mark.slow
def test_the_whole_product(bench: Bench, pytestconfig: pytest.Config) -> None:
    """All hundred."""
    assert len(_ALL) == 100
    check(bench, pytestconfig, _ALL)


def test_the_twin_is_covered_by_the_signature(bench: Bench) -> None:
    """XMP goes in first: changing a letter of it afterwards breaks the content binding."""
    for ending in _ENDINGS:
        one = bench.make(ending, "new", "es256")
        data = one.path.read_bytes()
        place = data.index(xmp.IPTC_EXT.encode())
        changed = data[:place] + b"X" + data[place + 1 :]
        report = reader.read(changed, FORMATS[ending].media_type, bench.keys["es256"].anchors)
        assert report.state == "Invalid"
        assert any("Hash.mismatch" in status.code for status in report.failures)
