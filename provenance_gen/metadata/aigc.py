"""The AIGC block of China's labelling standard: found, checked, and written.

GB 45438-2025, appendix E (implicit labels in metadata), and the practice guide for images
(TC260-PG-20258A): a JSON object of texts, in XMP as ``TC260:AIGC`` or in a field whose name holds
``AIGC``. A file carries exactly one that can be read (section 6.1 c), so one is written only into a
file without. Nothing here invents a producer's code.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.metadata import values
from provenance_gen.records.marks import AigcBlock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from provenance_gen.metadata.carriers import Carrier

PROPERTY: Final = "AIGC"
FIELDS: Final = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
LABELS: Final = {"1": "is", "2": "possibly", "3": "suspected"}
"""属于, 可能, 疑似."""

_NEEDED: Final = ("Label", "ContentProducer", "ProduceID")
_ALLOWED: Final = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]*")
"""Appendix E j): printable ASCII without space, quotation mark and backslash."""


def find(carriers: Iterable[Carrier]) -> tuple[AigcBlock, ...]:
    """Return every block in a file's texts, also those with faults."""
    found: list[AigcBlock] = []
    for carrier in carriers:
        texts = carrier.properties.get(PROPERTY, ())
        found += [_block(f"{carrier.name} TC260:AIGC", text) for text in texts]
        if not carrier.packet:
            inner = next((v for k, v in carrier.json.items() if PROPERTY in k.upper()), None)
            if inner is not None:
                found.append(_checked(carrier.name, inner))
            elif PROPERTY in carrier.key.upper():
                found.append(_block(carrier.name, carrier.text))
    return tuple(found)


def value(*, producer: str, content_id: str, label: str = "1", integrity: str = "") -> str:
    """Return the JSON of a block for a file that is written for the first time.

    The propagator's fields repeat the producer's, as the standard says of a first write (note 1);
    ``ReservedCode2`` is the propagator's and stays empty.

    Args:
        producer: code or name of the producer, as registered or agreed; not invented here.
        content_id: the producer's own unique number for this content.
        label: one of ``LABELS``.
        integrity: the producer's own data on integrity, such as a digest.

    Raises:
        ValueError: a text holds characters that the standard does not allow, or is empty.
    """
    fields = dict(
        zip(
            FIELDS,
            (label, producer, content_id, integrity, producer, content_id, ""),
            strict=True,
        )
    )
    faults = _faults(fields)
    if faults:
        raise ValueError(faults[0])
    return written(fields)


def written(fields: Mapping[str, str]) -> str:
    """Return the JSON of a block with these fields, in their order."""
    return json.dumps(dict(fields), ensure_ascii=True, separators=(",", ":"))


def _block(carrier: str, text: str) -> AigcBlock:
    known, doubled = values.load_json(text.strip())
    if isinstance(known, dict) and len(known) == 1 and PROPERTY in known:
        known = known[PROPERTY]
    block = _checked(carrier, known)
    if doubled:
        return AigcBlock(carrier, block.fields, (*block.faults, "a name stands twice"))
    return block


def _checked(carrier: str, known: Any) -> AigcBlock:
    if isinstance(known, str):
        known = values.load_json(known)[0]
    if not isinstance(known, dict):
        return AigcBlock(carrier, {}, ("no JSON object",))
    texts = {str(k): v for k, v in known.items() if isinstance(v, str)}
    faults = [f"{name} is no text" for name in known if name not in texts]
    return AigcBlock(carrier, texts, (*faults, *_faults(texts)))


def _faults(fields: dict[str, str]) -> tuple[str, ...]:
    faults = [f"{name} is missing" for name in _NEEDED if not fields.get(name)]
    if fields.get("Label") and fields["Label"] not in LABELS:
        faults.append(f"Label is none of {', '.join(LABELS)}")
    faults += [
        f"{name} holds a character that the standard does not allow"
        for name, text in fields.items()
        if not _ALLOWED.fullmatch(text)
    ]
    return tuple(faults)
