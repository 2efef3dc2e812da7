"""How heavy a report may be: one page while its pictures are few, and none larger than stated."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from PIL import Image

from provenance_gen.editing.steps import Resize
from provenance_gen.policy.loader import load
from provenance_gen.reporting import html
from provenance_gen.studio import report
from provenance_gen.studio.report_pictures import DIFFERENCE_SIDE, WHOLE_SIDE, StoredPictures

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.studio import Work


def test_large_pictures_are_made_smaller(work: Work) -> None:
    """The picture of the report and those of changes; the stored ones are as they were."""
    work.edit("1.1", [Resize(WHOLE_SIDE + 52, 300)])
    history = work.history()
    shown = StoredPictures(work.studio.store, history)
    digest = history.image("e1").ref.pixel_digest
    whole = shown.full(digest)
    assert whole
    assert Image.open(io.BytesIO(whole)).width == WHOLE_SIDE
    assert shown.unreduced(digest) == work.studio.store.path(digest).read_bytes()
    changed = shown.difference(history.edits[0])
    assert changed
    assert max(Image.open(io.BytesIO(changed)).size) == DIFFERENCE_SIDE
    small = history.image("1.2").ref.pixel_digest
    assert shown.full(small) == shown.unreduced(small)


def test_a_page_with_too_many_pictures_is_a_folder(work: Work, tmp_path: Path) -> None:
    """However few images there are; a picture counts as often as it is shown."""
    work.select("1.1", over=["1.2"])
    policies = [load("jp-bunka-2024")]
    gathered = report.gather(work, policies=policies, language="en")
    page = html.render(gathered)
    shown = re.findall(r'<img (class="swatch" )?[^>]*?src="([^"]+)"', page)
    pictures = sum(len(address) for swatch, address in shown if not swatch)
    assert html.render_within(gathered, pictures) == page
    assert html.render_within(gathered, pictures - 1) is None
    for name, most in (("one", pictures), ("many", pictures - 1)):
        files = {"html": tmp_path / f"{name}.html"}
        report._write(gathered, policies, files, overwrite=False, most=most)
        assert files["html"].name == ("one.html" if name == "one" else "index.html")
    assert sorted(path.name for path in (tmp_path / "many").iterdir()) == [
        "SHA256SUMS",
        "index.html",
        "pictures",
    ]
    index = (tmp_path / "many" / "index.html").read_text(encoding="utf-8")
    assert 'src="pictures/final.png"' in index
