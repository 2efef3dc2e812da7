"""What an imported file says of itself and an export of it will not repeat.

It is named, so that no mark is lost in silence. What an import brought along signed stays in its
own Content Credentials, which go along. What nobody signed does not: whether it is true nobody here
knows, so it is neither signed nor written anew. Labels of GB 45438-2025 are ``studio.label``'s.
Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from provenance_gen.records.export import Lineage, Training

_SAID: Final = {"generated": "that AI made it", "partly": "that AI made or edited a part of it"}
_PARENT: Final = "parent"


def untold(
    chain: Lineage,
    *,
    says_ai: bool,
    training: Training | None,
    kept: Collection[str],
    mining: Sequence[str] = (),
) -> tuple[str, ...]:
    """Return a sentence for each statement of an imported file that the new one is silent about.

    Args:
        chain: what the picture was made from.
        says_ai: whether the new file's own statements name AI.
        training: what the person lets others do with the new file.
        kept: labels of the ingredients whose own Content Credentials go along.
        mining: terms by which files that it was made from forbid mining in XMP.
    """
    said = chain.source.statement if chain.source else None
    found = []
    signed = said is not None and said.ai_signed and _PARENT in kept
    if said is not None and said.ai in _SAID and not says_ai and not signed:
        found.append(
            f"The imported file says {_SAID[said.ai]}, which nobody signed, and this file will not"
            " say so; to say it in your words, note it when you import (--note), and export with"
            " --disclose full."
        )
    entries = (said.training if said else None) or {}
    narrow = sorted(name for name, use in entries.items() if use != "allowed")
    if narrow and training is None:
        found.append(
            "The imported file's credentials do not allow every use by AI"
            f" ({', '.join(name.replace('_', ' ') for name in narrow)}), and this file will not"
            " repeat that outside of them; to say it of this file too: --training notAllowed."
        )
    elif mining and training is None:
        found.append(
            f"A file that this picture was made from forbids uses by AI in its XMP"
            f" ({', '.join(mining)}), and this file will not repeat that; to say it of this file"
            " too: --training notAllowed."
        )
    return tuple(found)
