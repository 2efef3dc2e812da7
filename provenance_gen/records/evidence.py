"""What an evidence bundle says of itself: the file ``evidence.json``."""

from __future__ import annotations

from typing import Final, Literal

from provenance_gen.records.anchor import StudioTimes
from provenance_gen.records.base import Count, Record, Token

FORM: Final = "provenance-gen/evidence@1"
ABOUT: Final = "evidence.json"

Pictures = Literal["full", "thumbnails", "none"]


class Evidence(Record):
    """What the report in the bundle was made from, so that it can be made again."""

    form: str = FORM
    software: Token
    """Version of the program; another one may word a report differently."""
    work: Token
    language: Literal["en", "ja"]
    image: str | None = None
    """The image that the report is of."""
    size: Count
    """Events of the log that the bundle speaks of."""
    policies: tuple[Token, ...]
    formats: tuple[Token, ...]
    pictures: Pictures
    images: dict[str, str] = {}
    """Names of files by names of images, such as ``2.3``."""
    files: dict[str, Count] = {}
    """Exported files that are here, with the numbers of their exports."""
    times: StudioTimes = StudioTimes()
    """Trusted times as its writer knew them: by authorities that the writer chose."""
