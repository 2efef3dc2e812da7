"""What an evidence bundle tells a stranger: one page on what lies in it and how to check it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from provenance_gen.records.evidence import Evidence

NAME: Final = "README.md"


def readme(about: Evidence, key: str) -> str:
    """Return the page.

    Args:
        about: what the bundle says of itself.
        key: C2SP verifier key of the ledger.
    """
    return _PAGE.format(
        size=about.size,
        software=about.software,
        report=_first(about),
        pictures=_PICTURES[about.pictures],
        key=key,
    )


def _first(about: Evidence) -> str:
    if "html" not in about.formats:
        return "report/report.json"
    return "report/index.html" if about.paged else "report/report.html"


_PICTURES: Final = {
    "full": "every image of the work as it was stored, once where several have the same pixels;"
    " its SHA-256 stands in the events",
    "thumbnails": "small pictures only, once where several images have the same pixels; their"
    " SHA-256 stands in the events, as far as one was recorded",
    "none": "no pictures were put in",
}

_PAGE: Final = """# Evidence of how a work was made

Start with `{report}`. It was written by provenance-gen {software} from the first {size} events of a
ledger, and from nothing else: the events lie in `ledger/`, the policies in `policies/`.

| here | what it is |
|---|---|
| `report/` | the report, in the formats that were asked for; all say the same |
| `ledger/` | events, signed tree heads, time-stamps, disclosed texts; see `ledger/README.md` |
| `images/` | {pictures} |
| `files/` | exported files, each with its own Content Credentials |
| `policies/` | what the report was read through |
| `evidence.json` | what the report was made from, so that it can be made again |
| `ro-crate-metadata.json` | the same for archives (RO-Crate 1.1) |
| `SHA256SUMS` | digests of all other files: `sha256sum -c SHA256SUMS` |

## Checking it

```sh
pip install provenance-gen
provgen verify evidence.zip --key KEY --tsa-trust ROOT.pem
```

This needs no network and none of the maker's files. It checks every digest, the chain and the tree
of events, signatures and time-stamps, that each disclosed text is the one that was committed to,
that each picture is the one that the events name, and makes the report again from the events to see
that it is the same.

**Nothing in here is a root of trust.** `KEY` must come to you by another way than this bundle; the
one that lies in it is `{key}`. `ROOT.pem` comes from the time-stamp authority itself. Without
either, the best word is *consistent, not anchored*: its parts fit each other, and anybody could
have made them so.

What the record says is the maker's word, kept from being changed unseen. It does not say that a
picture is protected by copyright, or how large anybody's share is.
"""
