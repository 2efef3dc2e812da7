"""The sentences of the page, one file per language, with the same keys in each."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from provenance_gen import resources
from provenance_gen.errors import ResourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@cache
def strings(language: str) -> Mapping[str, str]:
    """Return the sentences of a language by their dotted keys.

    Raises:
        ResourceError: the file is missing or damaged.
    """
    file = resources.report_templates().joinpath(f"strings.{language}.yaml")
    try:
        return dict(_flat("", yaml.safe_load(file.read_text(encoding="utf-8"))))
    except (OSError, yaml.YAMLError) as error:
        raise ResourceError(f"the sentences for {language!r} cannot be read; reinstall") from error


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(f"{prefix}.{key}" if prefix else str(key), item)
    else:
        yield prefix, str(value)


class Phrases:
    """Sentences of one language with their blanks filled in."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._known = strings(language)

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a sentence; ``count`` chooses between its forms ``one`` and ``other``.

        Values are put in as they are: the page escapes the whole sentence afterwards.

        Raises:
            ResourceError: there is no such sentence.
        """
        if key not in self._known and "count" in values:
            key = f"{key}.{'one' if values['count'] == 1 else 'other'}"
        if key not in self._known:
            raise ResourceError(f"no sentence named {key!r} for {self.language!r}")
        return self._known[key].format_map(values) if values else self._known[key]

    def moment(self, value: str) -> str:
        """Return a time in words, to the second and with its zone, which is always UTC."""
        return self("page.moment", clock=value[11:19], **self._day(value))

    def date(self, value: str) -> str:
        """Return the day of a time in words; it is that of UTC."""
        return self("page.date", **self._day(value))

    def _day(self, value: str) -> dict[str, str]:
        year, month, day = value[:10].split("-")
        # A stranger's ledger may name a month that no calendar has.
        name = self(f"month.{month}") if self.has(f"month.{month}") else month
        return {"year": year, "month": name, "day": day.lstrip("0")}

    def has(self, key: str, /) -> bool:
        """Return whether there is such a sentence."""
        return key in self._known
