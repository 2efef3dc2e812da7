"""What an evidence bundle tells a stranger: one page on what lies in it and how to check it.

In the language of its report; the page itself is a template that lies with those of reports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen import resources
from provenance_gen.errors import ResourceError

if TYPE_CHECKING:
    from provenance_gen.records.evidence import Evidence

NAME: Final = "README.md"


def readme(about: Evidence, key: str) -> str:
    """Return the page.

    Args:
        about: what the bundle says of itself.
        key: C2SP verifier key of the ledger.

    Raises:
        ResourceError: the page is missing: the installation is damaged.
    """
    name = f"evidence-readme.{about.language}.md"
    try:
        page = resources.report_templates().joinpath(name).read_text(encoding="utf-8")
    except OSError as error:
        raise ResourceError(f"the template {name!r} is missing; reinstall") from error
    return page.format(
        size=about.size,
        software=about.software,
        report=_first(about),
        pictures=_PICTURES[about.language][about.pictures],
        key=key,
    )


def _first(about: Evidence) -> str:
    if "html" not in about.formats:
        return "report/report.json"
    return "report/index.html" if about.paged else "report/report.html"


_PICTURES: Final = {
    "en": {
        "full": "every image of the work as it was stored, once where several have the same pixels;"
        " its SHA-256 stands in the events",
        "thumbnails": "small pictures only, once where several images have the same pixels; their"
        " SHA-256 stands in the events, as far as one was recorded",
        "none": "no pictures were put in",
    },
    "ja": {
        "full": "作品のすべての画像を、保管されているとおりに。同じ画素の画像は一つだけ。"
        "SHA-256 は記録にあります",
        "thumbnails": "縮小した画像だけ。同じ画素の画像は一つだけ。SHA-256 は、残されていれば"
        "記録にあります",
        "none": "画像は入っていません",
    },
}
