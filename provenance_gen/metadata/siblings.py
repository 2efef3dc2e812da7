"""The texts that were found in one file together: a few tools spread a claim over several."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance_gen.metadata.carriers import Carrier


class Siblings:
    """Carriers of one file by key; of a key that stands twice the first counts."""

    def __init__(self, carriers: Sequence[Carrier]) -> None:
        self._by_key: dict[str, Carrier] = {}
        for carrier in carriers:
            self._by_key.setdefault(carrier.key, carrier)

    def get(self, key: str) -> Carrier | None:
        """Return the carrier of this key."""
        return self._by_key.get(key)

    def text(self, *keys: str) -> str | None:
        """Return the text of the first key that is there."""
        return next((self._by_key[key].text for key in keys if key in self._by_key), None)
