"""Fonts of the PDF: those of the extra alone where they suffice, and never a box for a letter."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pypdf
import pytest
import typst

from provenance_gen.errors import ReportError
from provenance_gen.reporting.fonts import LATIN, PACKAGES, WIDE, choose, unshown

if TYPE_CHECKING:
    from pathlib import Path

SCRIPTS = "Harbour, důkazní břemeno, 港の舟「夕」, 항구의 배, 渔船, Θ Ж ½ →"


def test_the_extra_has_all_scripts_of_the_reports(tmp_path: Path) -> None:
    """In both languages, with no font of the machine: so the pages are alike everywhere."""
    for language in ("en", "ja"):
        (place := tmp_path / language).mkdir()
        fonts = choose(SCRIPTS, language, place)
        assert not fonts.lacking
        own = {
            font.path
            for font in fonts.held.fonts()
            if font.family in {LATIN[0], "Noto Sans CJK JP"}
        }
        assert len(own) == sum(map(len, PACKAGES.values()))
        assert len(set(fonts.held.families()) - {LATIN[0], "Noto Sans CJK JP"}) == len(
            set(typst.Fonts(include_system_fonts=False).families())
        )
    assert choose(SCRIPTS, "ja", _new(tmp_path, "j")).families[0] == {
        "name": LATIN[0],
        "covers": "latin-in-cjk",
    }
    assert choose(SCRIPTS, "en", _new(tmp_path, "e")).families[0] == LATIN[0]


def test_what_no_font_has_is_found_letter_by_letter(tmp_path: Path) -> None:
    """Picture characters and what Unicode has not given a meaning; the rest is there."""
    fonts = choose("boat \U0001f3a8 \u0378 \u6e2f", "en", tmp_path, system=False)
    assert fonts.lacking == {"\U0001f3a8", "\u0378"}


def test_a_script_without_a_font_is_a_clear_sentence(tmp_path: Path) -> None:
    """Letters of a last resort are set in the font that typst brings."""
    with pytest.raises(ReportError, match=r"pip install 'provenance-gen\[fonts\]'"):
        choose("静かな海に浮かぶ小さな赤い舟", "ja", tmp_path, packages=False, system=False)
    bare = choose("boat", "ja", _new(tmp_path, "b"), packages=False, system=False)
    assert bare.families == ("Libertinus Serif",)
    rare = choose("boat 舟", "en", _new(tmp_path, "r"), packages=False, system=False)
    assert rare.lacking == {"舟"}


def test_the_letters_chosen_can_be_set(tmp_path: Path) -> None:
    """By typst itself, as PDF/A, which forbids the sign for a missing letter."""
    fonts = choose(SCRIPTS, "ja", _new(tmp_path, "c"), system=False)
    written = typst.compile(
        f"#set text(font: {_typst(fonts.families)})\n#text({_quoted(SCRIPTS)})".encode(),
        font_paths=fonts.held,
        ignore_system_fonts=True,
        pdf_standards=["a-3b"],
    )
    (page,) = pypdf.PdfReader(io.BytesIO(written)).pages
    assert page.extract_text().replace(" ", "") == SCRIPTS.replace(" ", "")


def test_messages_of_the_typesetter_are_understood() -> None:
    """Escapes in them stand for one character, and not for their own letters."""
    message = 'PDF/A-3a error: the text `"\\u{378}"` could not be displayed with font `"X"`'
    assert unshown(message) == {"\u0378"}
    assert unshown("the file was not found") == frozenset()
    assert WIDE.search("항")
    assert not WIDE.search("ü")


def _new(folder: Path, name: str) -> Path:
    (place := folder / name).mkdir()
    return place


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _typst(families: tuple[str | dict[str, str], ...]) -> str:
    named = [
        _quoted(one)
        if isinstance(one, str)
        else f"(name: {_quoted(one['name'])}, covers: {_quoted(one['covers'])})"
        for one in families
    ]
    return "(" + ", ".join(named) + ",)"
