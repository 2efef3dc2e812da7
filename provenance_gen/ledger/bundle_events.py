"""The events that a bundle tells, with the texts that it discloses; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance_gen.ledger import body, bundle_form, canonical, merkle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provenance_gen.records.event import Event


def each(files: Mapping[str, bytes]) -> Iterator[Event]:
    """Give a bundle's events in order; texts that it does not disclose are withheld.

    Args:
        files: the files of a bundle by name; ``bundle_check`` tells whether they hold.

    Raises:
        LedgerError: an event or a text has not its form.
    """
    disclosed: dict[int, dict[str, str]] = {}
    for line in bundle_form.lines(files[bundle_form.DISCLOSURES], bundle_form.DISCLOSURES):
        item = canonical.decode(line)
        disclosed.setdefault(item["event"], {})[item["path"]] = item["disclosure"]
    for data in bundle_form.lines(files[bundle_form.EVENTS], bundle_form.EVENTS):
        leaf = merkle.leaf_hash(data)
        number = canonical.decode(data)["seq"]
        yield body.decode(data, leaf, disclosed.get(number, {}))
