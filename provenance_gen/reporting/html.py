"""A report as one HTML page: no script, no address fetched, nothing but this file needed.

Whatever a person or a file worded is escaped and has its hidden characters shown. Marked up by us
is only what we wrote: the templates, and the names of hidden characters.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from provenance_gen import resources
from provenance_gen.errors import ResourceError
from provenance_gen.records.show import HIDDEN, named, visible
from provenance_gen.reporting.origin import described, tags
from provenance_gen.reporting.site import HeavyError, OnePage, swatch
from provenance_gen.reporting.strings import Phrases

if TYPE_CHECKING:
    from provenance_gen.records.report import ReportContext

FOLD: Final = 700
"""Texts longer than this many characters are folded; their beginning stays in sight."""

MANY: Final = 12
"""Of more event numbers than this, the rest is folded."""


def render(context: ReportContext) -> str:
    """Return the page.

    Raises:
        ResourceError: a template or a sentence is missing: the installation is damaged.
    """
    return _rendered(context, OnePage())


def render_within(context: ReportContext, most: int) -> str | None:
    """Return the page, or None where its pictures have more than ``most`` characters in all.

    Raises:
        ResourceError: as for ``render``.
    """
    try:
        return _rendered(context, OnePage(most))
    except HeavyError:
        return None


def _rendered(context: ReportContext, site: OnePage) -> str:
    template = environment().get_template("report.html.j2")
    return template.render(c=context, t=Phrases(context.language), s=site, paged={})


@cache
def environment() -> Environment:
    """Return what reads the templates."""
    made = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "shown": shown,
        "visible": visible,
        "number": _number,
        "clock": _clock,
    }
    made.globals |= {"FOLD": FOLD, "MANY": MANY, "link": link, "sample": swatch, "tags": tags}
    made.globals["described"] = described
    return made


def shown(text: str) -> Markup:
    """Escape a text of a person, and show what a screen would hide, marked as shown by us."""
    safe = str(escape(text.replace("\r\n", "\n")))
    return Markup(  # noqa: S704  # escaped above; the names are of the form [U+202E]
        HIDDEN.sub(lambda match: f'<span class="hidden-character">{named(match)}</span>', safe)
    )


def link(address: str | None) -> str | None:
    """Return an address that may stand in a link, or None: only http and https may."""
    return address if address and address.startswith(("https://", "http://")) else None


def _template(name: str) -> str:
    try:
        return resources.report_templates().joinpath(name).read_text(encoding="utf-8")
    except OSError as error:
        raise ResourceError(f"the template {name!r} is missing; reinstall") from error


def _number(value: int) -> str:
    return f"{value:,}"


def _clock(value: str) -> str:
    return value[11:19]
