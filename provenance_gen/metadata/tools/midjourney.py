"""Midjourney: the prompt with its options and ``Job ID: …`` in the PNG text ``Description``.

Read from its own downloads' form; its XMP mark is read by ``iptc``. Who asked (``Author``) is not
taken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from provenance_gen.metadata.values import claim

if TYPE_CHECKING:
    from provenance_gen.metadata.carriers import Carrier
    from provenance_gen.metadata.siblings import Siblings
    from provenance_gen.records.claim import FoundClaim

_KEYS: Final = ("Description", "ImageDescription")
_JOB: Final = re.compile(r"\bJob ID: [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\s*$")
_SEED: Final = re.compile(r"--seed (\d{1,20})\b")


def parse(carrier: Carrier, _siblings: Siblings) -> FoundClaim | None:
    """Read a claim by Midjourney; options stay in the prompt, as they were typed."""
    if carrier.key not in _KEYS or "Job ID: " not in carrier.text:
        return None
    job = _JOB.search(carrier.text)
    if job is None:
        return None
    prompt = carrier.text[: job.start()].strip()
    seeds = _SEED.findall(prompt)
    return claim("Midjourney", carrier, prompt=prompt, seed=seeds[-1] if seeds else None)
