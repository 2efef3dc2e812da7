"""A report as PDF, set by typst from a template of its own.

What people worded goes in as data and is set as text, so that no word of theirs is markup. The
same context gives the same bytes, where the fonts are the same. Of a large work it shows an extract
and says so. Japanese, Chinese and Korean need a font that has their characters; none is shipped,
and where none is found nothing is written (see ``fonts``).
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final
from unicodedata import normalize

from provenance_gen import resources
from provenance_gen.errors import MissingExtraError, ReportError, ResourceError
from provenance_gen.records.report import Hand
from provenance_gen.records.show import HIDDEN, named
from provenance_gen.reporting.extract import extract
from provenance_gen.reporting.origin import described
from provenance_gen.reporting.origin_picture import MIXED, swatch
from provenance_gen.reporting.origin_spots import spots
from provenance_gen.reporting.pages import is_large
from provenance_gen.reporting.strings import Phrases, strings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from typst import PDFStandard

    from provenance_gen.records.report import Figure, ReportContext

_LONG_WORD: Final = re.compile(
    "[^\\s\u3042-\u3096\u30a2-\u30fa\u3400-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff]{31,}"
)
"""Letters and signs with no kana, Han or Hangul among them, beside which a line may end."""
_SYLLABLE: Final = re.compile(r".{15}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_PRIVATE: Final = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
"""Characters that mean whatever somebody agreed on (Unicode 23.5); PDF/A-3a has none."""
_MARK: Final = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]")
_TRIES: Final = 24
_STANDARDS: Final[Sequence[PDFStandard]] = ("a-3a", "ua-1")
"""PDF/A-3a (ISO 19005-3), for keeping, and PDF/UA-1 (ISO 14289-1), for people who cannot see."""


def render(context: ReportContext) -> bytes:
    """Return the report as PDF/A-3a and PDF/UA-1, A4.

    Raises:
        MissingExtraError: typst is not installed.
        ReportError: no font here has the characters of the report, or it cannot be set.
        ResourceError: the template is missing: the installation is damaged.
    """
    written: bytes = _set(context, format="pdf", pdf_standards=list(_STANDARDS))
    return written


def page_images(context: ReportContext, ppi: float = 72) -> tuple[bytes, ...]:
    """Return the pages as PNG, to be looked at.

    Args:
        context: what the report says.
        ppi: pixels to the inch.

    Raises:
        MissingExtraError: as for ``render``, and so are the others.
    """
    found = _set(context, format="png", ppi=ppi)
    return (found,) if isinstance(found, bytes) else tuple(found)


def _set(context: ReportContext, **form: Any) -> Any:
    """Have typst set the report in a form; see ``typst.compile``."""
    try:
        import typst  # noqa: PLC0415  # an extra

        from provenance_gen.reporting import fonts  # noqa: PLC0415  # which needs it
    except ImportError as error:
        raise MissingExtraError("a report as PDF", "pdf") from error
    with TemporaryDirectory(prefix="provgen-") as folder:
        place = Path(folder)
        data = _data(context, place)
        found = fonts.choose(json.dumps(data, ensure_ascii=False), context.language, place)
        # A picture character or a rare letter, which no font here has, must not keep the whole
        # report from being written: its name stands in its place.
        if found.lacking:
            data = _changed(data, partial(_named, lacking=found.lacking))
        data["fonts"] = found.families
        (place / "report.typ").write_bytes(_template())
        for _ in range(_TRIES):
            (place / "data.json").write_text(
                json.dumps(data, ensure_ascii=False), encoding="utf-8", newline="\n"
            )
            try:
                return typst.compile(
                    place / "report.typ",
                    root=place,
                    font_paths=found.held,
                    ignore_system_fonts=True,  # those that may be used are held
                    **form,
                )
            except typst.TypstError as error:
                lacking = fonts.unshown(error.message)
                if not lacking:
                    raise ReportError(f"the PDF cannot be set: {error.message}") from error
                # There is each of them, but not together with what stands beside it.
                data["c"] = _changed(data["c"], partial(_apart, lacking=lacking))
    raise ReportError("the PDF cannot be set: no font here has its characters; ask for HTML")


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    """Return the value with all its texts changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _changed(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_changed(item, change) for item in value]
    return value


def _named(text: str, lacking: Collection[str]) -> str:
    """Return the text with characters that no font has replaced by their names."""
    return "".join(f"[U+{ord(letter):04X}]" if letter in lacking else letter for letter in text)


def _apart(text: str, lacking: Collection[str]) -> str:
    """Name what could not be displayed, and marks that no font can set over the letter before."""
    # Of plain letters there are always glyphs: it is what stands over one that is lacking.
    named_ = _named(text, {letter for letter in lacking if letter > "~"})
    return _MARK.sub(named, normalize("NFC", named_))


def _data(context: ReportContext, place: Path) -> dict[str, Any]:
    """Return what the template reads, and write its pictures beside it."""
    stands = [event.standing.value for event in context.events]
    whole, context = context, extract(context) if is_large(context) else context
    pictures = {f.pixel_digest: name for f in _small(context) if (name := _put(f.png, place))}
    final = context.final.png if context.final else None
    return {
        "c": _changed(context.model_dump(mode="json"), _shown),
        "t": dict(strings(context.language)),
        "pictures": pictures,
        "final": _put(final, place),
        "differences": {
            str(edit.number): name
            for edit in context.edits
            if (name := _put(edit.difference, place))
        },
        "maps": {
            view.image: {
                "drawn": _put(view.png, place),
                "beside": _put(view.reduced(), place) if view.png and view.reduced else None,
                "spots": [asdict(spot) for spot in spots(view)],
                "described": described(view, Phrases(context.language)),
            }
            for view in context.origins
        },
        "swatches": {name: _put(swatch(name), place) for name in (MIXED, *Hand)},
        "events": context.ledger.events,
        "extract": _left_out(whole, context) if whole is not context else None,
        "footer": "footer" if context.standing.value == "asserted" else "footer_anchored",
        "stands": {
            "all": len(stands),
            **{name: stands.count(name) for name in ("sealed", "bounded", "asserted")},
        },
    }


def _left_out(whole: ReportContext, shown: ReportContext) -> dict[str, str]:
    """Return how many attempts, revisions and events an extract shows, and of how many."""
    return {
        key: f"{len(items):,}"
        for name in ("attempts", "revisions", "events")
        for key, items in ((name, getattr(shown, name)), (f"all_{name}", getattr(whole, name)))
    }


def _small(context: ReportContext) -> Iterator[Figure]:
    yield from context.lineage
    for attempt in context.attempts:
        yield from (view.figure for view in attempt.images)
    for choice in context.choices:
        yield from choice.images
    for edit in context.edits:
        yield from (edit.before, edit.after)
    yield from (item.figure for item in context.imports)


def _put(png: bytes | None, place: Path) -> str | None:
    if png is None:
        return None
    name = hashlib.sha256(png).hexdigest() + ".png"
    (place / name).write_bytes(png)
    return name


def _shown(text: str) -> str:
    """Return the text with hidden characters shown by their names.

    A word that is longer than a line may be broken: it gets places for that.
    """
    return _LONG_WORD.sub(_with_breaks, _PRIVATE.sub(named, HIDDEN.sub(named, text)))


def _with_breaks(word: re.Match[str]) -> str:
    # The template breaks digests itself, where the paper is too narrow for one.
    return word[0] if _DIGEST.fullmatch(word[0]) else _SYLLABLE.sub("\\g<0>\u200b", word[0])


def _template() -> bytes:
    try:
        return resources.report_templates().joinpath("report.typ").read_bytes()
    except OSError as error:
        raise ResourceError("the template 'report.typ' is missing; reinstall") from error
