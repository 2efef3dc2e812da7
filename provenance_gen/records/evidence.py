"""What an evidence bundle says of itself: the file ``evidence.json``."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from provenance_gen.records.anchor import StudioTimes
from provenance_gen.records.base import Count, Record, Token

FORM: Final = "provenance-gen/evidence@1"
ABOUT: Final = "evidence.json"

Pictures = Literal["full", "thumbnails", "none"]
Format = Literal["html", "json", "pdf", "prov"]
MAX_POLICIES: Final = 64


class Evidence(Record):
    """What the report in the bundle was made from, so that it can be made again."""

    form: str = FORM
    software: Token
    """What worded the report (``reporting.edition``); another one may word it differently."""
    work: Token
    language: Literal["en", "ja"]
    image: str | None = None
    """The image that the report is of."""
    size: Count
    """Events of the log that the bundle speaks of."""
    policies: tuple[Token, ...] = Field(min_length=1, max_length=MAX_POLICIES)
    formats: tuple[Format, ...] = Field(min_length=1)
    paged: bool = False
    """Whether the page is a folder of pages, since its pictures are too many for one."""
    pictures: Pictures
    images: dict[str, str] = {}
    """Names of files by names of images, such as ``2.3``; images of the same pixels share one."""
    files: dict[str, Count] = {}
    """Exported files that are here, with the numbers of their exports."""
    times: StudioTimes = StudioTimes()
    """Trusted times of the events in the bundle, by those of its time-stamps that lead to
    authorities that its writer chose."""
