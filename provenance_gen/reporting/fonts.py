"""The fonts that a PDF is set in: those of the extra ``fonts``, else what the machine has.

With the extra installed, the same events give the same pages everywhere, as long as its fonts have
every character. Fonts of the machine are asked for the rest. What no font has is told to the
caller, since a box in the place of a letter says nothing. No font is shipped with the program.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typst

from provenance_gen.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "noto_cjk_sans_jp_regular": ("NotoSansCJKjp-Regular.otf",),
    "noto_cjk_sans_jp_bold": ("NotoSansCJKjp-Bold.otf",),
    "font_source_sans_pro": ("files/SourceSansPro-Regular.otf", "files/SourceSansPro-Bold.otf"),
}
"""Font files by the packages that hold them, all under the SIL Open Font License 1.1.

Noto Sans CJK has the characters of Chinese, Japanese and Korean, each drawn as its language is
told; its Latin letters are those of Source Sans, which has them for all of Europe.
"""

LATIN: Final = ("Source Sans Pro", "Noto Sans", "DejaVu Sans")
"""Families for letters, best first; typst brings a last one, with serifs."""

EAST_ASIAN: Final = (
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Source Han Sans",
    "Hiragino Sans",
    "Hiragino Kaku Gothic ProN",
    "Yu Gothic",
    "Meiryo",
    "MS Gothic",
    "IPAexGothic",
    "IPAGothic",
    "Noto Sans CJK SC",
    "Noto Sans CJK KR",
)
"""Families that have the characters, best first; typst finds others by itself."""

WIDE: Final = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af]")
"""Kana, Han and Hangul."""

_MOST_RARE: Final = 8
"""Wide characters without a font that are named one by one; of more, a script has no font."""

_LACKING: Final = re.compile(r'the text `?"(.+?)"`? could not be displayed', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\u\{([0-9a-f]{1,6})\}")
_PROBE: Final = b"""#let given = json("letters.json")
#set text(font: given.names)
#for letter in given.letters [#text(letter) \\ ]
"""
_LAST: Final = "Libertinus Serif"


@dataclass(frozen=True)
class Fonts:
    """What a document is set in."""

    families: tuple[str | dict[str, str], ...]
    """As typst's ``text(font: …)`` takes them."""
    held: typst.Fonts
    """The ``typst.Fonts`` to choose from."""
    lacking: frozenset[str]
    """Characters of the document that none of them has."""


def choose(
    text: str, language: str, place: Path, *, packages: bool = True, system: bool = True
) -> Fonts:
    """Choose fonts for a document.

    Args:
        text: everything that stands in it.
        language: that of its own sentences.
        place: an empty folder to work in.
        packages: whether to use fonts of the extra.
        system: whether to use fonts of the machine.

    Raises:
        ReportError: no font here has its Japanese, Chinese or Korean characters.
    """
    letters = sorted({letter for letter in text if letter > "~"})
    folders = [str(folder) for folder in _packaged(place)] if packages else []
    if len(folders) == len(PACKAGES) or not system:
        alone = _fonts(folders, language, letters, place, system=False)
        if not (alone.lacking and system):
            return _demand_scripts(alone)
    return _demand_scripts(_fonts(folders, language, letters, place, system=True))


def _packaged(place: Path) -> Iterator[Path]:
    """Give folders with the font files of the extra that are installed; none is imported."""
    for package, files in PACKAGES.items():
        found = find_spec(package)
        for folder in (found.submodule_search_locations or ()) if found else ():
            there = [Path(folder, file) for file in files]
            if not all(file.is_file() for file in there):
                continue
            if len(files) == 1:
                yield there[0].parent
                continue
            # Other files of the same family lie beside these; which of two is taken would hang
            # on the order of a folder.
            (own := place / package).mkdir()
            for file in there:
                shutil.copyfile(file, own / file.name)
            yield own


def _fonts(
    folders: list[str], language: str, letters: list[str], place: Path, *, system: bool
) -> Fonts:
    held = typst.Fonts(include_system_fonts=system, font_paths=folders)
    there = set(held.families())
    latin = next((name for name in LATIN if name in there), _LAST)
    wide = [name for name in EAST_ASIAN if name in there]
    first: str | dict[str, str] = latin
    if language == "ja" and wide:
        # Quotation marks, dots and dashes as wide as the characters that they stand among.
        first = {"name": latin, "covers": "latin-in-cjk"}
    families = (first, *wide)
    names = [latin, *wide]
    return Fonts(families, held, _lacking(letters, names, held, place))


def _lacking(
    letters: list[str], names: list[str], held: typst.Fonts, place: Path
) -> frozenset[str]:
    """Return the letters that no font has: typst names one at each try to set them all."""
    left, lacking = list(letters), set[str]()
    (place / "probe.typ").write_bytes(_PROBE)
    while True:
        given = json.dumps({"names": names, "letters": left})
        (place / "letters.json").write_text(given, encoding="utf-8", newline="\n")
        try:
            typst.compile(
                place / "probe.typ",
                root=place,
                font_paths=held,
                ignore_system_fonts=True,
                pdf_standards=["a-3b"],
            )
        except typst.TypstError as error:
            found = unshown(error.message)
            if not found:
                raise ReportError(f"the PDF cannot be set: {error.message}") from error
            lacking |= found
            left = [letters for letters in left if not found.intersection(letters)]
        else:
            return frozenset(lacking)


def unshown(message: str) -> frozenset[str]:
    """Return the characters that typst could not display, by its message; none for other errors."""
    found = _LACKING.search(message)
    return frozenset(_ESCAPED.sub(lambda code: chr(int(code[1], 16)), found[1]) if found else "")


def _demand_scripts(fonts: Fonts) -> Fonts:
    wide = [letter for letter in fonts.lacking if WIDE.match(letter)]
    if len(wide) > _MOST_RARE:
        raise ReportError(
            "no font on this machine has the Japanese, Chinese or Korean characters of this report;"
            " install some with pip install 'provenance-gen[fonts]', or ask for HTML"
        )
    return fonts
